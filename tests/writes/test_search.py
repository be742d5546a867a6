"""What is written can be found, and what is taken back cannot: each release has an index of its own."""

from __future__ import annotations

import pytest

from terrinclus_kg.errors import ReleaseDamaged
from terrinclus_kg.store.releases import verify
from terrinclus_kg.store.releases.writer import Writer
from tests.writing import GRAPH, TOKEN, Site

THING = "<https://w3id.org/terrinclus/id/acteur/nouveau>"
NEW = f"""PREFIX org: <http://www.w3.org/ns/org#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
INSERT DATA {{
  GRAPH <{GRAPH}> {{ {THING} a org:Organization ; skos:prefLabel "Zanzibar"@fr ; skos:altLabel "ZNZ" }} }}"""
RENAME = f"""PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
DELETE DATA {{ GRAPH <{GRAPH}> {{ {THING} skos:prefLabel "Zanzibar"@fr }} }} ;
INSERT DATA {{ GRAPH <{GRAPH}> {{ {THING} skos:prefLabel "Pemba"@fr }} }}"""


def found(here: Site, text: str) -> list[str]:
    return [one["label"] for one in here.client.get(f"/suggest?q={text}&lang=fr").json["suggestions"]]


def test_what_is_written_is_found_and_what_is_taken_back_is_not(here: Site) -> None:
    first = here.release
    before = here.client.get("/fr/acteur?format=json").json["total"]
    assert found(here, "znz") == []
    written = here.update(NEW)
    assert found(here, "znz") == ["Zanzibar"]
    assert here.client.get("/fr/acteur?format=json").json["total"] == before + 1
    here.update(RENAME)
    assert (found(here, "zanzi"), found(here, "pemb")) == ([], ["Pemba"])
    verify.verify(here.release)
    undone = here.client.post(written.headers["Location"] + "/undo", headers=TOKEN)
    assert undone.status_code in (200, 204), undone.text
    assert found(here, "znz") == []
    with Writer(here.settings) as writer:
        writer.switch(first.id, "ASK {}")
    assert here.client.get("/fr/acteur?format=json").json["total"] == before


def test_a_damaged_index_is_not_switched_to(here: Site) -> None:
    first = here.release
    here.update(NEW)
    first.index_path.write_bytes(first.index_path.read_bytes()[: 8192 * 2])
    with Writer(here.settings) as writer, pytest.raises(ReleaseDamaged, match="index"):
        writer.switch(first.id, "ASK {}")
    with pytest.raises(ReleaseDamaged, match="index"):
        verify.verify(first)


def test_a_release_without_an_index_says_so(here: Site) -> None:
    here.release.index_path.unlink()
    answer = here.client.get("/fr/recherche?q=journal", headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert "Ces données n’ont pas d’index ici" in answer.text
    assert "/fr/acteur/journal" in here.client.get("/fr/acteur").text  # a list is had from the data
    assert here.client.get("/fr/").status_code == 200
    assert here.client.get("/fr/acteur/journal").status_code == 200
