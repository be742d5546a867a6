"""The formats of results: JSON, XML, CSV and TSV, each kind of term in each of them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from pyoxigraph import Literal, QueryResultsFormat, QuerySolutions, RdfFormat, parse, parse_query_results
from rdflib import Graph

from tests.conformance.asking import Endpoint
from tests.conformance.clauses import clause
from tests.service import Response

EX, XSD = "http://example.org/", "http://www.w3.org/2001/XMLSchema#"
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
CSV, TSV = "text/csv", "text/tab-separated-values"
SRX = "{http://www.w3.org/2005/sparql-results#}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TERMS = f"""SELECT ?iri ?plain ?lang ?typed ?number ?empty ?unbound WHERE {{
  GRAPH <{EX}g1> {{ <{EX}s> <{EX}p1> ?iri ; <{EX}p2> ?plain ; <{EX}p3> ?lang ; <{EX}p4> ?typed ; <{EX}p5> ?number ;
    <{EX}p6> ?empty . OPTIONAL {{ <{EX}s> <{EX}p9> ?unbound }} }} }}"""
NAMES = ["iri", "plain", "lang", "typed", "number", "empty", "unbound"]
BNODES = "SELECT ?a ?b ?c { BIND(BNODE('x') AS ?a) BIND(?a AS ?b) BIND(BNODE('y') AS ?c) }"
NOTHING = "SELECT ?b ?a WHERE { ?a <http://example.org/no> ?b }"
# What separates, quotes or escapes in one of the formats; and letters beyond ASCII and beyond 16 bits.
STRANGE = [
    "a,b",
    'say "x"',
    "two\nlines",
    "cr\rx",
    "crlf\r\nx",
    "tab\tx",
    "a;b",
    "back\\slash",
    "<b>&amp;</b>",
    "]]>",
    " ",
    "é日𝕏",
    "=1+1",
]
BIDI = "SELECT (STRLANGDIR('abc', 'ar', 'rtl') AS ?x) {}"
TRIPLE = f"SELECT (<<( <{EX}s> <{EX}p> 'o'@en )>> AS ?x) {{}}"


def strange(text: str) -> str:
    return f"SELECT ?x {{ BIND({Literal(text)} AS ?x) }}"


def bindings(answer: Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(answer.body)["results"]["bindings"]
    return found


def rows(answer: Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.text, newline="")))


def document(answer: Response) -> ElementTree.Element:
    assert answer.status == 200, answer.text
    return ElementTree.fromstring(answer.body)


# ---- JSON


@clause("json 3.1.1", "json 3.2.1", "json 3.2.2 unbound", "json 3.2.2 iri", "json 3.2.2 literal")
def test_json(endpoint: Endpoint) -> None:
    found = json.loads(endpoint.ask(TERMS, JSON).body)
    assert found["head"]["vars"] == NAMES
    assert found["results"]["bindings"] == [
        {
            "iri": {"type": "uri", "value": f"{EX}o"},
            "plain": {"type": "literal", "value": "plain"},
            "lang": {"type": "literal", "value": "été", "xml:lang": "fr"},
            "typed": {"type": "literal", "value": "2015", "datatype": f"{XSD}gYear"},
            "number": {"type": "literal", "value": "42", "datatype": f"{XSD}integer"},
            "empty": {"type": "literal", "value": ""},
        }
    ]
    nothing = json.loads(endpoint.ask(NOTHING, JSON).body)
    assert nothing == {"head": {"vars": ["b", "a"]}, "results": {"bindings": []}}
    assert bindings(endpoint.ask("SELECT * {}", JSON)) == [{}]


@clause("json 3.2.2 bnode")
def test_json_blank_nodes(endpoint: Endpoint) -> None:
    (row,) = bindings(endpoint.ask(BNODES, JSON))
    assert {term["type"] for term in row.values()} == {"bnode"}
    assert row["a"] == row["b"] != row["c"]


@pytest.mark.parametrize(("query", "expected"), [("ASK {}", True), ("ASK { <a:b> <a:b> <a:b> }", False)])
@clause("json 3.3", "xml 2.3.2")
def test_booleans(endpoint: Endpoint, query: str, expected: bool) -> None:
    found = json.loads(endpoint.ask(query, JSON).body)
    assert found["boolean"] is expected
    assert "head" in found
    assert "results" not in found
    root = document(endpoint.ask(query, XML))
    assert root.findtext(f"{SRX}boolean") == str(expected).lower()
    assert root.find(f"{SRX}head") is not None
    assert root.find(f"{SRX}results") is None


@pytest.mark.parametrize("text", [*STRANGE, "\u0001\u001f\u007f\u0085\u2028\ufffe"])
@clause("json 4")
def test_json_keeps_all_characters(endpoint: Endpoint, text: str) -> None:
    (row,) = bindings(endpoint.ask(strange(text), JSON))
    assert row["x"]["value"] == text


@clause("json-1.2")
def test_what_rdf_12_adds(endpoint: Endpoint) -> None:
    (row,) = bindings(endpoint.ask(BIDI, JSON))
    assert row["x"] == {"type": "literal", "value": "abc", "xml:lang": "ar", "its:dir": "rtl"}
    (row,) = bindings(endpoint.ask(TRIPLE, JSON))
    assert row["x"] == {
        "type": "triple",
        "value": {
            "subject": {"type": "uri", "value": f"{EX}s"},
            "predicate": {"type": "uri", "value": f"{EX}p"},
            "object": {"type": "literal", "value": "o", "xml:lang": "en"},
        },
    }
    triple = document(endpoint.ask(TRIPLE, XML)).find(f".//{SRX}triple")
    assert triple is not None
    assert [part.tag.removeprefix(SRX) for part in triple] == ["subject", "predicate", "object"]
    literal = document(endpoint.ask(BIDI, XML)).find(f".//{SRX}literal")
    assert literal is not None
    assert literal.get("{http://www.w3.org/2005/11/its}dir") == "rtl"
    assert endpoint.ask(TRIPLE, TSV).text.splitlines()[1] == f'<<( <{EX}s> <{EX}p> "o"@en )>>'
    assert rows(endpoint.ask(TRIPLE, CSV))[1] == [f'<<( <{EX}s> <{EX}p> "o"@en )>>']
    construct = f"CONSTRUCT {{ <{EX}s> <{EX}q> ?x }} WHERE {{ BIND(<<( <{EX}s> <{EX}p> 'o' )>> AS ?x) }}"
    for media_type, form in (("text/turtle", RdfFormat.TURTLE), ("application/rdf+xml", RdfFormat.RDF_XML)):
        (quad,) = parse(endpoint.ask(construct, media_type).body, format=form)
        assert str(quad.object) == f'<{EX}s> <{EX}p> "o"'
    refused = endpoint.ask(construct, "application/ld+json")
    assert (refused.status, "JSON-LD" in refused.text) == (406, True)


# ---- XML


@clause("xml 2.1", "xml 2.2", "xml 2.3.1", "xml 2.3.1 terms")
def test_xml(endpoint: Endpoint) -> None:
    answer = endpoint.ask(TERMS, XML)
    root = document(answer)
    assert root.tag == f"{SRX}sparql"
    assert [child.tag for child in root] == [f"{SRX}head", f"{SRX}results"]
    assert [v.get("name") for v in root.iter(f"{SRX}variable")] == NAMES
    (result,) = root.iter(f"{SRX}result")
    found = {binding.get("name"): binding[0] for binding in result}
    assert set(found) == set(NAMES) - {"unbound"}
    assert (found["iri"].tag, found["iri"].text) == (f"{SRX}uri", f"{EX}o")
    assert (found["lang"].tag, found["lang"].text, found["lang"].get(LANG)) == (f"{SRX}literal", "été", "fr")
    assert (found["typed"].text, found["typed"].get("datatype")) == ("2015", f"{XSD}gYear")
    assert (found["plain"].text, found["plain"].attrib) == ("plain", {})
    assert (found["empty"].tag, found["empty"].text or "") == (f"{SRX}literal", "")
    (row,) = document(endpoint.ask(BNODES, XML)).iter(f"{SRX}result")
    labels = {binding.get("name"): binding.findtext(f"{SRX}bnode") for binding in row}
    assert labels["a"] == labels["b"] != labels["c"]
    nothing = document(endpoint.ask(NOTHING, XML))
    assert [v.get("name") for v in nothing.iter(f"{SRX}variable")] == ["b", "a"]
    assert len(nothing.findall(f"{SRX}results")) == 1
    assert list(nothing.iter(f"{SRX}result")) == []


@pytest.mark.parametrize("text", [*STRANGE, "\u007f\u0085\u2028\ufffd"])
@clause("xml 1.0")
def test_xml_says_what_the_literal_says(endpoint: Endpoint, text: str) -> None:
    assert document(endpoint.ask(strange(text), XML)).findtext(f".//{SRX}literal") == text
    construct = f"CONSTRUCT {{ <{EX}s> <{EX}p> {Literal(text)} }} {{}}"
    (quad,) = parse(endpoint.ask(construct, "application/rdf+xml").body, format=RdfFormat.RDF_XML)
    assert isinstance(quad.object, Literal)
    assert quad.object.value == text


@pytest.mark.parametrize("code", ["0000", "0001", "0008", "000B", "000C", "001F", "FFFE", "FFFF"])
@clause("xml 1.0")
def test_what_xml_cannot_carry_is_refused(endpoint: Endpoint, code: str) -> None:
    select = f'SELECT ("a\\u{code}b" AS ?x) {{}}'
    construct = f'CONSTRUCT {{ <{EX}s> <{EX}p> "\\u{code}" }} {{}}'
    for query, media_type in ((select, XML), (select, "text/xml"), (construct, "application/rdf+xml")):
        answer = endpoint.ask(query, media_type)
        assert answer.status == 406
        assert f"U+{code}" in answer.text
    for query, media_type in ((select, JSON), (select, CSV), (select, TSV), (construct, "text/turtle")):
        assert endpoint.ask(query, media_type).status == 200


RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@pytest.mark.parametrize(
    "iri",
    [
        f"{EX}1",
        f"{EX}x/",
        *(RDF + name for name in ("li", "about", "Description", "aboutEach", "bagID")),
        "http://www.w3.org/2000/xmlns/x",
    ],
)
@clause("rdf-xml 6.1")
def test_what_rdf_xml_has_no_name_for_is_refused(endpoint: Endpoint, iri: str) -> None:
    for pattern in (f"<{EX}s> <{iri}> 1", f"<{EX}s> a <{iri}>", f"<{EX}s> <{EX}p> 1 ; a <{iri}>"):
        construct = f"CONSTRUCT {{ {pattern} }} {{}}"
        answer = endpoint.ask(construct, "application/rdf+xml")
        assert (answer.status, iri in answer.text) == (406, True)
        assert endpoint.ask(construct, "text/turtle").status == 200
    resource = f"CONSTRUCT {{ <{EX}s> <{EX}p> <{iri}> ; a 'no class', <{EX}C>, _:x }} {{}}"
    assert len(Graph().parse(data=endpoint.ask(resource, "application/rdf+xml").body, format="xml")) == 4


# ---- CSV and TSV


@clause("csv-tsv 2", "csv-tsv 3.1", "csv-tsv 3.3")
def test_csv(endpoint: Endpoint) -> None:
    answer = endpoint.ask(TERMS, CSV)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.body.count(b"\r\n") == answer.body.count(b"\n") == 2
    assert rows(answer) == [NAMES, [f"{EX}o", "plain", "été", "2015", "42", "", ""]]
    assert endpoint.ask(NOTHING, CSV).body == b"b,a\r\n"
    (_, row) = rows(endpoint.ask(BNODES, CSV))
    assert row[0] == row[1] != row[2]
    assert all(label.startswith("_:") for label in row)


@pytest.mark.parametrize("text", STRANGE)
@clause("csv-tsv 3.2")
def test_csv_quotes(endpoint: Endpoint, text: str) -> None:
    answer = endpoint.ask(strange(text), CSV)
    assert rows(answer) == [["x"], [text]]
    quoted = any(mark in text for mark in ',"\r\n')
    value = '"{}"'.format(text.replace('"', '""')) if quoted else text
    assert answer.body.decode() == f"x\r\n{value}\r\n"


@clause("csv-tsv 3.2")
def test_csv_quotes_iris_too(endpoint: Endpoint) -> None:
    assert rows(endpoint.ask("SELECT (IRI('http://a/b,c') AS ?x) (1 AS ?y) {}", CSV)) == [
        ["x", "y"],
        ["http://a/b,c", "1"],
    ]


@clause("csv-tsv 2", "csv-tsv 4.1", "csv-tsv 4.2")
def test_tsv(endpoint: Endpoint) -> None:
    answer = endpoint.ask(TERMS, TSV)
    assert answer.headers["content-type"] == "text/tab-separated-values; charset=utf-8"
    assert b"\r" not in answer.body
    head, row, rest = answer.text.split("\n")
    assert head.split("\t") == [f"?{name}" for name in NAMES]
    assert row.split("\t") == [f"<{EX}o>", '"plain"', '"été"@fr', f'"2015"^^<{XSD}gYear>', "42", '""', ""]
    assert rest == ""
    assert endpoint.ask(NOTHING, TSV).body == b"?b\t?a\n"


@pytest.mark.parametrize("text", STRANGE)
@clause("csv-tsv 4.2")
def test_tsv_escapes(endpoint: Endpoint, text: str) -> None:
    answer = endpoint.ask(strange(text), TSV)
    assert answer.text.count("\n") == 2
    assert "\t" not in answer.text
    found = parse_query_results(answer.body, format=QueryResultsFormat.TSV)
    assert isinstance(found, QuerySolutions)
    assert [row["x"] for row in found] == [Literal(text)]


@clause("csv-tsv 1")
def test_a_boolean_has_no_table(endpoint: Endpoint) -> None:
    for media_type in (CSV, TSV):
        assert endpoint.ask("ASK {}", media_type).status == 406
        assert endpoint.ask("ASK {}", f"{media_type}, {XML};q=0.5").headers["content-type"] == XML
    assert endpoint.ask("ASK {}", parameters=[("format", "csv")]).headers["content-type"] == JSON
