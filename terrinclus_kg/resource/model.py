"""What a page shows of one thing, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode

from terrinclus_kg.rdf.iri import Name, from_iri, kinds
from terrinclus_kg.rdf.queries import query

if TYPE_CHECKING:
    from terrinclus_kg.resource.drawn import Drawn
    from terrinclus_kg.resource.sentence import Piece
    from terrinclus_kg.resource.tables import Table

Term = NamedNode | Literal | BlankNode
Labels = dict[str, dict[str, str]]
Triple = tuple[Term, Term, Term]
Texts = Mapping[str, str]  # language → text

FIRST = 10  # statements of a group that a page shows


@dataclass(slots=True)
class Mark:
    """Who says so: what a page shows beside a statement. ``origin`` is fact, source, inferred or house."""

    graph: str
    origin: str
    source: str = ""
    publisher: str = ""
    status: str = ""
    locators: list[Literal] = field(default_factory=list)
    dates: list[Literal] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Link:
    """A property, read from its subject or (``inverse``) from its object."""

    property: str
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A value and the graphs that state it. ``cells`` is what an unfolded node says."""

    value: Term
    graphs: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What a node says by one property."""

    key: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Statements that belong together by meaning, whichever way their triples point.

    ``heading`` is empty for a group of one property, which is called as its ontology calls it. ``count`` is of all that
    the release holds; ``statements`` are those that were read, in the order of readers.
    """

    key: str
    heading: Texts
    links: tuple[Link, ...]
    count: int
    statements: tuple[Statement, ...]

    @property
    def first(self) -> tuple[Statement, ...]:
        """What a page shows of it."""
        return self.statements[:FIRST]

    @property
    def whole(self) -> bool:
        """Whether all of it was read."""
        return len(self.statements) >= self.count

    @property
    def single(self) -> Link | None:
        """Its property if it has but one."""
        return self.links[0] if len(self.links) == 1 else None


@dataclass(frozen=True, slots=True)
class Page:
    """All that a page shows of one thing.

    ``sentence`` says what it is, in pieces; ``texts`` say it in prose (descriptions, the text of a claim), ``facts``
    are short values for its head, ``groups`` its relations, ``tables`` what is reckoned from the release, ``drawn``
    what of all that can be drawn. ``sources`` are the sources of what the page holds, with the number of their facts in
    it. ``said`` is all that is said of the thing, by property.
    """

    name: Name
    types: tuple[str, ...]
    sentence: tuple[Piece, ...]
    texts: tuple[Group, ...]
    facts: tuple[Group, ...]
    groups: tuple[Group, ...]
    tables: tuple[Table, ...]
    drawn: Drawn
    said: Mapping[str, tuple[Statement, ...]]
    triples: tuple[Triple, ...]
    sources: tuple[tuple[str, int], ...]
    marks: dict[str, Mark]
    labels: Labels

    @property
    def query(self) -> str:
        """The query behind the page."""
        return query("pages", "links").bind(thing=NamedNode(self.name.iri))

    def group(self, key: str) -> Group | None:
        """The group of a key, wherever the page shows it."""
        return next((group for group in (*self.groups, *self.facts, *self.texts) if group.key == key), None)

    def table(self, key: str) -> Table | None:
        """The table of a key."""
        return next((table for table in self.tables if table.plan.key == key), None)


Cells = Mapping[Term, tuple[Cell, ...]]  # what each node says


def is_node(term: Term) -> bool:
    """Whether a thing only joins others: its kind is not one that visitors look for."""
    name = from_iri(term.value) if isinstance(term, NamedNode) else None
    return name is not None and not kinds()[name.kind].listed
