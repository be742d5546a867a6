"""The folders that a release is made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from terrinclus_kg import resources


@dataclass(frozen=True, slots=True)
class Material:
    """The folders that a release is built from. ``product``: where the product brings its own files, if elsewhere."""

    data: Path
    ontology: Path
    queries: Path
    product: Path | None = None

    @classmethod
    def default(cls) -> Material:
        """Those of this checkout or installation."""
        elsewhere = resources.product() if resources.product() != resources.dataset() else None
        data, ontology, queries = (resources.root(name) for name in ("data", "ontology", "queries"))
        return cls(data, ontology, queries, elsewhere)

    def asked(self, name: str) -> list[Path]:
        """The queries of a folder of ``queries/``, in the order of their names."""
        places = [self.queries / name]
        if self.product and f"queries/{name}" in resources.PRODUCT:
            places.append(self.product / "queries" / name)
        return resources.over(places, "*.rq")

    def terms(self) -> list[Path]:
        """The files of the ontology itself."""
        brought = [self.product / name for name in resources.PRODUCT if name.endswith(".ttl")] if self.product else []
        return [*brought, *sorted(self.ontology.glob("*.ttl"))]
