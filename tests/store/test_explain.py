"""Explanations: how a query was read, what it took, and what can be said of it for sure."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from terrinclus_kg.config import MIB, Settings
from terrinclus_kg.errors import AnswerTooLarge, FeatureRefused, QuerySyntaxError, QueryTimeout, TerrinclusError
from terrinclus_kg.rdf.formats import CSV, TURTLE
from terrinclus_kg.rdf.queries import load_queries
from terrinclus_kg.server.context import EXTENSION, Service
from terrinclus_kg.server.views.explain import explained
from terrinclus_kg.store.engine import Conditions, Request
from terrinclus_kg.store.reader import Client, Reader
from terrinclus_kg.store.tuning import explain
from tests.small_store import CROSS, PREFIX, children, reading, until

PHASES = ["screen", "queue", "prepare", "first_row", "rows", "serialise", "total"]


@pytest.fixture(scope="module")
def reader(small_home: Path) -> Iterator[Reader]:
    with reading(small_home, public_deadline=20) as reader:
        yield reader


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no fault of the code."""
    monkeypatch.setattr(explain, "_PATIENCE", 60.0)


def told(reader: Reader, text: str, **more: Any) -> dict[str, Any]:
    return reader.explain(PREFIX + text, **more)


def codes(reader: Reader, text: str) -> set[str]:
    found = told(reader, text)
    assert found["algebra_error"] is None
    return {warning["code"] for warning in found["warnings"]}


def test_rows(reader: Reader) -> None:
    text = "SELECT ?n { ?n ex:value ?v FILTER(?v < 100) }"
    found = told(reader, text)
    assert (found["form"], found["release"], found["format"], found["count"]) == ("SELECT", "one", "csv", 100)
    assert found["bytes"] == len(reader.query(PREFIX + text, CSV).read())
    assert found["guard"]["depth"] == {"found": 2, "limit": 64}
    assert found["guard"]["operators"]["limit"] == 2000
    assert (found["guard"]["volatile"], found["guard"]["version"], found["guard"]["services"]) == (False, "", [])
    assert told(reader, "SELECT (RAND() AS ?r) {}")["guard"]["volatile"] is True
    assert list(found["phases"]) == PHASES
    assert all(isinstance(value, float) and value >= 0 for value in found["phases"].values())
    parts = sum(found["phases"][name] for name in PHASES[:-1])
    assert found["phases"]["total"] == pytest.approx(parts, abs=0.01)
    assert found["warnings"] == []
    assert found["dataset"] is None
    json.dumps(found)


def test_the_algebra_reads_like_the_text(reader: Reader) -> None:
    text = "SELECT DISTINCT ?b { ex:a ex:knows ?b OPTIONAL { ?b ex:name ?n } FILTER(?n > 1 && REGEX(?n, 'x')) } LIMIT 3"
    assert told(reader, text)["algebra"] == (
        "(select\n"
        "  (slice\n"
        "    0\n"
        "    3\n"
        "    (distinct\n"
        "      (project\n"
        "        (?b)\n"
        "        (filter\n"
        '          (&& (> ?n 1) (REGEX ?n "x"))\n'
        "          (leftJoin (bgp (triple ex:a ex:knows ?b)) (bgp (triple ?b ex:name ?n))))))))"
    )
    exists = "SELECT ?b { ?b ex:name ?n FILTER NOT EXISTS { ?b ex:knows ex:a } }"
    assert "(notexists (join (bgp ()) (bgp (triple ?b ex:knows ex:a))))" in told(reader, exists)["algebra"]
    ordered = "SELECT ?b { VALUES ?b { ex:x ex:y } BIND(2 AS ?c) } ORDER BY DESC(?b)"
    assert "((desc ?b))" in told(reader, ordered)["algebra"]
    assert "(extend ?c 2 (values (row (?b ex:x)) (row (?b ex:y))))" in told(reader, ordered)["algebra"]


def test_triples_and_a_boolean(reader: Reader) -> None:
    text = "CONSTRUCT { ?n ex:half ?v } { ?n ex:value ?v }"
    found = told(reader, text)
    assert (found["form"], found["format"], found["count"]) == ("CONSTRUCT", "turtle", 200)
    assert found["bytes"] == len(reader.query(PREFIX + text, TURTLE).read())
    yes = told(reader, "ASK { ex:a ex:knows ex:b }")
    assert (yes["form"], yes["format"], "count" in yes) == ("ASK", "json", False)
    assert yes["bytes"] > 10


