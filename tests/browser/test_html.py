"""Every page of the site, as it comes over the wire: its head, its weight, and whether it is HTML."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from werkzeug.exceptions import NotFound

from terrinclus_kg.config import Settings
from terrinclus_kg.server import create_app
from tests.browser.checks import TOOLS
from tests.browser.listed import ALL, PAGES, Listed, name
from tests.server.test_thing_pages import Reading
from tests.service import Service, fetch

PAGE, SHEET = 30, 12  # kB, compressed
each_page = pytest.mark.parametrize(("listed", "language"), ALL, ids=[name(*each) for each in ALL])


def html(service: Service, path: str) -> str:
    return fetch(service.url + path, Accept="text/html").text


@each_page
def test_the_head_says_what_page_this_is(service: Service, listed: Listed, language: str) -> None:
    answer = fetch(service.url + listed.in_language(language), Accept="text/html")
    page = Reading(answer.text)
    assert answer.status == listed.status
    assert page.all("html")[0]["lang"] == language
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
    title = re.search(r"<title>(.*?)</title>", answer.text, re.DOTALL)
    assert title
    assert len(title[1].strip()) > len("Terrinclus KG")
    links = [link for link in page.all("link") if link.get("rel") in ("canonical", "alternate")]
    if listed.status == 200:
        assert_leads_to_its_translation(service, links, language)


def assert_leads_to_its_translation(service: Service, links: list[dict[str, str | None]], language: str) -> None:
    """One canonical address, and pages in both languages that name each other as such."""
    canonical = [link["href"] for link in links if link["rel"] == "canonical"]
    assert len(canonical) == 1
    there = {link["hreflang"]: str(link["href"]) for link in links if link.get("hreflang")}
    assert {"fr", "en", "x-default"} <= there.keys()
    other = Reading(html(service, there["fr" if language == "en" else "en"].removeprefix(service.url)))
    back = {link["hreflang"]: link["href"] for link in other.all("link") if link.get("hreflang")}
    assert back == there


@each_page
def test_a_page_is_light(service: Service, listed: Listed, language: str) -> None:
    text = html(service, listed.in_language(language))
    page = Reading(text)
    sheets = [str(link["href"]) for link in page.all("link") if link.get("rel") == "stylesheet"]
    scripts = [str(script["src"]) for script in page.all("script") if script.get("src")]
    assert all(link.get("integrity") for link in [*page.all("script"), *page.all("link")] if link.get("src"))
    assert compressed(text.encode()) <= PAGE
    assert sum(compressed(fetch(service.url + path).body) for path in sheets) <= SHEET
    assert sum(compressed(fetch(service.url + path).body) for path in scripts) <= listed.scripts


def compressed(data: bytes) -> float:
    return len(gzip.compress(data, 9)) / 1000


@pytest.mark.usefixtures("tools")
def test_pages_are_html(service: Service, tmp_path: Path) -> None:
    java = shutil.which("java")
    if java is None:
        reason = "Java is missing: install it (apt install default-jre-headless) to run the HTML checker"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    paths = {f"{number}.html": page.in_language(language) for number, (page, language) in enumerate(ALL)}
    for file, path in paths.items():
        (tmp_path / file).write_text(html(service, path), encoding="utf-8")
    checker = TOOLS / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = [java, "-Xss4m", "-jar", str(checker), "--format", "json", "--exit-zero-always", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stderr)["messages"]
    assert [f"{paths[Path(each['url']).name]}: {each['message']} … {each.get('extract', '')}" for each in told] == []


def test_every_kind_of_page_is_listed() -> None:
    urls = create_app(Settings(home=Path("unused")))
    bound = urls.url_map.bind("localhost")
    covered = set()
    for page in PAGES:
        try:
            covered.add(bound.match(page.in_language("fr").partition("?")[0])[0])
        except NotFound:
            continue
    rules = {rule.endpoint for rule in urls.url_map.iter_rules() if rule.rule.startswith("/<any(fr, en):lang>/")}
    assert rules - covered == set(), "add a page of this kind to tests/browser/listed.py"
