"""Patterns as clients of fragments write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Variable

from terrinclus_kg.errors import ParameterError
from terrinclus_kg.rdf.namespaces import XSD
from terrinclus_kg.rdf.pattern import PLACES, read_pattern, spelt

texts = st.text(st.characters(exclude_categories=["Cs"]))
literals = (
    texts.map(Literal)
    | st.builds(lambda text, tag: Literal(text, language=tag), texts, st.sampled_from(["fr", "en", "zh-hant"]))
    | st.builds(lambda text: Literal(text, datatype=XSD["token"]), texts)
)


@given(literals)
def test_what_is_written_is_read_again(literal: Literal) -> None:
    assert read_pattern({"object": spelt(literal)}, graph=DefaultGraph()).o == literal


@given(texts)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        pattern = read_pattern({"subject": text, "object": text}, graph=DefaultGraph())
    except ParameterError:
        return
    assert not text or pattern.s == pattern.o or isinstance(pattern.s, BlankNode)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("http://e/a", NamedNode("http://e/a")),
        ("<http://e/a>", NamedNode("http://e/a")),
        ("urn:x:y", NamedNode("urn:x:y")),
        ("dct:source", NamedNode("http://purl.org/dc/terms/source")),
        ("<dct:source>", NamedNode("dct:source")),
        ('"a"', Literal("a")),
        ('"a"b"', Literal('a"b')),
        ('"a\\n"', Literal("a\\n")),
        ('""', Literal("")),
        ('"à"@fr-BE', Literal("à", language="fr-be")),
        ('"1"^^http://www.w3.org/2001/XMLSchema#integer', Literal(1)),
        ('"1"^^<http://www.w3.org/2001/XMLSchema#integer>', Literal(1)),
        ('"1"^^xsd:integer', Literal(1)),
    ],
)
def test_terms(text: str, term: NamedNode | Literal) -> None:
    assert read_pattern({"object": text}, graph=DefaultGraph()).o == term


@pytest.mark.parametrize(
    "text", ["foo", "dct", '"open', "<http://e/a", "http://e/a b", '"a"^^b', '"a"@', "<< ?a ?b ?c >>", "?"]
)
def test_what_is_no_term_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="subject"):
        read_pattern({"subject": text}, graph=DefaultGraph())


def test_variables() -> None:
    pattern = read_pattern({"subject": "?x", "predicate": "?s", "object": "?x"}, graph=Variable("g"))
    assert pattern.alike == ("so",)
    assert read_pattern({}, graph=Variable("g")).alike == ()
    everywhere = dict.fromkeys(PLACES.values(), "?x")
    assert read_pattern(everywhere, graph=DefaultGraph()).alike == ("sp", "so", "sg", "po", "pg", "og")


@pytest.mark.parametrize(
    ("place", "text"), [("subject", '"a"'), ("predicate", '"a"'), ("graph", '"a"'), ("object", "_:b")]
)
def test_some_patterns_fit_nothing(place: str, text: str) -> None:
    assert not read_pattern({place: text}, graph=DefaultGraph()).possible
