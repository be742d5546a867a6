"""Answers to queries that are kept, asked for again, and cited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import create_environ

from terrinclus_kg.server import answers, create_app
from terrinclus_kg.server.answers import CACHEABLE
from tests.server.conftest import Buffering, small_release
from tests.small_store import DATA, PREFIX, make_release, reading, until

SELECT = "SELECT ?s WHERE { ?s a <https://w3id.org/terrinclus/ns#Source> } ORDER BY ?s"
PATH = f"/sparql?query={quote(SELECT)}"
VOLATILE = "SELECT (NOW() AS ?x) {}"
DATE = "Thu, 01 Jan 2026 00:00:00 GMT"


def asked(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries that really run from now on."""
    found: list[str] = []
    reader = client.application.extensions["terrinclus"].reader
    query = type(reader).query

    def counting(self: object, text: str, *args: object, **kwargs: object) -> object:
        found.append(text)
        return query(self, text, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(type(reader), "query", counting)
    return found


def test_validators(client: FlaskClient) -> None:
    answer = client.get(PATH)
    assert answer.headers["ETag"].startswith('W/"')
    assert answer.headers["Last-Modified"] == DATE
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Terrinclus-Release"] == "one"
    assert answer.headers["Vary"] == "Accept, Accept-Language"


def test_the_tag_is_of_the_query_its_dataset_and_the_format(client: FlaskClient) -> None:
    tags = {
        client.get(PATH + more, headers={"Accept": accept}).headers["ETag"]
        for more in ("", "&default-graph-uri=a:b", "&named-graph-uri=a:b", "%20%23")
        for accept in ("text/csv", "application/sparql-results+json", "application/sparql-results+json;version=1.2")
    }
    assert len(tags) == 12
    assert client.get(PATH).headers["ETag"] == client.get(PATH).headers["ETag"]


def test_304_before_the_query_runs(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = client.get(PATH).headers["ETag"]
    ran = asked(client, monkeypatch)
    for value in (tag, tag.removeprefix("W/"), f'"other", {tag}'):
        kept = client.get(PATH, headers={"If-None-Match": value})
        assert (kept.status_code, kept.data, kept.headers["ETag"]) == (304, b"", tag)
        assert kept.headers["Terrinclus-Release"] == "one"
        assert kept.headers["Vary"] == "Accept, Accept-Language"
        assert client.head(PATH, headers={"If-None-Match": value}).status_code == 304
    assert ran == []
    assert client.get(PATH, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get(PATH, headers={"If-None-Match": tag, "Accept": "text/csv"}).status_code == 200


def test_other_conditions_wait_for_the_answer(client: FlaskClient) -> None:
    for condition in ({"If-None-Match": "*"}, {"If-Modified-Since": DATE}):
        assert client.get(PATH, headers=condition).status_code == 304
        assert client.get("/sparql?query=SELECT%20*%20{", headers=condition).status_code == 400
        assert client.get(f"/sparql?query={quote(VOLATILE)}", headers=condition).status_code == 200
    for other in ("Wed, 31 Dec 2025 00:00:00 GMT", "Fri, 02 Jan 2026 00:00:00 GMT"):  # the latter: of a later release
        assert client.get(PATH, headers={"If-Modified-Since": other}).status_code == 200
    both = {"If-Modified-Since": DATE, "If-None-Match": '"other"'}
    assert client.get(PATH, headers=both).status_code == 200


def test_conditions_that_must_hold(client: FlaskClient) -> None:
    tag = client.get(PATH).headers["ETag"]
    earlier = "Wed, 31 Dec 2025 00:00:00 GMT"
    for condition in ({"If-Match": tag}, {"If-Match": '"other"'}, {"If-Unmodified-Since": earlier}):
        assert client.get(PATH, headers=condition).status_code == 412
        assert client.get(PATH, headers=condition | {"If-None-Match": tag}).status_code == 412
        assert client.get("/sparql?query=SELECT", headers=condition).status_code == 400
        assert client.post("/sparql", data={"query": SELECT}, headers=condition).status_code == 200
    for condition in ({"If-Match": "*"}, {"If-Unmodified-Since": DATE}):
        assert client.get(PATH, headers=condition).status_code == 200
        assert client.get(PATH, headers=condition | {"If-None-Match": tag}).status_code == 304


def test_a_tag_does_not_make_a_bad_query_good(client: FlaskClient) -> None:
    bad = "/sparql?query=SELECT"
    for condition in ('"x"', client.get(PATH).headers["ETag"]):
        assert client.get(bad, headers={"If-None-Match": condition}).status_code == 400


@pytest.mark.parametrize("call", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()"])
def test_what_may_differ_is_not_kept(client: FlaskClient, call: str) -> None:
    for path in ("/sparql", "/releases/one/sparql"):
        answer = client.get(path, query_string={"query": f"SELECT ({call} AS ?x) {{}}"})
        assert answer.status_code == 200
        assert "ETag" not in answer.headers
        assert "Last-Modified" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


def test_by_post_there_is_no_tag(client: FlaskClient) -> None:
    for method in ("POST", "QUERY"):
        answer = client.open("/sparql", method=method, data={"query": SELECT}, headers={"If-None-Match": "*"})
        assert answer.status_code == 200
        assert "ETag" not in answer.headers
        assert "Link" not in answer.headers
        assert answer.headers["Terrinclus-Release"] == "one"


def test_caches_are_told_which_answers_stay(app: Flask) -> None:
    for text, stays in ((SELECT, True), (VOLATILE, False)):
        for ask in ({"query_string": {"query": text}}, {"method": "POST", "data": {"query": text}}):
            environ = create_environ("/sparql", **ask)  # type: ignore[arg-type]
            assert b"".join(app.wsgi_app(environ, lambda *_: None))
            assert environ[CACHEABLE] is stays


def test_the_permalink(client: FlaskClient) -> None:
    answer = client.get(f"{PATH}&format=csv&default-graph-uri=a:b")
    (address,) = [part for part in answer.headers["Link"].split(",") if 'rel="bookmark"' in part]
    path = address.partition("<")[2].partition(">")[0]
    assert path.startswith("/releases/one/sparql?query=SELECT")
    again = client.get(path)
    assert (again.status_code, again.data, again.mimetype) == (200, answer.data, "text/csv")
    assert again.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert again.headers["Last-Modified"] == DATE
    assert client.get(path, headers={"If-None-Match": again.headers["ETag"]}).status_code == 304
    long = client.get("/sparql", query_string={"query": "ASK {} #" + "é" * 400})
    assert long.status_code == 200
    assert "Link" not in long.headers


@pytest.mark.parametrize("query", ["ASK {} # é日 <>\"'", "ASK {} #\r\n#X: 1", "ASK{}#a%2Cb;rel=x"])
def test_the_permalink_is_one_header(client: FlaskClient, query: str) -> None:
    answer = client.get("/sparql", query_string={"query": query})
    path = answer.headers["Link"].partition("<")[2].partition(">")[0]
    assert path.isascii()
    assert client.get(path).status_code == 200
    assert "X" not in answer.headers


def test_every_answer_names_its_release(client: FlaskClient) -> None:
    for path in ("/sparql", "/sparql?query=nonsense", "/sparql?query=ASK{}&timeout=x", "/releases/one/sparql"):
        assert client.get(path).headers["Terrinclus-Release"] == "one"
    assert client.post("/sparql", data={"update": "x"}).headers["Terrinclus-Release"] == "one"


def test_a_release_that_is_not_there(client: FlaskClient) -> None:
    for release in ("two", "..", "CURRENT", ".draft", "%2e%2e"):
        for method in ("GET", "POST", "QUERY"):
            answer = client.open(f"/releases/{release}/sparql", method=method, data={"query": "ASK {}"})
            assert answer.status_code in (400, 404)


def test_a_permalink_without_a_query_leads_to_what_the_endpoint_is(client: FlaskClient) -> None:
    answer = client.get("/releases/one/sparql")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sparql")
    assert client.get("/releases/two/sparql").status_code == 404
    assert client.get("/releases/one/sparql?timeout=5").status_code == 400


@pytest.fixture
def switching(tmp_path: Path) -> Iterator[tuple[FlaskClient, Path]]:
    small_release(tmp_path)
    with reading(tmp_path) as reader:
        app = create_app(reader._settings, reader)
        app.test_client_class = Buffering
        yield app.test_client(), tmp_path


def test_a_new_release_has_new_tags(switching: tuple[FlaskClient, Path]) -> None:
    client, home = switching
    old = client.get(PATH)
    make_release(home, "two", DATA)
    until(lambda: client.get(PATH).headers["Terrinclus-Release"] == "two")
    new = client.get(PATH, headers={"If-None-Match": old.headers["ETag"]})
    assert new.status_code == 200
    assert new.headers["ETag"] != old.headers["ETag"]


def test_a_former_release_still_answers(switching: tuple[FlaskClient, Path]) -> None:
    client, home = switching
    name = quote(PREFIX + "SELECT ?name { ex:a ex:name ?name }")
    first = client.get(PATH)
    make_release(home, "two", DATA)
    until(lambda: client.get(PATH).headers["Terrinclus-Release"] == "two")
    for method in ("GET", "POST", "QUERY"):
        arguments = {"query_string": {"query": SELECT}} if method == "GET" else {"data": {"query": SELECT}}
        answer = client.open("/releases/one/sparql", method=method, **arguments)  # type: ignore[arg-type]
        assert answer.headers["Terrinclus-Release"] == "one"
        assert answer.data == first.data
    assert client.get(f"/releases/one/sparql?query={name}&format=csv").text == "name\r\n"
    assert client.get(f"/releases/two/sparql?query={name}&format=csv").text.count("\r\n") == 3


def test_without_its_date(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_built_at", lambda _: None)  # the release is gone since
    answer = client.get(PATH, headers={"If-Modified-Since": DATE})
    assert answer.status_code == 200
    assert "Last-Modified" not in set(answer.headers.keys())
