"""What a browser gets from /sparql: the query, its answer as people read it, and ways on. Others get what they got."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from terrinclus_kg.server import create_app
from tests.small_store import CROSS, reading

BROWSERS = [
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
    "text/html",
]
BROWSER = {"Accept": BROWSERS[0], "Accept-Language": "en"}
WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
EVENTS = """PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?event ?name WHERE { ?event a <http://data.europa.eu/m8g/PublicEvent> ; skos:prefLabel ?name } ORDER BY ?name"""
HOSTILE = """SELECT ?iri ?literal ?number ?blank ?nothing ?triple WHERE { VALUES (?iri ?literal ?number ?nothing) {
  (<https://w3id.org/terrinclus/id/acteur/hostile> "<script>alert(1)</script>" 1 UNDEF)
  (<javascript:alert(1)> "\u202egnp"@fr 2 UNDEF)
  (<data:text/html,x> "\\"><img src=x onerror=alert(1)>"@en-GB 3 UNDEF)
  (<https://exemple.test/?a=1&b='> "שלום"@he 4 UNDEF)
} BIND(BNODE() AS ?blank)
  BIND(TRIPLE(?iri, <http://e.test/p>, TRIPLE(?iri, <http://e.test/p>, ?literal)) AS ?triple) }"""


def ask(client: FlaskClient, query: str, **state: str) -> str:
    answer = client.get("/sparql", query_string={"query": query, "lang": "en", **state}, headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    return answer.text


def links(page: str, text: str) -> list[str]:
    """Where the links with a text lead."""
    return [html.unescape(found) for found in re.findall(rf'<a href="([^"]*)"[^>]*>{re.escape(text)}</a>', page)]


def cells(page: str) -> list[list[str]]:
    """The texts of the rows of the table."""
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in body.split("<tr>")[1:]]
    return [[html.unescape(re.sub("<[^>]*>", "", cell)).strip() for cell in row] for row in rows]


@pytest.mark.parametrize("accept", BROWSERS)
@pytest.mark.parametrize("way", ["GET", "POST", "QUERY"])
def test_browsers_get_a_page(client: FlaskClient, accept: str, way: str) -> None:
    query = {"query_string": {"query": EVENTS}} if way == "GET" else {"data": {"query": EVENTS}}
    answer = client.open("/sparql", method=way, headers={"Accept": accept}, **query)  # type: ignore[arg-type]
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert html.escape(EVENTS, quote=False) in answer.text.replace("&#39;", "'")
    assert len(cells(answer.text)) >= 60


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        (None, "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),  # curl
        ("application/sparql-results+json,application/json;q=0.9,*/*;q=0.1", "application/sparql-results+json"),
        ("text/csv", "text/csv"),
        ("text/html, application/sparql-results+json", "application/sparql-results+json"),
        ("text/html;q=0.5, text/csv", "text/csv"),
        ("text/*", "text/csv"),
        ("text/html;q=0, */*", "application/sparql-results+json"),
    ],
)
def test_programs_get_results(client: FlaskClient, accept: str | None, mimetype: str) -> None:
    headers = {"Accept": accept} if accept else {}
    assert client.get("/sparql", query_string={"query": EVENTS}, headers=headers).mimetype == mimetype


@pytest.mark.parametrize(("name", "mimetype"), [("json", "application/sparql-results+json"), ("csv", "text/csv")])
def test_a_format_that_is_named_wins(client: FlaskClient, name: str, mimetype: str) -> None:
    answer = client.get("/sparql", query_string={"query": EVENTS, "format": name}, headers=BROWSER)
    assert answer.mimetype == mimetype
    assert client.get("/sparql", query_string={"query": EVENTS, "format": "html"}).mimetype == "text/html"


def test_it_tells_how_many_how_long_and_of_which_release(client: FlaskClient) -> None:
    assert re.search(r'class="told">\d+ rows · [\d,]+ ms · release <a [^>]*>one</a>', ask(client, EVENTS))


