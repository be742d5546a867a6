"""Every error as its reader can use it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from terrinclus_kg import errors
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import TerrinclusError
from terrinclus_kg.server import create_app
from tests.small_store import make_release, reading


def instances() -> Iterator[TerrinclusError]:
    limit = {"limit": "query_depth", "value": 64}
    for kind in vars(errors).values():
        if not (isinstance(kind, type) and issubclass(kind, TerrinclusError)):
            continue
        if issubclass(kind, errors.QueueFull):
            yield kind("reason", **limit, retry_after=7)
        elif issubclass(kind, errors.LimitMet):
            yield kind("reason", **limit)
        elif issubclass(kind, errors.SourceError):
            yield kind("reason", file="a.ttl", line=3)
        elif issubclass(kind, errors.ValidationFailed):
            yield kind("reason", "report")
        elif issubclass(kind, errors.QuerySyntaxError):
            yield kind("reason", line=3, column=9)
        else:
            yield kind("reason")


@pytest.fixture(scope="module")
def raising(small_home: object) -> Iterator[FlaskClient]:
    """An application with an address that raises what it is told to."""
    known = {type(error).__name__: error for error in instances()}
    with reading(small_home) as reader:  # type: ignore[arg-type]
        app = create_app(reader._settings, reader)

        def fail(name: str) -> str:
            raise known[name] if name in known else RuntimeError("/secret/path")

        app.add_url_rule("/fail/<name>", view_func=fail)
        yield app.test_client()


@pytest.mark.parametrize("error", list(instances()), ids=lambda error: type(error).__name__)
def test_three_shapes(raising: FlaskClient, error: TerrinclusError) -> None:
    path = f"/fail/{type(error).__name__}"
    problem = raising.get(path)
    assert problem.status_code == error.status
    assert problem.mimetype == "application/problem+json"
    members = problem.get_json()
    assert members["status"] == error.status
    assert members["type"].endswith(f"/{error.slug}")
    assert members["title"] == error.title
    assert error.message in members["detail"]
    assert error.extra.items() <= members.items()

    text = raising.get(path, headers={"Accept": "text/turtle"})
    assert text.status_code == error.status
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert error.message in text.text
    for value in error.extra.values():
        assert str(value) in text.text

    for language in ("fr", "en"):
        page = raising.get(path, headers={"Accept": "text/html", "Accept-Language": language})
        assert page.status_code == error.status
        assert page.mimetype == "text/html"
        assert f'<html lang="{language}">' in page.text
        assert error.message in page.text

    for answer in (problem, text, page):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Vary"] == "Accept, Accept-Language"
        assert ("Retry-After" in answer.headers) == bool(getattr(error, "retry_after", None))
        assert (answer.headers.get("WWW-Authenticate") == 'Bearer realm="terrinclus"') == (error.status == 401)
        turned_away = error.status in (429, 503) and not isinstance(error, errors.NoRelease)
        assert ('rel="http://rdfs.org/ns/void#dataDump"' in answer.headers.get("Link", "")) == turned_away
        told = answer.text.replace('href="/releases?lang=', "")  # the footer of every page
        assert ("/releases" in told) == turned_away


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/sparql-results+json", "application/problem+json"),
        ("application/sparql-results+json, application/sparql-results+xml;q=0.5", "application/problem+json"),
        ("application/ld+json, text/turtle;q=0.9, */*;q=0.1", "application/problem+json"),
        ("text/turtle, application/ld+json;q=0.9", "text/plain"),
        ("application/sparql-results+xml, text/csv;q=0.5", "text/plain"),
        ("text/csv", "text/plain"),
    ],
)
def test_clients_for_data_read_json_or_text(raising: FlaskClient, accept: str, media_type: str) -> None:
    answer = raising.get("/fail/BadRequest", headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (400, media_type)


def test_what_was_not_foreseen_tells_nothing(raising: FlaskClient) -> None:
    for accept in ("application/json", "text/turtle", "text/html"):
        answer = raising.get("/fail/Unforeseen", headers={"Accept": accept})
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("accept", ["text/html", "application/json", "text/turtle", "image/png", "", "§"])
def test_an_unknown_address(client: FlaskClient, accept: str) -> None:
    answer = client.get("/fr/rien/ici", headers={"Accept": accept})
    assert answer.status_code == 404
    assert "rien/ici" not in answer.text


def test_a_page_in_the_language_of_its_path(client: FlaskClient) -> None:
    html = {"Accept": "text/html", "Accept-Language": "fr"}
    assert "There is nothing at this address." in client.get("/en/projet/nothing", headers=html).text
    assert "Il n’y a rien à cette adresse." in client.get("/fr/projet/nothing", headers=html).text


def test_without_a_release_the_service_lives_but_is_not_ready(tmp_path: object) -> None:
    client = create_app(Settings(home=tmp_path)).test_client()  # type: ignore[arg-type]
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503
    for path, accept in (("/fr/", "text/html"), ("/id/projet/x", "application/json"), ("/sparql?query=ASK{}", "*/*")):
        answer = client.get(path, headers={"Accept": accept})
        assert answer.status_code == 503
        assert str(tmp_path) not in answer.text


def test_a_damaged_release_is_told_as_such(tmp_path: Path) -> None:
    shutil.rmtree(make_release(tmp_path, "one").store_path)
    with reading(tmp_path) as reader:
        answer = create_app(reader._settings, reader).test_client().get("/sparql?query=ASK{}")
        assert answer.status_code == 503
        assert answer.get_json()["type"].endswith("/release-damaged")


def test_an_unknown_page_offers_to_search_for_its_words(client: FlaskClient) -> None:
    def page(path: str) -> str:
        return client.get(path, headers={"Accept": "text/html"}).text

    assert 'value="conseil departemental aude"' in page("/fr/acteur/conseil-departemental_aude")
    assert "<script>alert" not in page("/fr/acteur/%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert 'id="again"' not in page("/sparql?query=nonsense")
