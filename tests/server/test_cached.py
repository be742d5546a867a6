"""Which answers are kept, what of a request they depend on, and how they are given again."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from terrinclus_kg.config import Settings
from terrinclus_kg.metrics import Metrics
from terrinclus_kg.server import cached
from terrinclus_kg.server.cached import CACHEABLE, Cached, Hit
from terrinclus_kg.server.coding import Coding
from terrinclus_kg.server.interface import Environ, StartResponse

LAST = "Sun, 01 Nov 2026 10:00:00 GMT"
TEXT = b"a line of text\n" * 100


class App:
    """Answers with the number of the call, and what it was told to send."""

    def __init__(self) -> None:
        self.calls = self.closed = 0
        self.status, self.headers = "200 OK", {"ETag": '"abc"', "Cache-Control": "no-cache"}
        self.flag: bool | None = None
        self.parts: Iterable[bytes] = [TEXT]
        self.seen = b""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.calls += 1
        self.seen = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if self.flag is not None:
            environ[CACHEABLE] = self.flag
        headers = {"Content-Type": "text/plain", "Last-Modified": LAST, "Call": str(self.calls), **self.headers}
        start_response(self.status, [(name, value) for name, value in headers.items() if value])
        return self

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.parts)

    def close(self) -> None:
        self.closed += 1


class Front:
    """The application behind a cache, and the release that it serves."""

    def __init__(self, home: Path, **settings: object) -> None:
        self.app, self.release, self.metrics = App(), "one", Metrics()
        made = Settings(home=home, **settings)  # type: ignore[arg-type]
        self.cached = Cached(Coding(self.app), made, lambda: self.release, self.metrics)

    def ask(
        self, path: str = "/x", method: str = "GET", body: bytes | None = None, kind: str = "", **headers: str
    ) -> TestResponse:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        client = Client(self.cached)
        return client.open(path, method=method, headers=given, data=body, content_type=kind or None, buffered=True)

    def count(self, outcome: str) -> float:
        return self.metrics.registry.get_sample_value("terrinclus_cache_requests_total", {"outcome": outcome}) or 0.0


@pytest.fixture(autouse=True)
def _everything_is_worth_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached, "QUICK", -1.0)


@pytest.fixture
def front(tmp_path: Path) -> Front:
    return Front(tmp_path)


def kept(front: Front, **request: str) -> bool:
    """Whether the second of two such requests is answered without the application."""
    front.ask(**request)  # type: ignore[arg-type]
    before = front.app.calls
    front.ask(**request)  # type: ignore[arg-type]
    return front.app.calls == before


def test_the_second_answer_is_the_first_byte_by_byte(front: Front) -> None:
    first, second = front.ask("/x?a=1"), front.ask("/x?a=1")
    assert front.app.calls == 1
    assert second.data == first.data == TEXT
    without = {"Content-Length"}
    assert {k: v for k, v in second.headers if k not in without} == {k: v for k, v in first.headers if k not in without}
    assert second.headers["Content-Length"] == str(len(TEXT))
    assert (front.count("miss"), front.count("hit"), front.count("pass")) == (1, 1, 0)
    assert front.metrics.registry.get_sample_value("terrinclus_cache_bytes") == 4096


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "no-store"},
        {"Cache-Control": "private, no-cache"},
        {"Cache-Control": "max-age=3600"},  # bound to something else than the release
        {"ETag": ""},
        {"Set-Cookie": "a=b"},
        {"Terrinclus-Release": "another"},
    ],
)
def test_what_is_not_kept(front: Front, headers: dict[str, str]) -> None:
    front.app.headers |= headers
    assert not kept(front)


@pytest.mark.parametrize("status", ["203 Whatever", "206 Partial Content", "303 See Other", "404 Not Found", "503 No"])
def test_only_plain_success_is_kept(front: Front, status: str) -> None:
    front.app.status = status
    assert not kept(front)


@pytest.mark.parametrize(
    "header",
    [
        {"Authorization": "Bearer x"},
        {"Range": "bytes=0-9"},
        {"If_Match": '"abc"'},
        {"If_Unmodified_Since": LAST},
        {"Content_Encoding": "gzip"},
    ],
)
def test_requests_for_the_application_alone(front: Front, header: dict[str, str]) -> None:
    assert not kept(front, **header)
    assert front.count("pass") == 2
    front.ask()
    front.ask(**header)
    assert front.app.calls == 4


def test_the_word_of_the_application_counts_more_than_its_headers(front: Front) -> None:
    front.app.flag = False
    assert not kept(front)


def test_immutable_answers_are_kept_too(front: Front) -> None:
    front.app.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    front.app.headers["Terrinclus-Release"] = "one"
    assert kept(front, path="/releases/one/sparql?query=x")
    front.app.headers["Terrinclus-Release"] = "former"  # it may be removed as long as another one serves
    assert not kept(front, path="/releases/former/sparql?query=x")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "POST"])
def test_other_methods_pass(front: Front, method: str) -> None:
    front.app.flag = True
    front.ask()
    assert not kept(front, method=method)


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/y"},
        {"path": "/x?"},
        {"path": "/x?a=2"},
        {"Accept": "text/turtle"},
        {"Accept_Language": "en"},
        {"Accept_Encoding": "gzip"},
        {"Accept_Encoding": "*;q=0"},
    ],
)
def test_what_an_answer_depends_on(front: Front, other: dict[str, str]) -> None:
    front.ask()
    front.ask(**other)  # type: ignore[arg-type]
    assert front.app.calls == (1 if other == {"path": "/x?"} else 2)


def test_codings_that_come_to_the_same_share_an_answer(front: Front) -> None:
    front.ask(Accept_Encoding="gzip, deflate, br")
    answer = front.ask(Accept_Encoding="br;q=0.9, gzip;q=0.1")
    assert front.app.calls == 1
    assert answer.headers["Content-Encoding"] == "br"
    assert answer.headers["ETag"] == '"abc-br"'


def test_parts_of_a_key_never_run_into_one_another(front: Front) -> None:
    front.ask("/x", Accept="a", Accept_Language="b")
    front.ask("/x", Accept="a', 'b", Accept_Language="")
    front.ask("/x", Accept="", Accept_Language="a', 'b")
    assert front.app.calls == 3


def test_it_is_forgotten_with_its_release(front: Front) -> None:
    front.ask()
    front.release = "two"
    assert front.ask().headers["Call"] == "2"
    front.release = "one"
    assert front.ask().headers["Call"] == "3"


def test_an_answer_made_while_the_release_changed_is_not_kept(front: Front) -> None:
    def parts() -> Iterator[bytes]:
        yield TEXT
        front.release = "two"

    front.app.parts = parts()
    front.ask()
    front.release = "one"
    front.app.parts = [TEXT]
    front.ask()
    assert front.app.calls == 2


def test_nothing_is_kept_while_no_release_serves(front: Front) -> None:
    front.release = ""
    assert not kept(front)


def test_settings_are_part_of_the_key(tmp_path: Path) -> None:
    one, other = Front(tmp_path, public_url="https://a.test"), Front(tmp_path, public_url="https://b.test")
    same = Front(tmp_path, public_url="https://a.test", port=8001, cache_entry=1000)
    one.ask()
    assert other.ask().headers["Call"] == "1"
    assert other.app.calls == 1
    same.ask()
    assert same.app.calls == 0


def test_a_cache_of_no_size_keeps_nothing(tmp_path: Path) -> None:
    front = Front(tmp_path, cache_size=0)
    assert not kept(front)
    assert not (tmp_path / "cache").exists()


def test_a_large_answer_passes_by(tmp_path: Path) -> None:
    front = Front(tmp_path, cache_entry=1000)
    front.app.parts = [b"x" * 500] * 3
    assert not kept(front)
    front.app.parts = [b"x" * 500] * 2
    assert kept(front)


def test_an_answer_that_breaks_is_not_kept(front: Front) -> None:
    def parts() -> Iterator[bytes]:
        yield TEXT
        raise TimeoutError("over the limit")

    front.app.parts = parts()
    with pytest.raises(TimeoutError):
        front.ask()
    front.app.parts = [TEXT]
    assert front.ask().data == TEXT
    assert front.app.calls == 2


def test_an_answer_that_nobody_reads_to_its_end_is_not_kept(front: Front) -> None:
    front.app.parts = [TEXT, TEXT]
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/x", "QUERY_STRING": "", "wsgi.input": BytesIO()}
    chunks = front.cached(environ, lambda *_: None)
    assert next(iter(chunks)) == TEXT
    chunks.close()  # type: ignore[attr-defined]
    assert front.app.closed == 1
    front.ask()
    assert front.app.calls == 2


def test_head_is_answered_from_get(front: Front) -> None:
    front.ask()
    answer = front.ask(method="HEAD")
    assert front.app.calls == 1
    assert answer.data == b""
    assert answer.headers["Content-Length"] == str(len(TEXT))
    assert front.ask("/other", method="HEAD").status_code == 200
    assert front.ask("/other").data == TEXT  # and not the nothing that HEAD has sent


@pytest.mark.parametrize(
    ("headers", "status", "etag"),
    [
        ({"If_None_Match": '"abc"'}, 304, '"abc"'),
        ({"If_None_Match": 'W/"abc"'}, 304, '"abc"'),
        ({"If_None_Match": '"x", "abc"'}, 304, '"abc"'),
        ({"If_None_Match": "*"}, 304, '"abc"'),
        ({"If_None_Match": '"x"'}, 200, '"abc"'),
        ({"If_None_Match": "abc"}, 200, '"abc"'),
        ({"If_None_Match": '"x"', "If_Modified_Since": LAST}, 200, '"abc"'),  # RFC 9110 §13.1.3
        ({"If_Modified_Since": LAST}, 304, '"abc"'),
        ({"If_Modified_Since": "Sun, 01 Nov 2026 09:59:59 GMT"}, 200, '"abc"'),
        ({"If_Modified_Since": "Mon, 02 Nov 2026 10:00:00 GMT"}, 200, '"abc"'),  # of a later release, switched from
        ({"If_Modified_Since": "yesterday"}, 200, '"abc"'),
        ({"If_None_Match": '"abc-gzip"', "Accept_Encoding": "gzip"}, 304, '"abc-gzip"'),
        ({"If_None_Match": '"abc"', "Accept_Encoding": "gzip"}, 304, '"abc"'),
        ({"If_None_Match": '"abc-gzip"', "Accept_Encoding": "br"}, 200, '"abc-br"'),
        ({"If_None_Match": '"abc-gzip"'}, 200, '"abc"'),
    ],
)
def test_who_has_it_already_is_told_so(front: Front, headers: dict[str, str], status: int, etag: str) -> None:
    front.ask(Accept_Encoding=headers.get("Accept_Encoding", ""))
    for method in ("GET", "HEAD"):
        answer = front.ask(method=method, **headers)
        assert front.app.calls == 1
        assert answer.status_code == status
        assert answer.headers["ETag"] == etag
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert answer.headers["Last-Modified"] == LAST
        if status == 304:
            assert answer.data == b""
            assert "Content-Length" not in answer.headers
            assert "Content-Type" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_queries_by_post_are_kept_where_the_application_says_so(front: Front, method: str) -> None:
    front.app.headers = {"ETag": ""}
    kind = "application/sparql-query"
    front.ask("/sparql", method, b"ASK {}", kind)
    front.ask("/sparql", method, b"ASK {}", kind)
    assert front.app.calls == 2
    front.app.flag = True
    for _ in range(2):
        front.ask("/sparql", method, b"ASK {}", kind)
    assert front.app.calls == 3
    assert front.app.seen == b"ASK {}"
    front.ask("/sparql", method, b"ASK {?s ?p ?o}", kind)
    front.ask("/sparql", method, b"ASK {}", "application/x-www-form-urlencoded")
    front.ask("/releases/one/sparql", method, b"ASK {}", kind)
    assert front.app.calls == 6


def test_a_body_of_no_query_reaches_the_application(tmp_path: Path) -> None:
    front = Front(tmp_path, query_size=10)
    front.app.flag = True
    for _ in range(2):
        front.ask("/sparql", "POST", b"x" * 1000, "application/sparql-query")
        assert front.app.seen == b"x" * 1000
    assert front.app.calls == 2


def test_hits_are_logged_and_counted(front: Front, caplog: pytest.LogCaptureFixture) -> None:
    front.ask("/x", User_Agent="someone")
    with caplog.at_level(logging.INFO, "terrinclus_kg.access"):
        front.ask("/x", User_Agent="someone")
    (record,) = [record for record in caplog.records if record.name == "terrinclus_kg.access"]
    fields = record.fields  # type: ignore[attr-defined]
    assert (fields["path"], fields["status"], fields["agent"], fields["cache"]) == ("/x", 200, "someone", "hit")
    labels = {"method": "GET", "status": "200"}
    assert front.metrics.registry.get_sample_value("terrinclus_http_requests_total", labels) == 1


def test_what_is_in_memory_is_at_hand_and_nothing_else(tmp_path: Path) -> None:
    def quick(front: Front, **headers: str) -> bool:
        found = front.cached.quick("GET", "/x", "a=1", headers.get, b"", "127.0.0.1")
        return isinstance(found, Hit)

    front, other = Front(tmp_path), Front(tmp_path)
    assert not quick(front)
    front.ask("/x?a=1")
    assert quick(front)
    assert not quick(front, accept="text/html")
    assert not quick(front, authorization="Bearer x")
    assert not quick(other)  # it is on disk: that takes a thread
    assert other.ask("/x?a=1").headers["Call"] == "1"
    assert other.app.calls == 0
    assert quick(other)
    other.release = "two"
    assert not quick(other)


@pytest.mark.parametrize("query", ["q=%ED%A0%80", "q=\udc80", "q=" + "x" * 5000, "q=é"])
def test_strange_addresses(front: Front, query: str) -> None:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/\xff\x00", "QUERY_STRING": query, "wsgi.input": BytesIO()}
    for _ in range(2):
        assert b"".join(front.cached(dict(environ), lambda *_: None)) == TEXT


def test_what_is_made_at_once_is_kept_in_memory_only(
    front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached, "QUICK", 60.0)
    assert kept(front, path="/x")
    assert not [path for path in tmp_path.rglob("cache/*/*") if path.is_file()]