def test_order_and_pages_are_links(client: FlaskClient) -> None:
    query = f"SELECT ?n {{ VALUES ?n {{ {' '.join(map(str, [*range(1, 250), 1000]))} }} }}"
    page = ask(client, query)
    (rising,) = links(page, "n")
    page = client.get(rising, headers=BROWSER).text
    assert [row[0].split()[0] for row in cells(page)] == [str(n) for n in range(1, 101)]
    assert 'aria-sort="ascending"' in page
    (falling,) = links(page, "n ↑")
    page = client.get(falling, headers=BROWSER).text
    assert [row[0].split()[0] for row in cells(page)][:2] == ["1000", "249"]
    (following,) = links(page, "Next page")
    page = client.get(following, headers=BROWSER).text
    assert cells(page)[0][0].startswith("150")
    assert "Page 2 of 3" in page
    assert links(page, "Previous page") == [falling]


def test_things_are_ordered_by_their_labels_and_link_to_their_pages(client: FlaskClient) -> None:
    page = ask(
        client, "SELECT ?x { VALUES ?x { <http://e.test/z> <https://w3id.org/terrinclus/id/acteur/equipe> } }", sort="x"
    )
    assert [row[0].split("\n")[0] for row in cells(page)] == ["http://e.test/z", "The team acteur:equipe"]
    assert '<a href="/en/acteur/equipe"><bdi>The team</bdi></a>' in page
    assert '<a href="http://e.test/z" rel="noopener nofollow">' in page


@pytest.mark.parametrize("view", ["table", "raw", "network"])
def test_nothing_of_the_data_is_markup_or_a_harmful_link(client: FlaskClient, view: str) -> None:
    page = ask(client, HOSTILE, view=view)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert not re.search(r'(?:href|src|action)="(?:javascript|data):', page)
    shown = page.split('class="answer"')[1].split('class="code"')[0]
    assert "\u202e" not in shown
    if view == "table":
        row = cells(page)[3]
        assert row[1].split() == ["שלום", "he"]
        assert 'lang="he"' in shown
        assert row[3].startswith("_:")
        assert row[4] == "–nothing"
        assert row[5].startswith("<<(")


def test_a_boolean_is_a_sentence(client: FlaskClient) -> None:
    assert "Yes: the graph has" in ask(client, "ASK { ?s ?p ?o }")
    assert "No: the graph does not" in ask(client, "ASK { <http://e.test/none> ?p ?o }")


@pytest.mark.parametrize(
    "query",
    ["CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 7", "DESCRIBE <https://w3id.org/terrinclus/id/projet/essai>"],
)
def test_triples_are_a_table_and_raw(client: FlaskClient, query: str) -> None:
    page = ask(client, query)
    assert [*map(bool, (links(page, name) for name in ("subject", "predicate", "object")))] == [True] * 3
    raw = html.unescape(ask(client, query, view="raw").split('<pre class="raw"')[1].split("</pre>")[0])
    assert raw.count(" .\n") + 1 == len(cells(page))
    assert links(page, "Turtle")


def test_what_has_no_rows_or_no_columns(client: FlaskClient) -> None:
    assert "Nothing in the graph answers this" in ask(client, "SELECT ?s { ?s <http://e.test/none> ?o }")
    assert "The rows have no columns" in ask(client, "SELECT * {}")


def test_a_huge_literal_is_shown_in_part_and_says_so(client: FlaskClient) -> None:
    text = "x" * 700
    page = ask(client, f"SELECT ('{text}' AS ?x) {{}}")
    assert "the beginning of 700 characters" in page
    assert text in client.get(links(page, "CSV")[0]).text


