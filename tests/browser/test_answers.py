"""People ask: by a form, by a query of their own, without JavaScript; and show an answer elsewhere."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.service import Service

pytestmark = pytest.mark.browser

QUERY = """PREFIX igeo: <http://rdf.insee.fr/def/geo#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?place ?code ?name WHERE {
  ?place a igeo:Departement ; igeo:codeINSEE ?code ; skos:prefLabel ?name FILTER(LANG(?name) = "fr")
} ORDER BY DESC(?code)"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser without JavaScript."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800}, locale="fr-FR")
    yield context.new_page()
    context.close()


def test_a_question_is_found_asked_of_somebody_else_and_taken_home(service: Service, page: Page) -> None:
    page.goto(f"{service.url}/fr/questions")
    page.locator("#words").fill("operateurs partenariat")
    page.get_by_role("button", name="Filtrer").click()
    page.get_by_role("link", name="Quelles associations ou quels opérateurs").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("opérateurs")
    page.get_by_label("Partenariat").fill("Savoie – Bignona")
    page.get_by_role("button", name="Demander").click()
    expect(page.get_by_text("Bignona").first).to_be_visible()
    expect(page).to_have_url(re.compile("partnership=Savoie"))
    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV", exact=True).click()
    with open(saved.value.path(), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert saved.value.suggested_filename == "q21-operateurs-d-un-partenariat.csv"
    assert len(rows) == page.locator("table.rows tbody tr").count() > 0


def test_a_query_is_asked_ordered_turned_over_and_drawn(service: Service, page: Page) -> None:
    page.goto(f"{service.url}/sparql?lang=fr")
    page.locator("textarea[name=query]").fill(QUERY)
    page.get_by_role("button", name="Exécuter").click()
    expect(page.get_by_text("101 lignes")).to_be_visible()
    first = page.locator("table.rows tbody tr").first
    expect(first).to_contain_text("976")
    page.get_by_role("link", name="code", exact=True).click()
    expect(first).to_contain_text("01")
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(1)
    page.get_by_role("link", name="Page suivante").click()
    expect(first).to_contain_text("976")
    views = page.get_by_role("navigation", name="Vues de la réponse")
    views.get_by_role("link", name="Carte").click()
    expect(views.locator("[aria-current]")).to_have_text("Carte")
    assert page.locator("textarea[name=query]").input_value() == QUERY
    page.get_by_role("link", name="English").click()
    expect(page.get_by_text("101 rows")).to_be_visible()


def test_a_fault_leads_to_its_line(service: Service, page: Page) -> None:
    page.goto(f"{service.url}/sparql?lang=fr&query=" + quote("SELECT *\nWHERE {\n ?s ?p ?o }}"))
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("link", name="Ligne 3").click()
    expect(page.locator("li:target mark")).to_have_text("}")


class _Elsewhere(BaseHTTPRequestHandler):
    """A page of another site, which shows what its address names in a frame."""

    def do_GET(self) -> None:
        body = f'<!doctype html><title>x</title><iframe src="{self.path[1:]}"></iframe>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_the_answer_alone_is_shown_in_the_pages_of_others_and_nothing_else(service: Service, page: Page) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        asked = f"{service.url}/sparql?lang=fr&query={quote(QUERY, safe='')}"
        page.goto(f"http://127.0.0.1:{server.server_port}/{asked}&embed=1")
        expect(page.frame_locator("iframe").locator("table.rows tbody tr")).to_have_count(100)
        expect(page.frame_locator("iframe").get_by_role("link", name="Terrinclus KG")).to_be_visible()
        page.goto(f"http://127.0.0.1:{server.server_port}/{asked}")
        expect(page.frame_locator("iframe").locator("table.rows")).to_have_count(0)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
