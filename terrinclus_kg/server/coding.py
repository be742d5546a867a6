"""Content codings: zstd, br or gzip, by ``Accept-Encoding`` (RFC 9110 §8.4, §12.5.3).

`Coding` stands in front of the application, which knows nothing of it. Text over a kilobyte is coded; what streams
is coded as it streams, and each part can be read as soon as it has come. An answer that breaks off has no end in
its coding either. A coded answer has an ETag of its own: that of the plain one, with the coding's name.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import brotli
import zstandard

from terrinclus_kg.server import negotiate
from terrinclus_kg.server.interface import Environ, Head, Headers, Parts, StartResponse, WsgiApp, close

SMALLEST = 1024  # bytes of an answer that is worth the while
AT_ONCE = 1024**2  # bytes of an answer of known length that is coded in one piece
_TEXT = re.compile(r"text/|application/(?:json|xml|javascript|n-triples|n-quads|trig)\b|[a-z]+/[\w.-]+\+(?:json|xml)\b")
_VALIDATORS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH")
_ALIAS = {"gzip": "x-gzip"}  # RFC 9110 §8.4.1.3


class Encoder(NamedTuple):
    """One answer in its coding. ``part``: what can be decoded at once; ``end``: what makes it whole."""

    part: Callable[[bytes], bytes]
    end: Callable[[], bytes]


def _zstd() -> Encoder:
    stream = zstandard.ZstdCompressor(level=3).compressobj()
    block = zstandard.COMPRESSOBJ_FLUSH_BLOCK
    return Encoder(lambda data: stream.compress(data) + stream.flush(block), stream.flush)


def _br() -> Encoder:
    stream = brotli.Compressor(quality=4)
    return Encoder(lambda data: stream.process(data) + stream.flush(), stream.finish)


def _gzip() -> Encoder:
    stream = zlib.compressobj(5, zlib.DEFLATED, 31)
    return Encoder(lambda data: stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH), stream.flush)


# In order of preference. Levels: where ours spend at most 5 µs a kilobyte of SPARQL results.
ENCODERS: dict[str, Callable[[], Encoder]] = {"zstd": _zstd, "br": _br, "gzip": _gzip}


class Preference(NamedTuple):
    """What a client takes: the coding that it likes best ("": none), and whether also what is not coded."""

    coding: str = ""
    plain: bool = True


def choose(accept_encoding: str) -> Preference:
    """The coding that fits an ``Accept-Encoding`` header best; on a tie the one we like best.

    A client that does not send it gets answers as they are. So does one that refuses all that there is, plain
    answers included: RFC 9110 §12.1 lets a server pass over a preference that it cannot meet.
    """
    return _remembered(accept_encoding) if len(accept_encoding) < _USUAL else _choose(accept_encoding)


def _choose(accept_encoding: str) -> Preference:
    weights = negotiate.weights(accept_encoding)
    rest = weights.get("*")
    found = {name: weights.get(name, weights.get(_ALIAS.get(name, name), rest or 0.0)) for name in ENCODERS}
    best = max(found, key=lambda name: found[name])
    plain = weights.get("identity", 1.0 if rest is None else rest)
    wanted = found[best] > 0 and found[best] >= weights.get("identity", 0.0)
    return Preference(best if wanted else "", plain > 0)


_USUAL = 100  # characters of a header that is worth remembering
_remembered = lru_cache(256)(_choose)


def tagged(etag: str, coding: str) -> str:
    """The ETag of the same answer in a coding: ``W/"abc"`` → ``W/"abc-gzip"``."""
    return f'{etag[:-1]}-{coding}"' if coding and etag else etag


def untagged(etags: str, coding: str) -> str:
    """A list of ETags in which those of a coding stand for the plain answer; those of other codings stay."""
    return etags.replace(f'-{coding}"', '"') if coding else etags


class Coding:
    """WSGI middleware: sends the answers of an application in the coding that the client likes best."""

    def __init__(self, wsgi: WsgiApp) -> None:
        self.wsgi = wsgi

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        preference = choose(environ.get("HTTP_ACCEPT_ENCODING", ""))
        held = environ.get("HTTP_IF_NONE_MATCH", "")
        for name in _VALIDATORS:
            if name in environ:
                environ[name] = untagged(environ[name], preference.coding)
        head = Head()
        chunks = self.wsgi(environ, head)
        head.headers = _varying(head)
        if head.code == 304:
            head.headers = _same_tag(head, held, preference.coding)
        elif preference.coding and _fit(head, preference):
            return _coded(chunks, environ["REQUEST_METHOD"], head, preference.coding, start_response)
        start_response(head.status, head.headers)
        return chunks


def _varying(head: Head) -> Headers:
    vary = head.get("vary")
    return [*head.but("vary"), ("Vary", f"{vary}, Accept-Encoding" if vary else "Accept-Encoding")]


def _same_tag(head: Head, held: str, coding: str) -> Headers:
    """The headers of a 304: they name the answer that the client has, plain or coded."""
    coded = tagged(etag := head.get("etag"), coding)
    if not etag or coded.removeprefix("W/") not in held:
        return head.headers
    return [*head.but("etag"), ("ETag", coded)]


def _fit(head: Head, preference: Preference) -> bool:
    """Whether an answer is coded: whole text, not coded yet, of some length or unknown length."""
    if head.code != 200 or head.get("content-encoding") or not _TEXT.match(head.get("content-type").lower()):
        return False
    length = head.get("content-length")
    return not length or int(length) >= SMALLEST or (not preference.plain and int(length) > 0)


def _coded(
    chunks: Iterable[bytes], method: str, head: Head, coding: str, start_response: StartResponse
) -> Iterable[bytes]:
    headers = head.but("content-length", "content-encoding", "accept-ranges", "etag")
    headers.append(("Content-Encoding", coding))
    if etag := head.get("etag"):
        headers.append(("ETag", tagged(etag, coding)))
    encoder = ENCODERS[coding]()
    if method == "HEAD":  # RFC 9110 §9.3.2: the length may be left out where only making the answer would tell it
        parts: Iterable[bytes] = chunks
    elif 0 < int(head.get("content-length") or 0) <= AT_ONCE:
        parts = [_at_once(chunks, encoder)]
        headers.append(("Content-Length", str(len(parts[0]))))
    else:
        parts = Parts(_stream(chunks, encoder), lambda: close(chunks))
    start_response(head.status, headers)
    return parts


def _at_once(chunks: Iterable[bytes], encoder: Encoder) -> bytes:
    try:
        return encoder.part(b"".join(chunks)) + encoder.end()
    finally:
        close(chunks)


def _stream(chunks: Iterable[bytes], encoder: Encoder) -> Iterator[bytes]:
    for chunk in chunks:
        if chunk:
            yield encoder.part(chunk)
    yield encoder.end()
