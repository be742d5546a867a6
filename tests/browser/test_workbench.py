"""The editor of queries, as somebody writes with it: at a keyboard, in both languages, with and without scripts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from terrinclus_kg import resources
from tests.service import Service

pytestmark = pytest.mark.browser
AXE = resources.root("web") / "node_modules" / "axe-core" / "axe.min.js"
BUILT = resources.root("web") / "static" / "dist" / "manifest.json"
TI = "PREFIX ti: <https://w3id.org/terrinclus/ns#>\n"


@pytest.fixture(autouse=True)
def _built() -> None:
    if not (BUILT.is_file() and AXE.is_file()):
        reason = "the scripts of the pages were not built: run `python web/build.py --dev`"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


@contextmanager
def opened(browser: Browser, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what its browser complains about."""
    context = browser.new_context(**options)
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page, complaints
    context.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with opened(browser, viewport={"width": 1280, "height": 900}) as (page, complaints):
        yield page
        assert complaints == []


def write(page: Page, service: Service, text: str, language: str = "fr") -> None:
    """Opens the workbench and writes a text with the keyboard, in place of the example."""
    page.goto(f"{service.url}/sparql?lang={language}")
    page.locator("[data-vocabulary]").wait_for(state="attached")
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type(text)


def written(page: Page) -> str:
    return page.locator("textarea[name=query]").input_value()


def offers(page: Page) -> list[str]:
    """The offers for what was written last, once Enter takes one.

    CodeMirror greys a list that is older than the text, and for 75 ms takes Enter for a new line.
    """
    settled = page.locator(".cm-tooltip-autocomplete:not(.cm-tooltip-autocomplete-disabled)")
    settled.wait_for()
    page.wait_for_timeout(100)
    settled.wait_for()
    return settled.locator("li").all_inner_texts()


def test_a_query_is_completed_from_what_the_graph_has(service: Service, page: Page) -> None:
    write(page, service, "SELECT * WHERE { ?p a coop")
    assert "projet de coopération" in offers(page)[0]
    page.keyboard.press("Enter")
    assert written(page).startswith(TI + "SELECT * WHERE { ?p a ti:CooperationProject")
    page.keyboard.type(" ; nom")
    found = offers(page)
    assert "skos:prefLabel" in found[0]
    assert "de cette classe" in found[0]
    page.keyboard.press("Enter")
    page.keyboard.type(" ?n . ?n skos:broader ?x . ")
    page.keyboard.type("?")
    assert {text.strip() for text in offers(page)} >= {"?p", "?n"}
    page.keyboard.press("Escape")
    assert "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n" in written(page)


def test_a_prefix_is_declared_as_it_is_typed_and_taken_back_at_once(service: Service, page: Page) -> None:
    write(page, service, "ASK { ?s foaf")
    page.keyboard.type(":")
    assert written(page).startswith("PREFIX foaf: <http://xmlns.com/foaf/0.1/>\nASK { ?s foaf:")
    page.keyboard.press("Escape")
    page.keyboard.type("name ?n")
    assert "foaf:name ?n" in written(page)


def test_a_term_is_told_under_the_pointer_and_at_the_cursor(service: Service, page: Page) -> None:
    write(page, service, TI + "ASK { ?s a ti:CooperationProject }")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    told = page.locator(".term-at-cursor")
    expect(told).to_contain_text("projet de coopération")
    assert told.locator("[lang=en]").count() == 2
    page.locator(".cm-line span", has_text="ti:CooperationProject").hover()
    expect(page.locator(".cm-tooltip-hover")).to_contain_text("projet de coopération")
    told.locator("a").click()
    assert page.url == f"{service.url}/ns?lang=fr#CooperationProject"


@pytest.mark.parametrize(
    ("text", "line", "column", "marked"),
    [
        ("ASK {\n\t?s nope:p '😀' }", 2, 5, "nope:p"),
        ("ASK { ?s ?p '😀😀' . ?s nope:p 1 }", 1, 23, "nope:p"),
        ("ASK {\n  ?s ?p }", 2, 9, "}"),
    ],
)
def test_a_fault_is_marked_where_it_is(
    service: Service, page: Page, text: str, line: int, column: int, marked: str
) -> None:
    write(page, service, "")
    page.keyboard.insert_text(text)
    verdict = page.locator(".verdict[role=status]")
    expect(verdict).to_contain_text(f"Ligne {line}, colonne {column}\u00a0:")
    expect(page.locator(".cm-lintRange-error").first).to_have_text(marked)
    verdict.locator("button").first.click()
    page.keyboard.type("X")
    assert f"X{marked}" in written(page)


