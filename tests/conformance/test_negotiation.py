"""Which format a client gets: RFC 9110 §12.5.1 and §15.5.7, over HTTP."""

from __future__ import annotations

import json

import pytest

from tests.conformance.asking import WAYS, Endpoint
from tests.conformance.clauses import clause

JSON, XML, CSV = "application/sparql-results+json", "application/sparql-results+xml", "text/csv; charset=utf-8"
TURTLE = "text/turtle; charset=utf-8"
SELECT, GRAPH = "SELECT ?s { ?s ?p ?o } LIMIT 1", "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 1"
TRIPLE_TERM = "SELECT (<<( <a:s> <a:p> 1 )>> AS ?x) {}"
BIDI = "SELECT (STRLANGDIR('a', 'ar', 'rtl') AS ?x) {}"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("query", "accept", "content_type"),
    [
        (SELECT, "*/*", JSON),
        (SELECT, "application/*", JSON),
        (SELECT, "text/*", CSV),
        (SELECT, f"*/*;q=0.9, {XML}", XML),
        (SELECT, f"application/*;q=0.9, {XML};q=0.1, text/csv;q=0.5", JSON),
        (SELECT, f"{JSON};q=0.1, application/*;q=0.9", XML),
        (SELECT, "text/csv;charset=utf-8, */*;q=0.1", CSV),
        (SELECT, f"image/png, {XML}", XML),
        (GRAPH, "*/*", TURTLE),
        (GRAPH, "text/*", TURTLE),
        (GRAPH, "application/*", "application/ld+json"),
        (GRAPH, 'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', "application/ld+json"),
    ],
)
@clause("http 12.5.1 a")
def test_ranges(endpoint: Endpoint, way: str, query: str, accept: str, content_type: str) -> None:
    assert endpoint.ask(query, accept, way=way).headers["content-type"] == content_type


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (f"{JSON};q=0.2, {XML};q=0.8", XML),
        (f"{JSON};q=0.8, {XML};q=0.2", JSON),
        (f"{JSON};q=0, */*;q=0.1", XML),
        (f"{JSON};q=0.001, image/png", JSON),
        (f"{JSON};q=2, {XML};q=0.1", XML),  # no weight: the element is passed over
        ("text/turtle, */*;q=0.01", JSON),
    ],
)
@clause("http 12.5.1 b")
def test_weights(endpoint: Endpoint, accept: str, content_type: str) -> None:
    assert endpoint.ask(SELECT, accept).headers["content-type"] == content_type


@clause("http 12.5.1 c")
def test_no_wish(endpoint: Endpoint) -> None:
    assert endpoint.ask(SELECT).headers["content-type"] == JSON
    assert endpoint.ask(SELECT, "").headers["content-type"] == JSON
    assert endpoint.ask(GRAPH).headers["content-type"] == TURTLE


@clause("http 15.5.7")
def test_nothing_fits(endpoint: Endpoint) -> None:
    for query, there_is in ((SELECT, JSON), (GRAPH, "text/turtle"), ("ASK {}", XML)):
        answer = endpoint.ask(query, "image/png, application/problem+json")
        assert answer.status == 406
        assert there_is in json.loads(answer.body)["variants"]
        assert answer.headers["vary"].startswith("Accept, Accept-Language")


@pytest.mark.parametrize(
    ("query", "accept", "content_type"),
    [
        (SELECT, f"{JSON};version=1.1", f"{JSON}; version=1.1"),
        (SELECT, f"{JSON};version=1.2", f"{JSON}; version=1.2"),
        (SELECT, f"{XML}; version=1.2-basic, {JSON};q=0.5", f"{XML}; version=1.2-basic"),
        (GRAPH, "text/turtle;version=1.2", f"{TURTLE}; version=1.2"),
        (TRIPLE_TERM, f"{JSON};version=1.2", f"{JSON}; version=1.2"),
        (TRIPLE_TERM, f"{JSON};version=1.1, {JSON};version=1.2;q=0.5", f"{JSON}; version=1.2"),
        (TRIPLE_TERM, f"{JSON};version=1.1, {XML};q=0.5", XML),
        (TRIPLE_TERM, f"{JSON};version=1.2-basic", None),
        (TRIPLE_TERM, f"{JSON};version=1.1", None),
        (BIDI, f"{JSON};version=1.2-basic", f"{JSON}; version=1.2-basic"),
        (BIDI, f"{JSON};version=1.1", None),
        (SELECT, f"{JSON};version=2.0", None),
        (GRAPH, "application/ld+json;version=1.2", None),
    ],
)
@clause("protocol-1.2 2.1 d", "http 12.5.1 a")
def test_versions(endpoint: Endpoint, query: str, accept: str, content_type: str | None) -> None:
    answer = endpoint.ask(query, accept)
    if content_type is None:
        assert answer.status == 406
    else:
        assert answer.headers["content-type"] == content_type
