"""What a person sees: pages fit the screen, work without JavaScript, and ask nothing of other hosts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser

from tests.browser.checks import everything, visiting
from tests.service import Service, running

pytestmark = pytest.mark.browser

SECRET = "correct-horse-battery-staple-of-a-test"
LONG = "http://example.org/a-graph-with-a-name/" + "too-long-for-a-telephone/" * 4


@pytest.fixture(scope="module")
def changed(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service after two writes: a long update, and a graph with a long name."""
    copy = tmp_path_factory.mktemp("changed") / "home"
    shutil.copytree(home, copy, symlinks=True)
    notes = "".join(f'<http://example.org/{n}> <http://example.org/note> "note {n}" . ' for n in range(200))
    with running(copy, token=SECRET) as service:
        _write(service, "POST", "/update", "application/sparql-update", f"INSERT DATA {{ {notes} }}")
        _write(service, "PUT", f"/graph-store?graph={quote(LONG)}", "text/turtle", "<http://e/s> <http://e/p> 1 .")
        yield service


def _write(service: Service, method: str, path: str, media_type: str, body: str) -> None:
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": media_type}
    with urlopen(Request(service.url + path, body.encode(), headers, method=method), timeout=300) as answer:
        assert answer.status in (201, 204)


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_changes_are_clean(changed: Service, browser: Browser, language: str) -> None:
    with visiting(browser, changed.url) as visit, visiting(browser, changed.url, scripts=False) as plain:
        plain.go(f"/changes?lang={language}")
        assert any(LONG in line for line in plain.text())
        addresses = [link.get_attribute("href") for link in plain.page.locator("main tbody a").all()]
        assert len(addresses) == 2
        for address in (f"/changes?lang={language}", *addresses):
            found = everything(visit, plain, str(address))
            assert not found, "\n".join(found)


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_releases_and_what_they_changed_are_clean(changed: Service, browser: Browser, language: str) -> None:
    with visiting(browser, changed.url) as visit, visiting(browser, changed.url, scripts=False) as plain:
        with urlopen(changed.url + "/sparql?query=ASK%7B%7D", timeout=60) as answer:
            release = answer.headers["Terrinclus-Release"]
        for address in (f"/releases/{release}?lang={language}", f"/releases/{release}/diff?lang={language}"):
            found = everything(visit, plain, address)
            assert not found, "\n".join(found)
        assert plain.page.locator(f"main a[href='/releases/{release}/added.nq.gz']").count()


def test_a_change_says_what_it_does_not_show(changed: Service, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{changed.url}/changes?lang=en")
    page.locator("main tbody a").last.click()
    assert "Its first 10,000 characters" in page.locator("main").inner_text()
    assert "Only the first 100" in page.locator("main").inner_text()
    whole = page.locator("main a", has_text="JSON").get_attribute("href")
    assert "note 199" in page.request.get(changed.url + str(whole)).json()["update"]


@pytest.mark.parametrize(("path", "column"), [("/limits", "Valeur"), ("/releases", "Triplets")])
def test_a_row_is_read_without_scrolling_on_a_telephone(
    service: Service, browser: Browser, path: str, column: str
) -> None:
    page = browser.new_context(viewport={"width": 360, "height": 800}).new_page()
    page.goto(f"{service.url}{path}?lang=fr")
    cell = page.locator(f"tbody td[data-heading={column}]").first
    box = cell.bounding_box()
    assert box
    assert box["x"] + box["width"] <= 360
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") != "none"


def test_each_page_leads_to_limits_releases_and_changes(service: Service, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    for name, other in (("limites", "limits"), ("versions", "releases"), ("Modifications", "Changes")):
        page.goto(f"{service.url}/fr/projet/terrinclus")
        page.locator("footer a", has_text=name).click()
        assert page.locator("footer a[aria-current=page]").count() == 1
        page.locator("a.language").click()
        assert other in page.locator("h1").inner_text()


def test_an_error_leads_to_the_limit_that_was_met(service: Service, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False, locale="fr").new_page()
    page.goto(f"{service.url}/sparql?query={quote('ASK ' + '{' * 200 + '}' * 200)}")
    page.locator("main .problem a[href*='/limits']").click()
    assert page.url.endswith("#query_depth")
    assert page.locator("#query_depth").count() == 1


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