def test_a_fault_of_a_sent_query_is_marked_too(service: Service, browser: Browser) -> None:
    with opened(browser) as (page, _):  # whose console tells the status of the page
        page.goto(f"{service.url}/sparql?lang=en&query={quote(f'ASK {{{chr(13)}{chr(10)} ?s no:p 1 }}')}")
        expect(page.locator(".cm-lintRange-error")).to_have_text("no:p")
        page.locator("a[data-line]").click()
        page.keyboard.type("X")
        assert "?s Xno:p 1" in written(page)


def test_a_slip_is_mended_by_a_button(service: Service, page: Page) -> None:
    write(page, service, "")
    page.keyboard.insert_text(TI + "SELECT ?x { ?x a ti:CooperationProjet }")
    expect(page.locator(".verdict")).to_contain_text("Vouliez-vous dire ti:CooperationProject\u202f?")
    page.locator(".cm-lintRange-warning").hover()
    page.locator(".cm-diagnosticAction").first.click()
    assert "a ti:CooperationProject }" in written(page)
    expect(page.locator(".verdict")).to_contain_text("La requête se lit sans faute.")


def test_the_keyboard_is_enough(service: Service, page: Page) -> None:
    write(page, service, "")
    page.keyboard.insert_text("select*{?s ?p ?o}limit 2")
    page.keyboard.press("Shift+Alt+F")
    assert written(page) == "SELECT* {\n  ?s ?p ?o\n}\nLIMIT 2"
    page.keyboard.press("Control+z")
    assert written(page) == "select*{?s ?p ?o}limit 2"
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.shadowRoot")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.shadowRoot !== null")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    expect(page.locator(".answer tbody tr")).to_have_count(2)
    expect(page.locator(".cm-content")).to_contain_text("limit 2")


def test_the_label_leads_into_the_editor(service: Service, page: Page) -> None:
    write(page, service, "", "en")
    assert page.get_by_role("textbox", name="Query", exact=True).count() == 1
    page.locator("h1").click()
    page.locator("label[for=query]").click()
    page.keyboard.type("ASK")
    assert written(page) == "ASK"


def test_what_was_not_sent_is_there_again(service: Service, page: Page) -> None:
    write(page, service, "ASK { # a draft")
    page.goto(f"{service.url}/sparql?lang=fr")
    expect(page.locator(".cm-content")).to_contain_text("# a draft")
    page.goto(f"{service.url}/sparql?lang=fr&question=q05-departements-participants")
    expect(page.locator(".cm-content")).to_contain_text("cv:hasParticipation")


def test_a_long_query_is_sent_as_a_form(service: Service, page: Page) -> None:
    write(page, service, "")
    page.keyboard.insert_text("ASK {} #" + "é" * 6000)
    with page.expect_navigation():
        page.locator("form.sparql button[type=submit]").click()
    assert page.url.startswith(f"{service.url}/sparql")
    assert "query=" not in page.url
    expect(page.locator(".truth")).to_be_visible()


def test_examples_are_searched(service: Service, page: Page) -> None:
    page.goto(f"{service.url}/sparql?lang=fr")
    page.locator("#examples summary").click()
    page.locator("#examples input").fill("departements participe")
    expect(page.locator("#examples a:visible")).to_have_count(1)
    page.locator("#examples a:visible").click()
    expect(page.locator(".cm-content")).to_contain_text("igeo:Departement")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_axe_finds_nothing(service: Service, browser: Browser, language: str, width: int, scheme: Any) -> None:
    viewport = {"width": width, "height": 900}
    with opened(browser, viewport=viewport, color_scheme=scheme, bypass_csp=True) as (page, _):
        write(page, service, TI + "# note\nASK { ?x a ti:Fact ; ti:locatr 'x'@fr . FILTER(lang(?x) = 1) } ", language)
        page.keyboard.press("Escape")
        expect(page.locator(".cm-lintRange").first).to_be_visible()
        page.locator("#examples summary").click()
        page.add_script_tag(path=AXE)
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator(".cm-content").focus()
        page.keyboard.press("Control+Home")
        page.keyboard.type("ASK { ?x a ")
        page.keyboard.press("Control+Space")
        offers(page)
        assert findings(page) == []


