"""What the editor asks: the terms of a release, and what is wrong with a query."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from terrinclus_kg.config import MIB
from terrinclus_kg.server import create_app
from terrinclus_kg.store.releases.layout import Release
from tests.hostile.test_fatal_queries import NESTED, SLOW
from tests.server.conftest import Buffering
from tests.small_store import reading

TI = "PREFIX ti: <https://w3id.org/terrinclus/ns#> "


@pytest.fixture(scope="module")
def real(home: Path) -> Iterator[FlaskClient]:
    with reading(home, query_size=MIB) as reader:
        app = create_app(reader._settings, reader)
        app.test_client_class = Buffering
        yield app.test_client()


def check(client: FlaskClient, text: str, language: str = "en") -> dict[str, Any]:
    answer = client.post(f"/sparql/check?lang={language}", data={"query": text})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    members: dict[str, Any] = answer.get_json()
    assert members["ok"] is not bool(members["errors"])
    return members


@pytest.mark.parametrize(
    ("text", "line", "column", "english", "french"),
    [
        ("ASK { ?s foaf:name ?o }", 1, 10, "the prefix foaf: is not declared", "le préfixe foaf: n’est pas déclaré"),
        ("ASK {\r\n\t{ ?s ?p ?o }", 1, 5, "{ is not closed", "{ n’est pas fermé"),
        ("SELECT * {\n  ?s ?p }", 2, 9, "something else is expected here, or shortly before", None),
        ('SELECT * {\r\n\t"😀" ?p }', 2, 9, "something else is expected here, or shortly before", None),
        ("ASK { ?s <http://a b> 1 }", 1, 10, "this is no IRI", "ceci n’est pas un IRI"),
        ("ASK { FILTR(1 = 1) }", 1, 7, "FILTR is no word of SPARQL", "FILTR n’est pas un mot de SPARQL"),
        ("FIND ?x", 1, 1, "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE", None),
        ("SELECT ?x { ?s ?p ?o } GROUP BY ?s", 1, 1, "The SELECT contains a variable that is unbound", None),
    ],
)  # fmt: skip
def test_a_fault_has_its_place(
    real: FlaskClient, text: str, line: int, column: int, english: str, french: str | None
) -> None:
    (error,) = check(real, text)["errors"]
    assert (error["line"], error["column"], error["message"]) == (line, column, english)
    if french:
        assert check(real, text, "fr")["errors"][0]["message"] == french


def test_a_good_query_is_good_and_is_not_run(real: FlaskClient) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    assert check(real, endless) == {"ok": True, "errors": [], "warnings": []}


def test_slips_are_told_in_the_language_of_the_reader(real: FlaskClient) -> None:
    text = TI + "SELECT ?x { ?x a ti:CooperationProjet }"
    (warning,) = check(real, text, "fr")["warnings"]
    assert warning["near"] == "ti:CooperationProject"
    assert warning["message"].endswith("Vouliez-vous dire ti:CooperationProject\u202f?")
    assert text[warning["column"] - 1 :][: warning["length"]] == "ti:CooperationProjet"


@pytest.mark.parametrize("text", ["", "INSERT DATA { <a> <b> 1 }", "ASK { SERVICE <http://e/> {} }"])
def test_what_is_refused_is_a_fault_too(real: FlaskClient, text: str) -> None:
    assert check(real, text)["errors"][0]["detail"]


@pytest.mark.parametrize("name", [*NESTED, *SLOW])
@pytest.mark.parametrize("size", [50, 5000])
def test_fatal_queries_are_answered(real: FlaskClient, name: str, size: int) -> None:
    shape, _ = (NESTED | SLOW)[name]
    answer = real.post("/sparql/check", data={"query": shape(size)})
    assert answer.status_code in (200, 413, 500, 503)
    assert answer.is_json
    assert check(real, "ASK {}")["ok"]


def test_a_query_of_a_megabyte_is_refused(client: FlaskClient) -> None:
    assert check(client, "ASK { " + "?s ?p ?o . " * 2000 + "}")["errors"][0]["code"] == "query-too-large"
    assert client.post("/sparql/check", data={"query": "ASK {}" + " " * MIB}).status_code == 413


def test_errors_in_a_draft_are_not_charged_to_its_author(home: Path) -> None:
    with reading(home, client_errors=2, client_errors_refill=0.001) as reader:
        client = create_app(reader._settings, reader).test_client()
        assert [check(client, "ASK {")["ok"] for _ in range(10)] == [False] * 10
        assert client.get("/sparql?" + urlencode({"query": "ASK {}"})).status_code == 200


def test_it_is_read_by_post_only(client: FlaskClient) -> None:
    assert client.get("/sparql/check?query=ASK{}").status_code == 405
    assert client.post("/sparql/check", data=b"\xff", content_type="application/sparql-query").status_code == 400


def test_the_terms_of_a_release_never_change(real: FlaskClient, release: Release) -> None:
    there = real.get("/completion.json")
    assert there.status_code == 302
    answer = real.get(there.headers["Location"])
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Terrinclus-Release"] == release.id
    members = answer.get_json()
    (project,) = (each for each in members["classes"] if each["iri"].endswith("#CooperationProject"))
    assert project["count"] > 20
    assert project["properties"]["http://www.w3.org/2004/02/skos/core#prefLabel"] == project["count"]
    assert members["terms"][project["iri"]]["label"].keys() >= {"fr", "en"}
    assert members["terms"][project["iri"]]["definition"].keys() >= {"fr", "en"}
    assert members["prefixes"]["ti"] == "https://w3id.org/terrinclus/ns#"
    again = real.get(there.headers["Location"], headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_release_without_terms_says_so(client: FlaskClient) -> None:
    assert client.get("/releases/one/completion.json").status_code == 404
    assert client.get("/releases/none/completion.json").status_code == 404
    assert check(client, "SELECT ?x { ?x a <no:such> }")["warnings"] == []
