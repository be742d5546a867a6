"""How many things of some classes there are by place: the maps of ``web/site.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.queries import Term, query
from terrinclus_kg.resource.site import MapPlan, site
from terrinclus_kg.store.reader import Reader


@dataclass(frozen=True, slots=True)
class Choice:
    """What is counted: slugs of a level and a measure; only what was under way in a year, or serves a goal (IRI)."""

    level: str
    measure: str
    year: int | None = None
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A place and its number."""

    iri: str
    number: int


def plan() -> MapPlan:
    """What the maps are. Raises NotFound: this site has none."""
    found = site().map
    if found is None:
        raise NotFound("this site has no maps")
    return found


def places(reader: Reader, choice: Choice) -> tuple[Place, ...]:
    """The places of a level, the highest number first; with those that have none, if the level names all."""
    return _places(reader, reader.release.id, choice)


def text(choice: Choice) -> str:
    """The query behind `places`."""
    measure = plan().measured(choice.measure)
    terms: dict[str, Term | list[Term]] = {"class": [*measure.terms]}
    if choice.year is not None:
        terms["year"] = Literal(choice.year)
    if choice.goal:
        terms["goal"] = NamedNode(choice.goal)
    return query("pages", f"map-{choice.level}-{measure.query}").bind(**terms)


@lru_cache(maxsize=128)
def _places(reader: Reader, _release: str, choice: Choice) -> tuple[Place, ...]:
    numbers = {row["place"].value: int(row["number"].value) for row in reader.rows(text(choice)) if "place" in row}
    if named := plan().levelled(choice.level).every:
        every = reader.rows(query("pages", named).text)
        numbers = {row["place"].value: 0 for row in every} | numbers
    return tuple(Place(iri, number) for iri, number in sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0])))
