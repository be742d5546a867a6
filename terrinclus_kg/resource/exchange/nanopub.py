"""A fact as a nanopublication: assertion, provenance, publication info (nanopub.org, Guidelines § 1–3).

The assertion is the graph of the fact itself, with its name and exactly its triples. A nanopublication never changes,
and a fact may: so there is one of each release, whose IRI names it. It is neither signed nor does its IRI hold a hash:
the release, whose digest is published, vouches for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC
from itertools import chain
from typing import cast

from pyoxigraph import Literal, NamedNode, Quad

from terrinclus_kg.errors import AnswerTooLarge, NotFound
from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.iri import Name, kinds
from terrinclus_kg.rdf.namespaces import BASE, DATASET, DCAT, DCT, FOAF, PROV, RDF, TI, XSD, Namespace
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.store.reader import Reader, Row
from terrinclus_kg.store.releases.layout import Release

NP = Namespace("http://www.nanopub.org/nschema#")
LARGEST = 10_000  # statements of one, as in nanopub.rq
_BY = PROV["wasAttributedTo"]
Triples = Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]


def is_fact(kind: str) -> bool:
    """Whether the things of a kind are facts, and so can be had as nanopublications."""
    return TI["Fact"].value in kinds()[kind].classes


def address(name: Name, release: Release) -> str:
    """The IRI of the nanopublication of a fact, as a release has it."""
    return f"{BASE}releases/{release.id}/nanopub/{name.path}"


def nanopub(reader: Reader, name: Name, release: Release) -> list[Quad]:
    """The four graphs of a nanopublication.

    Raises:
        NotFound: it is no fact, or nothing is said in it.
        AnswerTooLarge: it has more than `LARGEST` statements.
    """
    rows = _rows(reader, name)
    fact, itself = NamedNode(name.iri), address(name, release)
    assertion = [row for row in rows if row["part"].value == "assertion"]
    provenance = [row for row in rows if row["part"].value != "assertion"]
    if not assertion:
        raise NotFound("nothing is said in this fact")
    graphs = {
        "#Head": _head(fact, itself),
        "#provenance": chain(_triples(provenance), _origin(fact, provenance)),
        "#pubinfo": _info(itself, release),
    }
    quads = [Quad(*triple, fact) for triple in _triples(assertion)]
    return quads + [Quad(*triple, NamedNode(itself + graph)) for graph, said in graphs.items() for triple in said]


def _rows(reader: Reader, name: Name) -> list[Row]:
    if not is_fact(name.kind):
        raise NotFound("only facts are nanopublications")
    rows = reader.rows(query("pages", "nanopub").bind(fact=NamedNode(name.iri)))
    if len(rows) > LARGEST:
        message = f"the fact has more than {LARGEST} statements: its graph can be had at /sparql"
        raise AnswerTooLarge(message, limit="statements", value=LARGEST)
    return rows


def _triples(rows: Iterable[Row]) -> Triples:
    for row in rows:
        yield cast(NamedNode, row["s"]), cast(NamedNode, row["p"]), cast(NamedNode | Literal, row["o"])


def _head(fact: NamedNode, itself: str) -> Triples:
    here = NamedNode(itself)
    yield here, RDF["type"], NP["Nanopublication"]
    yield here, NP["hasAssertion"], fact
    yield here, NP["hasProvenance"], NamedNode(itself + "#provenance")
    yield here, NP["hasPublicationInfo"], NamedNode(itself + "#pubinfo")


def _origin(fact: NamedNode, provenance: list[Row]) -> Triples:
    """What our own terms say of a fact, in those of PROV."""
    told = {(subject, predicate): value for subject, predicate, value in _triples(provenance)}
    source = told.get((fact, DCT["source"]))
    if isinstance(source, NamedNode):
        yield fact, PROV["hadPrimarySource"], source
        if (fact, _BY) not in told and (publisher := told.get((source, DCT["publisher"]))):
            yield fact, _BY, publisher


def _info(itself: str, release: Release) -> Triples:
    here, publisher = NamedNode(itself), about().publisher
    who = NamedNode(publisher.iri)
    yield here, DCT["created"], Literal(release.built_at.astimezone(UTC).isoformat(), datatype=XSD["dateTime"])
    yield here, DCT["creator"], who
    yield here, DCT["publisher"], who
    yield who, RDF["type"], FOAF[publisher.type]
    yield who, FOAF["name"], Literal(publisher.name)
    for licence in about().licences:
        yield here, DCT["license"], NamedNode(licence)
    yield here, DCT["isPartOf"], DATASET
    yield here, DCAT["version"], Literal(release.id)
