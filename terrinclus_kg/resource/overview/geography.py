"""Cooperation by territory: how many projects, partnerships, actors, partner territories or facts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.rdf.namespaces import TI
from terrinclus_kg.rdf.queries import Term, query
from terrinclus_kg.store.reader import Reader

LEVELS = ("departement", "pays")
_PROJECTS = (TI["CooperationProject"], TI["PilotProject"])
_PARTNERSHIPS = (TI["TerritorialPartnership"],)
# What can be counted: the ending of the name of its query, and the classes of what it looks at.
MEASURES = {
    "projets": ("things", _PROJECTS),
    "partenariats": ("things", _PARTNERSHIPS),
    "acteurs": ("actors", _PROJECTS + _PARTNERSHIPS),
    "territoires": ("territories", _PROJECTS + _PARTNERSHIPS),
    "faits": ("facts", _PROJECTS + _PARTNERSHIPS),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What is counted: keys of `LEVELS` and `MEASURES`; only what was under way in a year, or serves a goal (IRI)."""

    level: str
    measure: str
    year: int | None = None
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A territory and its number."""

    iri: str
    number: int


def places(reader: Reader, choice: Choice) -> tuple[Place, ...]:
    """The territories of a level, the highest number first; départements with none are there too."""
    return _places(reader, reader.release.id, choice)


def text(choice: Choice) -> str:
    """The query behind `places`."""
    ending, classes = MEASURES[choice.measure]
    terms: dict[str, Term | list[Term]] = {"class": list(classes)}
    if choice.year is not None:
        terms["year"] = Literal(choice.year)
    if choice.goal:
        terms["goal"] = NamedNode(choice.goal)
    return query("pages", f"map-{choice.level}-{ending}").bind(**terms)


@lru_cache(maxsize=128)
def _places(reader: Reader, _release: str, choice: Choice) -> tuple[Place, ...]:
    numbers = {row["place"].value: int(row["number"].value) for row in reader.rows(text(choice)) if "place" in row}
    if choice.level == "departement":
        every = reader.rows(query("pages", "departements").text)
        numbers = {row["place"].value: 0 for row in every} | numbers
    return tuple(Place(iri, number) for iri, number in sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0])))
