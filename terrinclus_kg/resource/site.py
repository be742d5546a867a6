"""What the site has besides pages of things: ``web/site.toml``, read and checked once.

All of it is optional: a dataset that says nothing of maps has none, and its navigation shows none.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pyoxigraph import NamedNode

from terrinclus_kg.rdf.about import Texts
from terrinclus_kg.rdf.checked import Part, matching, table
from terrinclus_kg.rdf.iri import Name, from_path, known, of_nature
from terrinclus_kg.rdf.vocabulary import term

FILE = "web/site.toml"


def _thing(text: str) -> str:
    if from_path(text) is None:
        raise ValueError(f"not kind/key: {text}")
    return text


Kind = Annotated[str, AfterValidator(known)]
Thing = Annotated[str, AfterValidator(_thing)]
Slug = Annotated[str, matching(r"[a-z][a-z-]*", "a slug: a-z and -")]


class Listing(Part):
    """The first things of a kind, under a heading."""

    kind: Kind
    heading: Texts


class Way(Part):
    """A link to a page of the site: its address without the language."""

    path: Slug
    text: Texts


class Counted(Part):
    """A number in words; ``{n}`` in ``many`` is filled in."""

    one: Texts
    many: Texts

    def of(self, language: str, n: int, written: str) -> str:
        """The words for a number, which is ``written`` as people of the language do."""
        return (self.one if n == 1 or (n == 0 and language == "fr") else self.many).of(language).replace("{n}", written)


class Section(Part):
    """A part of the home page: lists of things, those with most links or the latest first, or a level of the map."""

    key: Slug
    heading: Texts
    order: Literal["links", "year"] = "links"
    lists: tuple[Listing, ...] = ()
    map: str = ""
    caption: Counted | None = None
    ways: tuple[Way, ...] = ()


class Home(Part):
    """The home page. ``example``: a thing to be followed through its formats; ``sample``: to search for;
    ``question``: a slug. These stand in examples."""

    title: Texts | None = None
    lead: Texts | None = None
    example: Thing = ""
    sample: str = ""
    question: str = ""
    goals: Way | None = None
    section: tuple[Section, ...] = ()


class NetworkPlan(Part):
    """The network: which kinds it shows, and where it begins."""

    start: Thing
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]


class PathPlan(Part):
    """Paths between two things: which kinds they may go through, and what the page is called."""

    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    title: Texts


class Participant(Part):
    """By whose part in them things may be chosen: the field of the form, and its label."""

    field: Slug
    label: Texts


class ChronologyPlan(Part):
    """The timeline: which kinds it shows."""

    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    participant: Participant | None = None


class LevelPlan(Part):
    """A map: the sheet of outlines that it is drawn on. ``every``: the query of all its
    places, those without any too; ``none``: how the number of these is told."""

    slug: Slug
    sheet: Literal["departements", "pays"]  # of web/maps.mjs
    heading: Texts
    every: str = ""
    none: Counted | None = None


class MeasurePlan(Part):
    """What a map may count: the ending of its query's name (``map-{level}-{query}``), and the classes that it asks."""

    slug: Slug
    label: Texts
    query: str
    classes: tuple[Annotated[str, AfterValidator(term)], ...]

    @property
    def terms(self) -> list[NamedNode]:
        """The classes, to be bound."""
        return [NamedNode(each) for each in self.classes]


class MapPlan(Part):
    """Maps. ``areas``: pattern of a place's key → the outline that it lies in, the first that fits; ``left_out``:
    outlines that are never coloured."""

    heading: Texts
    about: Texts
    credits: Texts
    level: Annotated[tuple[LevelPlan, ...], Field(min_length=1)]
    measure: Annotated[tuple[MeasurePlan, ...], Field(min_length=1)]
    areas: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()

    def measured(self, slug: str) -> MeasurePlan:
        """A measure by its slug."""
        return next(each for each in self.measure if each.slug == slug)

    def levelled(self, slug: str) -> LevelPlan:
        """A level by its slug."""
        return next(each for each in self.level if each.slug == slug)

    def area(self, key: str) -> str:
        """The outline that the place of a key lies in; "" if none."""
        found = ((re.fullmatch(pattern, key), outline) for pattern, outline in self.areas)
        return next((fit.expand(outline) for fit, outline in found if fit), "")


class Site(Part):
    """The whole file. ``browse``: kinds in the head of each page; ``placeholder``: of the field of search;
    ``codes``: which codes it finds; ``goals``: whether there is a page of the Sustainable Development Goals."""

    browse: tuple[Kind, ...] = ()
    placeholder: Texts | None = None
    codes: Texts | None = None
    goals: bool = False
    home: Home = Home()
    network: NetworkPlan | None = None
    path: PathPlan | None = None
    chronology: ChronologyPlan | None = None
    map: MapPlan | None = None

    @property
    def goal(self) -> str:
        """The kind of the goals, if there is a page of them, else ""."""
        return next(iter(sorted(of_nature("goal"))), "") if self.goals else ""

    @property
    def example(self) -> Name | None:
        """The thing that shows how things are asked for."""
        return from_path(self.home.example) if self.home.example else None


@cache
def site() -> Site:
    """What ``web/site.toml`` says; nothing, if there is none.

    Raises:
        ConfigurationError: it cannot be read; the message says where and why.
    """
    return table(Site, FILE)
