"""The OpenAPI document tells what the service does: Schemathesis asks the live service all that it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from openapi_spec_validator import validate

from terrinclus_kg.config import Settings
from terrinclus_kg.questions import all_questions
from terrinclus_kg.server import create_app
from tests.service import fetch, follow, running

HERE = Path(__file__).parent
SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"


@pytest.fixture(scope="module")
def url(home: Path) -> Iterator[str]:
    """A live service; `running` lifts the budgets of clients."""
    with running(home, token="anna correct-horse-battery-staple") as service:  # Schemathesis has none: 401
        yield service.url


@pytest.fixture(scope="module")
def document(url: str) -> Any:
    return json.loads(fetch(f"{url}/openapi.json?lang=en").body)


def by_get(document: Any) -> list[tuple[str, Any]]:
    return [(path, methods["get"]) for path, methods in document["paths"].items() if "get" in methods]


def test_it_is_valid(document: Any) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")


# Routes that give data and are no operations, each with its reason; and pages.
ELSEWHERE = {
    "catalog.dataset": "leads to the catalogue",
    "catalog.in_format": "the catalogue by suffix, as by format=",
    "cite.calendar": "where an event has a day, its page leads to it",
    "crawlers.robots": "for crawlers",
    "crawlers.security": "for people, at a place that they know",
    "graph_store.read_direct": "as /graph-store?graph=",
    "graph_store.write_direct": "as /graph-store?graph=",
    "ldes.index": "the stream leads to it",
    "ldes.page": "the stream leads to it",
    "ldes.version": "the stream leads to it",
    "memento.page": "a page",
    "ontology.terms_in": "the ontology by suffix, as by format=",
    "ontology.terms_of": "the ontology, by its version",
    "operations.document": "this document",
    "questions.index": "as /api/questions",
    "search.description": "for browsers",
    "service.live": "for operators",
    "service.ready": "for operators",
    "service.metrics": "for operators",
    "workbench.current": "leads to that of the release",
    "assets.asset": "parts of pages",
}
PAGES = {"about", "chronology", "disagreements", "goals", "home", "maps", "network", "path", "static"}
OF_PAGES = {"operations.page", "pages.thing", "questions.gallery", "questions.page", "service.root"}


def test_each_operation_has_a_route_and_each_route_its_operation(document: Any) -> None:
    app = create_app(Settings(home=Path("unused")))
    adapter = app.url_map.bind("localhost")
    told = set()
    for path, methods in document["paths"].items():
        for method in methods:
            concrete = re.sub(r"\{lang\}", "fr", re.sub(r"\{(?!lang)\w+\}", "x", path))
            told.add(adapter.match(concrete, method.upper())[0])
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    data = {endpoint for endpoint in routes - OF_PAGES if endpoint.partition(".")[0] not in PAGES}
    assert data - told - ELSEWHERE.keys() == {"workbench.check"}
    assert told | ELSEWHERE.keys() <= routes
    assert not told & ELSEWHERE.keys()


def test_writes_are_for_holders_of_a_token(url: str, document: Any) -> None:
    written = [(path, name, one) for path, methods in document["paths"].items() for name, one in methods.items()]
    secured = [(path, name) for path, name, one in written if one.get("security")]
    assert {path for path, _ in secured} == {"/update", "/graph-store", "/changes/{change}/undo"}
    for path, name in secured:
        answer = fetch(url + path.replace("{change}", "x"), method=name.upper(), data=b"")
        assert (answer.status, answer.headers["www-authenticate"].split()[0]) == (401, "Bearer")
    assert document["info"]["license"]["name"] == "CC BY 4.0"


def test_each_question_is_an_operation_with_its_parameters(document: Any) -> None:
    for question in all_questions():
        told = document["paths"][f"/api/questions/{question.slug}"]["get"]
        assert told["summary"] == question.title["en"]
        assert {one["name"] for one in told["parameters"]} >= question.parameters.keys()


def test_it_speaks_both_languages(url: str) -> None:
    french = json.loads(fetch(f"{url}/openapi.json", Accept_Language="fr").body)
    assert french["paths"]["/api/questions/q05-departements-participants"]["get"]["summary"].startswith("Quels Départ")
    assert {tag["name"] for tag in french["tags"]} >= {"Questions", "Ressources"}


def test_examples_work(url: str, document: Any) -> None:
    page = fetch(f"{url}/en/api/operations", Accept="text/html").text
    examples = re.findall(r'<a href="([^"]*)" rel="nofollow">The answer to this example</a>', page)
    without = {
        "/changes/{change}",
        "/changes/{change}/added.nq",
        "/changes/{change}/removed.nq",
        "/concept/{scheme}/{code}",
    }
    assert len(examples) == len([path for path, _ in by_get(document) if path not in without])
    for example in examples:
        first = "/diff" in example  # a first release differs from none
        assert follow(url + example.replace("&amp;", "&")).status == (404 if first else 200), example


def test_a_form_leads_to_its_answer(url: str) -> None:
    tried = f"{url}/en/api/operations?operation=list&kind=projet&q=&odd=10&page=1&nothing=x"
    answer = fetch(tried, Accept="text/html")
    assert answer.status == 303
    where = urlsplit(answer.headers["location"])
    assert (where.path, parse_qs(where.query)) == ("/api/resources/projet", {"odd": ["10"], "page": ["1"]})
    assert fetch(f"{url}/en/api/operations?operation=nothing").status == 404


@pytest.mark.parametrize(
    "key", ["//evil.example/", "..%2F..%2Fx", "%0d%0aSet-Cookie:x", "?x=1", "http://evil.example/"]
)
def test_a_form_leads_nowhere_else(url: str, key: str) -> None:
    answer = fetch(f"{url}/en/api/operations?operation=thing&kind=projet&key={key}")
    assert answer.headers.get("location", "/api/resources/projet/").startswith("/api/resources/projet/")
    assert "set-cookie" not in answer.headers


def test_clients_find_it(url: str) -> None:
    assert 'rel="service-desc"' in fetch(f"{url}/fr/api", Accept="text/html").headers["link"]
    assert 'rel="service-desc"' in fetch(f"{url}/fr/api/operations", Accept="text/html").headers["link"]
    assert 'rel="service-doc"' in fetch(f"{url}/openapi.json").headers["link"]


def test_schemathesis_finds_no_fault(url: str, tmp_path: Path) -> None:
    """One worker: in several threads, the parser of Python 3.11 that Hypothesis uses fails now and then."""
    command = [SCHEMATHESIS, "--config-file", HERE / "schemathesis.toml", "run", f"{url}/openapi.json?lang=en"]
    options = ["--seed", "20261123", "--max-examples", "2", "--phases", "examples,coverage,fuzzing"]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "formats", "PYTHONPATH": str(HERE)}
    told = subprocess.run(
        [*command, *options, "--workers", "1", "--request-timeout", "60", "--continue-on-failure", "--no-color"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-8000:] + told.stderr[-2000:]
