"""The JSON-LD context agrees with the prefixes and the terms, and reads and writes what it should."""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import DCTERMS, OWL, RDF, SKOS, XSD, Graph, Namespace

ONTOLOGY = Path(__file__).parents[2] / "ontology"
EXAMPLES = sorted((Path(__file__).parent / "shapes" / "conforming").glob("*.ttl"))
BASE = "https://w3id.org/terrinclus/"
TI = Namespace(BASE + "ns#")
SH = Namespace("http://www.w3.org/ns/shacl#")
KEYWORDS = {"@version": 1.1, "id": "@id", "type": "@type"}


@cache
def context() -> dict:
    return json.loads((ONTOLOGY / "context.jsonld").read_text(encoding="utf-8"))["@context"]


@cache
def prefixes() -> dict[str, str]:
    declared = Graph().parse(ONTOLOGY / "prefixes.ttl")
    return {str(declared.value(s, SH.prefix)): str(o) for s, o in declared.subject_objects(SH.namespace)}


def terms() -> dict[str, str]:
    """Name → CURIE of every entry that is neither a keyword nor a prefix."""
    entries = {name: entry for name, entry in context().items() if name not in KEYWORDS and name not in prefixes()}
    return {name: entry if isinstance(entry, str) else entry["@id"] for name, entry in entries.items()}


def expand(curie: str) -> str:
    prefix, _, local = curie.partition(":")
    return prefixes()[prefix] + local


def read(document: dict) -> set[str]:
    """The triples, in N-Triples, as the engine reads them."""
    text = json.dumps({"@context": context(), **document})
    return {f"{q.subject} {q.predicate} {q.object}" for q in ox.parse(text, format=ox.RdfFormat.JSON_LD)}


def test_prefixes_are_those_of_the_prefix_file() -> None:
    written = {name: entry for name, entry in context().items() if isinstance(entry, str) and entry.startswith("http")}
    assert written == prefixes()


def test_keywords() -> None:
    assert {name: context()[name] for name in KEYWORDS} == KEYWORDS


def test_prefixes_can_serve_as_prefixes() -> None:
    """JSON-LD 1.1 §4.2: the IRI of a prefix that is a simple term ends in a gen-delim character."""
    assert [p for p, iri in prefixes().items() if not re.search(r"[:/?#\[\]@]$", iri)] == []


def test_terms_exist() -> None:
    own = {
        str(s)
        for s in Graph().parse(ONTOLOGY / "terrinclus.ttl").parse(ONTOLOGY / "facts.ttl").subjects()
        if s.startswith(TI)
    }
    with (ONTOLOGY / "external-terms.csv").open(encoding="utf-8", newline="") as file:
        known = own | {row["iri"] for row in csv.DictReader(file)}
    assert sorted(expand(curie) for curie in terms().values() if expand(curie) not in known) == []


def test_every_own_term_has_its_entry() -> None:
    rdf = Graph().parse(ONTOLOGY / "terrinclus.ttl").parse(ONTOLOGY / "facts.ttl")
    for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty):
        for term in rdf.subjects(RDF.type, kind):
            name = term.removeprefix(TI)
            assert terms()[name] == f"ti:{name}"


def test_links_of_our_own_are_coerced_to_iris() -> None:
    for term in (
        Graph().parse(ONTOLOGY / "terrinclus.ttl").parse(ONTOLOGY / "facts.ttl").subjects(RDF.type, OWL.ObjectProperty)
    ):
        name = term.removeprefix(TI)
        assert context()[name] == {"@id": f"ti:{name}", "@type": "@id"}


def test_no_two_names_for_a_term() -> None:
    assert len(set(terms().values())) == len(terms())


def test_a_document_is_read_as_meant() -> None:
    document = {
        "id": "projet:terrinclus",
        "type": "CooperationProject",
        "prefLabel": {"fr": "Projet", "en": "Project"},
        "temporal": "periode:depuis-2015",
        "hasObjective": ["objectif:un", "objectif:deux"],
    }
    project, things = f"<{BASE}id/projet/terrinclus>", f"<{BASE}id/"
    assert read(document) == {
        f"{project} {RDF.type.n3()} <{TI}CooperationProject>",
        f'{project} {SKOS.prefLabel.n3()} "Projet"@fr',
        f'{project} {SKOS.prefLabel.n3()} "Project"@en',
        f"{project} {DCTERMS.temporal.n3()} {things}periode/depuis-2015>",
        f"{project} <{TI}hasObjective> {things}objectif/un>",
        f"{project} <{TI}hasObjective> {things}objectif/deux>",
    }


def test_typed_values_are_read_as_meant() -> None:
    alignment = f"<{BASE}id/alignement/un>"
    assert read({"id": "alignement:un", "confidence": "0.9", "isPrincipal": True}) == {
        f'{alignment} <{TI}confidence> "0.9"^^{XSD.decimal.n3()}',
        f'{alignment} <{TI}isPrincipal> "true"^^{XSD.boolean.n3()}',
    }


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own JSON-LD reader
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.stem)
def test_graphs_survive_the_round_trip(example: Path) -> None:
    graph = Graph().parse(example)
    text = graph.serialize(format="json-ld", context=context(), auto_compact=False)
    again = Graph().parse(data=text, format="json-ld")
    assert set(again) == set(graph)
