"""Every page of the site, in both languages: in a real browser, once with our data and once with hostile ones.

What is found of a page is told together, so that one run shows all there is to mend.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from terrinclus_kg.config import Settings
from terrinclus_kg.ingest import pipeline
from tests.browser import checks, hostile
from tests.browser.checks import NARROW, NARROWEST, WIDE, Visit, visiting
from tests.browser.listed import ALL, ONCE, Listed, name
from tests.service import Service, running
from tests.shared import shared

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("tools")]
each_page = pytest.mark.parametrize(("listed", "language"), ALL, ids=[name(*each) for each in ALL])


@pytest.fixture(scope="module")
def visit(service: Service, browser: Browser) -> Iterator[Visit]:
    with visiting(browser, service.url) as visit:
        yield visit


@pytest.fixture(scope="module")
def plain_visit(service: Service, browser: Browser) -> Iterator[Visit]:
    """Without JavaScript."""
    with visiting(browser, service.url, scripts=False) as visit:
        yield visit


@pytest.fixture(scope="session")
def hostile_service(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Service]:
    """The service on a release that is hostile, built once for all test processes."""
    with shared(tmp_path_factory, worker_id, "hostile") as folder:
        if not (folder / "data").exists():
            pipeline.build(Settings(home=folder / "home"), hostile.material(folder / "data"))
    with running(folder / "home") as service:
        yield service


@pytest.fixture(scope="module")
def hostile_visit(hostile_service: Service, browser: Browser) -> Iterator[Visit]:
    with visiting(browser, hostile_service.url) as visit:
        yield visit


@each_page
def test_a_page_is_clean(visit: Visit, plain_visit: Visit, listed: Listed, language: str) -> None:
    found = checks.everything(visit, plain_visit, listed.in_language(language), listed.status)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("listed", "language"), ONCE, ids=[name(*each) for each in ONCE])
def test_a_page_with_hostile_labels_is_clean(hostile_visit: Visit, listed: Listed, language: str) -> None:
    assert hostile_visit.go(listed.in_language(language)) == listed.status
    found = [*hostile_visit.complaints, *(f"asks {url}" for url in hostile_visit.foreign)]
    found += checks.sideways(hostile_visit, NARROWEST) + checks.sideways(hostile_visit, WIDE)
    found += checks.accessibility(hostile_visit, NARROW, "light") + checks.accessibility(hostile_visit, WIDE, "dark")
    page = hostile_visit.page
    assert page.locator("img[src=x]").count() == 0
    assert page.locator("a[href^='javascript:'], a[href^='data:']").count() == 0
    assert not set("\u202e\u202c\u2066\u2069\u200f") & set(page.content())
    assert not found, "\n".join(found)


def test_hostile_labels_are_really_shown(hostile_visit: Visit) -> None:
    hostile_visit.go("/fr/acteur")
    text = hostile_visit.page.locator("main").inner_text()
    shown = [each for each in hostile.TEXTS if each[:20] in text]
    assert hostile.MARKUP in shown
    assert len(shown) >= 4


def test_the_checks_find_what_is_wrong(browser: Browser, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<!doctype html><html lang=fr><title>x</title><main><h1>x</h1><p tabindex=0 style='outline: none'>some words"
        "<a href=y style='color:#eee;background:#fff'>a link</a><p style='width:900px'>wide<script>"
        "console.error('a fault'); document.querySelector('a').onkeydown = event => event.preventDefault()</script>"
    )
    with visiting(browser, tmp_path.as_uri()) as visit:
        visit.page.goto(bad.as_uri())
        assert visit.complaints == ["a fault"]
        assert any("color-contrast" in each for each in checks.accessibility(visit, WIDE, "light"))
        assert "too wide" in checks.sideways(visit, NARROWEST)[0]
        found = " / ".join(checks.keyboard(visit))
        for fault in ("the first stop is not the skip link", "focus is not to be seen", "Tab stays at a a link"):
            assert fault in found