def test_the_dataset_and_the_time_of_the_protocol(reader: Reader) -> None:
    graph = "http://example.org/g1"
    found = told(reader, "SELECT * { ?s ?p ?o }", default_graphs=[graph])
    assert found["dataset"] == {"default_graphs": [graph], "named_graphs": []}
    assert found["count"] == 1
    with pytest.raises(QueryTimeout) as caught:
        reader.explain(CROSS, deadline=0.3)
    assert caught.value.extra["value"] == 0.3


@pytest.mark.parametrize(
    ("text", "error"),
    [("SELECT * { SERVICE <http://e/> {} }", FeatureRefused), ("SELECT * {", QuerySyntaxError)],
)
def test_it_is_refused_what_any_query_is_refused(reader: Reader, text: str, error: type[TerrinclusError]) -> None:
    with pytest.raises(error):
        reader.explain(text)


def test_the_answer_that_is_thrown_away_has_the_limit_of_any_other(small_home: Path) -> None:
    with reading(small_home, answer_size=1000, public_deadline=20) as reader, pytest.raises(AnswerTooLarge):
        reader.explain("SELECT * { ?s ?p ?o }")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?a ex:value ?x . ?b ex:value ?y } LIMIT 1",
        "SELECT * { ?a ex:value ?x { ?b ex:value ?y } } LIMIT 1",
        "SELECT * { ?a ex:value ?x GRAPH ?g { ?b ex:value ?y } } LIMIT 1",
        "SELECT (COUNT(*) AS ?n) { ?a ex:next ?x . ?b ex:knows ?y FILTER(?x != ?y) }",
        "SELECT * { { ?a ex:value ?x . ?b ex:value ?y } UNION { ?a ex:name ?b } } LIMIT 1",
        "SELECT * { ?a ex:name ?n { SELECT ?a { ?a ex:value ?x . ?b ex:value ?y } LIMIT 1 } } LIMIT 1",
    ],
)
def test_a_cross_product_is_seen(reader: Reader, text: str) -> None:
    assert codes(reader, text) == {"cross-product"}


def test_a_warning_names_what_it_is_about(reader: Reader) -> None:
    (warning,) = told(reader, "SELECT * { ?a ex:value ?x . ?b ex:name ?y } LIMIT 1")["warnings"]
    assert warning["message"].startswith("?a and ?b stand in patterns that share no variable")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?a ex:value ?x . ?b ex:next ?a . ?b ex:name ?y }",
        "SELECT * { VALUES ?l { 'fr' } ?a ex:name ?n FILTER(LANG(?n) = ?l) }",
        "SELECT * { ex:a ex:name ?n ; ex:knows ?b }",
        "SELECT * { ?a ex:knows ?b ; ex:name ?c OPTIONAL { ?b ex:name ?x . ?c ex:name ?y } }",
        "SELECT * { ?a ex:knows ?b ; ex:name ?c GRAPH ?g { ?b ex:name ?x . ?c ex:name ?y } }",
        "SELECT * { ?a ex:name ?n BIND(STR(?n) AS ?k) ?b ex:value ?k }",
        "SELECT * { ?a ex:name ?n . ?b ex:value ?k FILTER(?n = ?k) }",
        "SELECT * { ?a ex:knows ?b ; ex:name ?c FILTER EXISTS { ?b ex:name ?x . ?c ex:name ?y } }",
        "SELECT * { ?a ex:knows ?b ; ex:name ?c { ?b ex:name ?x . ?c ex:name ?y } UNION { ?c ex:name ?z } }",
    ],
)
def test_what_is_connected_is_not_warned_of(reader: Reader, text: str) -> None:
    assert codes(reader, text) == set()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT * { ?a ex:next ?b } ORDER BY ?b", "order-without-limit"),
        ("SELECT * { ?a ex:nothing+ ?b }", "free-path"),
        ("SELECT * { ?a ex:name ?n FILTER(CONTAINS(?n, 'x')) }", "text-search"),
        ("SELECT * { OPTIONAL { ?a ex:nothing ?b } ?a ex:name ?n }", "optional-first"),
    ],
)
def test_what_costs_is_seen(reader: Reader, text: str, code: str) -> None:
    assert codes(reader, text) == {code}


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?a ex:next ?b } ORDER BY ?b LIMIT 10",
        "SELECT * { ?a ex:name ?n } ORDER BY ?n",  # two rows
        "SELECT * { ex:a ex:knows+ ?b }",
        "SELECT * { ?a ex:name ?n ; ex:knows+ ?b }",
        "SELECT * { ?a ex:name ?n OPTIONAL { ?a ex:nothing ?b } }",
    ],
)
def test_what_costs_nothing_is_not_warned_of(reader: Reader, text: str) -> None:
    assert codes(reader, text) == set()


