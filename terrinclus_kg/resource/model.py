"""What a page shows of one thing, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, Literal, NamedNode

from terrinclus_kg.rdf.iri import Name, from_iri, kinds
from terrinclus_kg.rdf.queries import query

Term = NamedNode | Literal | BlankNode
Labels = dict[str, dict[str, str]]
Triple = tuple[Term, Term, Term]


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
    descriptions: list[Literal] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Statement:
    """A value and the graphs that state it. ``cells`` is what an unfolded node says."""

    value: Term
    graphs: tuple[str, ...] = ()
    cells: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """What is said by one property (or, for nodes that point here, by one kind of node)."""

    key: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Incoming:
    """Things that link here by one property: how many, and the first of them."""

    property: str
    count: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All that a page shows of one thing. ``whole`` is False where links to it were left out."""

    name: Name
    types: tuple[str, ...]
    groups: tuple[Group, ...]
    joined: tuple[Group, ...]
    incoming: tuple[Incoming, ...]
    facts: tuple[str, ...]
    triples: tuple[Triple, ...]
    marks: dict[str, Mark]
    labels: Labels
    whole: bool

    @property
    def query(self) -> str:
        """The query behind the page."""
        return query("pages", "links").bind(thing=NamedNode(self.name.iri))


Cells = Mapping[Term, tuple[Group, ...]]  # what each node says


def is_node(term: Term) -> bool:
    """Whether a thing only joins others: its kind is not one that visitors look for."""
    name = from_iri(term.value) if isinstance(term, NamedNode) else None
    return name is not None and not kinds()[name.kind].listed
