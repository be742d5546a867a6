"""Searching as a visitor does it: with a slip of the finger, by facets, by keys, and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from terrinclus_kg.server import assets
from tests.service import Service

pytestmark = pytest.mark.browser
built = pytest.mark.skipif("site.js" not in assets.assets(), reason="the scripts were not built")


@pytest.fixture
def page(browser: Browser) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    return context.new_page()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_typo_a_facet_and_back(service: Service, browser: Browser, scripts: bool) -> None:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{service.url}/fr/")
    page.fill("#search", "tnuisie")
    page.click("header button")
    expect(page.locator("h1")).to_have_text(re.compile("résultats pour «\u00a0tunisie\u00a0»"))
    page.get_by_role("link", name="Partenariats").and_(page.locator(".facets a")).click()
    expect(page.locator(".results > li")).to_have_count(2)
    expect(page.locator(".results .of").first).to_have_text(re.compile("^Partenariat"))
    page.get_by_role("link", name="Retirer le filtre Type").click()
    expect(page.locator(".chosen")).to_have_count(0)
    page.locator(".results a").first.click()
    expect(page.locator("h1")).to_have_text("Tunisie")
    context.close()


def test_filters_fold_on_a_small_screen(service: Service, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 700})
    page.goto(f"{service.url}/en/acteur")
    role = page.get_by_role("heading", name="Role")
    expect(role).to_be_hidden()
    page.locator(".facets summary").click()
    expect(role).to_be_visible()
    page.close()


@built
def test_suggestions_by_keys(service: Service, page: Page) -> None:
    page.goto(f"{service.url}/fr/")
    field = page.locator("#search")
    field.press_sequentially("loire atl")
    expect(page.get_by_role("option").first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    field.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True)
    expect(chosen).to_have_count(1)
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    field.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    field.press_sequentially("antique ")
    expect(page.get_by_role("option").first).to_be_visible()
    field.press("ArrowDown")
    name = page.get_by_role("option", selected=True).locator("bdi").inner_text()
    field.press("Enter")
    expect(page.locator("h1")).to_have_text(name)


@built
def test_enter_without_a_choice_searches(service: Service, page: Page) -> None:
    page.goto(f"{service.url}/en/")
    page.locator("#search").press_sequentially("maroc")
    expect(page.get_by_role("option").first).to_be_visible()
    page.locator("#search").press("Enter")
    expect(page.locator("h1")).to_have_text(re.compile("results for “maroc”"))
