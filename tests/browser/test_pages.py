"""What a person sees: pages fit the screen, work without JavaScript, and ask nothing of other hosts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.service import Service

pytestmark = pytest.mark.browser

PAGES = [
    "/{}/",
    "/{}/projet",
    "/{}/projet/terrinclus",
    "/{}/acteur/adf",
    "/{}/personne/andre-viola",
    "/{}/evenement/restitution-2017-03-27",
    "/{}/territoire/departement-44",
    "/{}/odd/10.2",
    "/{}/fait/A01",
    "/{}/source/villes-de-france-ondes-urbaines-460",
    "/sparql?lang={}",
    "/limits?lang={}",
    "/releases?lang={}",
    "/{}/nothing/here",
]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_clean_and_fit(service: Service, browser: Browser, path: str, language: str) -> None:
    expected = 404 if "nothing" in path else 200
    for width, script in ((320, False), (1280, True)):
        context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
        page = context.new_page()
        complaints: list[str] = []
        foreign: list[str] = []
        page.on("console", lambda message, c=complaints: c.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error, c=complaints: c.append(str(error)))
        page.on("request", lambda r, f=foreign: f.append(r.url) if not r.url.startswith(service.url) else None)
        answer = page.goto(service.url + path.format(language))
        assert answer is not None
        assert answer.status == expected
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("h1").count() == 1
        assert page.locator("main").count() == 1
        if script:
            excess = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        else:
            excess = (page.locator("html").bounding_box() or {"width": 0})["width"] - width
        assert excess <= 0, f"{path} is {excess} px too wide at {width} px"
        assert foreign == []
        assert [c for c in complaints if "404" not in c] == []
        context.close()


def test_a_visitor_follows_links_from_the_project_to_its_source(service: Service, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{service.url}/fr/projet/terrinclus")
    page.locator("main a[href*='/fr/fait/A01']").first.click()
    assert page.url.endswith("/fr/fait/A01")
    page.locator("main a[href*='/fr/source/villes-de-france-ondes-urbaines-460']").first.click()
    assert page.url.endswith("/fr/source/villes-de-france-ondes-urbaines-460")
    assert page.locator("main a[href*='/fr/fait/']").count() >= 24
    context.close()


def test_a_form_asks_a_query_without_javascript(service: Service, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{service.url}/sparql")
    page.locator("textarea[name=query]").fill("ASK { ?s ?p ?o }")
    with page.expect_response(lambda response: "/sparql" in response.url) as answered:
        page.locator("form:has(textarea[name=query]) [type=submit]").first.click()
    assert answered.value.status == 200
    context.close()


def test_an_involvement_does_not_borrow_what_other_sources_say(service: Service, browser: Browser) -> None:
    """That Viola presides since 2011 is said by another source than the one that has him chair the meeting."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{service.url}/fr/evenement/restitution-2017-03-27")
    shown = page.locator("main").inner_text()
    assert "fait B02" in shown
    assert "2011" not in shown