def test_every_question_is_read(reader: Reader) -> None:
    errors = {slug: reader.explain(one.text)["algebra_error"] for slug, one in load_queries("questions").items()}
    assert errors == dict.fromkeys(errors)
    assert len(errors) >= 25


@pytest.mark.parametrize(
    "text",
    ["SELECT * { <<( ?s ?p ?o )>> ?x ?y }", 'SELECT ?x { BIND(STRLANGDIR("a", "ar", "rtl") AS ?x) }'],
)
def test_what_only_the_engine_understands_is_run_all_the_same(reader: Reader, text: str) -> None:
    found = reader.explain(text)
    assert found["algebra"] is None
    assert "SPARQL 1.1 only" in found["algebra_error"]
    assert found["phases"]["total"] > 0


def test_a_deep_text_is_read(reader: Reader) -> None:
    deep = "SELECT * " + "{" * 60 + "?s ex:name ?n" + "}" * 60
    assert told(reader, deep)["algebra"].startswith("(select (project (")
    sums = "SELECT (" + "(" * 50 + "1" + "+1)" * 50 + " AS ?n) {}"
    found = told(reader, sums)
    assert bool(found["algebra"]) != bool(found["algebra_error"])
    assert found["count"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ex:none ?o " + "OPTIONAL { ?s ?p ?o " * 30 + "}" * 31,
        "SELECT * { VALUES ?x { " + "1 " * 6000 + "} }",
        "SELECT * { " + " . ".join(f"?a{i} ex:none ?b{i}" for i in range(150)) + " }",
        "SELECT * { ?s ex:none" + "/ex:none" * 8 + " ?o }",
        "SELECT * { ?s ex:none '" + "x" * 60_000 + "' }",
        "SELECT * { ?s ex:none " + "[ ex:p " * 30 + "1" + "]" * 30 + " }",
        "SELECT * { ?s ex:none '\U0001f600\u202e' }",
    ],
    ids=["optional", "values", "patterns", "path", "string", "nested", "unicode"],
)
def test_strange_texts_are_read_or_the_reason_is_told(reader: Reader, text: str) -> None:
    found = told(reader, text)
    assert bool(found["algebra"]) != bool(found["algebra_error"])
    assert len(json.dumps(found)) < 1_000_000


def test_a_slow_reader_of_algebra_is_ended(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "_PATIENCE", 0.01)
    found = told(reader, "ASK {}")
    assert found["algebra_error"] == "the parser that explains did not end within 0.01 seconds"
    assert found["phases"]["total"] > 0
    assert found["warnings"] == []


def test_a_reader_of_algebra_without_memory_is_told(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "_MEMORY", -256 * MIB)  # nothing beyond what is mapped, not even the stack
    assert told(reader, "ASK {}")["algebra_error"] == "the parser that explains died of this text"


def test_one_at_a_time(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "_PATIENCE", 0.05)
    with reader._explainer._turn:
        assert "other explanations are at work" in told(reader, "ASK {}")["algebra_error"]


def test_no_child_stays_behind(reader: Reader) -> None:
    before = set(children(os.getpid()))
    told(reader, "ASK {}")
    until(lambda: set(children(os.getpid())) <= before)


class _Elsewhere:
    """An engine that is not ours: it answers what is asked, and knows no explanations."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def aside(self, *_: object) -> AbstractContextManager[None]:
        return nullcontext()

    def run(self, request: Request, conditions: Conditions) -> tuple[Any, Iterator[bytes]]:
        self.asked.append(request)
        return SimpleNamespace(release=SimpleNamespace(id="theirs")), iter([b"n\r\n", b"1\r\n"])


def test_another_engine_is_timed_from_outside(small_home: Path) -> None:
    reader = Reader(Settings(home=small_home, store="remote", remote_query="http://127.0.0.1:1/"))
    reader._engine = engine = _Elsewhere()  # type: ignore[assignment]
    found = told(reader, "SELECT ?n { ?s ?p ?n }")
    assert list(found["phases"]) == ["screen", "first_bytes", "bytes", "total"]
    assert (found["release"], found["bytes"], "count" in found) == ("theirs", 6, False)
    assert found["algebra"].startswith("(select")
    assert [request.explain for request in engine.asked] == [False]


def test_over_http(reader: Reader) -> None:
    app = Flask("stand-in")  # the address belongs to the view of /sparql
    app.extensions[EXTENSION] = Service(reader._settings, reader)
    with app.test_request_context(headers={"Accept": "text/html"}):
        response = explained("ASK {}", client=Client("somebody"), deadline=1.0)
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Terrinclus-Release"] == "one"
    assert response.get_json()["algebra"] == "(ask (project () (bgp ())))"
