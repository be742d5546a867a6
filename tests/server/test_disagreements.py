"""The page of all disagreements, over the small release and over the real one."""

from __future__ import annotations

import csv
from pathlib import Path

from flask.testing import FlaskClient

from terrinclus_kg.server import create_app
from tests.server.test_thing_pages import Reading
from tests.small_store import reading

EXPECTED = Path(__file__).parent.parent / "questions/expected/q24-desaccords-entre-sources.csv"


def test_each_side_with_its_source(client: FlaskClient) -> None:
    page = Reading(client.get("/fr/desaccords").text)
    assert "Début de l’essai" in page.text
    assert "Lancé en 2015 Lancé dès 2013" in page.text
    assert "depuis 2015 depuis 2013" in page.text
    assert (
        "Le journal du matin, publiée par L’éditeur · «\u00a0lancé en 2015\u00a0» · énoncé · 2015 · fait T01"
        in page.text
    )
    assert "«\u00a0dès 2013\u00a0» · inféré · fait T03" in page.text
    assert "Des sources se contredisent" not in page.text.partition("Qui le dit")[2], "this page is about that"
    hrefs = {a["href"] for a in page.all("a")}
    assert {"/fr/desaccord/debut", "/fr/fait/T01", "/fr/fait/T03", "/fr/projet/essai"} <= hrefs
    assert "Started in 2015" in client.get("/en/desaccords").text


def test_filter_and_paging(client: FlaskClient) -> None:
    assert "Start of the trial" in client.get("/en/desaccords?type=projet").text
    for wrong in ("type=acteur", "type=nokind", "page=2", "page=x", "type=%3Cscript%3E"):
        assert client.get(f"/en/desaccords?{wrong}").status_code == 404


def test_it_is_asked_as_a_query(client: FlaskClient) -> None:
    page = Reading(client.get("/fr/desaccords").text)
    (address,) = [a["href"] for a in page.all("a") if (a["href"] or "").startswith("/sparql?query")]
    rows = client.get(address or "", headers={"Accept": "application/json"}).get_json()["results"]["bindings"]
    assert {row["fact"]["value"].rpartition("/")[2] for row in rows if "fact" in row} == {"T01", "T03"}


def test_all_that_the_question_lists(home: Path) -> None:
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    with reading(home) as reader:
        text = create_app(reader._settings, reader).test_client().get("/fr/desaccords").text
    page = Reading(text)
    told = page.text.replace("\u00a0", " ")  # pages do not break a quotation at its marks; the data do not say how
    hrefs = {a["href"] for a in page.all("a")}
    for row in expected:
        for column in ("disagreement", "fact", "source"):
            assert row[column].replace("https://w3id.org/terrinclus/id", "/fr") in hrefs
        assert row["statement"].replace("\u00a0", " ") in told
        assert row["locator"].replace("\u00a0", " ") in told
    assert len(page.all("section")) == len({row["disagreement"] for row in expected})
