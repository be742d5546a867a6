"""What visitors come for, from the first page to the last, by the links and fields that they see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.service import Service

pytestmark = pytest.mark.browser


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh page, with JavaScript and without."""
    context = browser.new_context(
        java_script_enabled=request.param, locale="fr", viewport={"width": 1280, "height": 900}
    )
    yield context.new_page()
    context.close()


def follow(page: Page, text: str | re.Pattern[str]) -> None:
    """Follows the first link of the page itself with a text."""
    page.locator("main").get_by_role("link", name=text).first.click()


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()


def test_from_terrinclus_to_a_territory_abroad_and_back(service: Service, page: Page) -> None:
    page.goto(f"{service.url}/fr/")
    follow(page, re.compile("^Terrinclus$"))
    assert heading(page) == "Terrinclus"
    follow(page, "Département de la Savoie")
    follow(page, re.compile("^Savoie – Bignona$"))
    follow(page, re.compile("^Bignona"))
    assert "/fr/territoire/sn" in page.url
    assert "Bignona" in heading(page)
    follow(page, re.compile("^Savoie – Bignona$"))  # what points at the territory is on its page too
    assert "/fr/partenariat/savoie-bignona" in page.url
    follow(page, "Département de la Savoie")
    assert page.url.endswith("/fr/acteur/departement-73")
    follow(page, re.compile("^Terrinclus$"))
    assert page.url.endswith("/fr/projet/terrinclus")
    follow(page, "fait A18")
    assert "A18" in heading(page)
    page.get_by_role("link", name="English").click()
    assert page.url.endswith("/en/fait/A18")


def test_a_search_with_a_typo_narrowed_by_facets(service: Service, page: Page) -> None:
    page.goto(f"{service.url}/fr/a-propos")
    page.locator("#search").fill("savoei")
    page.locator("header").get_by_role("button", name="Rechercher").click()
    assert "savoie" in heading(page).lower()
    total = _number(heading(page))
    follow(page, re.compile("^Partenariats"))
    narrowed = _number(heading(page))
    assert 0 < narrowed < total
    assert all("/partenariat/" in str(link.get_attribute("href")) for link in _results(page))
    follow(page, "Retirer le filtre Type")
    assert _number(heading(page)) == total
    page.goto(f"{service.url}/fr/recherche?q=zzzzqqqq")
    assert _number(heading(page)) == 0
    assert page.locator("main a").count() > 1, "a way on"


def test_a_query_that_was_drawn_is_shared(service: Service, page: Page) -> None:
    page.goto(f"{service.url}/fr/carte")
    follow(page, "Voir comme une requête")
    assert urlsplit(page.url).path == "/sparql"
    follow(page, re.compile("^Carte$"))
    assert parse_qs(urlsplit(page.url).query)["view"] == ["map"]
    expect(page.locator("main svg.map").first).to_be_visible()
    shared = page.url
    page.goto(f"{service.url}/fr/")
    page.goto(shared)
    expect(page.locator("main svg.map").first).to_be_visible()
    assert page.locator("main tbody tr").count() > 5


def _results(page: Page) -> list[Locator]:
    return page.locator("main ol h2 a").all()


def _number(text: str) -> int:
    found = re.search(r"[\d\u202f\u00a0]+", text)
    return int(re.sub(r"\D", "", found[0])) if found else 0
