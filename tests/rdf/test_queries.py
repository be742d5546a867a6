"""Stored queries: their headers, and that a value can never become a part of the query."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, RdfFormat, Store, Variable

from terrinclus_kg import resources
from terrinclus_kg.errors import ConfigurationError, NotFound, ParameterError
from terrinclus_kg.rdf.namespaces import BASE, RDF, TI, XSD
from terrinclus_kg.rdf.queries import Term, load_queries, parse_query, query, together

HEADER = """\
#: columns = ["a", "b"]
#: [title]
#: fr = "Essai"
#: en = "Trial"
#: [parameters.a]
#: type = "string"
#: [parameters.b]
#: type = "string"
"""
TWO = HEADER + "SELECT ?a ?b WHERE { VALUES ?a { skos:Concept } VALUES ?b { 'b' } }\n"
EMPTY = Store()

texts = st.text(st.characters(exclude_categories=["Cs"]))
tags = st.sampled_from(["fr", "en", "zh-hant", "de-ch-1996"])
literals = (
    texts.map(Literal)
    | st.builds(lambda text, tag: Literal(text, language=tag), texts, tags)
    | st.integers().map(Literal)
    | st.builds(lambda text: Literal(text, datatype=XSD["token"]), texts)
)
breakers = st.sampled_from(
    [
        '"',
        '"""',
        "'",
        "\\",
        '\\"',
        "}",
        "{",
        "} } SELECT",
        "\n",
        "\r\n#",
        "\u2028",
        "\\u0022",
        "\\u0022 } #",
        "VALUES ?a { }",
        "VALUES ?b { 'x' }",
        'VALUES ?b { "',
        "prefix skos: <http://evil/>",
        "PREFIX skos:",
        "<http://x>",
        "\x00",
        "\x7f",
        "\ufffe",
    ]
)
hostile = st.lists(breakers | texts, max_size=4).map("".join)


def rows(text: str) -> list[dict[str, Term]]:
    answer = EMPTY.query(text)
    assert isinstance(answer, QuerySolutions)
    names = [v.value for v in answer.variables]
    return [{name: row[Variable(name)] for name in names} for row in answer]  # type: ignore[misc]


@settings(max_examples=300, deadline=None)
@given(a=literals | hostile.map(Literal), b=literals | hostile.map(Literal))
def test_bound_values_come_back(a: Literal, b: Literal) -> None:
    assert rows(parse_query("q", TWO).bind(a=a, b=b)) == [{"a": a, "b": b}]


@given(a=hostile)
def test_typed_strings_come_back(a: str) -> None:
    asked = parse_query("q", TWO)
    assert rows(asked.bind(**asked.parse({"a": a})))[0]["a"] == Literal(a)


def test_a_value_that_names_another_slot_is_not_filled() -> None:
    """Bound one after the other, the second value would land inside the first one's quotes and break out."""
    trap, payload = Literal("VALUES ?b { }"), Literal(" } . ?s ?p ?o . VALUES ?x { ")
    assert rows(parse_query("q", TWO).bind(a=trap, b=payload)) == [{"a": trap, "b": payload}]


def test_a_value_does_not_take_a_prefix_away() -> None:
    text = HEADER.replace('"b"]', '"b"]') + "SELECT * WHERE { VALUES ?a { 'a' } VALUES ?b { skos:Concept } }"
    assert rows(parse_query("q", text).bind(a=Literal("prefix skos: is a prefix")))[0]["b"] == NamedNode(
        "http://www.w3.org/2004/02/skos/core#Concept"
    )


def test_several_terms_and_defaults() -> None:
    asked = parse_query("q", TWO)
    bound = rows(asked.bind(b=[Literal("x"), NamedNode("http://e/")]))
    assert [row["b"] for row in bound] == [Literal("x"), NamedNode("http://e/")]
    assert rows(asked.text)[0]["b"] == Literal("b")
    assert rows(asked.bind(b=[])) == []


def test_unknown_parameter() -> None:
    asked = parse_query("q", TWO)
    with pytest.raises(ParameterError, match="nope"):
        asked.bind(nope=Literal("x"))
    with pytest.raises(ParameterError, match="this query has: a, b"):
        asked.parse({"nope": "x"})


def typed(kind: str) -> str:
    return f'#: [parameters.a]\n#: type = "{kind}"\nSELECT ?a WHERE {{ VALUES ?a {{ UNDEF }} }}'


