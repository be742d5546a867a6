"""Who a client is taken for: addresses as they come, as proxies tell them, and as strangers make them up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from terrinclus_kg.config import Settings
from terrinclus_kg.server import create_app
from terrinclus_kg.server.client import UNKNOWN, client, name
from terrinclus_kg.server.gateway import CONNECTION, _environ
from tests.small_store import reading

PEER = "192.0.2.1"


def app(proxies: int) -> Flask:
    return create_app(Settings(home=Path("unused"), proxies=proxies))


def named(proxies: int, forwarded: str | None, peer: str = PEER) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    with app(proxies).test_request_context(headers=headers, environ_base={"REMOTE_ADDR": peer}):
        return name()


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", UNKNOWN),
        ("/run/app.sock", UNKNOWN),
    ],
)
def test_addresses(peer: str, expected: str) -> None:
    assert named(0, None, peer) == expected


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.7", PEER),  # nobody in front of us: whoever sends this header has made it up
        (1, None, PEER),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.9, 203.0.113.7", "203.0.113.7"),  # the first is the client's own invention
        (2, "198.51.100.9, 203.0.113.7, 192.0.2.2", "203.0.113.7"),
        (2, "203.0.113.7", "203.0.113.7"),  # came past the outer proxy
        (3, "203.0.113.7, 192.0.2.2", "203.0.113.7"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, "203.0.113.7:51234", "203.0.113.7"),
        (1, "[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        (1, "[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        (1, "", PEER),
        (1, "unknown", PEER),
        (1, "203.0.113.7, _hidden", PEER),
        (1, "203.0.113.7,", PEER),
        (1, "203.0.113.7; DROP", PEER),
        (1, "203.0.113.700", PEER),
        (1, "1" * 5000, PEER),
        (1, "," * 5000, PEER),
        (1, "203.0.113.7\u0663", PEER),
    ],
)
def test_forwarded_addresses(proxies: int, forwarded: str | None, expected: str) -> None:
    assert named(proxies, forwarded) == expected


class Line:
    """A connection that knows when it was looked for, and whether the client is gone."""

    def __init__(self) -> None:
        self.found, self.left = 0, False

    def find(self) -> None:
        self.found += 1

    def gone(self) -> bool:
        return self.left


def test_the_connection_tells_whether_the_client_is_gone() -> None:
    line = Line()
    with app(0).test_request_context(environ_base={"REMOTE_ADDR": PEER, CONNECTION: line}):
        found = client()
        assert (found.name, found.authorised, line.found) == (PEER, False, 1)
        assert found.gone
        assert not found.gone()
        line.left = True
        assert found.gone()
    with app(0).test_request_context(environ_base={"REMOTE_ADDR": PEER}):
        assert client().gone is None


def test_who_shows_a_token_is_authorised() -> None:
    secret = "0123456789abcdefghijkl"
    web = create_app(Settings(home=Path("unused"), token=f"anna {secret}"))
    for headers, expected in ({}, False), ({"Authorization": f"Bearer {secret}"}, True):
        with web.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": PEER}):
            assert client().authorised is expected


@pytest.mark.parametrize("name", ["X_Forwarded_For", "x_forwarded-for"])
def test_a_header_that_only_looks_like_that_of_a_proxy_is_none(name: str) -> None:
    class Scope:
        method, path, query_string, scheme, http_version = "GET", "/", "", "http", "1.1"
        server, client = "127.0.0.1:8000", f"{PEER}:40000"

    environ = _environ(Scope, {"x-forwarded-for": "203.0.113.7", name.lower(): "198.51.100.9"}, b"")
    assert environ["HTTP_X_FORWARDED_FOR"] == "203.0.113.7"


@pytest.fixture
def strict(small_home: Path) -> Iterator[Flask]:
    """An application behind one proxy, whose clients may cause two errors."""
    with reading(small_home, client_errors=2, client_errors_refill=0.001, proxies=1) as reader:
        yield create_app(reader._settings, reader)


def test_a_client_over_its_budget_is_told_and_no_header_of_its_own_helps(strict: Flask) -> None:
    web = strict.test_client()

    def status(text: str, forwarded: str) -> int:
        return web.get("/sparql", query_string={"query": text}, headers={"X-Forwarded-For": forwarded}).status_code

    assert [status("nonsense", "203.0.113.7") for _ in range(3)] == [400] * 3
    answer = web.get("/sparql", query_string={"query": "ASK {}"}, headers={"X-Forwarded-For": "203.0.113.7"})
    assert answer.status_code == 429
    problem = answer.get_json()
    assert problem["type"].endswith("/budget-spent")
    assert (problem["limit"], problem["value"]) == ("client_errors", 2)
    assert int(answer.headers["Retry-After"]) >= 1
    assert status("ASK {}", "10.0.0.1, 203.0.113.7") == 429
    assert status("ASK {}", "203.0.113.8") == 200
    assert web.get("/en/projet/essai", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 200
    assert web.get("/health/ready").status_code == 200
