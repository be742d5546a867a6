"""What pages tell programs, and how they are cited: over the small release, and hostile labels in it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rdflib import Graph, Literal, URIRef

from terrinclus_kg.config import Settings
from terrinclus_kg.ingest import pipeline
from terrinclus_kg.rdf.about import about
from terrinclus_kg.server import create_app
from terrinclus_kg.server.context import EXTENSION
from tests import small
from tests.resource.test_exchange import fields, read_tex
from tests.server.conftest import MANY
from tests.server.test_thing_pages import PAGES, Reading
from tests.small_store import reading

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # by rdflib itself
BASE = "https://w3id.org/terrinclus/"
SCHEMA = "https://schema.org/"
# The part of schema.org's own context that our documents need; nothing is fetched.
CONTEXT = {"@vocab": SCHEMA} | {name: {"@type": "@id"} for name in ("sameAs", "url", "license", "contentUrl")}
MAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
THINGS = [path for path in PAGES if "/" in path]


def told(client: FlaskClient, path: str) -> dict[str, Any]:
    """The document that a page embeds."""
    page = client.get(path).text
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert not re.search("[<>&]", text)
    document: dict[str, Any] = json.loads(text)
    return document


def graph(client: FlaskClient, path: str) -> Graph:
    document = told(client, path) | {"@context": CONTEXT}
    return Graph().parse(data=json.dumps(document), format="json-ld", publicID="http://localhost/")


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("path", THINGS)
def test_each_page_embeds_its_thing(client: FlaskClient, path: str, lang: str) -> None:
    found = graph(client, f"/{lang}/{path}")
    page = next(found.subjects(URIRef(SCHEMA + "mainEntity")))
    thing = found.value(page, URIRef(SCHEMA + "mainEntity"))
    cited = re.findall('<([^>]*)>; rel="cite-as"', client.get(f"/{lang}/{path}").headers["Link"])
    assert cited == [str(thing)]
    assert str(page) == f"http://localhost/{lang}/{path}"
    assert list(found.objects(thing, URIRef("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")))
    assert URIRef(BASE + "dataset/terrinclus") in set(found.objects(page, URIRef(SCHEMA + "isPartOf")))


def test_the_thing_is_told_with_its_sources(client: FlaskClient) -> None:
    found = graph(client, "/fr/projet/essai")
    trial = URIRef(BASE + "id/projet/essai")
    assert (trial, URIRef(SCHEMA + "name"), Literal("The trial", lang="en")) in found
    assert (trial, URIRef(SCHEMA + "member"), URIRef(BASE + "id/acteur/equipe")) in found
    cited = set(found.objects(None, URIRef(SCHEMA + "citation")))
    assert cited == {URIRef(BASE + "id/source/journal"), URIRef(BASE + "id/source/site")}


def test_a_hostile_label_stays_a_label(client: FlaskClient) -> None:
    found = graph(client, "/fr/acteur/hostile")
    hostile = URIRef(BASE + "id/acteur/hostile")
    assert Literal("<script>alert(1)</script>\u202egnp", lang="fr") in set(
        found.objects(hostile, URIRef(SCHEMA + "name"))
    )
    assert set(found.objects(hostile, URIRef(SCHEMA + "url"))) == {URIRef("https://exemple.test/ok")}
    page = Reading(client.get("/en/acteur/hostile").text)
    (title,) = [meta["content"] for meta in page.all("meta") if meta.get("property") == "og:title"]
    assert title == '"><img src=x onerror=alert(1)>'
    assert not page.all("img")


def test_a_record_is_cited_in_its_release(client: FlaskClient) -> None:
    answer = client.get("/cite/projet/essai.bib?lang=en")
    assert answer.mimetype == "application/x-bibtex"
    assert 'filename="projet-essai.bib"' in answer.headers["Content-Disposition"]
    found = fields(answer.text)
    assert (found["title"], found["author"], found["year"]) == ("{The trial}", "{Terrinclus KG}", "2026")
    assert found["howpublished"] == "Terrinclus KG, one"
    assert found["url"] == BASE + "id/projet/essai"
    assert found["note"].startswith("The record")
    page = Reading(client.get("/fr/projet/essai").text).text
    assert f"Terrinclus KG. L’essai. version one. 1er janvier 2026. {BASE}id/projet/essai (consulté le …)" in page


def test_a_document_is_cited_beside_its_record(client: FlaskClient) -> None:
    work, record = client.get("/cite/source/journal.bib?lang=fr").text.split("\n\n")
    assert fields(work)["publisher"] == "L’éditeur"
    assert "L’œuvre elle-même" in fields(work)["note"]
    assert fields(record)["author"] == "{Terrinclus KG}"
    assert "non la chose elle-même" in fields(record)["note"]
    first, second = client.get("/cite/source/journal.ris").text.split("ER  - \r\n")[:2]
    assert "PB  - L’éditeur\r\n" in first
    assert "ET  - one\r\n" in second


def test_hostile_labels_are_cited(client: FlaskClient) -> None:
    assert (
        read_tex(fields(client.get("/cite/acteur/hostile.bib?lang=en").text)["title"])
        == '{"><img src=x onerror=alert(1)>}'
    )
    ris = client.get("/cite/acteur/hostile.ris?lang=fr").text
    assert "TI  - <script>alert(1)</script>\u202egnp\r\n" in ris


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        ("projet/essai", "", "text/plain"),
        ("projet/essai.ris", "text/plain", "application/x-research-info-systems"),
        ("projet/essai?format=bib", "text/plain", "application/x-bibtex"),
        ("projet/essai?format=application/x-bibtex", "", "application/x-bibtex"),
        ("projet/essai", "application/x-research-info-systems", "application/x-research-info-systems"),
    ],
)
def test_the_form_is_chosen_as_with_data(client: FlaskClient, path: str, accept: str, expected: str) -> None:
    answer = client.get(f"/cite/{path}", headers={"Accept": accept} if accept else {})
    assert answer.mimetype == expected
    assert (
        client.get(f"/cite/{path}", headers={"Accept": accept, "If-None-Match": answer.headers["ETag"]}).status_code
        == 304
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("projet/none.bib", 404),
        ("nokind/essai.bib", 404),
        ("projet/essai.pdf", 404),
        ("projet/essai?format=pdf", 406),
        ("acteur/retire.bib", 410),
    ],
)
def test_what_cannot_be_cited_says_why(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(f"/cite/{path}").status_code == status


def test_an_event_for_a_calendar(client: FlaskClient) -> None:
    answer = client.get("/data/evenement/mission.ics")
    assert answer.mimetype == "text/calendar"
    lines = answer.text.split("\r\n")
    assert f"UID:{BASE}id/evenement/mission" in lines
    assert "DTSTAMP:20260101T000000Z" in lines
    assert lines[lines.index("DTSTART;VALUE=DATE:20181020") + 1] == "DTEND;VALUE=DATE:20181025"
    assert "STATUS:TENTATIVE" not in lines
    assert client.get("/data/evenement/e01.ics").status_code == 404
    assert client.get("/data/projet/essai.ics").status_code == 404


def addresses(client: FlaskClient, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.mimetype == "application/xml"
    return [loc.text or "" for loc in ElementTree.fromstring(answer.text).iter(f"{MAPS}loc")]


def test_the_sitemap_leads_to_every_page(app: Flask, client: FlaskClient) -> None:
    host = "http://127.0.0.1:8000"
    index = [address.removeprefix(host) for address in addresses(client, "/sitemap.xml")]
    found = [address.removeprefix(host) for part in index for address in addresses(client, part)]
    assert len(found) == len(set(found))
    assert {"/fr/", "/en/projet", "/fr/projet/essai", "/en/odd/10", "/fr/a-propos"} <= set(found)
    assert {f"{path}?lang=en" for path in ("/catalog", "/ns", "/releases", "/releases/one", "/limits")} <= set(found)
    assert len([path for path in found if path.startswith("/fr/evenement/")]) == MANY
    assert not [path for path in found if "participation" in path]
    for path in found[:: len(found) // 20]:
        assert client.get(path).status_code in (200, 410), path
    assert client.get("/sitemap.xml?part=nokind/x").status_code == 404
    assert addresses(client, "/sitemap.xml?part=evenement/zzz") == []
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in client.get("/robots.txt").text


def test_a_part_of_the_sitemap_is_bounded(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terrinclus_kg.resource.walk.STRETCH", 25)
    parts = [part for part in addresses(client, "/sitemap.xml") if "evenement" in part]
    assert len(parts) == -(-MANY // 25)
    sizes = [len(addresses(client, part.removeprefix("http://127.0.0.1:8000"))) for part in parts]
    assert (max(sizes), sum(sizes)) == (2 * 25, 2 * MANY)


def test_a_page_was_changed_when_its_thing_was(tmp_path: Path) -> None:
    built = pipeline.build(Settings(home=tmp_path), small.material(tmp_path, real_ontology=True)).release
    known = {name: f"{built.built_at.date()}" for name in ("acteur/journal", "acteur/terrinclus-kg")}
    app = create_app(Settings(home=tmp_path))
    served = app.test_client()
    try:
        days = {
            page.findtext(f"{MAPS}loc", ""): page.findtext(f"{MAPS}lastmod")
            for page in ElementTree.fromstring(served.get("/sitemap.xml?part=acteur/").text)
        }
        for name, day in known.items():
            assert days[f"http://127.0.0.1:8000/fr/{name}"] == day
        (tmp_path / "history" / "journal.db").unlink()
        assert "lastmod" not in served.get("/sitemap.xml?part=acteur/journal").text  # nobody knows: nothing is said
    finally:
        app.extensions[EXTENSION].reader.close()


def test_robots_open_documents_and_dumps_and_close_what_has_no_end(client: FlaskClient) -> None:
    rules = [line.partition(": ") for line in client.get("/robots.txt").text.splitlines() if "llow: " in line]

    def allowed(path: str) -> bool:
        """RFC 9309 §2.2.2: the longest rule wins, on a tie the one that allows."""
        fitting = [
            (len(rule), kind == "Allow")
            for kind, _, rule in rules
            if re.match(re.escape(rule).replace(r"\*", ".*").replace(r"\$", "$"), path)
        ]
        return max(fitting, default=(0, True))[1]

    opened = [
        "/fr/projet/essai",
        "/data/projet/essai.ttl",
        "/releases/one/dataset.nq.gz",
        "/releases/one/projet.csv.gz",
    ]
    opened += ["/catalog.ttl", "/.well-known/void", "/fr/projet?page=2", "/sitemap.xml?part=projet/", "/llms.txt"]
    closed = ["/fr/projet?odd=10&pays=pays-ma", "/sparql?query=x", "/releases/one/sparql?query=x", "/fr/chemin?de=x"]
    closed += ["/releases/one/fr/projet/essai", "/fragments?subject=x", "/fr/recherche?q=x"]
    assert [path for path in opened if not allowed(path)] == []
    assert [path for path in closed if allowed(path)] == []


def test_security_txt_without_a_contact_leads_to_a_page_that_tells(client: FlaskClient) -> None:
    contact = client.get("/.well-known/security.txt").text.splitlines()[0].removeprefix("Contact: ")
    assert contact.endswith("/fr/a-propos#contact")
    told = client.get(urlsplit(contact).path).text
    assert 'id="contact"' in told
    assert "avis de sécurité privé" in told


def test_security_txt_names_the_contact(small_home: Path) -> None:
    with reading(small_home, contact="kg@exemple.test") as reader:
        answer = create_app(reader._settings, reader).test_client().get("/.well-known/security.txt")
    contact, expires, *_ = (line.partition(": ")[2] for line in answer.text.splitlines())
    assert contact == "mailto:kg@exemple.test"
    ahead = datetime.fromisoformat(expires) - datetime.now(UTC)
    assert timedelta(days=180) < ahead < timedelta(days=365)  # whenever the release was built; RFC 9116 §2.5.5
    assert expires[8:] == "01T00:00:00Z"  # the same for a month


@pytest.mark.parametrize("path", ["/fr/", "/en/donnees"])
def test_the_dataset_is_told(client: FlaskClient, path: str) -> None:
    dataset = told(client, path)
    assert (dataset["@type"], dataset["version"], dataset["dateModified"]) == ("Dataset", "one", "2026-01-01")
    assert dataset["license"] == [*about().licences]
    assert dataset["publisher"]["name"] == about().publisher.name
    assert dataset["keywords"] == [*about().keywords.of(path[1:3])]


def test_an_event_with_a_day_leads_to_its_calendar(client: FlaskClient) -> None:
    assert 'href="/data/evenement/mission.ics?lang=en"' in client.get("/en/evenement/mission").text
    assert ".ics" not in client.get("/en/evenement/e01").text


def test_questions_are_in_the_sitemap(client: FlaskClient) -> None:
    assert any(
        address.endswith("/fr/questions/q24-desaccords-entre-sources")
        for address in addresses(client, "/sitemap.xml?part=pages")
    )
