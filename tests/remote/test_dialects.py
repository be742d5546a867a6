"""Time limits in the query text, the words of refusals, and settings that make no sense."""

from __future__ import annotations

import math

import pytest
from pyoxigraph import Store

from terrinclus_kg.config import load_settings
from terrinclus_kg.errors import ConfigurationError
from terrinclus_kg.store.remote.dialects import DIALECTS, cut, limited

NEPTUNE = DIALECTS["neptune"]
Q = "<http://aws.amazon.com/neptune/vocab/v01/QueryHints#{}>"


@pytest.mark.parametrize(
    ("query", "hinted"),
    [
        ("SELECT * { ?s ?p ?o }", "SELECT * {HINT ?s ?p ?o }"),
        ("ASK WHERE{?s ?p ?o}", "ASK WHERE{HINT?s ?p ?o}"),
        ("DESCRIBE ?s { ?s ?p '{' }", "DESCRIBE ?s {HINT ?s ?p '{' }"),
        ("SELECT (EXISTS { ?a ?b 1 } AS ?x) { ?s ?p ?o }", "SELECT (EXISTS { ?a ?b 1 } AS ?x) {HINT ?s ?p ?o }"),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "CONSTRUCT { ?s ?p ?o } WHERE {HINT ?s ?p ?o }"),
        ("CONSTRUCT { ?s ?p 1 } FROM <g:g> { { ?s ?p 1 } }", "CONSTRUCT { ?s ?p 1 } FROM <g:g> {HINT { ?s ?p 1 } }"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"),
        ("CONSTRUCT FROM <g:g> WHERE { ?s ?p ?o }", "CONSTRUCT FROM <g:g> WHERE { ?s ?p ?o }"),
        ("DESCRIBE <a:a>", "DESCRIBE <a:a>"),
        ("# {\nSELECT * { ?s ?p ?o }", "# {\nSELECT * {HINT ?s ?p ?o }"),
        ("SELECT * { { SELECT * { ?s ?p ?o } } }", "SELECT * {HINT { SELECT * { ?s ?p ?o } } }"),
    ],
)  # fmt: skip
def test_the_hint_stands_in_the_outermost_group(query: str, hinted: str) -> None:
    hint = f" {Q.format('Query')} {Q.format('queryTimeout')} 1500 . "
    found, parameters = limited(NEPTUNE, query, 1.5)
    assert (found, parameters) == (hinted.replace("HINT", hint), [])
    Store().query(found, base_iri="a:")  # it parses


def test_no_deadline_is_no_parameter() -> None:
    for dialect in DIALECTS.values():
        assert limited(dialect, "ASK {}", math.inf) == ("ASK {}", [])


def test_an_answer_that_was_cut() -> None:
    assert cut({"content-type": "text/csv"}) is None
    assert type(cut({"x-sql-state": "S1TAT"})).__name__ == "QueryTimeout"
    assert type(cut({"x-sparql-maxrows": "10000"})).__name__ == "AnswerTooLarge"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"store": "remote"}, "remote_query"),
        ({"store": "remote", "remote_query": "example.org/sparql"}, "remote_query"),
        ({"remote_query": "http://user:secret@example.org/sparql"}, "remote_query"),
        ({"remote_update": "ftp://example.org/"}, "remote_update"),
        ({"remote_graph_store": "http://example.org/#x"}, "remote_graph_store"),
        ({"remote_token": "abc", "remote_user": "me", "remote_password": "x"}, "one of them"),
        ({"remote_user": "me"}, "together"),
        ({"remote_password": "x"}, "together"),
        ({"remote_connections": 1}, "remote_connections"),
    ],
)
def test_settings_that_make_no_sense_are_told(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        load_settings(**settings)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("address", ["http://127.0.0.1:7878/query", "https://[::1]:1/a/b?x=1&y=%20", "http://e.test"])
def test_addresses(address: str) -> None:
    assert load_settings(store="remote", remote_query=address).remote_query == address
