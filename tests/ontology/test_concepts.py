"""The concept schemes keep the integrity conditions of SKOS and some of our own."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

import pyoxigraph as ox
from rdflib import DCTERMS, RDF, SKOS, Graph, Literal, Namespace, URIRef

ROOT = Path(__file__).parents[2]
CONCEPT = "https://w3id.org/terrinclus/concept/"
IATI = "http://reference.iatistandard.org/203/codelists/"
SH = Namespace("http://www.w3.org/ns/shacl#")


@cache
def concepts() -> Graph:
    return Graph().parse(ROOT / "ontology" / "concepts.ttl").parse(ROOT / "ontology" / "facts.ttl")


def all_concepts() -> list[URIRef]:
    return sorted(s for s in concepts().subjects(RDF.type, SKOS.Concept) if isinstance(s, URIRef))


def schemes() -> list[URIRef]:
    return sorted(s for s in concepts().subjects(RDF.type, SKOS.ConceptScheme) if isinstance(s, URIRef))


def languages(node: URIRef, path: URIRef) -> list[str]:
    return sorted(str(o.language) for o in concepts().objects(node, path) if isinstance(o, Literal))


def test_iri_notation_and_scheme_agree() -> None:
    for concept in all_concepts():
        scheme, code = concept.removeprefix(CONCEPT).split("/")
        assert [str(n) for n in concepts().objects(concept, SKOS.notation)] == [code]
        assert list(concepts().objects(concept, SKOS.inScheme)) == [URIRef(CONCEPT + scheme)]
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code), concept
        assert URIRef(CONCEPT + scheme) in schemes()


def test_notations_are_unique_in_their_scheme() -> None:
    pairs = Counter(
        (concepts().value(c, SKOS.inScheme), n) for c in all_concepts() for n in concepts().objects(c, SKOS.notation)
    )
    assert [pair for pair, count in pairs.items() if count > 1] == []


def test_one_label_and_one_definition_a_language() -> None:
    for concept in all_concepts():
        assert languages(concept, SKOS.prefLabel) == ["en", "fr"], concept
        assert languages(concept, SKOS.definition) == ["en", "fr"], concept
    for scheme in schemes():
        assert languages(scheme, DCTERMS.title) == ["en", "fr"], scheme
        assert languages(scheme, SKOS.definition) == ["en", "fr"], scheme


def test_labels_are_unique_in_their_scheme() -> None:
    labels = Counter(
        (concepts().value(c, SKOS.inScheme), o) for c in all_concepts() for o in concepts().objects(c, SKOS.prefLabel)
    )
    assert [label for label, count in labels.items() if count > 1] == []


def test_labels_are_disjoint() -> None:
    for concept in all_concepts():
        sets = [set(concepts().objects(concept, p)) for p in (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)]
        assert sum(map(len, sets)) == len(set().union(*sets)), concept


def test_definitions_are_sentences() -> None:
    for _, definition in concepts().subject_objects(SKOS.definition):
        assert re.match(r"[A-ZÀ-Þ].*\.\Z", definition), definition


def test_typography() -> None:
    for literal in concepts().objects():
        if isinstance(literal, Literal):
            text = str(literal)
            assert "'" not in text
            assert unicodedata.normalize("NFC", text) == text
            assert not re.search(r"^ | $|  ", text), text
            assert literal.language != "fr" or not re.search(r" [:;?!»]|« ", text), text


def test_every_concept_is_a_top_concept_or_has_a_broader_one_in_its_scheme() -> None:
    graph = concepts()
    for concept in all_concepts():
        scheme = graph.value(concept, SKOS.inScheme)
        top, broader = set(graph.objects(concept, SKOS.topConceptOf)), set(graph.objects(concept, SKOS.broader))
        assert bool(top) != bool(broader), concept
        assert top <= {scheme}, concept
        assert {graph.value(b, SKOS.inScheme) for b in broader} <= {scheme}, concept


def test_top_concepts_are_stated_on_both_sides() -> None:
    graph = concepts()
    tops = {(scheme, concept) for concept, scheme in graph.subject_objects(SKOS.topConceptOf)}
    assert set(graph.subject_objects(SKOS.hasTopConcept)) == tops


def test_the_hierarchy_has_no_cycle() -> None:
    for concept in all_concepts():
        above = list(concepts().objects(concept, SKOS.broader))
        assert concept not in {a for b in above for a in concepts().transitive_objects(b, SKOS.broader)}


def test_relations_do_not_clash() -> None:
    graph = concepts()
    for concept in all_concepts():
        above = set(graph.transitive_objects(concept, SKOS.broader)) - {concept}
        assert not above & set(graph.objects(concept, SKOS.related)), concept
        exact = set(graph.objects(concept, SKOS.exactMatch))
        for path in (SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch, SKOS.closeMatch):
            assert not exact & set(graph.objects(concept, path)), concept


def test_nothing_outside_is_declared() -> None:
    declared = {str(s) for s in concepts().subjects() if not s.startswith("https://w3id.org/terrinclus/ns#")}
    assert declared == {str(s) for s in [*all_concepts(), *schemes()]}


def test_mappings_lead_to_iati_codes() -> None:
    for path in (SKOS.exactMatch, SKOS.closeMatch):
        for target in concepts().objects(None, path):
            assert re.fullmatch(re.escape(IATI) + r"[A-Za-z]+/[0-9]+", target), target
    matches = Counter(o for o in concepts().objects(None, SKOS.exactMatch))
    assert [m for m, count in matches.items() if count > 1] == []


def test_the_four_roles_of_iati_are_mapped() -> None:
    codes = {"financeur": 1, "responsable": 2, "instructeur": 3, "mise-en-oeuvre": 4}
    for role, code in codes.items():
        match = concepts().value(URIRef(f"{CONCEPT}role/{role}"), SKOS.exactMatch)
        assert match == URIRef(f"{IATI}OrganisationRole/{code}")


def test_every_scheme_has_its_prefix() -> None:
    declared = Graph().parse(ROOT / "ontology" / "prefixes.ttl")
    spaces = {str(o) for o in declared.objects(None, SH.namespace)}
    assert {f"{scheme}/" for scheme in schemes()} == {s for s in spaces if s.startswith(CONCEPT)}


def test_the_data_use_only_declared_concepts() -> None:
    known = {str(c) for c in [*all_concepts(), *schemes()]}
    files = [f for f in (ROOT / "data").rglob("*") if f.suffix in {".ttl", ".trig"}]
    used = {
        term.value
        for file in files
        for quad in ox.parse(path=str(file), format=ox.RdfFormat.TRIG)
        for term in (quad.subject, quad.object)
        if isinstance(term, ox.NamedNode) and term.value.startswith(CONCEPT)
    }
    assert sorted(used - known) == []