@pytest.mark.parametrize(
    ("view", "drawing", "query"),
    [
        (
            "timeline",
            "timeline",
            'SELECT ?x ?d { VALUES (?x ?d) { ("a" "2015"^^<http://www.w3.org/2001/XMLSchema#gYear>) } }',
        ),
        ("bars", "bars", 'SELECT ?x ?n { VALUES (?x ?n) { ("a" 3) ("b" -1.5) } }'),
        ("network", "graph", "CONSTRUCT WHERE { ?s <http://purl.org/dc/terms/subject> ?o }"),
        (
            "map",
            "graph",
            f'SELECT ?x ?p {{ VALUES (?x ?p) {{ ("a" "POINT(2 43)"^^<{WKT}>) }} }}',
        ),
    ],
)
def test_views_are_drawings_with_the_table_beside(client: FlaskClient, view: str, drawing: str, query: str) -> None:
    assert "<figure" not in ask(client, query), "no view is guessed"
    page = ask(client, query, view=view)
    assert re.search(rf'<svg class="{drawing}"[^>]* role="img" aria-label="[^"]+"', page)
    assert "<a " not in page.split("<svg")[1].split("</svg>")[0]
    assert cells(page)
    assert 'aria-current="true"' in page


def test_a_view_that_does_not_fit_is_told(client: FlaskClient) -> None:
    page = ask(client, EVENTS, view="map")
    assert "does not fit" in page
    assert cells(page)


@pytest.mark.parametrize(
    ("state", "named"), [({"page": "3"}, "page"), ({"page": "x"}, "page"), ({"page": "0"}, "page"),
                         ({"sort": "x"}, "sort"), ({"view": "cube"}, "view"), ({"embed": "yes"}, "embed")],
)  # fmt: skip
def test_a_state_that_is_none_is_an_error_on_the_page(client: FlaskClient, state: dict[str, str], named: str) -> None:
    answer = client.get("/sparql", query_string={"query": EVENTS, "lang": "en", **state}, headers=BROWSER)
    assert answer.status_code == 400
    assert f"the parameter {named} is" in answer.text
    assert "PublicEvent" in answer.text
    as_data = client.get("/sparql", query_string={"query": EVENTS, **state})
    assert as_data.status_code == 200, "programs are not shown anything, so it says nothing to them"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_fault_is_shown_in_the_query(client: FlaskClient, language: str) -> None:
    query = "SELECT *\nWHERE {\n  ?s ?p <script> }}\n"
    answer = client.get("/sparql", query_string={"query": query, "lang": language}, headers=BROWSER)
    assert answer.status_code == 400
    assert 'href="#line-3"' in answer.text
    assert re.search(r'<li id="line-3" class="faulty"><code>.*<mark>', answer.text)
    assert "<script>" not in answer.text.split("<main")[1].split("</main>")[0]
    assert html.escape("?s ?p <script> }}") in answer.text
    assert ("Error 400" if language == "en" else "Erreur 400") in answer.text


def test_updates_are_refused_with_help(client: FlaskClient) -> None:
    answer = client.post("/sparql", data={"update": "DROP ALL"}, headers=BROWSER)
    assert answer.status_code == 405
    assert "This form only asks" in answer.text


def test_a_long_query_is_sent_as_a_form(client: FlaskClient) -> None:
    query = EVENTS + "\n#" + "é'\"<" * 500
    refused = client.get("/sparql", query_string={"query": query, "lang": "en"}, headers=BROWSER)
    assert refused.status_code == 414
    assert "Send this query as a form" in refused.text
    (action,) = re.findall(r'<form method="post" action="([^"]*)"', refused.text)
    (sent,) = re.findall(r'<input type="hidden" name="query" value="([^"]*)"', refused.text)
    assert html.unescape(sent) == query
    page = client.post(html.unescape(action), data={"query": html.unescape(sent)}, headers=BROWSER).text
    assert "too long for an address" in page
    (order,) = re.findall(r'formaction="([^"]*sort=name[^"]*)"', page)
    page = client.post(html.unescape(order), data={"query": query}, headers=BROWSER).text
    assert 'aria-sort="ascending"' in page


