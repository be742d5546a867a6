"""The questions on the web: each a page in both languages with its answer, and an operation for programs."""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from terrinclus_kg.config import Settings
from terrinclus_kg.questions import all_questions, heading
from terrinclus_kg.rdf.namespaces import BASE
from terrinclus_kg.rdf.queries import Query
from terrinclus_kg.server import create_app
from terrinclus_kg.server.highlight import highlighted
from terrinclus_kg.server.place import STATE
from terrinclus_kg.store.reader import Reader

QUESTIONS = all_questions()
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
START = "q03-debut-de-terrinclus"
each = pytest.mark.parametrize("question", QUESTIONS, ids=[question.slug for question in QUESTIONS])


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[FlaskClient]:
    """The application over the real release."""
    settings = Settings(home=home, client_seconds=1e6, client_errors=1e6)
    reader = Reader(settings)
    yield create_app(settings, reader).test_client()
    reader.close()


def rows(page: str) -> list[str]:
    return page.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]


def links(page: str, text: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(rf'<a href="([^"]*)"[^>]*>{re.escape(text)}</a>', page)]


@each
@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_page_has_its_form_and_its_answer(client: FlaskClient, question: Query, language: str) -> None:
    answer = client.get(f"/{language}/questions/{question.slug}", headers=BROWSER)
    assert answer.status_code == 200
    page = answer.text
    assert f'<html lang="{language}"' in page
    assert f"<h1>{html.escape(question.title[language], quote=False)}</h1>" in html.unescape(page).replace("&", "&amp;")
    for name, parameter in question.parameters.items():
        assert f'name="{name}"' in page
        assert html.escape(parameter.label[language]) in page
    whole = list(csv.reader(client.get(links(page, "CSV")[0]).text.splitlines()))
    assert whole[0] == list(question.columns)
    assert len(rows(page)) == min(100, len(whole) - 1) > 0
    if question.view != "table":
        assert "<figure" in page or "outline" in page or "contour" in page


@each
def test_each_question_answers_programs(client: FlaskClient, question: Query) -> None:
    answer = client.get(f"/questions/{question.slug}")
    assert answer.mimetype == "application/sparql-results+json"
    found = json.loads(answer.data)
    assert found["head"]["vars"] == list(question.columns)
    assert found["results"]["bindings"]
    if len(question.text) < 1000:  # one that is too long for a header is left out
        assert re.search(r'</releases/[^>]*/sparql\?query=[^>]*>; rel="bookmark"', answer.headers["Link"])
    tag = answer.headers["ETag"]
    assert client.get(f"/questions/{question.slug}", headers={"If-None-Match": tag}).status_code == 304


@each
def test_its_columns_and_its_parameters_have_words(question: Query) -> None:
    for column in question.columns:
        if not column.endswith(("Label", "Title")):
            assert {heading(question, column, "fr"), heading(question, column, "en")}.isdisjoint({column, ""})
    assert question.parameters.keys().isdisjoint({*STATE, "format"})
    assert all(parameter.default for parameter in question.parameters.values())


@each
def test_the_coloured_query_is_the_query(question: Query) -> None:
    assert "".join(text for _, text in highlighted(question.text)) == question.text


@pytest.mark.parametrize("text", ['"open', "'''", "# c\n<a b", "\0\u202e", "SELECT * { ?s ?p '<b>' }"])
def test_any_text_can_be_coloured(text: str) -> None:
    assert "".join(piece for _, piece in highlighted(text)) == text


def test_labels_are_in_the_language_of_the_page(client: FlaskClient) -> None:
    assert "Recherche-action de l’ADF" in rows(client.get(f"/fr/questions/{START}").text)[0]
    assert "ADF action research" in rows(client.get(f"/en/questions/{START}").text)[0]
    french = client.get(f"/en/questions/{START}?lang=fr").text
    assert "Recherche-action de l’ADF" in rows(french)[0]


@pytest.mark.parametrize(
    "told",
    ["projet/terrinclus", "projet:terrinclus", f"{BASE}id/projet/terrinclus", "Terrinclus", " Terrinclus "],
)
def test_a_resource_is_told_in_any_way(client: FlaskClient, told: str) -> None:
    page = client.get(f"/en/questions/{START}", query_string={"project": told, "view": "table"})
    assert page.status_code == 200
    assert len(rows(page.text)) == 3
    assert f'value="{told}"' in page.text
    found = json.loads(client.get(f"/questions/{START}", query_string={"project": told}).data)
    assert len(found["results"]["bindings"]) == 3


def test_a_name_of_several_things_is_asked_about(client: FlaskClient) -> None:
    query = {"topic": "stated"}
    answer = client.get("/en/questions/q08-pilote-pour-evaluer", query_string=query, headers=BROWSER)
    problem = client.get("/questions/q08-pilote-pour-evaluer", query_string=query).get_json()
    assert (answer.status_code, problem["parameter"]) == (400, "topic")
    assert len(problem["candidates"]) == 2
    chosen = links(answer.text, "ask of this one")
    assert [parse_qs(urlsplit(link).query)["topic"] for link in chosen] == [[iri] for iri in problem["candidates"]]
    assert client.get(chosen[0], headers=BROWSER).status_code == 200


