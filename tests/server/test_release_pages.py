"""A release and what it changed, as people and programs find them; also when it is not kept any more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from terrinclus_kg.config import Settings
from terrinclus_kg.ingest import pipeline
from terrinclus_kg.rdf.namespaces import BASE, DATASET, DCAT, PROV, SCHEMA
from terrinclus_kg.server import releases
from terrinclus_kg.server.dcat import SPDX
from terrinclus_kg.server.eventstream import AS
from terrinclus_kg.server.views import release as view
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.releases.writer import Writer
from tests import small
from tests.writing import Site, site

ID = "https://w3id.org/terrinclus/id/"
REVIEW = """
fait:Z03 ti:locator "page 3"@fr ; ti:status c-statut:enonce ; dct:description "La revue"@fr , "The review"@en .
fait:Z03 { acteur:revue a org:Organization ; skos:prefLabel "Revue <b>"@fr , "Review <b>"@en . }
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, list[str]]]:
    """Three releases: with a thing more, and without it again; the ids of all, the oldest first."""
    folder = tmp_path_factory.mktemp("pages")
    material, settings = small.material(folder / "built"), Settings(home=folder / "built/home")
    for facts in (small.FACTS, small.FACTS + REVIEW, small.FACTS):
        small.write(material.data / "sources/journal", facts=facts)
        pipeline.build(settings, material)
    with site(folder / "built", folder) as made:
        yield made, [one.id for one in layout.all_releases(settings.releases)]


def test_the_page_of_a_release(served: tuple[Site, list[str]]) -> None:
    made, (first, second, third) = served
    for language, title, word in (
        ("fr", "Version", "Ressources créées\u00a0: 2"),
        ("en", "Release", "Things created: 2"),
    ):
        page = made.client.get(f"/releases/{second}", headers={"Accept": "text/html", "Accept-Language": language})
        assert page.status_code == 200
        assert f"<title>{title} {second}" in page.text
        assert word in page.text
        assert f'href="/releases/{first}?lang={language}"' in page.text
        assert f'href="/releases/{second}/dataset.ttl.gz"' in page.text
        assert "RDFC-1.0" in page.text
    assert (
        f'href="/releases/{third}?lang=en"'
        in made.client.get("/releases?lang=en", headers={"Accept": "text/html"}).text
    )
    told = made.client.get(f"/releases/{second}").get_json()
    assert (told["id"], told["before"], told["difference"]["things"]["created"]) == (second, first, 2)
    assert told["canonicalization"] == "RDFC-1.0"
    for file in told["files"]:
        answer = made.client.get(file["address"])
        assert (answer.status_code, len(answer.data)) == (200, file["bytes"])
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Repr-Digest"].startswith("sha-256=:")
    assert made.client.get(f"/releases/{second}/SHA256SUMS").mimetype == "text/plain"
    for path in ("no-such", f"{second}/labels.db", f"{second}/difference.db"):
        assert made.client.get(f"/releases/{path}").status_code == 404, path


@pytest.mark.parametrize("form", [RdfFormat.TURTLE, RdfFormat.JSON_LD, RdfFormat.RDF_XML])
def test_a_release_in_rdf(served: tuple[Site, list[str]], form: RdfFormat) -> None:
    made, (first, second, _) = served
    answer = made.client.get(f"/releases/{second}", headers={"Accept": form.media_type})
    assert answer.mimetype == form.media_type
    triples = [quad.triple for quad in parse(answer.data, format=form)]
    it, before = (NamedNode(releases.iri(each)) for each in (second, first))
    said = {(t.predicate, t.object) for t in triples if t.subject == it}
    assert (PROV["wasRevisionOf"], before) in said
    for count in ("quads", "facts", "sources", "added", "removed"):
        value = SCHEMA["value"], NamedNode(f"{it.value}#{count}")
        assert [t.object for t in triples if (t.predicate, t.subject) == value], count
    files = {t.subject for t in triples if t.object == DCAT["Distribution"]}
    needed = {t.subject for t in triples if t.predicate == DCAT["accessURL"]}
    catalogue = parse(made.client.get("/catalog.nt").data, format=RdfFormat.N_TRIPLES)
    assert files == needed
    assert files <= {quad.subject for quad in catalogue if quad.object == DCAT["Distribution"]}
    assert {o for p, o in said if p == DCAT["distribution"]} == files
    checksums = {t.object.value for t in triples if t.predicate == SPDX["checksumValue"]}  # type: ignore[union-attr]
    listed = layout.read(made.settings.releases, second).manifest
    assert checksums == {listed["digest"], *(entry["sha256"] for entry in listed["files"])}


def test_a_release_and_their_list_lead_on(served: tuple[Site, list[str]]) -> None:
    made, (_, second, _) = served
    for path, iri in ((f"/releases/{second}", f"{BASE}releases/{second}"), ("/releases", f"{DATASET.value}/releases")):
        answer = made.client.get(path, headers={"Accept": "text/html"})
        links = [(rel, target) for target, rel in re.findall(r'<([^>]*)>; rel="([^"]*)"', answer.headers["Link"])]
        assert ("cite-as", iri) in links
        assert {"license", "type", "describedby", "alternate"} <= {rel for rel, _ in links}
        assert answer.last_modified
        for rel, target in links:
            if rel in ("item", "describedby"):
                assert made.client.get(target).status_code == 200, target


