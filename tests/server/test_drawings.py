"""Drawings on pages: pictures with a text alternative, their data as links beside, no data read as markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from terrinclus_kg import drawing
from terrinclus_kg.config import Settings
from terrinclus_kg.drawing import Link, Node, Sheet
from terrinclus_kg.rdf.namespaces import BASE
from terrinclus_kg.server import create_app, sketches
from terrinclus_kg.server.render import Shown, clean

HOSTILE = "<script>alert(1)</script>\u202e\"'{{ 7*7 }} " + "very long " * 40
ADF = f"{BASE}id/acteur/adf"
AISNE, REUNION = (f"{BASE}id/territoire/departement-{code}" for code in ("02", "974"))
SOUSS = f"{BASE}id/territoire/ma-souss"
SHEETS = {
    name: Sheet.read(
        f"/static/dist/{name}.svg",
        {
            "width": 2000,
            "height": 1500,
            "shapes": {key: {"centre": [1000, 500], "box": [900, 400, 200, 200]} for key in keys},
            "insets": {},
            "background": [],
        },
    )
    for name, keys in (("departements", ["departement-02", "departement-974"]), ("pays", ["pays-ma", "pays-fr"]))
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(Settings(home=tmp_path_factory.mktemp("home")))


def rendered(app: Flask, text: str, **values: object) -> str:
    labels = {iri: {"fr": HOSTILE} for iri in (ADF, AISNE, SOUSS)} | {REUNION: {"en": "Réunion"}}
    with app.test_request_context("/fr/"):
        return render_template_string(
            "{% import 'drawings.html' as d with context %}" + text, shown=Shown("fr", labels), lang="fr", **values
        )


DRAWN = {
    "bars": "{{ d.bars([(adf, (2, 1)), (reunion, (3, 0))], 'Le constat', 'Acteur', ('Énoncé', 'Aligné')) }}",
    "timeline": "{{ d.small_timeline([(adf, '2015', ''), (reunion, '2017-03-27', '2017-03-27'), (aisne, '', '')]) }}",
    "neighbourhood": "{{ d.neighbourhood(adf, [('territoire', 2, [aisne, reunion])]) }}",
    "map": "{{ d.small_map({aisne: 1, reunion: 2, souss: 1}) }}",
    "network": "{% call d.figure('x', 'x') %}{{ d.draw_network(network, 'le réseau') }}{% endcall %}",
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawing_is_a_picture_with_words(app: Flask, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketches, "sheets", lambda: SHEETS)
    network = drawing.network([Node(ADF, clean(HOSTILE), "acteur"), Node("b", clean(HOSTILE))], [Link(ADF, "b")])
    html = rendered(app, DRAWN[name], adf=ADF, aisne=AISNE, reunion=REUNION, souss=SOUSS, network=network)
    assert "<script" not in html
    assert "style=" not in html
    assert "\u202e" not in html
    pictures = re.findall(r'<svg class="[a-z]+"[^>]* role="img".*?</svg>', html, re.DOTALL)
    assert len(pictures) == (2 if name == "map" else 1)
    for picture in pictures:
        assert re.match(r'<svg class="\w+"[^>]* role="img" aria-label="[^"]+" viewBox="[-0-9. ]+"', picture)
        assert "<a" not in picture.replace("<animate", "")
    assert html.count("<figcaption>") == len(pictures)
    if name in ("bars", "timeline", "neighbourhood"):
        assert 'href="/fr/territoire/departement-974"' in html.partition("<table>")[2]
        assert '<bdi lang="en">Réunion</bdi>' in html


def test_a_place_abroad_lies_in_its_country() -> None:
    assert sketches.area(SOUSS) == "pays-ma"
    assert sketches.area(f"{BASE}id/territoire/commune-97411") == "departement-974"
    assert sketches.area(f"{BASE}id/territoire/commune-2A004") == "departement-2A"
    assert sketches.area(f"{BASE}id/territoire/commune-01053") == "departement-01"
    assert sketches.area(f"{BASE}id/territoire/region-32") == ""
    assert sketches.area(ADF) == ""
    assert sketches.area("http://example.org/pays-fr") == ""


def test_without_maps_there_is_no_map(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketches, "sheets", dict)
    assert rendered(app, DRAWN["map"], aisne=AISNE, reunion=REUNION, souss=SOUSS).strip() == ""


def test_the_web_files_tell_their_maps() -> None:
    """Where the maps were built: all départements are on them, those overseas like the others."""
    found = sketches.sheets()
    if not found:
        pytest.skip("the maps were not built")
    codes = {key for key in found["departements"].boxes if key.startswith("departement-")}
    assert len(codes) == 101
    assert {f"departement-{code}" for code in ("971", "972", "973", "974", "976")} <= codes
    assert Path(found["pays"].href).suffix == ".svg"
