"""The page that tells how two things are linked, over the real release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from terrinclus_kg.resource.path import Bounds
from terrinclus_kg.server import create_app
from tests.server.test_thing_pages import Reading
from tests.small_store import reading

KNOWN = {"de": "acteur/adf", "a": "acteur/departement-44"}


@pytest.fixture(scope="module")
def real(home: Path) -> Iterator[FlaskClient]:
    with reading(home) as reader:
        yield create_app(reader._settings, reader).test_client()


def page(client: FlaskClient, lang: str = "en", **asked: str | list[str]) -> Reading:
    answer = client.get(f"/{lang}/chemin?{urlencode(asked, doseq=True)}")
    assert answer.status_code == 200
    return Reading(answer.text)


def chain(found: Reading) -> list[str]:
    """Where the headings of a chain lead."""
    text = [(a["href"] or "").split("/", 2)[-1] for a in found.all("a")]
    return [href for href in text if href.startswith(("acteur/", "projet/", "evenement/", "personne/", "partenariat/"))]


def test_known_actors_are_linked_with_their_sources(real: FlaskClient) -> None:
    found = page(real, **KNOWN)
    assert "2 links apart" in found.text
    assert chain(found)[0] == "acteur/adf"
    assert "projet/terrinclus" in chain(found)
    assert chain(found)[-1] == "acteur/departement-44"
    assert (
        "«\u00a0Réunissant 8 Départements (Aude, Loire-Atlantique\u00a0» · stated · March 2017 · fact A18" in found.text
    )
    hrefs = [a["href"] or "" for a in found.all("a")]
    assert "/en/fait/A18" in hrefs
    (query,) = [href for href in hrefs if href.startswith("/sparql?query")]
    rows = real.get(query, headers={"Accept": "application/json"}).get_json()["results"]["bindings"]
    assert {"A02", "A06", "A18"} <= {row["graph"]["value"].rpartition("/")[2] for row in rows}


def test_names_are_taken_or_chosen_from(real: FlaskClient) -> None:
    found = page(real, "fr", de="Assemblée des Départements de France", a="Département de Loire-Atlantique")
    assert "À 2 liens l’un de l’autre" in found.text
    several = page(real, de="acteur/adf", a="departement")
    assert "Several things may be meant by “departement”" in several.text
    hrefs = [a["href"] or "" for a in several.all("a")]
    assert "/en/chemin?de=acteur%2Fadf&a=acteur%2Fdepartement-44" in hrefs


def test_left_out_things_can_be_let_in_again(real: FlaskClient) -> None:
    first = page(real, **KNOWN)
    (leave,) = [a["href"] or "" for a in first.all("a") if "sans=projet%2Fterrinclus" in (a["href"] or "")]
    other = Reading(real.get(leave).text)
    assert "2 links apart" not in other.text
    assert "projet/terrinclus" in chain(other), "it is named as left out"
    assert any(a["href"] == "/en/chemin?de=acteur%2Fadf&a=acteur%2Fdepartement-44" for a in other.all("a"))


def test_one_and_the_same_nothing_and_nobody(real: FlaskClient) -> None:
    assert "These are one and the same" in page(real, de="acteur/adf", a="acteur/adf").text
    assert "Nothing is known under “acteur/none”" in page(real, de="acteur/none", a="acteur/adf").text
    assert "Nothing is known under “zzzqqq”" in page(real, de="acteur/adf", a="zzzqqq").text
    assert "apart" not in page(real).text


def test_hostile_names_stay_text(real: FlaskClient) -> None:
    hostile = '"><script>alert(1)</script>\u202e' + "x" * 300
    found = page(real, "fr", de=hostile, a="javascript:alert(1)", sans=["../..", "acteur/<b>", "x" * 900])
    assert {script.get("type") for script in found.all("script")} <= {"application/ld+json", "module"}
    assert not [a for a in found.all("a") if (a["href"] or "").startswith("javascript:")]


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        (Bounds(links=1), "Chains of more than 1 links were not looked for"),
        (Bounds(things=1), "The search ended when it had looked at 1 things"),
        (Bounds(seconds=0), "The search ended after 0 seconds"),
    ],
)
def test_a_bound_that_was_met_is_told(
    real: FlaskClient, monkeypatch: pytest.MonkeyPatch, bounds: Bounds, told: str
) -> None:
    monkeypatch.setattr("terrinclus_kg.server.views.path.DEFAULT", bounds)
    assert told in page(real, de="acteur/khamsa", a="acteur/afd").text


def test_an_answer_that_time_has_cut_is_not_kept(real: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"/en/chemin?{urlencode(KNOWN)}"
    assert "ETag" in real.get(address).headers
    monkeypatch.setattr("terrinclus_kg.server.views.path.DEFAULT", Bounds(seconds=0))
    headers = real.get(address).headers
    assert headers["Cache-Control"] == "no-store"
    assert "ETag" not in headers


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("projet/terinclus", "projet/terrinclus"),
        ("acteur/departement-445", "acteur/departement-44"),
        ("evenement/restitution-2017-03-28", "evenement/restitution-2017-03-27"),
        ("personne/andre-violla", "personne/andre-viola"),
    ],
)
def test_a_wrong_address_leads_to_near_ones(real: FlaskClient, wrong: str, meant: str) -> None:
    answer = real.get(f"/fr/{wrong}", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert f'href="/fr/{meant}"' in answer.text.partition("Cherchiez-vous")[2]


def test_what_resembles_nothing_leads_nowhere(real: FlaskClient) -> None:
    for wrong in ("acteur/zzzzzzzz", "nokind/terrinclus", "acteur/" + "z" * 3000):
        answer = real.get(f"/en/{wrong}", headers={"Accept": "text/html"})
        assert (answer.status_code, "Did you mean" in answer.text) == (404, False)
