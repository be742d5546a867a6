"""Prefixes, labels, formats, and what can be published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BaseDirection, BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, Triple

from terrinclus_kg.rdf import formats
from terrinclus_kg.rdf.formats import ALL_FORMATS, RDF_FORMATS, RESULT_FORMATS, Carries
from terrinclus_kg.rdf.labels import Label, choose
from terrinclus_kg.rdf.namespaces import DCT, compact, expand, prefixes, sparql_prologue
from terrinclus_kg.rdf.terms import fault_of

# Prefixes


@given(st.sampled_from(sorted(prefixes().items())), st.text(min_size=1))
def test_compact_and_expand(pair: tuple[str, str], local: str) -> None:
    assert expand(compact(pair[1] + local)) == pair[1] + local


@pytest.mark.parametrize("iri", ["", "http://nobody.example/x", "https://w3id.org/terrinclus/", *prefixes().values()])
def test_compact_leaves_alone_what_no_prefix_shortens(iri: str) -> None:
    shorter = [space for space in prefixes().values() if iri.startswith(space) and iri != space]
    assert (compact(iri) == iri) is not bool(shorter)


@pytest.mark.parametrize("curie", ["nobody:x", "", ":x", "x"])
def test_expand_refuses_unknown_prefixes(curie: str) -> None:
    with pytest.raises(KeyError):
        expand(curie)


def test_prefixes_are_distinct() -> None:
    assert len(set(prefixes().values())) == len(prefixes())
    assert all(space[-1] in "/#" for space in prefixes().values())


@pytest.mark.parametrize(
    "query",
    [
        "ASK { ?s skos:prefLabel ?o }",
        "PREFIX skos: <http://mine/> ASK { ?s skos:prefLabel ?o }",
        "prefix skos:<http://mine/>\nASK { ?s skos:prefLabel 'dct:title' }",
        "PREFIX  skos:  <http://mine/> ASK { ?s skos:prefLabel ?o }",
        "PREFIX\nskos: <http://mine/> ASK { ?s skos:prefLabel ?o }",
        "BASE <http://b/> PREFIX skos: <http://mine/> ASK { ?s skos:prefLabel ?o }",
        'ASK { ?s ?p \'skos:x " ti:y\', "owl:" }',
        "# dct: rdf: \nASK { ?s a ?o }",
    ],
)
def test_the_prologue_is_harmless(query: str) -> None:
    Store().query(sparql_prologue(query) + query)


def test_the_prologue_does_not_change_the_meaning() -> None:
    own = "PREFIX\nskos: <http://mine/>\nSELECT ?x { BIND(skos:a AS ?x) }"
    (row,) = Store().query(sparql_prologue(own) + own)  # type: ignore[misc]
    assert row["x"] == NamedNode("http://mine/a")


@given(st.text())
def test_the_prologue_holds_declared_prefixes_only(text: str) -> None:
    lines = sparql_prologue(text).splitlines()
    assert set(lines) <= {f"PREFIX {prefix}: <{iri}>" for prefix, iri in prefixes().items()}


# Labels

IRI = "https://w3id.org/terrinclus/id/projet/terrinclus"


@pytest.mark.parametrize(
    ("labels", "language", "chosen"),
    [
        ({"fr": "a", "en": "b"}, "en", Label("b", "en")),
        ({"fr": "a", "en": "b", "": "c"}, "fr", Label("a", "fr")),
        ({"fr": "a", "": "c"}, "en", Label("c", "")),
        ({"fr": "a", "de": "d"}, "en", Label("a", "fr")),
        ({"en": "b", "de": "d"}, "fr", Label("b", "en")),
        ({"zh": "z", "de": "d"}, "fr", Label("d", "de")),
        ({}, "fr", Label("projet:terrinclus", "")),
        ({"fr": ""}, "fr", Label("", "fr")),
    ],
)
def test_choice_of_labels(labels: dict[str, str], language: str, chosen: Label) -> None:
    assert choose(labels, language, IRI) == chosen


# Formats


def test_the_table_of_formats() -> None:
    types = [media for f in ALL_FORMATS for media in (f.media_type, *f.aliases)]
    assert len(set(types)) == len(types)
    assert len({f.slug for f in ALL_FORMATS}) == len(ALL_FORMATS)
    assert set(formats.BY_SUFFIX) == {"ttl", "jsonld", "rdf", "nt", "trig", "nq"}


@pytest.mark.parametrize("form", RDF_FORMATS, ids=lambda f: f.slug)
def test_rdf_formats_are_those_of_the_engine(form: formats.Format) -> None:
    assert form.rdf == RdfFormat.from_media_type(form.media_type)
    assert form.rdf == RdfFormat.from_extension(form.suffix)
    assert form.rdf.supports_datasets is (form.carries is Carries.DATASET)
    with pytest.raises(KeyError):
        _ = form.results


@pytest.mark.parametrize("form", RESULT_FORMATS, ids=lambda f: f.slug)
def test_result_formats_are_those_of_the_engine(form: formats.Format) -> None:
    assert form.results.media_type.split(";")[0] == form.media_type
    assert form.carries is Carries.RESULTS
    with pytest.raises(KeyError):
        _ = form.rdf
    assert form.booleans is (form.slug in {"json", "xml"})


def test_charset_only_where_registered() -> None:
    assert {f.slug for f in ALL_FORMATS if "charset" in f.content_type} == {"turtle", "csv", "tsv"}


# What can be published

THING = NamedNode("http://e/s")


@pytest.mark.parametrize(
    "value", [THING, Literal("é\t\n\r\x7f\x85"), Literal(1), Literal("x", language="fr"), BlankNode("b")]
)
def test_fine_terms(value: NamedNode | Literal | BlankNode) -> None:
    assert fault_of(Quad(THING, DCT["title"], value)) is None


@pytest.mark.parametrize(
    "value",
    [
        Triple(THING, THING, THING),
        Literal("x", language="ar", direction=BaseDirection.RTL),
        *(Literal(f"a{c}b") for c in "\x00\x01\x08\x0b\x0c\x1f\ufffe\uffff"),
    ],
)
def test_refused_terms(value: Triple | Literal) -> None:
    assert fault_of(Quad(THING, DCT["title"], value))
