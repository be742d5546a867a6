"""Map, network, timeline and goals over the real release: what they show is what SPARQL counts."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from terrinclus_kg.server import sketches
from tests.service import Response, Service, fetch, running

BASE = "https://w3id.org/terrinclus/"
PAGES = ["carte", "reseau", "reseau?centre=acteur/adf&profondeur=2", "chronologie", "odd"]
PREFIXES = """PREFIX ti: <https://w3id.org/terrinclus/ns#> PREFIX cv: <http://data.europa.eu/m8g/>
PREFIX org: <http://www.w3.org/ns/org#> PREFIX dct: <http://purl.org/dc/terms/>
PREFIX igeo: <http://rdf.insee.fr/def/geo#> PREFIX sdgo: <http://metadata.un.org/sdg/ontology#> """


@pytest.fixture(scope="module")
def service(home: Path) -> Iterator[Service]:
    with running(home) as found:
        yield found


def page(service: Service, path: str) -> Response:
    return fetch(f"{service.url}/{path}", Accept="text/html")


def text(service: Service, path: str, **headers: str) -> str:
    answer = fetch(f"{service.url}/{path}", **headers)
    assert answer.status == 200, answer.text
    return answer.text


def asked(service: Service, query: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text(service, f"sparql?query={quote(PREFIXES + query)}", Accept="text/csv"))))


def rows(service: Service, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text(service, path))))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole(service: Service, language: str, path: str) -> None:
    answer = page(service, f"{language}/{path}")
    html = answer.text
    assert answer.status == 200
    assert answer.headers["content-language"] == language
    assert "etag" in answer.headers
    assert "style=" not in html
    assert html.count("<h1") == 1
    for picture in re.findall(r'<svg[^>]* role="img".*?</svg>', html, re.DOTALL):
        assert re.match(r'<svg[^>]* aria-label="[^"]{3,}"', picture)
        assert "<a " not in picture
    assert "/sparql?query=" in html


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("fr/carte?annee=20%3C", 400),
        ("fr/carte?odd=%22%3E%3Cscript%3E", 400),
        ("fr/carte?mesure=rien", 400),
        ("fr/carte?format=svg", 404),
        ("fr/carte?format=pdf", 406),
        ("fr/reseau?profondeur=9", 400),
        ("fr/reseau?kind=fait", 400),
        ("fr/reseau?centre=acteur/nobody", 404),
        ("fr/chronologie?de=hier", 400),
        ("fr/odd?format=svg", 406),
    ],
)
def test_a_wrong_choice_is_told(service: Service, path: str, status: int) -> None:
    answer = page(service, path)
    assert answer.status == status
    assert "<script>" not in answer.text


def test_a_name_that_nothing_has_leads_to_search(service: Service) -> None:
    for path in ("fr/reseau?centre=", "fr/chronologie?acteur="):
        html = text(service, path + quote('"><script>personne'))
        assert "<script>" not in html
        assert "/fr/recherche?q=%22%3E%3Cscript%3Epersonne" in html


def test_the_map_of_france_counts_as_sparql_does(service: Service) -> None:
    found = rows(service, "fr/carte?niveau=departement&mesure=partenariats&format=csv")
    expected = asked(service, """SELECT ?place (COUNT(DISTINCT ?thing) AS ?n) WHERE {
        { ?thing cv:hasParticipation/cv:hasParticipant/dct:spatial ?place }
        UNION { ?thing org:hasMember/dct:spatial ?place }
        UNION { ?thing dct:spatial ?place }
        ?place a igeo:Departement . ?thing a ti:TerritorialPartnership } GROUP BY ?place""")  # fmt: skip
    assert {row["place"]: row["n"] for row in expected} == {row["territory"]: row["number"] for row in found}
    assert len(found) > 3


