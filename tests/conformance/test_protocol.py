"""The query operation: SPARQL 1.1 Protocol §2.1, and what the 1.2 draft adds."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import urlencode

import pytest
from pyoxigraph import RdfFormat, parse

from tests.conformance.asking import DIRECT, FORM, WAYS, Endpoint
from tests.conformance.clauses import clause
from tests.service import Response, fetch

each_way = pytest.mark.parametrize("way", WAYS)
EX = "http://example.org/"
ONLY = f"SELECT ?x WHERE {{ <{EX}only> <{EX}in> ?x }} ORDER BY ?x"
NAMED = f"SELECT ?x WHERE {{ GRAPH ?g {{ <{EX}only> <{EX}in> ?x }} }} ORDER BY ?x"
G1, G2, G3 = f"{EX}g1", f"{EX}g2", f"{EX}g3"
JSON_RESULTS, XML_RESULTS = "application/sparql-results+json", "application/sparql-results+xml"
RESULTS = (JSON_RESULTS, XML_RESULTS, "text/csv", "text/tab-separated-values")
GRAPHS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/trig": RdfFormat.TRIG,
    "application/n-quads": RdfFormat.N_QUADS,
}


def values(answer: Response) -> list[str]:
    assert answer.status == 200, answer.text
    return [row["x"]["value"] for row in json.loads(answer.body)["results"]["bindings"]]


def media_type(answer: Response) -> str:
    return answer.headers["content-type"].partition(";")[0]


# ---- §2.1: one query, one way or another


@each_way
@clause("protocol 2.1 a", "protocol-1.2 2.2 a", "protocol 2.1.6 a")
def test_every_way_has_the_same_answer(endpoint: Endpoint, way: str) -> None:
    assert values(endpoint.ask(ONLY, way=way)) == ["g1", "g2", "g3"]


@each_way
@pytest.mark.parametrize("accept", RESULTS)
@clause("protocol 2.1 d", "protocol 2.1.6 b", "protocol 2.1.6 c", "protocol 2.1.5 a")
def test_select_in_every_format(endpoint: Endpoint, way: str, accept: str) -> None:
    answer = endpoint.ask(ONLY, accept, way=way)
    assert media_type(answer) == accept
    for value in ("g1", "g2", "g3"):
        assert value in answer.text


@each_way
@pytest.mark.parametrize("accept", [JSON_RESULTS, XML_RESULTS])
@clause("protocol 2.1 d", "protocol 2.1.6 b", "protocol 2.1.6 c")
def test_ask_in_every_format(endpoint: Endpoint, way: str, accept: str) -> None:
    for query, expected in ((f"ASK {{ <{EX}s> ?p ?o }}", "true"), ("ASK { <a:b> ?p ?o }", "false")):
        answer = endpoint.ask(query, accept, way=way)
        assert media_type(answer) == accept
        assert expected in answer.text


@each_way
@pytest.mark.parametrize("accept", list(GRAPHS))
@pytest.mark.parametrize(
    "query", [f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{G2}> {{ ?s ?p ?o }} }}", f"DESCRIBE <{EX}only>"]
)
@clause("protocol 2.1 d", "protocol 2.1.6 b", "protocol 2.1.6 c")
def test_graphs_in_every_format(endpoint: Endpoint, way: str, accept: str, query: str) -> None:
    answer = endpoint.ask(query, accept, way=way)
    assert media_type(answer) == accept
    triples = {quad.triple for quad in parse(answer.body, format=GRAPHS[accept])}
    assert len(triples) == (1 if query.startswith("CONSTRUCT") else 3)


@clause("protocol 2.1 b")
def test_exactly_one_query(endpoint: Endpoint) -> None:
    for answer in (
        endpoint.get([("default-graph-uri", G1)]),
        endpoint.get([("query", "ASK {}"), ("query", "ASK {}")]),
        endpoint.send(b"format=json", FORM),
        endpoint.send(b"query=ASK%7B%7D&query=ASK%7B%7D", FORM),
        endpoint.send(b"query=ASK%7B%7D", FORM, parameters=[("query", "ASK {}")]),
        endpoint.send(b"", FORM, parameters=[("query", "ASK {}")]),
        endpoint.send(b"ASK {}", DIRECT, parameters=[("query", "ASK {}")]),
        endpoint.send(b"", DIRECT),
        endpoint.send(b"", DIRECT, method="QUERY"),
        endpoint.get([("query", "")]),
    ):
        assert answer.status == 400
        assert "query" in json.loads(answer.body)["detail"]


@each_way
@clause("protocol 2.1 c", "protocol 2.1.4 a", "protocol 2.1.3 b")
def test_any_number_of_graphs(endpoint: Endpoint, way: str) -> None:
    two = [("default-graph-uri", G1), ("default-graph-uri", G2)]
    assert values(endpoint.ask(ONLY, way=way, parameters=two[:1])) == ["g1"]
    assert values(endpoint.ask(ONLY, way=way, parameters=two)) == ["g1", "g2"]
    named = [("named-graph-uri", G2), ("named-graph-uri", G3)]
    assert values(endpoint.ask(NAMED, way=way, parameters=named)) == ["g2", "g3"]
    both = [("default-graph-uri", G1), ("named-graph-uri", G3)]
    assert values(endpoint.ask(ONLY, way=way, parameters=both)) == ["g1"]
    assert values(endpoint.ask(NAMED, way=way, parameters=both)) == ["g3"]


# ---- §2.1.1: GET


@clause("protocol 2.1.1 a")
def test_percent_encoding(endpoint: Endpoint) -> None:
    text = "SELECT ?x { VALUES ?x { 'é + & = % # 日' } }"
    assert values(endpoint.get([("query", text)])) == ["é + & = % # 日"]
    plus = fetch(endpoint.url + "?query=SELECT+%28%22a%2Bb%22+AS+%3Fx%29+%7B%7D")
    assert values(plus) == ["a+b"]
    for broken in ("?query=ASK%7B%7D%20%23%E9", "?query=ASK%7B%7D&format=%FF"):
        assert fetch(endpoint.url + broken).status == 400


@clause("protocol 2.1.1 b")
def test_parameters_in_any_order(endpoint: Endpoint) -> None:
    parameters = [
        ("default-graph-uri", G1),
        ("unknown", "x"),
        ("query", ONLY),
        ("format", "json"),
        ("default-graph-uri", G3),
    ]
    assert values(endpoint.get(parameters)) == ["g1", "g3"]
    assert values(endpoint.get(parameters[::-1])) == ["g1", "g3"]


@clause("protocol 2.1.1 c")
def test_a_get_has_no_body(endpoint: Endpoint) -> None:
    answer = fetch(endpoint.url + "?query=ASK%7B%7D", data=b"query=nonsense", method="GET", Content_Type=FORM)
    assert json.loads(answer.body)["boolean"] is True


# ---- §2.1.2, §2.1.3: POST


@clause("protocol 2.1.2 a", "protocol 2.1.2 b")
def test_a_form(endpoint: Endpoint) -> None:
    for content_type in (FORM, f"{FORM}; charset=UTF-8", f"{FORM.upper()};charset=utf-8"):
        assert endpoint.send(b"query=ASK%20%7B%7D", content_type).status == 200
    assert endpoint.send(b"query=ASK%20%7B%7D", f"{FORM}; charset=iso-8859-1").status == 415
    assert endpoint.send(b"query=ASK%20%7B%7D%20%23%E9", FORM).status == 400


@pytest.mark.parametrize("method", ["POST", "QUERY"])
@clause("protocol 2.1.2 c")
def test_other_types_are_not_taken(endpoint: Endpoint, method: str) -> None:
    for content_type in ("text/plain", "application/json", "text/turtle", "multipart/form-data; boundary=x", "x", ""):
        answer = endpoint.send(b"query=ASK%20%7B%7D", content_type, method=method)
        assert answer.status == 415, content_type
        assert json.loads(answer.body)["accepted"] == [DIRECT, FORM]


@clause("protocol 2.1.3 a", "protocol 2.1.3 c")
def test_the_query_itself(endpoint: Endpoint) -> None:
    text = "SELECT ('é 日 % + &' AS ?x) {}".encode()
    for content_type in (DIRECT, f"{DIRECT}; charset=utf-8", f'{DIRECT};charset="UTF-8"'):
        assert values(endpoint.send(text, content_type)) == ["é 日 % + &"]
    for charset in ("iso-8859-1", "utf-16"):
        assert endpoint.send(text, f"{DIRECT}; charset={charset}").status == 415
    assert endpoint.send("ASK {} # é".encode("latin-1"), DIRECT).status == 400
    assert endpoint.send("ASK {}".encode("utf-16"), DIRECT).status == 400


# ---- §2.1.4: the dataset


@each_way
@clause("protocol 2.1.4 b", "protocol 2.1.4 c")
def test_the_protocol_wins_over_the_query(endpoint: Endpoint, way: str) -> None:
    of_query = ONLY.replace("WHERE", f"FROM <{G2}> WHERE")
    assert values(endpoint.ask(of_query, way=way)) == ["g2"]
    assert values(endpoint.ask(of_query, way=way, parameters=[("default-graph-uri", G3)])) == ["g3"]
    assert values(endpoint.ask(of_query, way=way, parameters=[("named-graph-uri", G3)])) == []
    named = NAMED.replace("WHERE", f"FROM NAMED <{G2}> WHERE")
    assert values(endpoint.ask(named, way=way)) == ["g2"]
    assert values(endpoint.ask(named, way=way, parameters=[("named-graph-uri", G1)])) == ["g1"]
    assert values(endpoint.ask(named, way=way, parameters=[("default-graph-uri", G1)])) == []


@clause("protocol 2.1.4 d")
def test_a_dataset_of_our_own(endpoint: Endpoint) -> None:
    assert values(endpoint.ask(ONLY)) == values(endpoint.ask(NAMED)) == ["g1", "g2", "g3"]


@each_way
@clause("protocol 2.1.4 e")
def test_a_dataset_that_cannot_be(endpoint: Endpoint, way: str) -> None:
    for iri in ("relative", "", "http://example.org/a b"):
        assert endpoint.ask(ONLY, way=way, parameters=[("default-graph-uri", iri)]).status == 400
    assert values(endpoint.ask(ONLY, way=way, parameters=[("default-graph-uri", f"{EX}nothing")])) == []


# ---- §2.1.7: failures


@each_way
@pytest.mark.parametrize(
    "query", ["nonsense", "SELECT ?x WHERE {", "SELECT ?s\nWHERE { ?s ?p }", "ASK { ?s foo:bar ?o }"]
)
@clause("protocol 2.1.7 a", "protocol 2.1.7 c")
def test_what_is_no_query(endpoint: Endpoint, way: str, query: str) -> None:
    problem = endpoint.ask(query, "application/json", way=way)
    assert problem.status == 400
    assert json.loads(problem.body)["line"] >= 1
    text = endpoint.ask(query, "application/sparql-results+xml", way=way)
    assert (text.status, media_type(text)) == (400, "text/plain")
    page = endpoint.ask(query, "text/html, */*;q=0.8", way=way)
    assert (page.status, media_type(page)) == (400, "text/html")


@clause("protocol 2.1.7 b", "protocol 2.1.7 c")
def test_refused_and_failed(endpoint: Endpoint) -> None:
    refused = endpoint.ask("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }")
    assert refused.status == 403
    unknown = endpoint.ask("SELECT (<http://example.org/function>(1) AS ?x) {}")
    assert 400 <= unknown.status < 600
    assert json.loads(unknown.body)["detail"]


@each_way
@clause("protocol 2.2 a")
def test_an_update_is_no_query(endpoint: Endpoint, way: str) -> None:
    assert endpoint.ask("INSERT DATA { <a:b> <a:b> <a:b> }", way=way).status == 405
    assert endpoint.ask("ASK {}", way=way, parameters=[("update", "CLEAR ALL")]).status == 400


@clause("protocol 2.2 b", "http 15.5.6")
def test_updates_and_other_methods(endpoint: Endpoint) -> None:
    for answer in (
        endpoint.get([("update", "CLEAR ALL")]),
        endpoint.send(b"update=CLEAR%20ALL", FORM),
        endpoint.send(b"CLEAR ALL", "application/sparql-update"),
        *(fetch(endpoint.url, data=b"ASK {}", method=method, Content_Type=DIRECT) for method in ("PUT", "PATCH")),
        fetch(endpoint.url, method="DELETE"),
    ):
        assert answer.status == 405
        assert {"GET", "HEAD", "POST", "QUERY"} <= set(answer.headers["allow"].split(", "))


# ---- §2.3: relative IRIs


@each_way
@clause("protocol 2.3 a")
def test_relative_iris(endpoint: Endpoint, way: str) -> None:
    here = "https://w3id.org/terrinclus/"
    for text, iri in (
        ("SELECT (<id/projet/x> AS ?x) {}", f"{here}id/projet/x"),
        ("SELECT (<> AS ?x) {}", f"{here}sparql"),
        ("PREFIX t: <id/> SELECT (t:a AS ?x) {}", f"{here}id/a"),
        ("SELECT (IRI('id/a') AS ?x) {}", f"{here}id/a"),
        ("BASE <http://e/a/> SELECT (<b> AS ?x) {}", "http://e/a/b"),
        ("BASE <id/> SELECT (<a> AS ?x) {}", f"{here}id/a"),
    ):
        assert values(endpoint.ask(text, way=way)) == [iri], text


# ---- Beyond the standard: what clients send all the same


@each_way
@clause("protocol 2.1.3 c")
def test_a_byte_order_mark_is_no_part_of_a_query(endpoint: Endpoint, way: str) -> None:
    assert values(endpoint.ask(f"\ufeff{ONLY}", way=way)) == ["g1", "g2", "g3"]
    problem = endpoint.ask("\ufeffASK { ?s foo:bar ?o }", "application/json", way=way)
    assert (json.loads(problem.body)["line"], json.loads(problem.body)["column"]) == (1, 10)
    assert endpoint.ask("ASK \ufeff{}", way=way).status == 400


@each_way
@clause("protocol 4 a")
def test_no_time_limit_of_the_client(endpoint: Endpoint, way: str) -> None:
    for nothing in ("0", "0ms", "0.0", ""):
        assert values(endpoint.ask(ONLY, way=way, parameters=[("timeout", nothing)])) == ["g1", "g2", "g3"]
    for wrong in ("-1", "soon", "1 year"):
        assert endpoint.ask(ONLY, way=way, parameters=[("timeout", wrong)]).status == 400


# ---- §4: policy


@clause("protocol 4 a")
def test_limits_are_told(endpoint: Endpoint) -> None:
    long = endpoint.ask("ASK {} #" + "x" * 5000)
    assert (long.status, json.loads(long.body)["limit"]) == (414, "query_size_get")
    longer = endpoint.ask("ASK {} #" + "x" * 30_000, way="post direct")
    assert (longer.status, json.loads(longer.body)["limit"]) == (413, "query_size")
    for way in ("post form", "query direct"):  # so long that nobody reads it
        longest = endpoint.ask("ASK {} #" + "x" * 200_000, way=way)
        problem = json.loads(longest.body)
        assert (longest.status, problem["limit"], problem["value"]) == (413, "query_size", 20_000)
        assert problem["type"].endswith("/query-too-large")
    cross = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    slow = endpoint.ask(cross, parameters=[("timeout", "300ms")])
    problem = json.loads(slow.body)
    assert (slow.status, problem["limit"], problem["value"]) == (503, "timeout", 0.3)
    assert problem["dumps"] == "/releases/current/dataset.nq.gz"
    assert "void#dataDump" in slow.headers["link"]
    assert endpoint.ask("ASK {}", parameters=[("timeout", "soon")]).status == 400


# ---- 1.2: versions


@each_way
@clause("protocol-1.2 2.1 a", "protocol-1.2 2.1 d")
def test_a_version_beside_the_query(endpoint: Endpoint, way: str) -> None:
    query = "SELECT (<<( <a:s> <a:p> 1 )>> AS ?x) {}"
    assert "version" not in endpoint.ask(query, way=way).headers["content-type"]
    assert endpoint.ask(query, way=way, parameters=[("version", "1.2")]).headers["content-type"].endswith("version=1.2")
    assert (
        "version"
        not in endpoint.ask(query, "text/csv", way=way, parameters=[("version", "1.2")]).headers["content-type"]
    )
    assert endpoint.ask(query, way=way, parameters=[("version", "1.2"), ("version", "1.1")]).status == 400
    assert endpoint.ask(query, way=way, parameters=[("version", "7")]).status == 400


@clause("protocol-1.2 2.1 b", "protocol-1.2 2.1 c")
def test_the_parameter_wins(endpoint: Endpoint) -> None:
    text = b'VERSION "1.2" SELECT (1 AS ?x) {}'
    assert endpoint.send(text, DIRECT).headers["content-type"].endswith("version=1.2")
    assert "version" not in endpoint.send(text, f"{DIRECT}; version=1.1").headers["content-type"]
    basic = endpoint.send(text, f"{DIRECT}; charset=utf-8; version=1.2-basic", method="QUERY")
    assert basic.headers["content-type"].endswith("version=1.2-basic")
    assert endpoint.send(text, f"{DIRECT}; version=7").status == 400


# ---- RFC 9110: what every method promises


@clause("http 9.3.2")
def test_head_is_get_without_a_body(endpoint: Endpoint) -> None:
    for query in (ONLY, "nonsense", f"CONSTRUCT WHERE {{ <{EX}s> ?p ?o }}"):
        url = f"{endpoint.url}?{urlencode({'query': query})}"
        got, head = fetch(url), fetch(url, method="HEAD")
        assert (head.status, head.body) == (got.status, b"")
        for name in ("content-type", "content-length", "etag", "last-modified", "link", "terrinclus-release"):
            assert head.headers.get(name) == got.headers.get(name)


@clause("http 9.3.7")
def test_a_preflight(endpoint: Endpoint) -> None:
    answer = fetch(
        endpoint.url,
        method="OPTIONS",
        Origin="https://other.test",
        Access_Control_Request_Method="QUERY",
        Access_Control_Request_Headers="content-type",
    )
    assert answer.status == 200
    assert {"GET", "POST", "QUERY"} <= set(answer.headers["access-control-allow-methods"].split(", "))
    assert "Content-Type" in answer.headers["access-control-allow-headers"]
    assert answer.headers["accept-query"] == f"{DIRECT}, {FORM}"
    asked = endpoint.ask("ASK {}", way="query direct", Origin="https://other.test")
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "Terrinclus-Release" in asked.headers["access-control-expose-headers"]


@clause("http 13.1.2")
def test_an_answer_that_the_client_has(endpoint: Endpoint) -> None:
    answer = endpoint.ask(ONLY)
    assert answer.headers["terrinclus-release"] == "current"
    again = endpoint.ask(ONLY, If_None_Match=answer.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    assert endpoint.ask(ONLY, "text/csv", If_None_Match=answer.headers["etag"]).status == 200
    rows = list(csv.reader(io.StringIO(endpoint.ask(ONLY, "text/csv").text)))
    assert rows == [["x"], ["g1"], ["g2"], ["g3"]]
