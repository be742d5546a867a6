"""What the ill-meaning send, and what they get."""

from __future__ import annotations

import json
import logging
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terrinclus_kg.server.log import JsonLines
from terrinclus_kg.server.respond import attachment, link
from terrinclus_kg.server.security import POLICY
from tests.server.test_thing_pages import Reading

EVIL = "evil.test"


@pytest.mark.parametrize("path", ["/fr/acteur/hostile", "/en/acteur/hostile", "/fr/acteur", "/en/acteur"])
def test_labels_stay_text(client: FlaskClient, path: str) -> None:
    html = client.get(path).text
    page = Reading(html)
    scripts = [script for script in page.all("script") if script.get("type") != "application/ld+json"]
    assert all((script["src"] or "").startswith("/static/dist/") for script in scripts)
    assert not page.all("img")
    assert "\u202e" not in html
    if "hostile" in path:
        links = {a["href"] for a in page.all("a")}
        assert "https://exemple.test/ok" in links
        assert not [
            href for href in links if re.match(r"\s*(javascript|data|vbscript|file):", href or "", re.IGNORECASE)
        ]
        assert "javascript:alert(1)" in page.text
        assert "Set-Cookie" not in client.get(path).headers


def test_the_data_keep_what_the_pages_clean(client: FlaskClient) -> None:
    text = client.get("/data/acteur/hostile.jsonld").get_data(as_text=True)
    assert "\u202e" in text or "\\u202e" in text
    assert client.get("/data/acteur/hostile.jsonld").headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "path",
    [
        "/\\evil.test",
        "/%5Cevil.test",
        "/id//evil.test",
        "/id/projet//evil.test",
        "/fr//evil.test",
        "/id/projet/..%2f..%2fetc%2fpasswd",
        "/id/projet/%2e%2e/x",
        "/data/../../etc/passwd",
        "/static/../templates/base.html",
        "/static/%2e%2e/templates/base.html",
        "/static/..%5ctemplates%5cbase.html",
        "/id/projet/%252e%252e",
        "/id/projet/a%00b",
        "/id/projet/a%0d%0aSet-Cookie:%20x=1",
        "/id/projet/%e2%80%ae",
        "/id/projet/%c0%ae%c0%ae",
        "/id/projet/%ff",
        "/id/projet/<script>",
        "/id/projet/essai;x=1",
        "/http://evil.test/",
        "/fr",
        "/fr/projet/essai/",
        "/ns/../ns",
        "/ns/%3Cscript%3E",
    ],
)
def test_strange_paths_lead_nowhere(client: FlaskClient, path: str) -> None:
    for accept in ("text/html", "application/json", "text/turtle"):
        answer = client.get(path, headers={"Accept": accept, "Host": EVIL})
        assert answer.status_code in (200, 400, 404, 406), answer.status
        assert "Location" not in answer.headers
        assert EVIL not in str(answer.headers)
        assert EVIL not in answer.text
        assert "<script>" not in answer.text
        if answer.status_code == 200:
            assert path in ("/fr", "/fr/projet/essai/")


@pytest.mark.parametrize(
    "path", ["/", "/fr/", "/fr/projet/essai", "/id/projet/essai", "/data/projet/essai", "/ns", "/sparql"]
)
def test_the_host_is_never_reflected(client: FlaskClient, path: str) -> None:
    forged = {
        "Host": EVIL,
        "X-Forwarded-Host": EVIL,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": f"//{EVIL}",
        "Forwarded": f"host={EVIL}",
        "X-Original-URL": f"//{EVIL}",
    }
    answer = client.get(path, headers=forged)
    assert answer.status_code in (200, 302, 303)
    assert EVIL not in str(answer.headers)
    assert EVIL not in answer.text
    if "Location" in answer.headers:
        assert re.match("/[a-z]", answer.headers["Location"])


@pytest.mark.parametrize(
    "query", ["lang=en%0d%0aX: y", "lang=%3Cscript%3E", "format=%0d%0a", "page=%00", "links=%0d%0a<>\"'"]
)
@pytest.mark.parametrize("path", ["/ns", "/fr/projet", "/fr/projet/essai", "/data/projet/essai", "/sparql"])
def test_strange_parameters(client: FlaskClient, path: str, query: str) -> None:
    answer = client.get(f"{path}?{query}", headers={"Accept": "text/html, */*;q=0.1"})
    assert answer.status_code in (200, 404, 406)
    assert "X" not in answer.headers
    assert "<script>" not in answer.text


def test_a_query_is_not_echoed(client: FlaskClient) -> None:
    payload = "SELECT </textarea><script>alert(1)</script>"
    for accept in ("text/html, */*;q=0.1", "application/json", "text/csv"):
        answer = client.get("/sparql", query_string={"query": payload}, headers={"Accept": accept})
        assert answer.status_code == 400
        assert answer.mimetype != "text/html" or "<script>" not in answer.text


@pytest.mark.parametrize(
    "target", ["a>; rel=x", 'a"b', "a\r\nX: y", "é", "a b", "javascript:x", "\u202e", "\x00", "{}|^`\\"]
)
def test_a_link_cannot_be_left(target: str) -> None:
    made = link(target, "related")
    assert re.fullmatch(r'<[!-;=?-~]*>; rel="related"', made)
    assert made.isascii()


@pytest.mark.parametrize("name", ['a"; x="', "a\r\nX: y", "é/..", "\u202egpj.exe"])
def test_a_file_name_is_plain(app: Flask, name: str) -> None:
    with app.test_request_context():
        made = attachment(app.response_class(), name).headers["Content-Disposition"]
    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._-]*"', made)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    path=st.text(max_size=40),
    accept=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=60),
)
def test_no_path_or_accept_is_a_fault(client: FlaskClient, path: str, accept: str) -> None:
    for prefix in ("/", "/id/", "/data/", "/fr/"):
        raw = (prefix + path).encode("utf-8", "surrogatepass").decode("latin-1")
        answer = client.get("/", environ_overrides={"PATH_INFO": raw}, headers={"Accept": accept})
        assert answer.status_code < 500
        assert answer.headers["Content-Security-Policy"] == POLICY


def test_the_log_is_one_line_a_request_and_keeps_no_secret(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "terrinclus_kg.access")
    headers = {"Authorization": "Bearer s3cret", "Cookie": "s3cret=1", "User-Agent": "x\x1b[31m"}
    client.get("/fr/%0aforged%1b[0m", headers=headers)
    client.get("/sparql", query_string={"query": "ASK {} # \n forged" + "x" * 500})
    lines = [JsonLines().format(record) for record in caplog.records if record.name == "terrinclus_kg.access"]
    assert len(lines) == 2
    for line in lines:
        assert not re.search(r"[\x00-\x1f]", line)
        assert "s3cret" not in line
        assert json.loads(line)["status"] in (200, 400)
    assert len(json.loads(lines[1])["query"]) == 200