def test_addresses_lead_back_to_the_same(client: FlaskClient) -> None:
    page = ask(client, EVENTS, view="raw")
    (permanent,) = links(page, "Address of this query and view")
    (pinned,) = links(page, "The same for ever, of this release")
    for found in (permanent, pinned):
        parts = urlsplit(found)
        assert parse_qs(parts.query) == {"query": [EVENTS], "lang": ["en"], "view": ["raw"]}
        again = client.get(f"{parts.path}?{parts.query}", headers=BROWSER)
        assert '<pre class="raw"' in again.text
    assert urlsplit(pinned).path == "/releases/one/sparql"
    assert 'href="/sparql?query=' in re.findall(r'<a class="language".*', page)[0]


def test_only_the_answer_alone_may_be_framed(client: FlaskClient) -> None:
    whole = client.get("/sparql", query_string={"query": EVENTS}, headers=BROWSER)
    alone = client.get("/sparql", query_string={"query": EVENTS, "embed": "1"}, headers=BROWSER)
    assert "frame-ancestors 'none'" in whole.headers["Content-Security-Policy"]
    assert "frame-ancestors *;" in alone.headers["Content-Security-Policy"]
    kept = {**BROWSER, "If-None-Match": alone.headers["ETag"]}
    again = client.get("/sparql", query_string={"query": EVENTS, "embed": "1"}, headers=kept)
    assert again.status_code == 304
    assert again.headers["Content-Security-Policy"] == alone.headers["Content-Security-Policy"]
    assert "<form" not in alone.text
    assert "<nav" not in alone.text or 'class="pager"' in alone.text
    assert "Terrinclus KG</a>" in alone.text
    assert len(cells(alone.text)) == len(cells(whole.text))
    wrong = client.get("/sparql", query_string={"query": "x", "embed": "1"}, headers=BROWSER)
    assert (wrong.status_code, "<form" in wrong.text) == (400, False)
    posted = client.post("/sparql?embed=1", data={"query": EVENTS}, headers={"Accept": "application/json"})
    assert "frame-ancestors 'none'" in posted.headers["Content-Security-Policy"]


def test_a_page_is_asked_for_once(client: FlaskClient) -> None:
    path = "/sparql?query=ASK%7B%7D"
    fresh = client.get(path, headers=BROWSER)
    assert fresh.headers["Cache-Control"] == "no-cache"
    tag = fresh.headers["ETag"]
    assert client.get(path, headers={**BROWSER, "If-None-Match": tag}).status_code == 304
    french = client.get(path, headers={**BROWSER, "Accept-Language": "fr", "If-None-Match": tag})
    assert (french.status_code, french.headers["Content-Language"]) == (200, "fr")
    assert client.get(path, headers={"Accept": "application/json", "If-None-Match": tag}).status_code == 200
    assert client.get(f"/releases/one{path}", headers=BROWSER).headers["Cache-Control"] == "no-cache"
    assert "ETag" not in client.get("/sparql?query=SELECT(RAND() AS ?r){}", headers=BROWSER).headers


@pytest.mark.parametrize(("low", "met"), [({"page_rows": 5}, "page_rows"), ({"page_size": 2000}, "page_size")])
def test_a_bound_that_is_met_is_told_by_its_name(small_home: Path, low: dict[str, int], met: str) -> None:
    with reading(small_home, **low) as reader:
        client = create_app(reader._settings, reader).test_client()
        page = ask(client, EVENTS)
        assert f'href="/limits?lang=en#{met}"' in page
        assert "This is a part of the answer" in page
        assert re.search(r"The first \d+ rows", page)
        assert f'id="{met}"' in client.get("/limits?lang=en", headers=BROWSER).text
        whole = client.get(links(page, "JSON")[0])
        assert len(json.loads(whole.data)["results"]["bindings"]) > len(cells(page))


def test_limits_of_a_query_are_told_on_the_page(small_home: Path) -> None:
    with reading(small_home, public_deadline=0.2) as reader:
        client = create_app(reader._settings, reader).test_client()
        answer = client.get("/sparql", query_string={"query": CROSS, "lang": "en"}, headers=BROWSER)
        assert answer.status_code == 503
        assert 'href="/limits?lang=en#public_deadline"' in answer.text
        assert html.escape(CROSS) in answer.text
        assert "dump" in answer.text
