"""What is asked of the index, and what it answers, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from terrinclus_kg.store.search.text import Word

KIND = "kind"  # the facet that is not a query: what kind of thing it is
CLASS = "class"  # likewise, and not shown: its classes
YEARS = "years"  # the view of a facet whose values are years: from–to
# Fields of texts, the more telling first: what it is called, also, for a time, officially; what is said of it. The
# index of words knows three: names of all sorts are one.
LABEL, NAME, DATED, IDENTIFIER, DESCRIPTION = "L", "N", "F", "I", "D"


class Sort(StrEnum):
    """The order of results. RELEVANCE without words is LINKS: those first that most others link to."""

    RELEVANCE = "relevance"
    LABEL = "label"
    YEAR = "year"
    LINKS = "links"


@dataclass(frozen=True, slots=True)
class Search:
    """A question to the index.

    ``filters``: facet → keys of its values; several of one facet are alternatives. ``years``: facet → from, to, both
    included, None where it is open. ``language``: whose alphabetical order, and whose labels come first.
    ``names``: look at labels and other names only. ``corrected``: where nothing is found, look for what may have been
    meant. ``counts``: count by facet.
    """

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    years: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    language: str = "fr"
    offset: int = 0
    size: int = 20
    names: bool = False
    corrected: bool = True
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a thing: its field, its language ("" where it has none); a long one is cut, and ends with "…"."""

    field: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that was found. ``links``: how many point at it. ``years``: the first and the last it has to do with."""

    iri: str
    kind: str
    links: int
    years: tuple[int, int] | None
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet: what addresses call it, its IRI (or text), and how many results have it."""

    key: str
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet: its titles by language, and its values with results, the most frequent first."""

    slug: str
    titles: Mapping[str, str]
    view: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """A question for what a name may mean, misspelt or shortened as it may be.

    ``readings``: the words of it, in each way in which it can be read; an open word is the beginning of one.
    ``wholes``: texts that may be the whole name, as they are; ``codes``: those that it may be or hold (`text.codes`).
    ``kinds``, ``classes``: what it may be, by slug and by IRI; neither: anything. ``things``: IRIs of what it may mean
    anyhow. ``most``: things.
    """

    readings: tuple[tuple[Word, ...], ...]
    wholes: tuple[str, ...]
    codes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    most: int = 40


@dataclass(frozen=True, slots=True)
class Nearby:
    """What a name may mean, in no order that tells; how many things have each word (of the question, and of the names
    found) in their names, and how many things there are. ``classes``: of each thing, in the order of the hits."""

    hits: tuple[Hit, ...]
    classes: tuple[tuple[str, ...], ...]
    counts: Mapping[str, int]
    size: int


@dataclass(frozen=True, slots=True)
class Found:
    """An answer. ``total`` and all counts are exact.

    ``meant``: another spelling that finds something, or "". ``corrected``: the results are for that spelling.
    ``unknown``: filters whose value nothing at all has, as facet and key.
    """

    search: Search
    total: int
    hits: tuple[Hit, ...]
    facets: tuple[Facet, ...] = ()
    meant: str = ""
    corrected: bool = False
    unknown: tuple[tuple[str, str], ...] = ()
