"""Cooperation by territory: how many projects, partnerships, actors, partner territories and facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.rdf.queries import Term, query
from terrinclus_kg.store.reader import Reader

MEASURES = ("projects", "partnerships", "actors", "territories", "facts")
LEVELS = {"departement": "map-departements", "pays": "map-pays"}


@dataclass(frozen=True, slots=True)
class Place:
    """A territory, and how many there are of each of `MEASURES`."""

    iri: str
    counts: Mapping[str, int]


def places(reader: Reader, level: str, year: int | None = None, goal: str = "") -> tuple[Place, ...]:
    """The territories of a level, a key of `LEVELS`.

    Every département is there, with zeros where nothing is known; of countries only those that something is known of.

    Args:
        year: only what was under way in that year.
        goal: IRI of a sustainable development goal or target: only what is aligned with it.
    """
    return _places(reader, reader.release.id, level, year, goal)


def text(level: str, year: int | None = None, goal: str = "") -> str:
    """The query behind `places`."""
    terms: dict[str, Term | list[Term]] = {}
    if year is not None:
        terms["year"] = Literal(year)
    if goal:
        terms["goal"] = NamedNode(goal)
    return query("pages", LEVELS[level]).bind(**terms)


@lru_cache(maxsize=64)
def _places(reader: Reader, _release: str, level: str, year: int | None, goal: str) -> tuple[Place, ...]:
    rows = reader.rows(text(level, year, goal))
    return tuple(
        Place(row["place"].value, {name: int(row[name].value) for name in MEASURES}) for row in rows if "place" in row
    )
