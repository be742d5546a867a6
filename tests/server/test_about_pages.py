"""The pages about the site itself: who publishes it, how accessible it is, what the data are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from terrinclus_kg import resources
from terrinclus_kg.config import Settings, load_settings
from terrinclus_kg.errors import ConfigurationError
from terrinclus_kg.server import create_app
from tests.server.test_thing_pages import Reading
from tests.small_store import reading

PROSE = sorted((resources.root("web") / "templates" / "prose").glob("*.html"))


@pytest.mark.parametrize("name", ["a-propos", "accessibilite", "mentions-legales", "donnees", "api"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_each_page_is_there_in_both_languages(client: FlaskClient, name: str, lang: str) -> None:
    answer = client.get(f"/{lang}/{name}")
    assert answer.status_code == 200
    page = Reading(answer.text)
    assert len(page.all("h1")) == 1
    assert answer.headers["Content-Language"] == lang
    assert client.get(f"/{lang}/{name}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(f"/{lang}/{name}", headers={"Accept": "text/turtle"}).status_code == 406


def test_the_data_page_names_the_release_and_counts_facts_by_source(client: FlaskClient) -> None:
    text = Reading(client.get("/en/donnees").text).text
    assert "Terrinclus KG, release one of 1 January 2026" in text
    assert "/releases/one/sparql" in text


def test_the_legal_notice_says_that_nobody_has_named_the_operator(client: FlaskClient) -> None:
    assert "réglage «\u00a0operator\u00a0»" in client.get("/fr/mentions-legales").text
    assert "réglage «\u00a0contact\u00a0»" in client.get("/fr/accessibilite").text


def test_what_the_operator_says_is_told(small_home: Path) -> None:
    said = {"operator": "Musée <b>&</b> Cie", "operator_address": "1 rue d’Ici", "hosting": "Chez nous"}
    settings = Settings(home=small_home, contact="moi@example.org", **said)
    with reading(small_home) as reader:
        client = create_app(settings, reader).test_client()
        notice = client.get("/fr/mentions-legales").text
        about = client.get("/en/a-propos").text
    assert "Musée &lt;b&gt;&amp;&lt;/b&gt; Cie" in notice
    assert "1 rue d’Ici" in notice
    assert "Chez nous" in notice
    assert 'href="mailto:moi@example.org"' in notice
    assert 'href="mailto:moi@example.org"' in about


@pytest.mark.parametrize("contact", ["javascript:alert(1)", "somebody", "a@b c", "ftp://example.org/"])
def test_a_contact_is_an_address(contact: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERRINCLUS_CONTACT", contact)
    with pytest.raises(ConfigurationError, match="contact"):
        load_settings()


@pytest.mark.parametrize("file", PROSE, ids=lambda file: file.name)
def test_each_text_stands_in_both_languages_and_french_is_set_as_french(file: Path) -> None:
    if "." not in file.stem:
        return
    name, lang = file.stem.split(".")
    assert (file.parent / f"{name}.{ {'fr': 'en', 'en': 'fr'}[lang] }.html").is_file()
    if lang == "fr":
        plain = re.sub(r"\{[%{].*?[%}]\}|<[^>]*>", "", file.read_text(encoding="utf-8"))
        assert not re.search(r"[^\u00a0\u202f][:;!?»]|«[^\u00a0]|'", plain)
