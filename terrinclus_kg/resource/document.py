"""The record of a thing as RDF, in the engine's own bytes."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode

from terrinclus_kg.rdf.formats import N_QUADS, TRIG, Format
from terrinclus_kg.rdf.iri import Name, kinds_of
from terrinclus_kg.rdf.namespaces import BASE, RDFS, TI
from terrinclus_kg.rdf.queries import Term, query
from terrinclus_kg.resource.model import is_node
from terrinclus_kg.resource.tombstone import check
from terrinclus_kg.store.reader import Answer, Reader, Row

LINKS_LIMIT, NODES_LIMIT = 3000, 300  # what one page or document takes up; the first is in links.rq
DOCUMENT_LIMIT, DATASET_LIMIT = 20000, 30000  # rows of a document, as in document.rq and dataset.rq
LINKING = 500  # things that link to it, and are labelled too
_CUT = {
    "fr": "Ce document est incomplet\u00a0: la ressource a plus de liens qu’il n’en contient. SPARQL les donne tous.",
    "en": "This document is incomplete: the resource has more links than it holds. SPARQL gives them all.",
}


def document(reader: Reader, name: Name, form: Format) -> Answer:
    """The record of a thing as RDF. TriG and N-Quads keep the facts, and describe them.

    One that a bound has cut says so, in an rdfs:comment on the document.

    Raises:
        NotFound, Gone: as `tombstone.check`.
    """
    check(reader, name)
    thing = NamedNode(name.iri)
    links = reader.rows(query("pages", "links").bind(thing=thing))
    ends = {end for row in links for end in (row["s"], row["o"]) if isinstance(end, NamedNode)} - {thing}
    named = _sorted(end for end in ends if is_node(end))
    nodes = named[:NODES_LIMIT]
    linked = _linked(reader, links, nodes) - {thing, *nodes}
    terms: dict[str, Term | list[Term]] = {"about": [thing, *nodes], "linked": _sorted(linked), "thing": thing}
    cut = len(links) >= LINKS_LIMIT or len(named) > NODES_LIMIT
    if form not in (TRIG, N_QUADS):
        bound = query("pages", "document").bind(**terms)
        return reader.quads(bound, form, notice=_notice(name), bound=0 if cut else DOCUMENT_LIMIT)
    facts = {row["g"] for row in links} | ({thing} if name.kind in kinds_of(TI["Fact"]) else set())
    bound = query("pages", "dataset").bind(**terms, fact=_sorted(facts))
    return reader.quads(bound, form, notice=_notice(name), bound=0 if cut else DATASET_LIMIT)


def _linked(reader: Reader, links: Iterable[Row], nodes: list[Term]) -> set[NamedNode]:
    """What is labelled: things that the thing or one of its nodes names, and those that name it."""
    rows = reader.rows(query("pages", "named-by").bind(node=nodes)) if nodes else []
    named = [*(row["linked"] for row in rows), *(row["o"] for row in links)]
    linking = sorted({row["s"] for row in links}, key=str)[:LINKING]
    return {term for term in (*named, *linking) if isinstance(term, NamedNode)}


def notice_of(name: Name) -> NamedNode:
    """The document of a thing, of which nothing is said but that it is cut."""
    return NamedNode(f"{BASE}data/{name.path}")


def _notice(name: Name) -> str:
    """What a document says of itself when it is cut, as N-Triples."""
    texts = (Literal(text, language=language) for language, text in _CUT.items())
    return "".join(f"{notice_of(name)} {RDFS['comment']} {text} .\n" for text in texts)


def _sorted(terms: Iterable[NamedNode | Literal | BlankNode]) -> list[Term]:
    return sorted((term for term in terms if isinstance(term, NamedNode)), key=lambda term: term.value)
