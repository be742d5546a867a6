"""The folders that a release is made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from terrinclus_kg import resources


@dataclass(frozen=True, slots=True)
class Material:
    """The folders that a release is built from."""

    data: Path
    ontology: Path
    queries: Path

    @classmethod
    def default(cls) -> Material:
        """Those of this checkout or installation."""
        return cls(*(resources.root(name) for name in ("data", "ontology", "queries")))