@pytest.mark.parametrize(
    ("wanted", "status", "told"),
    [
        ("bytes=0-3", 206, "bytes 0-3/"),
        ("items=0-3", 200, ""),
        ("bytes=0-0,5-9", 200, ""),
        ("bytes=99999999-", 416, "bytes */"),
    ],
)
def test_ranges_of_a_dump(served: tuple[Site, list[str]], wanted: str, status: int, told: str) -> None:
    made, (_, second, _) = served
    answer = made.client.get(f"/releases/{second}/dataset.nq.gz", headers={"Range": wanted})
    assert answer.status_code == status
    assert answer.headers.get("Content-Range", "").startswith(told)
    assert ("Content-Range" in answer.headers) is bool(told)


def test_what_a_release_changed(served: tuple[Site, list[str]]) -> None:
    made, (first, second, third) = served
    for release, language, word in ((second, "fr", "créée"), (third, "en", "removed")):
        page = made.client.get(f"/releases/{release}/diff?lang={language}", headers={"Accept": "text/html"}).text
        assert word in page
        assert "&lt;b&gt;" in page  # its label, also where the release itself has none
    told = made.client.get(f"/releases/{second}/diff").get_json()
    assert told["before"] == first
    assert [(thing["iri"], thing["change"]) for thing in told["changed"]] == [
        (f"{ID}acteur/revue", "created"),
        (f"{ID}fait/Z03", "created"),
    ]
    assert made.client.get(f"/releases/{third}/diff?change=created").get_json()["changed"] == []
    for wrong in ("change=x", "after=x", "thing=x"):
        assert made.client.get(f"/releases/{second}/diff?{wrong}").status_code == 400
    assert "no release before this one" in made.client.get(f"/releases/{first}/diff").get_json(force=True)["detail"]
    page = made.client.get(f"/releases/{first}?lang=en", headers={"Accept": "text/html"})
    assert "no release before this one" in page.text
    turtle = made.client.get(f"/releases/{third}/diff?format=ttl")
    quads = list(parse(turtle.data, format=RdfFormat.TURTLE))
    kinds = {quad.object for quad in quads}
    (items,) = [quad.object.value for quad in quads if quad.predicate == AS["totalItems"]]
    assert items == "2"
    assert AS["Delete"] in kinds
    assert NamedNode(f"{ID}acteur/revue") in kinds


def test_pages_lead_on_to_the_end(served: tuple[Site, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    made, (_, second, _) = served
    monkeypatch.setattr(view, "_A_PAGE", 1)
    path, found = f"/releases/{second}/diff?change=created", []
    while path:
        told = made.client.get(path).get_json()
        found += [thing["iri"] for thing in told["changed"]]
        path = told.get("next", "")
    assert found == [f"{ID}acteur/revue", f"{ID}fait/Z03"]
    page = made.client.get(f"/releases/{second}/diff?lang=en", headers={"Accept": "text/html"})
    assert 'rel="next"' in page.text
    assert 'rel="next"' in page.headers["Link"]


def test_the_statements_of_a_thing(served: tuple[Site, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    made, (_, second, third) = served
    path = f"/releases/{{}}/diff?thing={quote(ID + 'acteur/revue')}"
    told = made.client.get(path.format(second)).get_json()
    assert made.client.get(f"/releases/{second}/diff?thing=acteur/revue").get_json() == told
    assert len(told["statements"]["added"]) == told["added"] == 3
    assert told["statements"]["removed"] == []
    answer = made.client.get(path.format(third) + "&lang=fr", headers={"Accept": "text/html"})
    page = answer.text
    assert page.count('<th scope="row">−</th>') == 3
    assert 'Revue &lt;b&gt;</bdi> <small class="tag">@fr</small>' in page
    for form in ("json", "trig", "nq", "jsonld"):
        assert f"acteur%2Frevue&amp;format={form}" in page
        assert f'acteur%2Frevue&format={form}>; rel="alternate"' in answer.headers["Link"]
    trig = made.client.get(path.format(third) + "&format=trig")
    assert {quad.graph_name.value.partition("#")[2] for quad in parse(trig.data, format=RdfFormat.TRIG)} == {"removed"}  # type: ignore[union-attr]
    assert made.client.get(path.format(second), headers={"Accept": "text/turtle"}).status_code == 406
    assert made.client.get(f"/releases/{second}/diff?thing={quote(ID)}x").status_code == 404
    monkeypatch.setattr(view, "_SHOWN", 1)
    cut = made.client.get(path.format(second)).get_json()
    assert (cut["cut"], len(cut["statements"]["added"])) == (True, 1)


def test_a_release_that_is_not_kept_is_remembered(served: tuple[Site, list[str]]) -> None:
    made, (first, second, third) = served
    with Writer(made.settings) as writer:
        assert first in writer.prune(1)
    page = made.client.get(f"/releases/{second}?lang=en", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "not kept any more" in page.text
    told = made.client.get(f"/releases/{second}").get_json()
    assert told["files"] == []
    assert "sparql" not in told
    assert made.client.get(f"/releases/{second}/dataset.nq.gz").status_code == 404
    assert len(made.client.get(f"/releases/{second}/diff").get_json()["changed"]) == 2
    assert [one["id"] for one in made.client.get("/releases").get_json()["releases"]] == [third]