@pytest.mark.parametrize(
    ("slug", "query", "parameter"),
    [
        (START, {"project": "no such thing"}, "project"),
        (START, {"project": "x" * 1000}, "project"),
        (START, {"project": "<script>alert(1)</script>\u202e"}, "project"),
        (START, {"project": 'projet:a> } #"'}, "project"),
        (START, {"lang": "de"}, "lang"),
        ("q23-source-de-chaque-fait", {"status": "c-statut:faux"}, "status"),
        (START, {"page": "7"}, "page"),
        (START, {"view": "x"}, "view"),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_error_names_the_parameter_and_keeps_the_form(
    client: FlaskClient, slug: str, query: dict[str, str], parameter: str, language: str
) -> None:
    answer = client.get(f"/{language}/questions/{slug}", query_string=query, headers=BROWSER)
    assert answer.status_code == 400
    assert f">{parameter}: " in answer.text or f"the parameter {parameter} is" in answer.text
    assert '<form class="question"' in answer.text
    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text
    if parameter not in STATE:
        assert client.get(f"/questions/{slug}", query_string=query).get_json()["parameter"] == parameter


def test_programs_are_told_of_parameters_that_there_are_not(client: FlaskClient) -> None:
    problem = client.get(f"/questions/{START}?projet=x")
    assert (problem.status_code, problem.get_json()["parameter"]) == (400, "projet")
    assert client.get(f"/fr/questions/{START}?utm_source=x").status_code == 200


def test_a_browser_is_led_to_the_page(client: FlaskClient) -> None:
    led = client.get(f"/questions/{START}?project=projet/terrinclus&lang=en", headers=BROWSER)
    assert led.status_code == 303
    assert led.headers["Location"] == f"/en/questions/{START}?project=projet/terrinclus&lang=en"
    assert client.get("/questions", headers=BROWSER).headers["Location"] == "/fr/questions"
    assert client.get(f"/questions/{START}?format=csv", headers=BROWSER).mimetype == "text/csv"
    assert client.get("/questions/nothing").status_code == client.get("/fr/questions/nothing").status_code == 404


def test_the_list_for_programs(client: FlaskClient) -> None:
    found = client.get("/questions").get_json()["questions"]
    assert [one["id"] for one in found] == [question.slug for question in QUESTIONS]
    for one in found:
        assert client.get(urlsplit(one["address"]).path).status_code == 200
    (status,) = [p for p in found[22]["parameters"] if p["name"] == "status"]
    assert status["choices"] == ["c-statut:enonce", "c-statut:infere"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_gallery_has_all_of_them_in_groups(client: FlaskClient, language: str) -> None:
    page = client.get(f"/{language}/questions", headers=BROWSER).text
    found = re.findall(rf'href="/{language}/questions/([^"?]+)"', page)
    assert sorted(found) == [question.slug for question in QUESTIONS]
    assert page.count('<h2 id="group-') == len({question.group[language] for question in QUESTIONS})


@pytest.mark.parametrize(
    ("words", "found"), [("departement participe", 1), ("DÉPARTEMENT participé", 1), ("xyzzy", 0), ("", 25)]
)
def test_the_gallery_is_searched_without_accents(client: FlaskClient, words: str, found: int) -> None:
    page = client.get("/fr/questions", query_string={"q": words}).text
    hits = len(re.findall(r'href="/fr/questions/[^"?]+"', page))
    assert hits >= found if found else hits == 0
    assert not words or 'role="status"' in page


def test_hostile_words_are_escaped(client: FlaskClient) -> None:
    page = client.get("/fr/questions", query_string={"q": '"><script>alert(1)</script>\u202e'}).text
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_what_is_chosen_is_bound(client: FlaskClient) -> None:
    slug = "q23-source-de-chaque-fait"
    every = len(client.get(f"/questions/{slug}?format=csv").text.splitlines())
    some = len(client.get(f"/questions/{slug}?format=csv&status=c-statut:infere").text.splitlines())
    assert 1 < some < every
    both = client.get(f"/questions/{slug}?format=csv&status=c-statut:infere&status=c-statut:enonce").text
    assert len(both.splitlines()) == every
    assert len(client.get(f"/questions/{slug}?format=csv&status=").text.splitlines()) == every
    page = client.get(f"/fr/questions/{slug}?status=c-statut:infere").text
    assert '<option value="c-statut:infere" selected>' in page


def test_the_query_opens_in_the_workbench_and_is_cited_for_ever(client: FlaskClient) -> None:
    page = client.get(f"/fr/questions/{START}?view=table", headers=BROWSER).text
    (opened,) = links(page, "L’ouvrir dans l’atelier")
    assert opened.startswith("/sparql?query=")
    again = client.get(opened, headers=BROWSER).text
    assert len(rows(again)) == len(rows(page))
    (pinned,) = links(page.split('id="cite"')[1], "La même pour toujours, sur cette version")
    parts = urlsplit(pinned)
    assert re.fullmatch(r"/releases/[\w-]+/sparql", parts.path)
    assert "projet:terrinclus" in parse_qs(parts.query)["query"][0]


def test_the_language_link_keeps_what_was_asked(client: FlaskClient) -> None:
    page = client.get(f"/fr/questions/{START}?project=projet/terrinclus", headers=BROWSER).text
    (other,) = re.findall(r'<a class="language" href="([^"]*)"', page)
    assert html.unescape(other) == f"/en/questions/{START}?project=projet/terrinclus"
