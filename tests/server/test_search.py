"""The page of searches and what leads to it: what a reader sees, and what programs take."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.server.conftest import MANY

OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


def heading(page: str) -> str:
    found = re.search("<h1>(.*?)</h1>", page)
    assert found
    return unescape(found[1])


def link(page: str, text: str) -> str:
    """Where the link leads whose text begins so."""
    found = re.search(rf'href="([^"]+)"[^>]*>(?:<[^>]+>)*{re.escape(text)}', page.partition("<main")[2])
    assert found, text
    return unescape(found[1])


def test_results_tell_what_was_found_and_mark_it(client: FlaskClient) -> None:
    page = client.get("/fr/recherche?q=evenement+07").text
    assert heading(page) == "1 résultat pour «\u00a0evenement 07\u00a0»"
    assert "<mark>Événement</mark> <mark>07</mark>" in page
    assert "<title>1 résultat pour «\u00a0evenement 07\u00a0»" in page
    assert 'href="/fr/evenement/e07"' in page
    assert heading(client.get("/en/recherche?q=evenement+07").text) == "1 result for “evenement 07”"


def test_filters_are_links_that_come_and_go(client: FlaskClient) -> None:
    page = client.get("/fr/recherche?q=ev").text
    narrowed = link(page, "Événements")
    assert "kind=evenement" in narrowed
    found = client.get(narrowed).text
    assert heading(found).startswith(f"{MANY} résultats")
    assert re.search("Retirer le filtre </span>Type\u00a0: Événements", found)
    assert heading(client.get(link(found, "Retirer le filtre")).text) == heading(page)
    assert heading(client.get(link(found, "Retirer tous les filtres")).text) == heading(page)


def test_counts_are_those_of_the_links(client: FlaskClient) -> None:
    page = client.get("/fr/recherche").text
    facets = re.findall(r'<li><a rel="nofollow" href="([^"]+)">.*?</a> <span class="count">(\d+)</span>', page)
    assert len(facets) > 4
    for address, count in facets:
        assert re.match(rf"{count} résultats?\b", heading(client.get(unescape(address)).text)), address


def test_pages_follow_each_other(client: FlaskClient) -> None:
    first = client.get("/fr/recherche?kind=evenement&sort=label")
    assert '<link rel="next" href="/fr/recherche?kind=evenement&amp;sort=label&amp;page=2">' in first.text
    last = client.get("/fr/recherche?kind=evenement&sort=label&page=3").text
    assert 'rel="next"' not in last
    assert '<link rel="prev"' in last
    assert '<ol class="results" start="41">' in last
    assert ", page 3" in last
    assert client.get("/fr/recherche?kind=evenement&page=4").status_code == 404


def test_what_may_have_been_meant_is_told(client: FlaskClient) -> None:
    page = client.get("/fr/recherche?q=evenemnet").text
    assert "Rien n’a été trouvé pour «\u00a0evenemnet\u00a0». Voici les résultats pour «\u00a0événement\u00a0»" in page
    assert heading(page).startswith(str(MANY))


def test_nothing_found_helps(client: FlaskClient) -> None:
    page = client.get("/fr/projet?q=qqqq&annee-min=1999").text
    assert "0 résultat " in page
    assert link(page, "Chercher sans filtre") == "/fr/projet?q=qqqq"
    assert link(page, "Chercher parmi tous") == "/fr/recherche?q=qqqq"


def test_years_are_a_range(client: FlaskClient) -> None:
    page = client.get("/fr/recherche?annee-min=2015&annee-max=2015").text
    assert 'href="/fr/fait/T01"' in page
    assert 'href="/fr/fait/T02"' not in page
    assert "Année\u00a0: 2015 – 2015" in page
    assert 'href="/fr/fait/T02"' in client.get("/fr/recherche?annee-min=2015").text


@pytest.mark.parametrize(
    "query", ["annee-min=x", "annee-max=20155", "sort=no", "q=" + "x" * 501, "&".join(f"kind=k{n}" for n in range(41))]
)
def test_what_makes_no_sense_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/fr/recherche?{query}").status_code == 400


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\u202egnp", "%00", '"><img src=x>', "' OR 1=1 --", "NEAR(", "\ud800"]
)
def test_hostile_words_are_shown_as_words(client: FlaskClient, text: str) -> None:
    page = client.get("/fr/recherche", query_string={"q": text.encode("utf-8", "replace")})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<img" not in page.text
    assert "\u202e" not in page.text


def test_hostile_labels_are_shown_as_labels(client: FlaskClient) -> None:
    page = client.get("/fr/recherche?q=alert").text
    assert 'href="/fr/acteur/hostile"' in page
    assert "&lt;script&gt;<mark>alert</mark>" in page
    assert "<script>alert" not in page
    suggested = client.get("/suggest?q=alert&lang=fr").json
    assert [one["page"] for one in suggested["suggestions"]] == ["/fr/acteur/hostile"]
    assert "\u202e" not in suggested["suggestions"][0]["label"]


def test_words_beyond_those_that_count_are_told(client: FlaskClient) -> None:
    page = client.get("/fr/recherche?q=" + "+".join(f"mot{n}" for n in range(14))).text
    assert re.search("laissés de côté.*mot12.*mot13", page, re.DOTALL)


def test_results_as_json_and_csv(client: FlaskClient) -> None:
    found = client.get("/en/recherche?kind=evenement", headers={"Accept": "application/json"}).json
    assert (found["total"], len(found["results"]), found["next"]) == (MANY, MANY, None)
    assert found["results"][0]["kind"] == "evenement"
    assert {value["key"]: value["count"] for value in found["facets"]["kind"]}["evenement"] == MANY
    answer = client.get("/en/recherche?kind=evenement&format=csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert [row[0] for row in rows[1:]] == [one["iri"] for one in found["results"]]


def test_a_file_leads_to_the_next(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terrinclus_kg.server.views.search.AN_EXPORT", 25)
    path, found = "/fr/evenement?format=json", []
    while path:
        answer = client.get(path)
        found += [one["iri"] for one in answer.json["results"]]
        path = answer.json["next"]
        assert ('rel="next"' in answer.headers["Link"]) == bool(path)
    assert len(set(found)) == len(found) == MANY


def test_a_search_can_be_seen_as_a_query(client: FlaskClient) -> None:
    page = client.get("/fr/recherche?kind=evenement&source=site").text
    query = link(page, "Voir comme une requête")
    answer = client.get(query, headers={"Accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    assert heading(page).startswith(f"{len(answer.text.splitlines()) - 1} résultat")


def test_suggestions(client: FlaskClient) -> None:
    answer = client.get("/suggest?q=evenement+0&lang=fr")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["ETag"]
    first = answer.json["suggestions"][0]
    assert (first["label"], first["type"], first["value"]) == ("Événement 00", "événement", "evenement/e00")
    assert len(answer.json["suggestions"]) == 8
    assert client.get("/suggest?q=evenement&kind=acteur").json["suggestions"] == []
    assert client.get("/suggest").json == {"q": "", "suggestions": []}
    browser = client.get("/suggest?q=equipe&lang=en&format=x-suggestions%2Bjson")
    assert browser.mimetype == "application/x-suggestions+json"
    assert browser.json == ["equipe", ["The team"], ["actor"], ["/en/acteur/equipe"]]


def test_browsers_learn_how_to_search(client: FlaskClient) -> None:
    page = client.get("/en/").text
    path = re.search(r'<link rel="search" [^>]*href="([^"]+)"', page)
    assert path
    root = ET.fromstring(client.get(path[1]).text)
    templates = {url.get("type"): url.get("template", "") for url in root.iter(f"{OPENSEARCH}Url")}
    for media_type, template in templates.items():
        address = "/" + template.replace("{searchTerms}", "equipe").split("/", 3)[3]
        assert client.get(address).mimetype == media_type


def test_the_same_address_in_the_other_language(client: FlaskClient) -> None:
    page = client.get("/fr/recherche?q=essai&kind=projet").text
    assert '<a class="language" href="/en/recherche?q=essai&amp;kind=projet"' in page


def test_search_pages_are_not_for_search_engines(client: FlaskClient) -> None:
    assert '<meta name="robots" content="noindex, follow">' in client.get("/fr/recherche?q=essai").text
    assert "noindex" not in client.get("/fr/projet").text


@pytest.mark.parametrize("most", [2000, 5])
def test_all_that_links_to_a_thing_is_paged(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr("terrinclus_kg.resource.finding.SORTED", most)
    monkeypatch.setattr("terrinclus_kg.resource.SORTED", most)
    path = "/fr/projet/essai?links=dct:subject"
    pages = [client.get(f"{path}&page={page}").text for page in (1, 2)]
    found = [label for page in pages for label in re.findall(r"Événement (\d\d)", page)]
    assert len(set(found)) == len(found) == MANY
    assert ("Trop nombreux pour être triés" in pages[0]) == (most < MANY)
    assert most < MANY or found == sorted(found)
    assert client.get(f"{path}&page=3").status_code == 404
