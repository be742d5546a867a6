"""The Atom feed: RFC 4287, with its past in archives (RFC 5005)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.history.conftest import ORIGIN

ATOM, FH = "{http://www.w3.org/2005/Atom}", "{http://purl.org/syndication/history/1.0}"


def read(client: FlaskClient, address: str) -> Any:
    answer = client.get(address.removeprefix(ORIGIN))
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/atom+xml"
    return ElementTree.fromstring(answer.text)


def leads(feed: Any, rel: str) -> str:
    found = feed.find(f"{ATOM}link[@rel='{rel}']")
    return "" if found is None else str(found.get("href"))


def text(element: Any, name: str) -> str:
    found = element.find(ATOM + name)
    assert found is not None, name
    return str(found.text)


def entries(feed: Any) -> list[Any]:
    return list(feed.findall(f"{ATOM}entry"))


def walk(client: FlaskClient, address: str) -> list[Any]:
    """All entries, the newest first, as a reader that collects archives has them: each once."""
    feed = read(client, address)
    found = {text(entry, "id"): entry for entry in entries(feed)}
    while address := leads(feed, "prev-archive"):
        feed = read(client, address)
        assert feed.find(f"{FH}archive") is not None
        found |= {text(entry, "id"): entry for entry in entries(feed) if text(entry, "id") not in found}
    return list(found.values())


def test_it_is_an_atom_feed(client: FlaskClient) -> None:
    feed = read(client, "/feed.atom?lang=en")
    assert feed.tag == f"{ATOM}feed"
    assert text(feed, "id").startswith("https://w3id.org/terrinclus/feed.atom")
    assert leads(feed, "self") == f"{ORIGIN}/feed.atom?lang=en"
    assert text(feed.find(f"{ATOM}author"), "name")
    found = entries(feed)
    assert len(found) == len({text(entry, "id") for entry in found}) == 100
    for entry in found:
        assert text(entry, "id").startswith("tag:w3id.org,20")
        assert datetime.fromisoformat(text(entry, "updated")).tzinfo
        assert text(entry, "title").startswith(("Created: ", "Changed: ", "Removed: "))
    times = [text(entry, "updated") for entry in found]
    assert times == sorted(times, reverse=True)
    assert text(feed, "updated") == times[0]


def test_what_an_entry_leads_to_is_there(client: FlaskClient) -> None:
    feed = read(client, "/feed.atom?lang=fr&thing=acteur/journal")
    assert [text(entry, "title") for entry in entries(feed)] == ["Modification\u00a0: Journal"] * 2 + [
        "Ajout\u00a0: Journal"
    ]
    diffs = [link for link in feed.iter(f"{ATOM}link") if "/diff?thing=acteur%2Fjournal" in link.get("href")]
    assert len(diffs) == 1  # of the write; a first release, and a switch, are compared with nothing
    for entry in entries(feed):
        links = [link.get("href").removeprefix(ORIGIN) for link in entry.findall(f"{ATOM}link")]
        assert links[:2] == ["/fr/acteur/journal", "/data/acteur/journal.ttl"]
        for link in links:
            assert client.get(link).status_code == 200


def test_each_entry_says_what_was_done(client: FlaskClient) -> None:
    by_iri = read(client, "/feed.atom?lang=en&thing=https://w3id.org/terrinclus/id/territoire/ici")
    said = [text(entry, "summary").partition(". ")[2].partition(" 20")[0][:12] for entry in entries(by_iri)]
    assert said == ["In the data ", "Withdrawn on", "In the data "]
    changed = read(client, "/feed.atom?lang=fr&thing=acteur/journal")
    assert "Modifié le " in text(entries(changed)[0], "summary")


def test_archives_lead_to_everything(client: FlaskClient) -> None:
    whole = walk(client, "/feed.atom?lang=fr")
    assert len(whole) > 2 * 300
    things = [text(entry, "title").partition("\u00a0: ")[2] for entry in whole]
    assert things.count("Acteur 7") == 2  # created, and removed by the switch back; it has its name still
    actors = walk(client, "/feed.atom?lang=fr&kind=acteur")
    ids = [text(entry, "id") for entry in whole]
    assert [text(entry, "id") for entry in actors] == [each for each in ids if "/acteur/" in each]


def test_it_speaks_both_languages(client: FlaskClient) -> None:
    for lang in ("fr", "en"):
        answer = client.get("/feed.atom", headers={"Accept-Language": lang})
        assert f'xml:lang="{lang}"' in answer.text
        assert answer.headers["Content-Language"] == lang
    fr, en = (read(client, f"/feed.atom?lang={lang}") for lang in ("fr", "en"))
    assert text(fr, "id") != text(en, "id")
    assert not {text(e, "id") for e in entries(fr)} & {text(e, "id") for e in entries(en)}


def test_who_has_it_already_is_told_so(client: FlaskClient) -> None:
    first = client.get("/feed.atom?lang=fr")
    assert first.headers["Cache-Control"] == "no-cache"
    for condition in ({"If-None-Match": first.headers["ETag"]}, {"If-Modified-Since": first.headers["Last-Modified"]}):
        again = client.get("/feed.atom?lang=fr", headers=condition)
        assert (again.status_code, again.data) == (304, b"")


def test_pages_lead_to_it(client: FlaskClient) -> None:
    for path in ("/fr/acteur/journal", "/changes?lang=fr", "/releases?lang=fr", "/fr/donnees"):
        page = client.get(path, headers={"Accept": "text/html"}).text
        assert '<link rel="alternate" type="application/atom+xml" href="/feed.atom?lang=fr"' in page
    for path in ("/changes?lang=fr", "/releases?lang=fr", "/fr/donnees"):
        page = client.get(path, headers={"Accept": "text/html"}).text
        assert '<a href="/feed.atom?lang=fr">' in page
        assert '<a href="/ldes">' in page
    assert 'href="/feed.atom?lang=fr&amp;thing=acteur/journal"' in client.get("/fr/acteur/journal").text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page=0", 404), ("page=-1", 404), ("page=99", 404), ("page=1e9", 404), ("page=%00", 404), ("page=", 404),
        ("kind=nonsense", 400), ("kind=%3Cscript%3E", 400), ("kind=acteur&thing=acteur/journal", 400),
        ("thing=nonsense/x", 404), ("thing=acteur/nobody", 404), ("thing=acteur/../x", 404),
        ("lang=de", 400), ("thing=https://example.org/x", 404), ("kind=periode", 200),
        ("kind=odd", 200), ("kind=odd&page=1", 404),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(client: FlaskClient, query: str, status: int) -> None:
    assert client.get(f"/feed.atom?{query}").status_code == status


@examples(max_examples=20)
@given(kind=st.text(max_size=20), thing=st.text(max_size=20), page=st.text(max_size=20))
def test_no_parameter_breaks_it(client: FlaskClient, kind: str, thing: str, page: str) -> None:
    for asked in ({"kind": kind}, {"thing": thing}, {"page": page}):
        assert client.get("/feed.atom", query_string=asked).status_code in (200, 400, 404)
