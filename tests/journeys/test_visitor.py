"""The journeys of the README, walked over HTTP against the real service and the real graph."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse

import pytest
from rdflib import Graph, URIRef
from SPARQLWrapper import JSON, SPARQLWrapper

from tests.service import Service, fetch, follow

TERRINCLUS = URIRef("https://w3id.org/terrinclus/id/projet/terrinclus")


def sparql(service: Service, query: str, accept: str = "application/sparql-results+json") -> object:
    data = urllib.parse.urlencode({"query": query}).encode()
    return json.loads(fetch(f"{service.url}/sparql", data=data, Accept=accept).body)


def count(service: Service, query: str) -> int:
    answer = sparql(service, query)
    (row,) = answer["results"]["bindings"]  # type: ignore[index]
    return int(row["n"]["value"])


def test_an_identifier_leads_to_turtle_that_speaks_of_it(service: Service) -> None:
    answer = follow(f"{service.url}/id/projet/terrinclus", Accept="text/turtle")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/turtle")
    graph = Graph().parse(data=answer.body, format="turtle")
    assert len(list(graph.predicate_objects(TERRINCLUS))) > 10


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_of_the_project_shows_both_dates_with_their_sources(service: Service, language: str) -> None:
    answer = follow(f"{service.url}/id/projet/terrinclus", Accept="text/html", Accept_Language=language)
    assert answer.status == 200
    assert f'<html lang="{language}"' in answer.text
    for expected in ("2013", "2015", "Villes de France", "Lianes", "A01", "A06"):
        assert expected in answer.text


def test_at_least_208_facts_have_source_locator_and_status(service: Service) -> None:
    query = """PREFIX ti: <https://w3id.org/terrinclus/ns#> PREFIX dct: <http://purl.org/dc/terms/>
        SELECT (COUNT(DISTINCT ?f) AS ?n) WHERE { ?f a ti:Fact ; dct:source ?s ; ti:locator ?l ; ti:status ?t }"""
    assert count(service, query) >= 208


def test_sparqlwrapper_gets_rows(service: Service) -> None:
    client = SPARQLWrapper(f"{service.url}/sparql")
    client.setQuery("SELECT ?s WHERE { ?s a <https://w3id.org/terrinclus/ns#PilotProject> }")
    client.setReturnFormat(JSON)
    rows = client.queryAndConvert()["results"]["bindings"]  # type: ignore[index,call-overload]
    assert [row["s"]["value"] for row in rows] == ["https://w3id.org/terrinclus/id/projet/pilote-loire-atlantique"]


HOSTILE = {
    "nested braces": "SELECT * WHERE " + "{" * 2500 + "}" * 2500,
    "cross product": "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "doubling": "SELECT ?z WHERE { BIND('x' AS ?a0) "
    + " ".join(f"BIND(CONCAT(?a{i}, ?a{i}) AS ?a{i + 1})" for i in range(40))
    + " BIND(?a40 AS ?z) }",
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_pages_answer_while_a_hostile_query_runs(service: Service, name: str) -> None:
    outcome: list[int] = []

    def attack() -> None:
        data = urllib.parse.urlencode({"query": HOSTILE[name]}).encode()
        outcome.append(fetch(f"{service.url}/sparql", data=data).status)

    attackers = [threading.Thread(target=attack) for _ in range(3)]
    for attacker in attackers:
        attacker.start()
    pages = 0
    while any(attacker.is_alive() for attacker in attackers):
        assert fetch(f"{service.url}/fr/projet/terrinclus").status == 200
        pages += 1
        time.sleep(0.05)
    assert pages > 0
    assert set(outcome) <= {400, 429, 503}
    assert fetch(f"{service.url}/health/ready").status == 200
