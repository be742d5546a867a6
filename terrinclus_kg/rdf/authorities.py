"""Those whose identifiers the data link to: ``web/authorities.toml``."""

from __future__ import annotations

from functools import cache

from terrinclus_kg.rdf.about import Iri, Texts
from terrinclus_kg.rdf.checked import Part, table


class Authority(Part):
    """One who gives identifiers: how their IRIs begin, and its name by language."""

    base: Iri
    name: Texts


class _File(Part):
    authority: tuple[Authority, ...] = ()


@cache
def authorities() -> tuple[Authority, ...]:
    """Those that are known. Raises ConfigurationError: what is wrong in the file."""
    return table(_File, "web/authorities.toml").authority
