"""The record of a thing as RDF, in the engine's own bytes."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode

from terrinclus_kg.errors import Gone, NotFound
from terrinclus_kg.rdf.formats import N_QUADS, TRIG, Format
from terrinclus_kg.rdf.iri import Name
from terrinclus_kg.rdf.queries import Term, query
from terrinclus_kg.resource.model import is_node
from terrinclus_kg.store.reader import Answer, Reader

LINKS_LIMIT, NODES_LIMIT = 3000, 300  # what one page or document takes up; the first is in links.rq


def check(reader: Reader, name: Name) -> None:
    """Whether the thing is there.

    Raises:
        NotFound: nothing is said of it.
        Gone: it was withdrawn (``owl:deprecated true``); the error names its successor.
    """
    rows = reader.rows(query("pages", "state").bind(thing=NamedNode(name.iri)))
    if not rows:
        raise NotFound("nothing is known under this address")
    if "deprecated" in rows[0] and rows[0]["deprecated"].value in ("true", "1"):
        successor = rows[0]["successor"].value if "successor" in rows[0] else None
        raise Gone("this resource was withdrawn", extra={"successor": successor} if successor else None)


def document(reader: Reader, name: Name, form: Format) -> Answer:
    """The record of a thing as RDF. TriG and N-Quads keep the facts, and describe them.

    Raises:
        NotFound, Gone: as `check`.
    """
    check(reader, name)
    thing = NamedNode(name.iri)
    links = reader.rows(query("pages", "links").bind(thing=thing))
    ends = {end for row in links for end in (row["s"], row["o"]) if isinstance(end, NamedNode)} - {thing}
    nodes = _sorted(end for end in ends if is_node(end))[:NODES_LIMIT]
    linked = {row["o"] for row in links if isinstance(row["o"], NamedNode)} - {thing, *nodes}
    terms: dict[str, Term | list[Term]] = {"about": [thing, *nodes], "linked": _sorted(linked), "thing": thing}
    if form not in (TRIG, N_QUADS):
        return reader.quads(query("pages", "document").bind(**terms), form)
    facts = {row["g"] for row in links} | ({thing} if name.kind == "fait" else set())
    return reader.quads(query("pages", "dataset").bind(**terms, fact=_sorted(facts)), form)


def _sorted(terms: Iterable[NamedNode | Literal | BlankNode]) -> list[Term]:
    return sorted((term for term in terms if isinstance(term, NamedNode)), key=lambda term: term.value)