@pytest.mark.parametrize(
    ("kind", "given", "term"),
    [
        ("resource", "projet/terrinclus", NamedNode(BASE + "id/projet/terrinclus")),
        ("resource", "projet:terrinclus", NamedNode(BASE + "id/projet/terrinclus")),
        ("resource", "http://example.org/x", NamedNode("http://example.org/x")),
        ("integer", "42", Literal(42)),
        ("integer", "-9" + "9" * 30, Literal("-9" + "9" * 30, datatype=XSD["integer"])),
        ("date", "2017-03-27", Literal("2017-03-27", datatype=XSD["date"])),
        ("string", 'a "b" \\', Literal('a "b" \\')),
        ("language", "fr", Literal("fr")),
    ],
)
def test_types(kind: str, given: str, term: Term) -> None:
    asked = parse_query("q", typed(kind))
    assert asked.parse({"a": given}) == {"a": term}
    assert rows(asked.bind(**asked.parse({"a": given}))) == [{"a": term}]


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("resource", "../x"),
        ("resource", "http://e/> } #"),
        ("resource", "projet:a b"),
        ("resource", "projet:"),
        ("resource", "nothing:x"),
        ("resource", "urn:x:y"),
        ("resource", "http://"),
        ("resource", "http:///x"),
        ("resource", "nothing/x"),
        ("language", "de"),
        ("language", ""),
        ("resource", ""),
        ("resource", "projet/a b"),
        ("integer", "1.5"),
        ("integer", ""),
        ("integer", "9" * 5000),
        ("date", "27 mars"),
        ("date", "2017-02-30"),
        ("iris", "http://e/"),
    ],
)
def test_wrong_values(kind: str, given: str) -> None:
    with pytest.raises(ParameterError, match="a"):
        parse_query("q", typed(kind)).parse({"a": given})


def test_what_is_only_compared_is_a_parameter_too() -> None:
    text = '#: [parameters.a]\n#: type = "iris"\nSELECT * { ?s ?p ?a FILTER(?a NOT IN (1)) FILTER(?a IN (2)) }'
    bound = parse_query("q", text).bind(a=[NamedNode("http://e/x)"), NamedNode("http://e/y")])
    assert "FILTER(?a NOT IN (<http://e/x)>, <http://e/y>)) FILTER(?a IN (<http://e/x)>, <http://e/y>))" in bound


def test_queries_together_say_which_of_them_a_row_answers() -> None:
    both = together("pages", "said", "counts")
    assert both.columns == ("part", "g", "p", "o", "way", "n")
    thing = NamedNode("https://w3id.org/terrinclus/id/projet/x")
    store = Store()
    store.add(Quad(thing, RDF["type"], TI["Fact"], thing))
    rows = store.query(both.bind(thing=thing))
    assert isinstance(rows, QuerySolutions)
    assert [row["part"].value for row in rows] == ["said"]
    with pytest.raises(NotFound):
        together("pages", "said", "nothing")


@pytest.mark.parametrize(
    "text",
    [
        "#: title = \nSELECT * {}",
        '#: [parameters.a]\n#: type = "string"\nSELECT * {}',
        '#: [parameters.a]\n#: type = "string"\nSELECT * { ?a ?b ?c }',
        '#: [parameters.a]\n#: type = "string"\nSELECT * { VALUES ?ab { 1 } }',
    ],
)
def test_wrong_headers(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^q\.rq: "):
        parse_query("q", text)


def test_no_such_query() -> None:
    with pytest.raises(NotFound):
        query("pages", "nothing")


FILES = sorted(resources.root("queries").glob("*/*.rq"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_stored_query_parses_as_it_lies_there(file: Path) -> None:
    stored = load_queries(file.parent.name)[file.stem]
    EMPTY.query(stored.text)
    assert stored.title.keys() == {"fr", "en"} or file.parent.name == "pages"


def test_points_are_those_of_both_ways_to_say_them() -> None:
    text = "@prefix geo: <http://www.w3.org/2003/01/geo/wgs84_pos#> . <x:a> geo:lat 51.5055 ; geo:long -0.0754 ."
    store = Store()
    store.load(text.encode(), format=RdfFormat.TURTLE)
    found = store.query(query("pages", "points").bind(place=[NamedNode("x:a")]))
    assert isinstance(found, QuerySolutions)
    assert [row["point"].value for row in found] == ["POINT(-0.0754 51.5055)"]  # type: ignore[union-attr]
