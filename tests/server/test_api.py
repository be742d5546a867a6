"""What applications get: questions as operations, things as plain JSON that is JSON-LD too, lists with filters."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, parse

from terrinclus_kg import resources
from terrinclus_kg.config import Settings
from terrinclus_kg.questions import all_questions
from terrinclus_kg.rdf.queries import Query
from terrinclus_kg.results import Shape
from terrinclus_kg.server import create_app
from terrinclus_kg.server.context import EXTENSION
from terrinclus_kg.server.views import api_questions
from terrinclus_kg.store.reader import Reader

QUESTIONS = all_questions()
each = pytest.mark.parametrize("question", QUESTIONS, ids=[question.slug for question in QUESTIONS])
TERRITORY = "https://w3id.org/terrinclus/id/territoire/"
MAP = "/api/questions/q05-departements-participants"
THINGS = ["projet/terrinclus", "acteur/adf", "fait/A01", "odd/10", "territoire/departement-44", "concept/role/membre"]


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[FlaskClient]:
    """The application over the real release, with few rows to a page's reading."""
    settings = Settings(home=home, client_seconds=1e6, client_errors=1e6, page_rows=40)
    reader = Reader(settings)
    yield create_app(settings, reader).test_client()
    reader.close()


def get(client: FlaskClient, path: str, **parameters: object) -> Any:
    answer = client.get(path + (f"?{urlencode(parameters, doseq=True)}" if parameters else ""))
    assert answer.status_code == 200, answer.text
    return answer.json


def refused(client: FlaskClient, path: str) -> str:
    """The parameter that a 400 names."""
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json"), answer.text
    assert answer.json
    return str(answer.json["parameter"])


