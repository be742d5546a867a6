"""Content codings by RFC 9110 §8.4 and §12.5.3: which one, of what, and that a broken answer stays broken."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from terrinclus_kg.server.coding import ENCODERS, SMALLEST, Coding, Preference, choose
from terrinclus_kg.server.interface import Environ, StartResponse

TEXT = "Les départements et leurs partenaires\n".encode() * 200


def decode(coding: str, body: bytes) -> bytes:
    """As a strict client does: it raises where the coding has no end."""
    if coding == "gzip":
        return gzip.decompress(body)
    if coding == "br":
        return bytes(brotli.decompress(body))
    stream = zstandard.ZstdDecompressor().decompressobj()
    found = stream.decompress(body)
    if not stream.eof:
        raise EOFError
    return found


def decode_some(coding: str, body: bytes) -> bytes:
    """What can be read of a coded text that has only begun to arrive."""
    if coding == "gzip":
        return zlib.decompressobj(31).decompress(body)
    if coding == "br":
        return bytes(brotli.Decompressor().process(body))
    return zstandard.ZstdDecompressor().decompressobj().decompress(body)


class App:
    """An application that answers as it is told."""

    def __init__(self, parts: Iterable[bytes] = (TEXT,), status: str = "200 OK", **headers: str) -> None:
        self.parts, self.status, self.closed = parts, status, 0
        self.headers = [("Content-Type", "text/turtle; charset=utf-8"), ("Vary", "Accept")]
        if isinstance(parts, tuple):
            self.headers.append(("Content-Length", str(sum(map(len, parts)))))
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        self.headers = [pair for pair in self.headers if pair[0] not in given] + list(given.items())
        self.seen: Environ = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.seen = environ
        start_response(self.status, self.headers)
        return self

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.parts)

    def close(self) -> None:
        self.closed += 1


def ask(app: App, accept: str | None = None, method: str = "GET", **headers: str) -> TestResponse:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if accept is not None:
        given["Accept-Encoding"] = accept
    return Client(Coding(app)).open("/", method=method, headers=given)


@pytest.mark.parametrize(
    ("header", "coding", "plain"),
    [
        ("", "", True),
        ("gzip", "gzip", True),
        ("GZip", "gzip", True),
        ("x-gzip", "gzip", True),
        ("gzip, deflate, br, zstd", "zstd", True),
        ("gzip, deflate, br", "br", True),
        ("gzip;q=1.0, br;q=0.5", "gzip", True),
        ("gzip;q=0.001", "gzip", True),
        ("gzip;q=0", "", True),
        ("identity", "", True),
        ("identity;q=1, gzip;q=0.5", "", True),
        ("identity;q=0.5, gzip;q=0.5", "gzip", True),
        ("identity;q=0", "", False),
        ("identity;q=0, gzip;q=0.1", "gzip", False),
        ("*", "zstd", True),
        ("*;q=0", "", False),
        ("*;q=0, br", "br", False),
        ("*;q=0, identity", "", True),
        ("*, zstd;q=0, br;q=0", "gzip", True),
        ("deflate, compress", "", True),
        ("gzip;q=2", "", True),
        ("gzip;q=nonsense, br;q=0.1", "br", True),
        ("gzip;q=0, gzip", "gzip", True),
        (",, ,;q=1, gzip", "gzip", True),
    ],
)
def test_the_coding_by_weight(header: str, coding: str, plain: bool) -> None:
    assert choose(header) == Preference(coding, plain)


WEIGHTS = st.one_of(st.none(), st.integers(0, 1000).map(lambda n: n / 1000))
NAMES = st.sampled_from([*ENCODERS, "identity", "*", "deflate"])


@given(st.dictionaries(NAMES, WEIGHTS))
def test_no_coding_is_sent_that_the_client_likes_less_than_another(wanted: dict[str, float | None]) -> None:
    header = ", ".join(name if q is None else f"{name};q={q:.3f}" for name, q in wanted.items())
    weights = {name: 1.0 if q is None else q for name, q in wanted.items()}
    rest = weights.get("*")
    chosen = choose(header)
    for name in ENCODERS:
        assert weights.get(name, rest or 0.0) <= weights.get(chosen.coding, rest or 0.0) or not chosen.coding
    if chosen.coding:
        assert weights.get(chosen.coding, rest or 0.0) > 0
        assert weights.get("identity", 0.0) <= weights.get(chosen.coding, rest or 0.0)
    else:
        best = max(weights.get(name, rest or 0.0) for name in ENCODERS)
        assert best == 0 or weights.get("identity", 0.0) > best
    assert chosen.plain == (weights.get("identity", 1.0 if rest is None else rest) > 0)


@given(st.text(max_size=400))
def test_any_header_has_an_answer(header: str) -> None:
    assert choose(header).coding in ("", *ENCODERS)


@pytest.mark.parametrize("coding", ENCODERS)
def test_text_comes_coded_and_says_so(coding: str) -> None:
    app = App(ETag='"abc"', Accept_Ranges="bytes")
    answer = ask(app, coding)
    assert answer.headers["Content-Encoding"] == coding
    assert answer.headers["ETag"] == f'"abc-{coding}"'
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"
    assert "Accept-Ranges" not in answer.headers
    assert int(answer.headers["Content-Length"]) == len(answer.data) < len(TEXT)
    assert decode(coding, answer.data) == TEXT
    assert app.closed == 1


@pytest.mark.parametrize(
    "app",
    [
        App((b"x" * (SMALLEST - 1),)),
        App(Content_Type="application/gzip"),
        App(Content_Type="image/png"),
        App(Content_Type="application/octet-stream"),
        App(Content_Encoding="gzip"),
        App(status="206 Partial Content", Content_Range="bytes 0-9/100"),
        App(status="404 Not Found"),
    ],
)
def test_what_is_not_coded(app: App) -> None:
    answer = ask(app, "zstd, br, gzip")
    assert answer.data == b"".join(app.parts)
    assert answer.headers.get("Content-Encoding") == dict(app.headers).get("Content-Encoding")
    assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html; charset=utf-8",
        "text/csv",
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "application/ld+json",
        "application/rdf+xml",
        "application/n-triples",
        "application/n-quads",
        "application/trig",
        "application/json",
        "application/problem+json",
        "image/svg+xml",
        "text/javascript; charset=utf-8",
    ],
)
def test_all_kinds_of_text_are_coded(content_type: str) -> None:
    assert ask(App(Content_Type=content_type), "gzip").headers["Content-Encoding"] == "gzip"


def test_a_client_that_takes_nothing_plain_gets_small_answers_coded() -> None:
    answer = ask(App((b"ok\n",)), "gzip, identity;q=0")
    assert decode("gzip", answer.data) == b"ok\n"


def test_a_client_that_takes_nothing_gets_the_answer_as_it_is() -> None:
    answer = ask(App(), "*;q=0")
    assert answer.status_code == 200
    assert answer.data == TEXT


@pytest.mark.parametrize("coding", ENCODERS)
def test_each_part_of_a_stream_can_be_read_when_it_has_come(coding: str) -> None:
    lines = [f"line {number}\n".encode() for number in range(20)]
    taken: list[bytes] = []

    def parts() -> Iterator[bytes]:
        for line in lines:
            assert decode_some(coding, b"".join(taken)) == b"".join(lines[: lines.index(line)])
            yield line

    app = App(parts())
    head: list[object] = []
    chunks = Coding(app)({"REQUEST_METHOD": "GET", "HTTP_ACCEPT_ENCODING": coding}, lambda *told: head.append(told))
    for chunk in chunks:
        taken.append(chunk)
    assert decode(coding, b"".join(taken)) == b"".join(lines)
    chunks.close()  # type: ignore[attr-defined]
    assert app.closed == 1


@pytest.mark.parametrize("coding", ENCODERS)
def test_a_broken_answer_has_no_end(coding: str) -> None:
    def parts() -> Iterator[bytes]:
        yield TEXT
        raise TimeoutError("over the limit")

    chunks = Coding(App(parts()))({"REQUEST_METHOD": "GET", "HTTP_ACCEPT_ENCODING": coding}, lambda *_: None)
    taken: list[bytes] = []
    with pytest.raises(TimeoutError):
        taken.extend(chunks)
    assert decode_some(coding, b"".join(taken)) == TEXT
    with pytest.raises((EOFError, brotli.error)):
        decode(coding, b"".join(taken))


def test_an_answer_nobody_reads_is_closed() -> None:
    app = App(iter([TEXT]))
    chunks = Coding(app)({"REQUEST_METHOD": "GET", "HTTP_ACCEPT_ENCODING": "br"}, lambda *_: None)
    chunks.close()  # type: ignore[attr-defined]
    assert app.closed == 1


def test_a_very_long_answer_is_never_held_whole() -> None:
    taken: list[int] = []

    def parts() -> Iterator[bytes]:
        for number in range(64):
            taken.append(number)
            yield bytes([number % 7]) * 65536

    app = App(parts(), Content_Length=str(64 * 65536))
    chunks = Coding(app)({"REQUEST_METHOD": "GET", "HTTP_ACCEPT_ENCODING": "gzip"}, lambda *_: None)
    assert next(iter(chunks))
    assert taken == [0]


def test_head_tells_what_get_would() -> None:
    app = App((), ETag='W/"abc"', Content_Length=str(len(TEXT)))
    answer = ask(app, "br", method="HEAD")
    assert answer.headers["Content-Encoding"] == "br"
    assert answer.headers["ETag"] == 'W/"abc-br"'
    assert "Content-Length" not in answer.headers
    assert answer.data == b""


@pytest.mark.parametrize(
    ("held", "accept", "passed_on", "told"),
    [
        ('"abc-gzip"', "gzip", '"abc"', '"abc-gzip"'),
        ('W/"abc-gzip"', "gzip", 'W/"abc"', '"abc-gzip"'),
        ('"x", "abc-gzip"', "gzip", '"x", "abc"', '"abc-gzip"'),
        ('"abc"', "gzip", '"abc"', '"abc"'),  # it has the plain one, and may use it
        ('"abc-gzip"', "br", '"abc-gzip"', None),  # it has one that it could not read now
        ('"abc-gzip"', "", '"abc-gzip"', None),
        ("*", "gzip", "*", '"abc"'),
    ],
)
def test_a_validator_stands_for_one_coding(held: str, accept: str, passed_on: str, told: str | None) -> None:
    app = App((), status="304 Not Modified", ETag='"abc"')
    answer = ask(app, accept, If_None_Match=held)
    assert app.seen["HTTP_IF_NONE_MATCH"] == passed_on
    if told:
        assert answer.headers["ETag"] == told
        assert answer.headers["Vary"] == "Accept, Accept-Encoding"
