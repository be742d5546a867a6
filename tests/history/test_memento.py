"""Former states of pages and data documents: RFC 7089, pattern 1.1."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from terrinclus_kg.config import Settings
from terrinclus_kg.server import create_app
from terrinclus_kg.server.cached import Cached
from terrinclus_kg.server.coding import Coding
from terrinclus_kg.store.releases.writer import Writer
from tests.server.conftest import Buffering
from tests.small_store import make_release, reading

THING, KIND = "https://w3id.org/terrinclus/id/acteur/equipe", "http://www.w3.org/ns/org#Organization"
DOCUMENT, PAGE = "/data/acteur/equipe.ttl", "/fr/acteur/equipe"
NAMES = {"r2020": "Première équipe", "r2021": "Deuxième équipe", "r2022": "Troisième équipe"}
FOR_EVER = "public, max-age=31536000, immutable"


def home_with(home: Path) -> Path:
    """Three releases, of the first days of three years, that call one thing by three names."""
    for name, label in NAMES.items():
        triples = f'<{THING}> a <{KIND}> ; <http://www.w3.org/2004/02/skos/core#prefLabel> "{label}"@fr .'
        graph = f"<https://w3id.org/terrinclus/graph/source/x> {{ {triples} }} {triples}"
        release = make_release(home, name, graph, {THING: {"fr": label}})
        manifest = release.manifest | {"built_at": f"{name[1:]}-01-01T00:00:00.500000+00:00"}
        release.manifest_path.write_text(json.dumps(manifest))
    return home


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return home_with(tmp_path_factory.mktemp("states"))


@pytest.fixture(scope="module")
def client(states: Path) -> Iterator[FlaskClient]:
    with reading(states) as reader:
        app = create_app(reader._settings, reader)
        app.test_client_class = Buffering
        yield app.test_client()


def date(year: int, rest: str = "Wed, 01 Jul {} 00:00:00 GMT") -> str:
    return rest.format(year)


def links(answer: Any) -> dict[str, list[tuple[str, str]]]:
    """Relation → target and datetime, of all elements that have it."""
    found: dict[str, list[tuple[str, str]]] = {}
    text = answer.headers["Link"] if hasattr(answer, "headers") and "Link" in answer.headers else answer.text
    for target, rest in re.findall(r'<([^>]*)>((?:; ?[\w-]+="[^"]*")*)', text):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', rest))
        for rel in attributes["rel"].split():
            found.setdefault(rel, []).append((target, attributes.get("datetime", "")))
    return found


def at(client: FlaskClient, path: str, when: str) -> Any:
    return client.get(path, headers={"Accept-Datetime": when})


@pytest.mark.parametrize("path", [DOCUMENT, PAGE, "/en/acteur/equipe", "/data/acteur/equipe"])
@pytest.mark.parametrize(
    ("year", "release"), [(1990, "r2020"), (2019, "r2020"), (2020, "r2020"), (2021, "r2021"), (2035, "r2022")]
)
def test_a_time_leads_to_the_state_of_that_time(client: FlaskClient, path: str, year: int, release: str) -> None:
    gate = at(client, path, date(year))
    assert gate.status_code == 302
    assert gate.headers["Location"] == f"/releases/{release}{path}"
    assert "Accept-Datetime" in gate.headers["Vary"]
    assert "Memento-Datetime" not in gate.headers
    assert links(gate)["original"] == links(gate)["timegate"] == [(path, "")]
    state = client.get(gate.headers["Location"])
    assert state.status_code == 200
    assert NAMES[release] in state.text
    assert state.headers["Memento-Datetime"] == f"Wed, 01 Jan {release[1:]} 00:00:00 GMT".replace(
        "Wed", {"r2020": "Wed", "r2021": "Fri", "r2022": "Sat"}[release]
    )
    assert state.headers["Terrinclus-Release"] == release
    assert links(state)["original"] == [(path, "")]


def test_the_format_that_was_asked_is_kept(client: FlaskClient) -> None:
    gate = at(client, "/data/acteur/equipe?format=nt", date(2021))
    assert gate.headers["Location"] == "/releases/r2021/data/acteur/equipe?format=nt"
    assert client.get(gate.headers["Location"]).mimetype == "application/n-triples"
    assert at(client, "/data/acteur/equipe?format=%0d%0aX:y", date(2021)).status_code == 406


def test_the_very_moment_counts_as_already(client: FlaskClient) -> None:
    gate = at(client, DOCUMENT, "Fri, 01 Jan 2021 00:00:00 GMT")
    assert gate.headers["Location"] == f"/releases/r2021{DOCUMENT}"
    gate = at(client, DOCUMENT, "Thu, 31 Dec 2020 23:59:59 GMT")
    assert gate.headers["Location"] == f"/releases/r2020{DOCUMENT}"


def test_a_state_tells_what_came_before_and_after(client: FlaskClient) -> None:
    found = links(client.get(f"/releases/r2021{DOCUMENT}"))
    assert [target for target, _ in found["prev"]] == [f"/releases/r2020{DOCUMENT}"]
    assert [target for target, _ in found["next"]] == [f"/releases/r2022{DOCUMENT}"]
    assert found["first"] == [(f"/releases/r2020{DOCUMENT}", "Wed, 01 Jan 2020 00:00:00 GMT")]
    assert found["last"] == [(f"/releases/r2022{DOCUMENT}", "Sat, 01 Jan 2022 00:00:00 GMT")]
    assert [target for target, _ in found["memento"]] == [f"/releases/r202{n}{DOCUMENT}" for n in (0, 2, 1)]
    oldest = links(client.get(f"/releases/r2020{DOCUMENT}"))
    assert "prev" not in oldest


def test_a_document_of_a_release_stays_the_same(client: FlaskClient) -> None:
    for suffix, media_type in (
        ("ttl", "text/turtle"),
        ("jsonld", "application/ld+json"),
        ("nq", "application/n-quads"),
    ):
        answer = client.get(f"/releases/r2020/data/acteur/equipe.{suffix}")
        assert answer.mimetype == media_type
        assert answer.headers["Cache-Control"] == FOR_EVER
        assert answer.headers["Content-Location"] == f"/releases/r2020/data/acteur/equipe.{suffix}"
        again = client.get(answer.request.path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Memento-Datetime"] == answer.headers["Memento-Datetime"]
    assert (
        client.get("/releases/r2020/data/acteur/equipe", headers={"Accept": "application/trig"}).mimetype
        == "application/trig"
    )


def test_a_page_says_that_it_is_of_the_past(client: FlaskClient) -> None:
    page = client.get("/releases/r2020/en/acteur/equipe")
    assert "as it was in the data of 1 January 2020 at 00:00:00 UTC" in page.text
    assert '<a href="/en/acteur/equipe">Read it as it is today</a>' in page.text
    assert 'href="/releases/r2020/fr/acteur/equipe"' in page.text  # in the other language
    assert page.headers["X-Robots-Tag"] == "noindex"
    documents = re.findall(r'href="([^"]*/data/[^"]*)"', page.text)
    assert documents
    assert {document.removeprefix("/releases/r2020/data/acteur/equipe.") for document in documents} == {
        "ttl", "jsonld", "rdf", "nt", "trig", "nq"}  # fmt: skip
    assert "/cite/" not in page.text
    for former in (page, client.get(f"/releases/r2020{DOCUMENT}")):
        assert {target.split("/")[2] for target, _ in links(former)["alternate"]} == {"r2020"}
    assert "as it was" not in client.get("/en/acteur/equipe").text


def test_what_is_today_leads_to_what_was(client: FlaskClient) -> None:
    for path in (PAGE, DOCUMENT):
        answer = client.get(path)
        assert answer.status_code == 200
        assert NAMES["r2022"] in answer.text
        assert "Accept-Datetime" in answer.headers["Vary"]
        found = links(answer)
        assert found["timegate"] == found["original"] == [(path, "")]
        assert found["timemap"] == [(f"/timemap/link{path}", "")]
        assert found["license"]  # what was there is there still


@pytest.mark.parametrize("path", [PAGE, DOCUMENT])
def test_the_list_of_all_states(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/timemap/link{path}")
    assert answer.mimetype == "application/link-format"
    found = links(answer)
    here = "http://localhost"
    assert found["original"] == [(here + path, "")]
    assert [target for target, _ in found["memento"]] == [f"{here}/releases/{name}{path}" for name in NAMES]
    assert 'from="Wed, 01 Jan 2020 00:00:00 GMT"; until="Sat, 01 Jan 2022 00:00:00 GMT"' in answer.text
    told = client.get(f"/timemap/json{path}").get_json()
    assert told["original_uri"] == here + path
    assert [each["uri"] for each in told["mementos"]["list"]] == [f"{here}/releases/{name}{path}" for name in NAMES]
    for form in ("link", "json"):
        assert client.get(f"/timemap/{form}{path}", headers={"Host": "a.example/x>"}).status_code == 400
    assert told["mementos"]["first"]["datetime"] == "2020-01-01T00:00:00Z"
    for each in told["mementos"]["list"]:
        assert client.get(each["uri"]).status_code == 200


def test_the_list_of_a_thing_is_that_of_its_data(client: FlaskClient) -> None:
    answer = client.get("/timemap/link/acteur/equipe")
    assert links(answer)["original"] == [("http://localhost/data/acteur/equipe", "")]


@pytest.mark.parametrize(
    "wanted",
    [
        "", "yesterday", "2020-01-01", "Wed, 01 Jan 2020 00:00:00", "Wed, 01 Jan 2020 00:00:00 +0100", "0" * 5000,
        "Wed, 32 Jan 2020 00:00:00 GMT", "Wed, 01 Jan 2020 25:00:00 GMT", "Wed, 01 Jan 0000 00:00:00 GMT",
        "mer., 01 janv. 2020 00:00:00 GMT",
        "Wed, 01 Jan 2020 00:00:00 GMT, Wed, 01 Jan 2021 00:00:00 GMT", "Wed, 01 Jan 2020 00:00:00 GMT\u00e9",
    ],
)  # fmt: skip
def test_what_is_no_date_is_told_so(client: FlaskClient, wanted: str) -> None:
    for path in (PAGE, DOCUMENT):
        answer = at(client, path, wanted)
        assert answer.status_code == 400
    problem = client.get(DOCUMENT, headers={"Accept-Datetime": wanted, "Accept": "application/json"}).get_json()
    assert problem["parameter"] == "Accept-Datetime"


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_no_text_breaks_it(client: FlaskClient, wanted: str) -> None:
    assert at(client, DOCUMENT, wanted).status_code in (302, 400)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/releases/r1999/data/acteur/equipe.ttl", 404),
        ("/releases/r2020/data/acteur/personne.ttl", 404),
        ("/releases/r2020/data/nonsense/equipe.ttl", 404),
        ("/releases/r2020/fr/acteur/personne", 404),
        ("/releases/r2020/de/acteur/equipe", 404),
        ("/releases/CURRENT/data/acteur/equipe.ttl", 404),
        ("/releases/%2e%2e/data/acteur/equipe.ttl", 400),
        ("/releases/r2020%2fstore/data/acteur/equipe.ttl", 404),
        ("/releases/r2020/data/acteur/%00", 400),
        ("/timemap/link/", 404),
        ("/timemap/link/fr", 404),
        ("/timemap/link/fr/acteur", 404),
        ("/timemap/link/data/acteur/%22%3E", 404),
        ("/timemap/link/https%3A%2F%2Fexample.org%2F", 400),
        ("/timemap/xml/acteur/equipe", 404),
    ],
)
def test_what_is_not_there(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_the_cache_in_front_knows_of_time(states: Path) -> None:
    with reading(states) as reader:
        app = create_app(reader._settings, reader)
        kept = Cached(Coding(app.wsgi_app), reader._settings, lambda: reader.serving, reader.metrics)
        client = Client(kept)
        for _ in range(2):
            assert client.get(DOCUMENT).status_code == 200
            assert at(client, DOCUMENT, date(2020)).headers["Location"] == f"/releases/r2020{DOCUMENT}"
            assert at(client, DOCUMENT, date(2021)).headers["Location"] == f"/releases/r2021{DOCUMENT}"
            assert at(client, DOCUMENT, "soon").status_code == 400
            assert NAMES["r2020"] in client.get(f"/releases/r2020{DOCUMENT}").text


def test_a_release_that_was_removed_takes_its_states_along(states: Path, tmp_path: Path) -> None:
    shutil.copytree(states, tmp_path / "home", symlinks=True)
    with reading(tmp_path / "home") as reader:
        app = create_app(reader._settings, reader)
        client = app.test_client()
        with Writer(Settings(home=tmp_path / "home")) as writer:
            assert writer.prune(2) == ["r2020"]
        gone = client.get(f"/releases/r2020{DOCUMENT}", headers={"Accept": "application/json"})
        assert gone.status_code in (404, 410)
        assert "not any more" in gone.get_json()["detail"]
        assert at(client, DOCUMENT, date(2020)).headers["Location"] == f"/releases/r2021{DOCUMENT}"


def test_states_are_those_of_releases_that_hold_the_thing(written: FlaskClient) -> None:
    """`home` of conftest.py: one release, one with a new territory, one with new actors and without that territory."""
    second, first, base = (one["id"] for one in written.get("/releases?format=json").get_json()["releases"])
    for key, holding in (
        ("acteur/a7", [second]),
        ("territoire/ici", [first]),
        ("acteur/journal", [base, first, second]),
    ):
        told = written.get(f"/timemap/json/data/{key}.ttl").get_json()
        assert [each["uri"].split("/")[-4] for each in told["mementos"]["list"]] == holding
        for each in told["mementos"]["list"]:
            assert written.get(urlsplit(each["uri"]).path).status_code == 200
    assert written.get("/timemap/link/acteur/nobody").status_code == 404
    assert at(written, "/data/acteur/nobody", date(2030)).status_code == 404


def test_what_an_operator_switched_back_to_is_what_was_then(written: FlaskClient) -> None:
    first = written.get("/releases?format=json").get_json()["current"]
    gate = at(written, "/data/acteur/journal.ttl", date(2090))
    assert f"/releases/{first}/data/" in gate.headers["Location"]


def test_what_is_gone_was_there(written: FlaskClient) -> None:
    assert written.get("/data/acteur/a7.ttl").status_code in (404, 410)
    gate = at(written, "/data/acteur/a7.ttl", date(2090))
    assert "Acteur 7" in written.get(urlsplit(gate.headers["Location"]).path).text
