"""An export as its visitors meet it: from home to a fact, under a path, from a disk, with and without scripts."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from terrinclus_kg.export.checking import Checker, linking
from terrinclus_kg.rdf.formats import JSON_LD, TURTLE
from tests.browser.conftest import ARGUMENTS, chromium
from tests.export.conftest import command

ACTORS = {"fr": "Acteurs", "en": "Actors"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = chromium()
    if executable is None:
        pytest.skip("Chromium is missing: install it (apt install chromium) to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def faults() -> list[str]:
    return []


def opened(browser: Browser, faults: list[str], *, scripts: bool) -> Page:
    page = browser.new_context(java_script_enabled=scripts).new_page()
    page.on("response", lambda answer: faults.append(answer.url) if answer.status >= 400 else None)
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    return page


def walk(page: Page, language: str) -> None:
    """From wherever the home page is to a fact, by links alone."""
    if language == "en":
        page.click("a.language")
    page.locator("footer.site a", has_text=ACTORS[language]).first.click()
    page.locator("main").get_by_role("link", name="Journal", exact=True).first.click()
    assert page.locator("h1").inner_text() == "Journal"
    page.locator("main a[href*='fait/Z02/']").first.click()
    said = {"fr": "Le journal a une page", "en": "The journal has a page"}[language]
    assert said in page.locator("main").inner_text()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_it_can_be_followed_from_home_to_a_fact(
    browser: Browser, served: str, faults: list[str], language: str, scripts: bool
) -> None:
    page = opened(browser, faults, scripts=scripts)
    page.goto(f"{served}/{'' if scripts else 'fr/'}")
    page.wait_for_url(f"{served}/fr/**")
    walk(page, language)
    assert page.url == f"{served}/{language}/fait/Z02/index.html"
    assert {"fr": "copie", "en": "copy"}[language] in page.locator("footer .copied").inner_text()
    assert faults == []


def test_it_can_be_read_from_a_disk(browser: Browser, small: Path, faults: list[str]) -> None:
    page = opened(browser, faults, scripts=False)
    page.goto((small / "www/kg/fr/index.html").as_uri())
    walk(page, "fr")
    assert page.locator("header.site").bounding_box() is not None
    assert [fault for fault in faults if ".css" in fault] == []


def test_it_offers_nothing_that_does_nothing(browser: Browser, served: str, faults: list[str]) -> None:
    page = opened(browser, faults, scripts=True)
    page.goto(f"{served}/fr/acteur/")
    assert page.locator("form").count() == 0
    assert page.locator("a[href*='sparql']").count() == 0
    page.goto(f"{served}/fr/api/")
    assert "/data/" in page.locator("main pre").all_inner_texts()[0]
    assert not [text for text in page.locator("main pre").all_inner_texts() if "sparql" in text or "reconcile" in text]
    page.goto(f"{served}/ns/lang=en/index.html")
    assert page.locator("html").get_attribute("lang") == "en"
    assert faults == []


def test_documents_have_the_type_of_their_suffix_and_the_bytes_of_the_service(served: str) -> None:
    with urllib.request.urlopen(f"{served}/data/acteur/journal.ttl") as answer:
        quads = list(ox.parse(answer.read(), format=TURTLE.rdf))
    assert any(quad.object == ox.Literal("Journal", language="fr") for quad in quads)
    with urllib.request.urlopen(f"{served}/questions.json") as answer:
        assert answer.headers.get_content_type() == "application/json"
        assert json.load(answer)


def test_an_identifier_leads_to_the_page_and_to_the_data(browser: Browser, served: str, faults: list[str]) -> None:
    with urllib.request.urlopen(f"{served}/id/acteur/journal/") as answer:
        assert (
            '<link rel="alternate" type="text/turtle" href="../../../data/acteur/journal.ttl">'
            in answer.read().decode()
        )
    page = opened(browser, faults, scripts=False)
    page.goto(f"{served}/id/acteur/journal/")
    page.wait_for_url(f"{served}/fr/acteur/journal/**")
    assert faults == []


def test_what_programs_read_is_well_formed_and_leads_to_files(small: Path) -> None:
    folder, base = small / "www/kg", "https://copy.example/kg"
    feed = ElementTree.fromstring((folder / "feed.lang=en.atom").read_text())
    links = [
        link.get("href", "") for link in feed.iter("{http://www.w3.org/2005/Atom}link") if link.get("rel") != "license"
    ]
    assert f"{base}/en/acteur/journal/index.html" in links
    assert all((folder / link.removeprefix(f"{base}/")).is_file() for link in links)
    catalogue = {
        str(part) for quad in ox.parse((folder / "catalog.jsonld").read_bytes(), format=JSON_LD.rdf) for part in quad
    }
    assert f"<{base}/ns.ttl#file>" in catalogue
    told = (folder / "catalog.jsonld").read_text() + (folder / "llms.txt").read_text()
    assert [word for word in ("graph-store", "endpointURL", "/limits", "copy.invalid") if word in told] == []
    assert f"{base}/data/{{kind}}/{{key}}.ttl" in (folder / "llms.txt").read_text()


def test_a_key_that_is_like_a_file_has_its_page(served: str) -> None:
    with urllib.request.urlopen(f"{served}/fr/projet/page-2/index.html=/index.html") as answer:
        html = answer.read().decode()
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html


def test_crawlers_find_all_pages_under_the_address_of_the_copy(small: Path) -> None:
    folder = small / "www/kg"
    assert "Sitemap: https://copy.example/kg/sitemap.xml" in (folder / "robots.txt").read_text()
    parts = "".join(path.read_text() for path in folder.glob("sitemap*.xml"))
    assert "<loc>https://copy.example/kg/fr/fait/Z01/index.html</loc>" in parts
    assert "recherche" not in parts
    assert "https://copy.example/kg/fr/index.html" in (folder / "404.html").read_text()
    leftovers = [path for path in folder.rglob("*") if path.is_file() and b"copy.invalid" in path.read_bytes()]
    assert leftovers == []


def test_a_broken_link_is_found_and_named(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    shutil.copytree(small / "www/kg", folder)
    page = folder / "fr/fait/Z01/index.html"
    (folder / "x.json").write_text(
        '{"a": "https://copy.example/kg/nowhere", "b": "https://copy.example/kg/catalog.jsonld#x"}'
    )
    page.write_text(page.read_text().replace("</main>", '<a href="../Z99/index.html">?</a><img src="x.png"></main>'))
    (folder / "fr/fait/lien-1/index.html").unlink()
    base = "https://copy.example/kg"
    broken = Checker(folder, base, base).broken(linking(folder, base))
    told = {str(one) for one in broken}
    assert "fr/fait/Z01/index.html: ../Z99/index.html leads to no file" in told
    assert "fr/fait/Z01/index.html: x.png leads to no file" in told
    gone = ("Z99/index.html", "Z01/x.png", "lien-1/index.html")
    assert {one.target for one in broken} == {f"fr/fait/{name}" for name in gone} | {"nowhere"}
    assert any(one.page.startswith("sitemap") for one in broken)


def test_a_suffix_that_nothing_has_is_refused(small: Path, tmp_path: Path) -> None:
    for suffix in ("exe", "html"):
        done = command(small / "home", tmp_path / "kg", "--without", suffix)
        assert done.returncode == 2
        assert "jsonld" in done.stderr


def test_a_folder_that_holds_something_else_is_refused(small: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    done = command(small / "home", tmp_path)
    assert done.returncode == 1
    assert "holds what no export has written" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