def test_the_map_of_the_world_counts_as_sparql_does(service: Service) -> None:
    found = {row["territory"]: int(row["number"]) for row in rows(service, "fr/carte?niveau=pays&format=csv")}
    expected = asked(service, """SELECT ?place (COUNT(DISTINCT ?thing) AS ?n) WHERE {
        ?thing a ?class ; dct:spatial/(igeo:subdivisionDe|igeo:subdivisionDirecteDe)* ?place . ?place a igeo:Pays
        FILTER(?class IN (ti:CooperationProject, ti:PilotProject)) } GROUP BY ?place""")  # fmt: skip
    assert {row["place"]: int(row["n"]) for row in expected} == {iri: n for iri, n in found.items() if n}


@pytest.mark.parametrize(
    ("measure", "counted"),
    [
        ("acteurs", "?thing cv:hasParticipation/cv:hasParticipant|org:hasMember ?c"),
        ("territoires", "?thing dct:spatial ?c FILTER NOT EXISTS { ?c a igeo:Departement }"),
        ("faits", "GRAPH ?c { ?thing ?p ?o } ?c a ti:Fact"),
    ],
)
def test_each_measure_counts_as_sparql_does(service: Service, measure: str, counted: str) -> None:
    found = rows(service, f"fr/carte?niveau=departement&mesure={measure}&format=csv")
    expected = asked(service, f"""SELECT (COUNT(DISTINCT ?c) AS ?n) WHERE {{
        VALUES ?place {{ <{found[0]["territory"]}> }}
        {{ ?thing cv:hasParticipation/cv:hasParticipant/dct:spatial ?place }}
        UNION {{ ?thing org:hasMember/dct:spatial ?place }} UNION {{ ?thing dct:spatial ?place }}
        FILTER EXISTS {{ ?thing a ?class
          FILTER(?class IN (ti:CooperationProject, ti:PilotProject, ti:TerritorialPartnership)) }}
        {counted} }}""")  # fmt: skip
    assert found[0]["number"] == expected[0]["n"]


def test_a_year_and_a_goal_narrow_the_map(service: Service) -> None:
    whole = rows(service, "fr/carte?niveau=departement&format=csv&mesure=partenariats")
    year = rows(service, "fr/carte?niveau=departement&format=csv&mesure=partenariats&annee=1990")
    goal = rows(service, "fr/carte?niveau=departement&format=csv&odd=10")
    assert 0 < len(year) < len(whole)
    assert {"Loire-Atlantique"} <= {row["label"] for row in goal}
    assert not rows(service, "fr/carte?niveau=departement&format=csv&odd=14")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_all_departements_are_on_the_page_of_the_map(service: Service, language: str) -> None:
    html = text(service, f"{language}/carte")
    links = set(re.findall(rf'/{language}/territoire/(departement-\w+)"', html))
    assert len(links) == 101
    assert {"departement-971", "departement-972", "departement-973", "departement-974", "departement-976"} <= links
    if sketches.sheets():
        drawn = set(re.findall(r"\.svg#(departement-\w+)", html))
        assert drawn == links


def test_a_map_as_a_file_needs_nothing_else(service: Service) -> None:
    if not sketches.sheets():
        pytest.skip("the maps were not built")
    answer = fetch(f"{service.url}/fr/carte?niveau=departement&format=svg")
    root = ElementTree.fromstring(answer.body)
    assert answer.headers["content-disposition"] == 'attachment; filename="carte-departement.svg"'
    assert not list(root.iter("{http://www.w3.org/2000/svg}use"))
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) == 101
    assert "var(" not in answer.text
    assert "light-dark" not in answer.text
    assert not re.search(r"(href|url)\b", answer.text)


