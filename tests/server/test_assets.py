"""What pages load: by addresses that tell the content, whole, and kept for ever."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from terrinclus_kg import resources
from terrinclus_kg.config import Settings
from terrinclus_kg.server import assets, create_app

WEB = resources.root("web")
TAG = re.compile(r'<(?:link rel="stylesheet"|script type="module") (?:href|src)="([^"]+)" integrity="([^"]+)">')


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A folder ``web/`` with two parts of a sheet, and one script."""
    parts, built = tmp_path / "src" / "css", tmp_path / "static" / "dist"
    parts.mkdir(parents=True)
    built.mkdir(parents=True)
    (parts / "90-print.css").write_text("@media print { a { color: black } }")
    (parts / "00-base.css").write_text("a { color: blue }")
    (built / "site-1.js").write_text("export {};")
    listed = {"site.js": {"file": "site-1.js", "bytes": 10, "integrity": assets.integrity(b"export {};")}}
    (built / "manifest.json").write_text(json.dumps(listed))
    return tmp_path


def test_the_sheet_is_its_parts_in_order(web: Path) -> None:
    sheet = assets.load(web)["site.css"]
    assert sheet.content == b"a { color: blue }\n@media print { a { color: black } }"
    assert sheet.integrity == assets.integrity(sheet.content)


def test_other_content_has_another_address(web: Path) -> None:
    before = assets.load(web)["site.css"]
    (web / "src" / "css" / "00-base.css").write_text("a { color: red }")
    assert assets.load(web)["site.css"].address != before.address


def test_what_was_built_is_listed(web: Path) -> None:
    script = assets.load(web)["site.js"]
    assert (script.address, script.content) == ("/static/dist/site-1.js", b"export {};")


def test_without_a_build_there_is_the_sheet_alone(web: Path) -> None:
    (web / "static" / "dist" / "manifest.json").unlink()
    assert assets.load(web).keys() == {"site.css"}


def test_an_incomplete_installation_is_told(web: Path) -> None:
    (web / "static" / "dist" / "site-1.js").unlink()
    with pytest.raises(FileNotFoundError):
        assets.load(web)
    with pytest.raises(FileNotFoundError, match="install the package again"):
        assets.load(web / "static")


def test_pages_without_a_build_have_no_script_and_the_log_says_why(
    web: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (web / "static" / "dist" / "manifest.json").unlink()
    monkeypatch.setattr(assets, "assets", lambda: assets.load(web))
    with caplog.at_level(logging.WARNING):
        app = create_app(Settings(home=Path("unused")))
    assert "npm" in caplog.text
    with app.test_request_context():
        template = '{% import "assets.html" as assets %}{{ assets.sheet("site.css") }}{{ assets.script("site.js") }}'
        text = app.jinja_env.from_string(template).render()
    assert 'rel="stylesheet"' in text
    assert "<script" not in text


def test_pages_name_what_the_service_has(client: FlaskClient) -> None:
    found = TAG.findall(client.get("/fr/").text)
    assert found
    for address, digest in found:
        answer = client.get(address)
        assert answer.status_code == 200
        assert assets.integrity(answer.data) == digest
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        kinds = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
        assert answer.content_type == kinds[Path(address).suffix]
        assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("name", ["manifest.json", "..%2Fmanifest.json", "%2e%2e", "site.css", "nothing", ".js"])
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    assert client.get(assets.PREFIX + name).status_code in (400, 404)


def test_pages_of_another_edition_have_another_tag(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    before = app.test_client().get("/fr/").headers["ETag"]
    monkeypatch.setattr("terrinclus_kg.server.respond.edition", lambda: "another")
    assert app.test_client().get("/fr/").headers["ETag"] != before
