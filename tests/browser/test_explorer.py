"""The network, by keyboard alone, without JavaScript, and for those who want no motion."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from terrinclus_kg.server import assets
from tests.service import Service

pytestmark = pytest.mark.browser
START = "/fr/reseau?centre=projet/terrinclus"
built = pytest.mark.skipif("explorer.js" not in assets.assets(), reason="the scripts were not built")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []
    context.close()


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('data-id') || document.activeElement.textContent"))


@built
def test_a_reader_explores_by_keyboard_alone(page: Page, service: Service) -> None:
    page.goto(service.url + START)
    page.wait_for_selector(".stage a")
    page.get_by_role("button", name="Agrandir").focus()
    box = page.locator(".stage").get_attribute("viewBox")
    page.keyboard.press("Enter")
    assert page.locator(".stage").get_attribute("viewBox") != box
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.stage') !== null"):
            break
    assert focused(page).endswith("/projet/terrinclus")
    page.keyboard.press("ArrowRight")
    reached = focused(page)
    assert not reached.endswith("/projet/terrinclus")
    assert page.locator(".stage a[tabindex='0']").count() == 1
    before = page.locator(".stage a").count()
    page.keyboard.press("e")
    expect(page.locator("#explorer [role=status]")).to_contain_text("ajoutés autour de")
    assert page.locator(".stage a").count() >= before
    assert focused(page) == reached
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/fr/{reached.partition('/id/')[2] or '**'}")


@built
def test_kinds_can_be_hidden_and_shown_again(page: Page, service: Service) -> None:
    page.goto(service.url + START)
    page.wait_for_selector(".stage a")
    actors = page.locator(".stage a.k-acteur")
    number = actors.count()
    assert number > 5
    page.locator(".tools").get_by_label("acteurs").uncheck()
    assert actors.count() == 0
    page.locator(".tools").get_by_label("acteurs").check()
    assert actors.count() == number


@built
def test_who_wants_no_motion_sees_none(page: Page, service: Service) -> None:
    page.goto(service.url + START)
    page.wait_for_selector(".stage a")
    places = "[...document.querySelectorAll('.stage a')].map((a) => a.getAttribute('transform')).join()"
    before = page.evaluate(places)
    page.wait_for_timeout(300)
    assert page.evaluate(places) == before


@built
def test_the_drawing_stays_where_data_cannot_be_read(page: Page, service: Service) -> None:
    page.route(re.compile("format=json"), lambda route: route.fulfill(json={}, status=200))
    page.goto(service.url + START)
    page.wait_for_load_state("networkidle")
    assert page.locator("#explorer svg[role=img]").count() == 1
    assert page.locator(".stage").count() == 0


def test_without_javascript_the_page_is_whole(browser: Browser, service: Service) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(service.url + START)
    assert page.locator("#explorer svg[role=img]").count() == 1
    page.get_by_label("projets", exact=True).uncheck()
    page.get_by_role("button", name="Afficher").click()
    assert "kind=acteur" in page.url
    assert page.locator("table a[href^='/fr/projet/']").count() > 0
    page.locator("table a", has_text="centrer ici").first.click()
    assert "centre=" in page.url
    page.locator("main table").first.locator("th a").first.click()
    assert page.locator("h1").count() == 1


def test_labels_stay_within_the_drawing_in_a_real_font(browser: Browser, service: Service) -> None:
    """What the geometry reckons with is no less than what the browser draws."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{service.url}/fr/chronologie")
    covered = page.evaluate(
        """() => {
          const boxes = [...document.querySelectorAll('.timeline g text')].map((text) => text.getBBox());
          const wide = document.querySelector('.timeline').viewBox.baseVal.width;
          return boxes.filter((b) => b.x < -1 || b.x + b.width > wide + 1).length;
        }"""
    )
    assert covered == 0
