"""The journal as a Linked Data Event Stream (LDES 1.0) in pages of the TREE hypermedia specification.

    /ldes             the stream, and its root node: relations to all that follows, each with the times it covers
    /ldes/index/{n}   relations to so many pages, all of them full
    /ldes/page/{n}    members; one that is full, and an index, never change again

A member is a version of a thing: an IRI of its own with all statements of which the thing is the subject then. That it
was created, updated or deleted, what, and when, is said in Activity Streams 2.0, which data hardly ever use: with
``dct:isVersionOf``, as in many streams, nobody could tell what the thing itself says from what is said of its version.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from math import ceil

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from terrinclus_kg.rdf.iri import from_iri
from terrinclus_kg.rdf.namespaces import BASE, DCT, LICENCES, RDF, SH, XSD, Namespace
from terrinclus_kg.store.releases.difference import CHANGED, CREATED, REMOVED
from terrinclus_kg.store.releases.journal import PAGE, Event, Journal, Member

BRANCHES = 500  # pages of an index
LDES, TREE = Namespace("https://w3id.org/ldes#"), Namespace("https://w3id.org/tree#")
AS = Namespace("https://www.w3.org/ns/activitystreams#")
# What has happened to a thing, as an activity.
TYPES = {CREATED: AS["Create"], CHANGED: AS["Update"], REMOVED: AS["Delete"]}
_OF, _WHEN = AS["object"], AS["published"]
_AFTER, _BEFORE = TREE["GreaterThanOrEqualToRelation"], TREE["LessThanOrEqualToRelation"]


class EventStream:
    """What a journal holds, as RDF.

    Args:
        origin: where the service is: how the addresses of the pages begin.
    """

    def __init__(self, journal: Journal, origin: str) -> None:
        self._journal, self._root = journal, f"{origin}/ldes"
        self._stream = NamedNode(f"{self._root}#stream")
        self._size = journal.size()

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return ceil(self._size / PAGE)

    @property
    def full(self) -> int:
        """How many of them are full."""
        return self._size // PAGE

    def root(self) -> Iterator[Quad]:
        """The stream and its root node (LDES §4, TREE §3)."""
        yield from self._described()
        node, branches = NamedNode(self._root), self.full // BRANCHES
        yield Quad(self._stream, TREE["view"], node)
        yield Quad(node, RDF["type"], TREE["Node"])
        yield Quad(node, RDF["type"], LDES["EventSource"])
        for number in range(1, branches + 1):
            yield from self._relations(node, f"index/{number}", (number - 1) * BRANCHES + 1, number * BRANCHES)
        for number in range(branches * BRANCHES + 1, self.pages + 1):
            yield from self._relations(node, f"page/{number}", number, number)

    def index(self, number: int) -> Iterator[Quad]:
        """So many pages; nothing, if they are not all full."""
        node = NamedNode(f"{self._root}/index/{number}")
        if 1 <= number <= self.full // BRANCHES:
            yield from self._node(node, full=True)
            for page in range((number - 1) * BRANCHES + 1, number * BRANCHES + 1):
                yield from self._relations(node, f"page/{page}", page, page)

    def page(self, number: int) -> Iterator[Quad]:
        """The members of a page; nothing, if there is no such page."""
        if 1 <= number <= self.pages:
            yield from self._node(NamedNode(f"{self._root}/page/{number}"), full=number <= self.full)
            for member in self._journal.page(number):
                if iri := version_iri(member):
                    yield Quad(self._stream, TREE["member"], iri)
                    yield from version(member)

    def _described(self) -> Iterator[Quad]:
        shape, of, when = (NamedNode(f"{self._root}#{name}") for name in ("shape", "shape-of", "shape-when"))
        once = [(SH["minCount"], Literal(1)), (SH["maxCount"], Literal(1))]
        told: dict[NamedNode, list[tuple[NamedNode, NamedNode | Literal]]] = {
            self._stream: [
                (RDF["type"], LDES["EventStream"]), (LDES["timestampPath"], _WHEN), (LDES["versionOfPath"], _OF),
                (LDES["versionDeletePath"], RDF["type"]), (LDES["versionCreateObject"], TYPES[CREATED]),
                (LDES["versionUpdateObject"], TYPES[CHANGED]), (LDES["versionDeleteObject"], TYPES[REMOVED]),
                (TREE["shape"], shape), *((DCT["license"], licence) for licence in LICENCES),
            ],
            shape: [(RDF["type"], SH["NodeShape"]), (SH["property"], of), (SH["property"], when)],
            of: [(SH["path"], _OF), (SH["nodeKind"], SH["IRI"]), *once],
            when: [(SH["path"], _WHEN), (SH["datatype"], XSD["dateTime"]), *once],
        }  # fmt: skip
        yield from (Quad(about, property_, value) for about, rows in told.items() for property_, value in rows)

    def _node(self, node: NamedNode, *, full: bool) -> Iterator[Quad]:
        yield Quad(self._stream, RDF["type"], LDES["EventStream"])
        yield Quad(self._stream, TREE["view"], NamedNode(self._root))
        yield Quad(node, RDF["type"], TREE["Node"])
        if full:
            yield Quad(node, LDES["immutable"], Literal(value=True))

    def _relations(self, node: NamedNode, child: str, first: int, last: int) -> Iterator[Quad]:
        """The times that a child covers, which holds the pages from ``first`` to ``last``: no last time, if more may
        follow."""
        bounds = [(_AFTER, "from", self._journal.event_of((first - 1) * PAGE + 1))]
        if last <= self.full:
            bounds.append((_BEFORE, "until", self._journal.event_of(last * PAGE)))
        for kind, name, event in bounds:
            relation = NamedNode(f"{node.value}#{child.replace('/', '-')}-{name}")
            yield Quad(node, TREE["relation"], relation)
            yield Quad(relation, RDF["type"], kind)
            yield Quad(relation, TREE["path"], _WHEN)
            yield Quad(relation, TREE["value"], _time(event))
            yield Quad(relation, TREE["node"], NamedNode(f"{self._root}/{child}"))


def version_iri(member: Member) -> NamedNode | None:
    """The IRI of a version; None, if things of this kind have no pages any more."""
    name = from_iri(member.iri)
    return NamedNode(f"{BASE}version/{member.event.key}/{name.path}") if name else None


def version(member: Member) -> Iterator[Quad]:
    """What a version says."""
    iri = version_iri(member)
    assert iri
    yield Quad(iri, RDF["type"], TYPES[member.change])
    yield Quad(iri, _OF, NamedNode(member.iri))
    yield Quad(iri, _WHEN, _time(member.event))
    for quad in parse(b"".join(member.lines), format=RdfFormat.N_TRIPLES):
        yield Quad(iri, quad.predicate, quad.object)


def instant(at: datetime) -> str:
    """A time of the journal, to the microsecond, as RFC 3339 writes it."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _time(event: Event) -> Literal:
    return Literal(instant(event.at), datatype=XSD["dateTime"])
