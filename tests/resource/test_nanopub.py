"""Facts as nanopublications: each fact of the release is one, well-formed, and says just what the fact says."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, serialize

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import AnswerTooLarge, NotFound
from terrinclus_kg.rdf.iri import Name, from_iri
from terrinclus_kg.rdf.namespaces import DCT, PROV, TI
from terrinclus_kg.resource.exchange import nanopub
from terrinclus_kg.resource.exchange.nanopub import NP
from terrinclus_kg.store.reader import Reader

TOLD = (DCT["source"], TI["locator"], TI["status"], PROV["hadPrimarySource"], PROV["wasAttributedTo"])

with warnings.catch_warnings():  # they are about rdflib's older names
    warnings.simplefilter("ignore", DeprecationWarning)
    from nanopub import Nanopub
    from rdflib import ConjunctiveGraph


@pytest.fixture(scope="module")
def reader(home: Path) -> Iterator[Reader]:
    reader = Reader(Settings(home=home))
    yield reader
    reader.close()


def facts(reader: Reader) -> dict[str, set[Triple]]:
    """What each fact says, by its IRI."""
    text = f"SELECT ?g ?s ?p ?o {{ ?g a {TI['Fact']} . GRAPH ?g {{ ?s ?p ?o }} }}"
    found: dict[str, set[Triple]] = {}
    for row in reader.rows(text):
        found.setdefault(row["g"].value, set()).add(Triple(row["s"], row["p"], row["o"]))  # type: ignore[arg-type]
    return found


def made(reader: Reader, iri: str) -> list[Quad]:
    name = from_iri(iri)
    assert name
    return nanopub(reader, name, reader.release)


def test_every_fact_is_a_nanopublication(reader: Reader) -> None:
    found = facts(reader)
    assert len(found) == reader.release.manifest["facts"]
    for iri, said in found.items():
        quads = made(reader, iri)
        assert {quad.triple for quad in quads if quad.graph_name == NamedNode(iri)} == said
        about = {(quad.subject, quad.predicate) for quad in quads if quad.graph_name != NamedNode(iri)}
        for predicate in (
            DCT["source"],
            TI["locator"],
            TI["status"],
            PROV["hadPrimarySource"],
            PROV["wasAttributedTo"],
        ):
            assert (NamedNode(iri), predicate) in about, (iri, predicate)
        graphs = {quad.graph_name for quad in quads}
        head = {quad.predicate: quad.object for quad in quads if str(quad.graph_name).endswith("#Head>")}
        assert graphs == {head[NP[p]] for p in ("hasAssertion", "hasProvenance", "hasPublicationInfo")} | {
            NamedNode(f"{quads[-1].subject.value}#Head")  # type: ignore[union-attr]
        }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_library_of_nanopublications_takes_them(reader: Reader) -> None:
    for iri in sorted(facts(reader))[::20]:  # it takes a second for twenty; what it looks at is asserted of all above
        graph = ConjunctiveGraph()
        graph.parse(data=serialize(made(reader, iri), format=RdfFormat.N_QUADS), format="nquads")
        assert Nanopub(rdf=graph).is_valid


def test_only_facts_are(reader: Reader) -> None:
    for name in (Name("projet", "terrinclus"), Name("fait", "nothing")):
        with pytest.raises(NotFound):
            nanopub(reader, name, reader.release)


def test_one_is_never_cut(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(nanopub.__globals__, "LARGEST", 3)
    with pytest.raises(AnswerTooLarge, match="more than 3 statements"):
        nanopub(reader, Name("fait", "A01"), reader.release)
