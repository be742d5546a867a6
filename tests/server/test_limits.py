"""The limits: one table, told as a page, as JSON and in the service description."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from terrinclus_kg.config import Settings
from terrinclus_kg.server import limits
from terrinclus_kg.server.limits import RULES, Limit, Rule
from terrinclus_kg.server.wordings import LIMITS, UNITS

# Settings that nobody who asks can meet: addresses, secrets, tuning, and what only operators run into.
NOT_TOLD = {
    "home", "public_url", "host", "port", "operator", "operator_address", "hosting", "contact",
    "proxies", "trusted_workers", "worker_queries", "cache_size", "cache_entry",
    "service_endpoints", "token", "token_file", "store", "remote_engine", "remote_query", "remote_update",
    "remote_graph_store", "remote_user", "remote_password", "remote_token",
    "load_deadline", "load_inflated", "fault",
}  # fmt: skip


def test_each_setting_is_a_limit_or_is_not() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))
    assert set(names) | NOT_TOLD == set(Settings.model_fields)
    assert not set(names) & NOT_TOLD


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_limit_has_its_words(rule: Rule) -> None:
    assert LIMITS[rule.name]
    assert UNITS[rule.unit]


def test_json(client: FlaskClient, app: object) -> None:
    answer = client.get("/limits")
    assert answer.mimetype == "application/json"
    found = {limit["name"]: limit for limit in answer.get_json()["limits"]}
    assert found["query_size"] | {"description": ""} == {
        "name": "query_size",
        "value": 8000,
        "unit": "bytes",
        "description": "",
        "met": [
            {
                "status": 413,
                "type": "https://w3id.org/terrinclus/problem/query-too-large",
                "title": "Query too large",
            }
        ],
    }
    assert answer.get_json()["dumps"] == "/releases"  # this release has no dump
    assert "write_size" not in found
    again = client.get("/limits", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_page(client: FlaskClient) -> None:
    for language, words in (
        ("fr", ("Les limites du service", "Longueur d’une requête", "7,812\u00a0Kio", "0,5\u00a0s")),
        ("en", ("The limits of the service", "Length of a query", "7.812\u00a0KiB", "0.5\u00a0s")),
    ):
        page = client.get("/limits", headers={"Accept": "text/html", "Accept-Language": language})
        assert f'<html lang="{language}">' in page.text
        for word in (*words, "413", "query-too-large", "429"):
            assert word in page.text
    assert client.get("/limits", headers={"Accept": "image/png"}).status_code == 406


def test_limits_of_what_is_off_are_not_told(tmp_path: Path) -> None:
    def names(**settings: object) -> set[str]:
        return {limit.name for limit in limits.of(Settings(home=tmp_path, **settings))}  # type: ignore[arg-type]

    assert names(token="anna 0123456789abcdefghijkl") - names() == {
        "token_deadline", "write_size", "write_statements", "write_deadline", "write_wait", "load_memory",
    }  # fmt: skip
    elsewhere = {"store": "remote", "remote_query": "https://a.test/sparql"}  # to which nobody writes from here
    assert names(token="anna 0123456789abcdefghijkl", **elsewhere) - names(**elsewhere) == {"token_deadline"}
    assert names(service_endpoints=("https://a.test/",)) - names() == {
        "service_clauses", "service_queries", "service_deadline", "service_size",
    }  # fmt: skip
    assert names() - names(**elsewhere) == {"worker_memory", "open_releases", "keep_releases"}
    assert names(**elsewhere) - names() == {"remote_connections"}


@pytest.mark.parametrize(
    ("value", "fr", "en"),
    [
        (500, "500\u00a0octets", "500\u00a0bytes"),
        (65536, "64\u00a0Kio", "64\u00a0KiB"),
        (1 << 30, "1\u00a0Gio", "1\u00a0GiB"),
    ],
)
def test_amounts(value: int, fr: str, en: str) -> None:
    limit = dataclasses.replace(Limit(RULES[0], value))
    assert (limit.amount("fr"), limit.amount("en")) == (fr, en)


def test_a_format_can_be_named(client: FlaskClient) -> None:
    for path in ("/limits", "/releases", "/changes"):
        assert client.get(f"{path}?format=json").mimetype == "application/json"
        assert client.get(f"{path}?format=html").mimetype == "text/html"
        assert client.get(path).mimetype == "application/json", "as curl asks"
    assert client.get("/releases?format=turtle").mimetype == "text/turtle"
    for path in ("/limits", "/changes"):
        assert client.get(f"{path}?format=turtle").status_code == 406