def test_a_network_says_the_same_in_all_forms(service: Service) -> None:
    path = "fr/reseau?centre=projet/terrinclus"
    told = json.loads(text(service, path, Accept="application/json"))
    ends = {end for link in told["links"] for end in (link["source"], link["target"])}
    assert {node["id"] for node in told["nodes"]} >= ends
    assert told["nodes"][0]["id"] == told["centre"] == f"{BASE}id/projet/terrinclus"
    assert len(rows(service, f"{path}&format=csv")) == len(told["links"])
    graph = ElementTree.fromstring(text(service, f"{path}&format=graphml"))
    names = Counter(element.tag.rpartition("}")[2] for element in graph.iter())
    assert (names["node"], names["edge"]) == (len(told["nodes"]), len(told["links"]))
    svg = ElementTree.fromstring(text(service, f"{path}&format=svg"))
    assert len([1 for text in svg.iter("{http://www.w3.org/2000/svg}text")]) == len(told["nodes"])
    html = text(service, path)
    actors = sum(node["kind"] == "acteur" for node in told["nodes"])
    assert f"{actors} acteurs" in html
    assert f"{len(told['links'])} liens" in html
    for node in told["nodes"]:
        assert html.count(f'href="{node["page"]}"') >= 1


def test_a_network_has_every_participant(service: Service) -> None:
    told = json.loads(text(service, "fr/reseau?centre=projet/terrinclus&kind=acteur&format=json"))
    expected = asked(service, f"""SELECT DISTINCT ?actor WHERE {{
        <{BASE}id/projet/terrinclus> cv:hasParticipation/cv:hasParticipant ?actor }}""")  # fmt: skip
    assert {row["actor"] for row in expected} == {node["id"] for node in told["nodes"][1:]}
    assert {node["kind"] for node in told["nodes"][1:]} == {"acteur"}


def test_a_network_is_found_by_name(service: Service) -> None:
    assert '<a href="/fr/acteur/adf"' in text(service, "fr/reseau?centre=ADF")


def test_the_timeline_has_everything_with_and_without_a_date(service: Service) -> None:
    found = {row["thing"] for row in rows(service, "fr/chronologie?kind=projet&format=csv")}
    expected = asked(service, """SELECT DISTINCT ?thing WHERE { ?thing a ?class ; dct:temporal ?when
        FILTER(?class IN (ti:CooperationProject, ti:PilotProject, ti:Phase)) }""")  # fmt: skip
    assert found == {row["thing"] for row in expected}
    without = asked(service, """SELECT DISTINCT ?thing WHERE {
        ?thing a ?class FILTER NOT EXISTS { ?thing dct:temporal ?when }
        FILTER(?class IN (ti:CooperationProject, ti:PilotProject, ti:Phase)) }""")  # fmt: skip
    html = text(service, "fr/chronologie?kind=projet")
    assert f"Sans date ({len(without)})</h2>" in html
    for row in without:
        assert html.count(f'/fr/{row["thing"].removeprefix(BASE + "id/")}"') == 1


def test_the_timeline_keeps_precision(service: Service) -> None:
    html = text(service, "fr/chronologie?kind=evenement")
    assert '<time datetime="2017-03-27">27 mars 2017</time>' in html
    assert '<time datetime="2013-06">juin 2013</time>' in html
    assert "1er janvier" not in html


def test_years_narrow_the_timeline(service: Service) -> None:
    years = {row["start"][:4] for row in rows(service, "fr/chronologie?kind=evenement&de=2015&a=2017&format=csv")}
    assert years
    assert years <= {"2015", "2016", "2017"}
    assert rows(service, "fr/chronologie?acteur=ADF&format=csv")


def test_the_goals_tell_who_linked_what(service: Service) -> None:
    links = rows(service, "fr/odd?format=csv")
    assert len(links) == int(asked(service, "SELECT (COUNT(*) AS ?n) WHERE { ?a a ti:SdgAlignment }")[0]["n"])
    html = text(service, "fr/odd")
    assert len(set(re.findall(r'class="badge goal-(\d+)"', html))) == 17
    ours = {row["element"].rpartition("/")[2].split(".")[0] for row in links}
    assert html.count("rapproché par nous") + html.count("rapprochés par nous") == len(ours)