def text(value: Any) -> str:
    """A plain value as CSV has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value["iri"] if isinstance(value, dict) else value)


def points(client: FlaskClient, *iris: str) -> dict[str, tuple[float, float]]:
    """Where the service finds that places are."""
    shape = Shape({"map": (0, -1, 0, -1)}, {})
    with client.application.test_request_context("/"):
        return api_questions._points([(NamedNode(iri),) for iri in iris], shape)


@each
def test_each_question_is_an_operation_of_the_same_rows(client: FlaskClient, question: Query) -> None:
    path = f"/api/questions/{question.slug}"
    whole = list(csv.reader(client.get(f"/questions/{question.slug}?format=csv").text.splitlines()))
    rows: list[dict[str, Any]] = []
    following: str | None = f"{path}?page_size=150&lang=fr"
    while following:
        page = client.get(following)
        assert page.json
        assert page.json["release"] == page.headers["Terrinclus-Release"]
        assert page.json["total"] in (None, len(whole) - 1)
        following = page.json["next"]
        assert ('rel="next"' in page.headers["Link"]) == bool(following)
        rows += page.json["rows"]
    assert page.json["total"] == len(whole) - 1
    assert sorted([text(cell) for cell in row.values()] for row in rows) == sorted(whole[1:])
    assert [list(row) for row in rows] == [list(question.columns)] * len(rows)


def test_rows_keep_the_order_of_the_question(client: FlaskClient) -> None:
    codes = [row["code"] for row in get(client, MAP)["rows"]]
    assert codes == sorted(codes)
    assert len(codes) > 5


def test_values_are_plain_and_things_have_labels(client: FlaskClient) -> None:
    (row, *_) = get(client, MAP, lang="en")["rows"]
    assert row["authority"] == {
        "iri": "https://w3id.org/terrinclus/id/acteur/departement-11",
        "label": "Department of Aude",
        "language": "en",
        "page": "/en/acteur/departement-11",
    }
    assert row["code"] == "11"
    amounts = [row["amount"] for row in get(client, "/api/questions/q22-cout-d-un-partenariat")["rows"]]
    assert all(isinstance(amount, int | float | None) for amount in amounts)
    assert any(amounts)


def test_total_is_exact_or_unknown(client: FlaskClient) -> None:
    facts = "/api/questions/q23-source-de-chaque-fait"
    first = get(client, facts, page_size=10)
    assert first["total"] is None  # more than page_rows follow
    assert first["next"] == f"{facts}?page_size=10&page=2"
    far = get(client, facts, page_size=10, page=3)
    assert {row["fact"]["iri"] for row in far["rows"]}.isdisjoint(row["fact"]["iri"] for row in first["rows"])
    assert far["prev"] == f"{facts}?page_size=10&page=2"
    large = get(client, facts, page_size=1000)
    assert large["total"] == len(large["rows"]) > 40


def test_csv_is_that_of_the_result_format(client: FlaskClient) -> None:
    answer = client.get(f"{MAP}?format=csv&lang=fr")
    assert answer.mimetype == "text/csv"
    assert answer.text == client.get(f"/questions/{MAP.rpartition('/')[2]}?format=csv").text


def test_a_file_is_whole_unless_it_is_asked_by_pages(client: FlaskClient) -> None:
    facts = "/api/questions/q23-source-de-chaque-fait"
    whole = client.get(f"{facts}?format=csv&lang=en")
    assert whole.headers["Content-Disposition"] == 'attachment; filename="q23-source-de-chaque-fait.csv"'
    assert len(whole.text.splitlines()) - 1 == get(client, facts, page_size=1000)["total"] > 100
    part = client.get(f"{MAP}?format=csv&lang=en&page=2&page_size=3")
    assert part.headers["Content-Disposition"] == 'attachment; filename="q05-departements-participants-page-2.csv"'
    assert int(part.headers["Terrinclus-Total"]) == get(client, MAP)["total"]
    assert {'rel="prev"', 'rel="next"'} <= {each.rpartition("; ")[2] for each in part.headers["Link"].split(", ")}
    assert len(part.text.splitlines()) == 4
    more = client.get(f"{facts}?format=csv&page_size=10")  # more than page_rows follow: nobody has counted them
    assert "Terrinclus-Total" not in more.headers


def test_geojson_is_whole_or_none(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = get(client, MAP, format="geojson")
    assert len(whole["features"]) == whole["total"]
    service = client.application.extensions[EXTENSION]
    few = replace(service, settings=service.settings.model_copy(update={"page_rows": 3}))
    monkeypatch.setitem(client.application.extensions, EXTENSION, few)
    refused = client.get(f"{MAP}?format=geojson")
    assert (refused.status_code, refused.mimetype) == (503, "application/problem+json")
    assert refused.json
    assert (refused.json["limit"], refused.json["value"]) == ("page_rows", 3)
    assert len(get(client, MAP, format="geojson", page_size=2)["features"]) == 2


def test_the_result_format_is_that_of_the_same_parameters(client: FlaskClient) -> None:
    asked = "/api/questions/q22-cout-d-un-partenariat?partnership=partenariat/meurthe-et-moselle-sidi-kacem&lang=en"
    (other, *_) = client.get(asked + "&page=1").headers["Link"].split(", ")
    assert 'rel="alternate"' in other
    there = client.get(other[1 : other.index(">")], headers={"Accept": "text/csv"}).text
    assert there == client.get(asked + "&format=csv").text
    assert there != client.get("/questions/q22-cout-d-un-partenariat?format=csv&lang=en").text


def test_columns_are_told_in_words(client: FlaskClient) -> None:
    columns = get(client, "/api/questions/q21-operateurs-d-un-partenariat", lang="en")["columns"]
    assert [one["label"] for one in columns[:2]] == ["Actor", "Actor (label)"]
    assert all(one["label"] != one["name"] for one in columns)


def test_geojson_has_the_points_of_the_data(client: FlaskClient) -> None:
    answer = client.get(f"{MAP}?format=geojson&lang=fr")
    assert answer.mimetype == "application/geo+json"
    assert answer.json
    assert answer.json["type"] == "FeatureCollection"
    (feature, *_) = answer.json["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [2.414, 43.103]}
    assert feature["properties"]["territoryLabel"] == "Aude"
    assert "Bulletin" not in feature["properties"]["factLabel"]
    assert feature["properties"]["fact"].endswith("/fait/A18")


def test_geojson_takes_the_centre_of_a_place_and_guesses_none(client: FlaskClient) -> None:
    document = get(client, "/api/questions/q06-territoires-des-pilotes", format="geojson", lang="fr")
    found = document["features"]
    assert document["without_geometry"] == len(found) > 0
    assert [feature["geometry"] for feature in found] == [None] * len(found)  # regions abroad have no point in the data
    (point,) = points(client, f"{TERRITORY}departement-44", f"{TERRITORY}departement-nowhere").items()
    assert point == (f"{TERRITORY}departement-44", (-1.68, 47.363))
    assert get(client, MAP, format="geojson", project="projet/atlas-2887")["features"] == []
    refused = client.get("/api/questions/q16-base-legale?format=geojson")
    assert refused.status_code == 406
    assert refused.json
    assert refused.json["variants"] == ["application/json", "text/csv"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=1e3", "page"),
        ("page=%D9%A3", "page"),
        ("page=99999999999999999999", "page"),
        ("page_size=1001", "page_size"),
        ("page_size=", "page_size"),
        ("lang=de", "lang"),
        ("project=nobody", "project"),
        ("project=", "project"),
        ("project=projet/nobody", "project"),
        ("project=acteur/adf", "project"),
        ("project=acteur/%3Cx%3E", "project"),
        ("project=http://e/%3E%20%7D%20%23", "project"),
        ("projet=projet/terrinclus", "projet"),
        ("project=projet/terrinclus&view=map", "view"),
        ("project=%00", "project"),
        ("%ED%A0%80=1", "%ED%A0%80"),
    ],
)
def test_a_wrong_parameter_is_named(client: FlaskClient, query: str, parameter: str) -> None:
    assert refused(client, f"{MAP}?{query}") == parameter


def test_no_such_page_and_no_such_question(client: FlaskClient) -> None:
    assert client.get(f"{MAP}?page=2").status_code == 404
    assert client.get(f"{MAP}?page=999999999&page_size=1000").status_code == 404
    assert client.get("/api/questions/q99").status_code == 404


def test_a_client_that_has_it_gets_304(client: FlaskClient) -> None:
    for path in (MAP, "/api/questions", "/api/resources", "/api/resources/projet", "/api/resources/projet/terrinclus"):
        french = client.get(path, headers={"Accept-Language": "fr"}).headers["ETag"]
        again = client.get(path, headers={"Accept-Language": "fr", "If-None-Match": french})
        assert (again.status_code, again.data) == (304, b"")
    english = client.get(MAP, headers={"Accept-Language": "en", "If-None-Match": client.get(MAP).headers["ETag"]})
    assert english.status_code == 200
    assert english.headers["Content-Language"] == "en"


def test_the_questions_are_listed_with_their_parameters(client: FlaskClient) -> None:
    told = get(client, "/api/questions")["questions"]
    assert [one["id"] for one in told] == [question.slug for question in QUESTIONS]
    for one in told:
        assert {parameter["name"] for parameter in one["parameters"]} >= {"lang"}
        assert client.get(one["api"]).status_code == 200


@pytest.mark.parametrize("path", THINGS)
def test_a_thing_is_json_ld_of_its_data_document(client: FlaskClient, path: str) -> None:
    document = get(client, f"/api/resources/{path}")
    assert document["complete"] is True
    context = json.loads(resources.text("ontology/context.jsonld"))["@context"]
    assert document["@context"][0] == "/context.jsonld"
    document["@context"][0] = context
    read = set(parse(json.dumps(document), format=RdfFormat.JSON_LD))
    given = set(parse(client.get(f"/data/{path}.nq").data, format=RdfFormat.N_QUADS))
    merged = {(quad.subject, quad.predicate, quad.object) for quad in given}
    assert {quad.triple for quad in read if quad.graph_name == DefaultGraph()} == {
        quad.triple for quad in given if (quad.subject, quad.predicate, quad.object) in merged
    }
    described = {quad.subject for quad in given}
    assert {quad for quad in read if quad.graph_name != DefaultGraph()} == {
        quad for quad in given if quad.graph_name in described
    }


def test_a_thing_reads_as_plain_json(client: FlaskClient) -> None:
    project = get(client, "/api/resources/projet/terrinclus")
    assert project["id"] == "https://w3id.org/terrinclus/id/projet/terrinclus"
    assert project["prefLabel"] == {"fr": "Terrinclus", "en": "Terrinclus"}
    parts = {part["label"]["en"] for part in project["hasParticipation"]}
    assert "Assembly of French Départements – initiator – Terrinclus" in parts
    actors = {one["prefLabel"]["en"] for part in project["hasParticipation"] for one in part["hasParticipant"]}
    assert "Department of Aude" in actors
    assert all(one["prefLabel"]["fr"] for part in project["hasParticipation"] for one in part["role"])
    assert all("prefLabel" in one for one in project["linkedFrom"]["isPartOf"])
    assert all(fact["hasSource"] and fact["statements"] for fact in project["facts"])
    assert project["links"]["page"]["fr"] == "/fr/projet/terrinclus"
    assert client.get(project["links"]["data"]).status_code == 200


def test_a_thing_as_json_ld_by_its_media_type(client: FlaskClient) -> None:
    answer = client.get("/api/resources/projet/terrinclus", headers={"Accept": "application/ld+json"})
    assert answer.mimetype == "application/ld+json"
    assert answer.data == client.get("/api/resources/projet/terrinclus?format=json").data


def test_kinds_and_their_lists(client: FlaskClient) -> None:
    kinds = {one["kind"]: one for one in get(client, "/api/resources")["kinds"]}
    found = get(client, kinds["projet"]["address"], lang="en", page_size=3)
    assert found["total"] == kinds["projet"]["count"] > 3
    assert len(found["results"]) == 3
    whole = get(client, kinds["projet"]["address"], lang="en")
    assert [one["iri"] for one in whole["results"]][:3] == [one["iri"] for one in found["results"]]
    assert get(client, found["next"])["results"][0] == whole["results"][3]
    assert client.get(found["results"][0]["api"]).status_code == 200


def test_a_list_takes_the_filters_of_its_page(client: FlaskClient) -> None:
    given = {"q": "coopération", "annee-min": "2010", "sort": "label", "lang": "fr"}
    found = get(client, "/api/resources/projet", **given)
    page = get(client, "/fr/projet", format="json", **{name: value for name, value in given.items() if name != "lang"})
    assert [one["iri"] for one in found["results"]] == [one["iri"] for one in page["results"]]
    assert found["total"] == page["total"] > 0
    assert found["facets"] == page["facets"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("kind=acteur", "kind"),
        ("q=" + "x" * 5000, "q"),
        ("annee-min=MMXV", "annee-min"),
        ("sort=size", "sort"),
        ("odd=999", "odd"),
        ("pays=pays-ma&pays=nope", "pays"),
        ("page_size=0", "page_size"),
        ("annee_min=2015", "annee_min"),
    ],
)
def test_a_list_names_what_is_wrong(client: FlaskClient, query: str, parameter: str) -> None:
    assert refused(client, f"/api/resources/projet?{query}") == parameter


@pytest.mark.parametrize("path", ["nothing", "participation", "projet/nobody", "projet/../x", "projet/%3Cscript%3E"])
def test_what_is_not_there(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/resources/{path}")
    assert answer.status_code in (400, 404)
    assert answer.mimetype == "application/problem+json"
    assert "<script>" not in answer.text


def test_an_address_that_only_begins_like_a_language_is_for_programs(client: FlaskClient) -> None:
    answer = client.get("/fragments?subject=A")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert client.get("/fr/nothing/here").mimetype == "text/html"


def test_an_empty_format_is_none_that_there_is(client: FlaskClient) -> None:
    assert client.get("/limits?format=").status_code == 406
    assert refused(client, "/api/questions?format=") == "format"