def findings(page: Page) -> list[str]:
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "RGAAv4"]
    found = page.evaluate("tags => axe.run({ runOnly: tags })", tags)["violations"]
    return [
        f"{rule['id']}: {node['html'][:300]} {node['failureSummary'][:300]}" for rule in found for node in rule["nodes"]
    ]


def test_the_policy_of_the_page_is_kept(service: Service, browser: Browser) -> None:
    with opened(browser) as (page, complaints):
        page.add_init_script("addEventListener('securitypolicyviolation', e => console.error(e.violatedDirective))")
        write(page, service, "ASK { ?s ti:x 1 ; skos:prefLabel ?l ")
        page.keyboard.press("Control+Space")
        offers(page)
        expect(page.locator(".cm-lintRange").first).to_be_visible()
        assert complaints == []


@pytest.mark.parametrize("how", ["off", "blocked", "broken"])
def test_without_the_script_the_form_is_left(service: Service, browser: Browser, how: str) -> None:
    with opened(browser, java_script_enabled=how != "off") as (page, _):
        if how != "off":
            content = "" if how == "blocked" else "throw new Error('broken')"
            page.route("**/workbench-*.js", lambda r: r.abort() if how == "blocked" else r.fulfill(body=content))
        page.goto(f"{service.url}/sparql?lang=fr")
        page.locator("textarea[name=query]").fill("ASK { ?s ?p ?o }")
        with page.expect_navigation():
            page.locator("form.sparql button[type=submit]").click()
        assert page.locator(".truth").is_visible()


def test_what_fails_in_the_editor_leaves_the_text_area(service: Service, browser: Browser) -> None:
    with opened(browser) as (page, _):
        page.add_init_script("Element.prototype.attachShadow = () => { throw new Error('no shadow') }")
        page.goto(f"{service.url}/sparql?lang=fr")
        page.locator("textarea[name=query]").fill("ASK { ?s ?p ?o }")
        assert page.locator("textarea[name=query]").is_visible()


HOSTILE = "<img src=x onerror=alert(1)>\u202eevil </script><script>alert(2)</script> ]]> " + "long" * 300


def test_hostile_labels_are_text(service: Service, browser: Browser) -> None:
    iri = "https://w3id.org/terrinclus/ns#Evil"
    told = {"label": {"fr": HOSTILE, "ar": "مشروع"}, "definition": {"fr": HOSTILE}}
    listed = {
        "prefixes": {"ti": "https://w3id.org/terrinclus/ns#"},
        "classes": [{"iri": iri, "count": 1, "properties": {}}],
        "properties": [{"iri": "javascript:alert(3)", "count": 1}],
        "terms": {iri: told},
    }

    def answer(route: Route) -> None:
        route.fulfill(body=json.dumps(listed), content_type="application/json")

    with opened(browser, viewport={"width": 360, "height": 800}) as (page, complaints):
        page.on("dialog", lambda _: complaints.append("a script ran"))
        page.route("**/completion.json", answer)
        write(page, service, "ASK { ?s a ti:Ev")
        assert "<img src=x" in offers(page)[0]
        page.keyboard.press("Enter")
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".term-at-cursor")).to_contain_text("</script><script>alert(2)")
        assert page.locator(".term-at-cursor img, .term-at-cursor script").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert complaints == []


def test_the_server_may_be_silent(service: Service, browser: Browser) -> None:
    with opened(browser) as (page, _):
        page.route("**/sparql/check**", lambda route: route.fulfill(status=429, body="{}"))
        page.route("**/completion.json", lambda route: route.fulfill(status=404, body="{}"))
        write(page, service, "ASK { ?s ?p ?other . FIL")
        assert "FILTER (" in offers(page)[0]
        expect(page.locator(".verdict")).to_contain_text("On peut l’exécuter quand même.")
