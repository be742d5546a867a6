"""Repeated requests are answered with the bytes of the first: in front of the application, which works only once.

An answer is kept when it is whole, the same for everybody, and bound to the release: 200, with an ETag that is to
be asked about each time (``no-cache``) or for ever (``immutable``), or with the application's word (`CACHEABLE`),
never ``no-store``, nor to a request with credentials. Its key is all that the answer depends on (`Asked`), this
program's version and settings, and the release that serves: so nothing is ever out of date, and no time of keeping
is needed. Conditional requests are answered here too (RFC 9110 §13.2.2).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import NamedTuple

from terrinclus_kg.config import Settings
from terrinclus_kg.metrics import Metrics
from terrinclus_kg.server import log
from terrinclus_kg.server.assets import edition
from terrinclus_kg.server.cache import Cache, Entry
from terrinclus_kg.server.coding import Preference, choose, untagged
from terrinclus_kg.server.interface import Environ, Head, Headers, StartResponse, WsgiApp, close

# In the environ: whether the answer is the same as long as the release is, where its headers alone do not tell.
CACHEABLE = "terrinclus.cacheable"
# In the environ: where to look for the answer, where that has been found out already.
PLACE = "terrinclus.place"
QUICK = 0.003  # seconds: what takes no longer to make takes as long to be written to a file
_QUERIES = "/sparql"  # how the paths end that take a query in a body
# Requests that carry one of these are for the application alone.
_OWN = ("authorization", "range", "if-match", "if-unmodified-since", "content-encoding", "accept-datetime")
_NOT_IN_304 = ("content-length", "content-type", "content-encoding", "content-language", "content-disposition")
_NOT_KEPT = ("content-length", "connection", "date", "server", "transfer-encoding")
_ASKED = ("accept", "accept-language", "accept-encoding", "if-none-match", "if-modified-since", "user-agent")
_ENVIRON = {name: "HTTP_" + name.upper().replace("-", "_") for name in (*_OWN, *_ASKED)}
_ENVIRON["content-type"] = "CONTENT_TYPE"

Header = Callable[[str], str | None]  # the value of a request header by its name in lower case


class Asked(NamedTuple):
    """All of a request that its answer depends on. HEAD is asked as GET; ``path`` is as in PATH_INFO."""

    method: str
    path: str
    query: str
    body: bytes | None
    content_type: str
    accept: str
    language: str
    preference: Preference


class Place(NamedTuple):
    """Where an answer is kept, if it is: the release that serves, and the key."""

    release: str
    key: str
    asked: Asked


class Hit(NamedTuple):
    """An answer as it goes out."""

    status: str
    headers: Headers
    body: bytes


class Cached:
    """WSGI middleware that answers repeated requests by itself.

    Args:
        wsgi: the application.
        settings: for the place and the size of the cache; all others are part of the key.
        serving: tells the id of the release that answers, "" while there is none; must not wait.
        metrics: where hits and misses are counted.
    """

    def __init__(self, wsgi: WsgiApp, settings: Settings, serving: Callable[[], str], metrics: Metrics) -> None:
        self.wsgi = wsgi
        self._serving = serving
        self._metrics = metrics
        self._on = settings.cache_size > 0
        self._cache = Cache(settings.home / "cache", settings.cache_size, settings.cache_entry)
        self._longest_body = 3 * settings.query_size
        self._salt = _salt(settings)
        self._counts = {outcome: metrics.cache.labels(outcome) for outcome in ("hit", "miss", "pass")}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        started, method, header = time.monotonic(), environ["REQUEST_METHOD"], _header(environ)
        if PLACE in environ:  # also where there is none
            place = environ[PLACE]
        else:
            path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
            place = self._place(method, path, query, header, self._body(environ))
        if place is None:
            self._counts["pass"].inc()
            return self.wsgi(environ, start_response)
        if entry := self._cache.find(place.release, place.key):
            hit = self._hit(method, place.asked, header, entry)
            self._tell(method, place.asked, header, entry, hit, environ.get("REMOTE_ADDR", ""), started)
            start_response(hit.status, hit.headers)
            return [hit.body]
        self._counts["miss"].inc()
        return self._make(environ, start_response, place)

    def quick(self, method: str, path: str, query: str, header: Header, body: bytes, client: str) -> Hit | Place | None:
        """The answer, if it is at hand without any waiting; else where it may be (for the environ, as `PLACE`); None if
        it is not of the kind that is kept. ``path`` as in PATH_INFO."""
        started = time.monotonic()
        place = self._place(method, path, query, header, body)
        if place is None or (entry := self._cache.recall(place.release, place.key)) is None:
            return place
        hit = self._hit(method, place.asked, header, entry)
        self._tell(method, place.asked, header, entry, hit, client, started)
        return hit

    def _place(self, method: str, path: str, query: str, header: Header, body: bytes | None) -> Place | None:
        release = self._serving() if self._on else ""
        asked = self._asked(method, path, query, header, body) if release else None
        if asked is None:
            return None
        told = repr((self._salt, release, *asked)).encode("utf-8", "surrogatepass")
        return Place(release, hashlib.sha256(told).hexdigest(), asked)

    def _asked(self, method: str, path: str, query: str, header: Header, body: bytes | None) -> Asked | None:
        """What the answer depends on; None where it is for the application alone."""
        content_type = ""
        if method in ("POST", "QUERY") and path.endswith(_QUERIES) and body is not None:
            content_type = header("content-type") or ""
        elif method in ("GET", "HEAD"):
            method, body = "GET", None
        else:
            return None
        if any(header(name) for name in _OWN):
            return None
        preference = choose(header("accept-encoding") or "")
        accept, language = header("accept") or "", header("accept-language") or ""
        return Asked(method, path, query, body, content_type, accept, language, preference)

    def _body(self, environ: Environ) -> bytes | None:
        """The body of a query, which the application can read again; None for another, or one too long to look at."""
        if not environ["PATH_INFO"].endswith(_QUERIES):
            return None
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return None
        if not 0 < length <= self._longest_body:
            return None
        body: bytes = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = BytesIO(body)
        return body if len(body) == length else None

    def _hit(self, method: str, asked: Asked, header: Header, entry: Entry) -> Hit:
        if asked.method == "GET" and (etag := _held(entry.headers, asked, header)) is not None:
            kept = [pair for pair in entry.headers if pair[0].lower() not in (*_NOT_IN_304, "etag")]
            return Hit("304 Not Modified", [*kept, ("ETag", etag)], b"")
        return Hit(entry.status, entry.headers, b"" if method == "HEAD" else entry.body)

    def _tell(
        self, method: str, asked: Asked, header: Header, entry: Entry, hit: Hit, client: str, started: float
    ) -> None:
        self._counts["hit"].inc()
        status = int(hit.status[:3])
        self._metrics.request(method, status)
        log.answered(method, asked.path, status, started, client, header("user-agent"), {"cache": "hit", **entry.about})

    def _make(self, environ: Environ, start_response: StartResponse, place: Place) -> Iterable[bytes]:
        release = place.release
        head, began = Head(), time.monotonic()
        chunks = self.wsgi(environ, head)
        start_response(head.status, head.headers)
        if environ["REQUEST_METHOD"] == "HEAD" or not _may_be_kept(head, environ, release):
            return chunks

        def keep(body: bytes) -> None:
            if self._serving() == release:
                headers = [*head.but(*_NOT_KEPT), ("Content-Length", str(len(body)))]
                entry = Entry(head.status, headers, body, environ.get(log.ABOUT, {}))
                self._cache.keep(release, place.key, entry, file=time.monotonic() - began > QUICK)
                self._metrics.cache_size.set(self._cache.size)

        return _Recorded(chunks, self._cache.entry, keep)


class _Recorded:
    """An answer on its way, collected as long as it is not too large, and kept once it has been sent."""

    def __init__(self, chunks: Iterable[bytes], limit: int, keep: Callable[[bytes], None]) -> None:
        self._chunks, self._limit, self._keep = chunks, limit, keep
        self._parts: list[bytes] = []
        self._size, self._whole = 0, False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._size += len(chunk)
            if self._size <= self._limit:
                self._parts.append(chunk)
            else:
                self._parts.clear()
            yield chunk
        self._whole = self._size <= self._limit

    def close(self) -> None:
        close(self._chunks)
        if self._whole:
            self._whole = False
            self._keep(b"".join(self._parts))


def _may_be_kept(head: Head, environ: Environ, release: str) -> bool:
    control = head.get("cache-control")
    if head.code != 200 or "no-store" in control or "private" in control or head.get("set-cookie"):
        return False
    if head.get("terrinclus-release") not in ("", release):  # a former release may be removed while this one serves
        return False
    validated = head.get("etag") and ("no-cache" in control or "immutable" in control)
    return bool(environ.get(CACHEABLE, validated))


def _held(headers: Headers, asked: Asked, header: Header) -> str | None:
    """The ETag by which a client has an answer already, plain or coded; None if it has not."""
    tags, since = header("if-none-match"), header("if-modified-since")
    if not tags and not since:
        return None
    named = {name.lower(): value for name, value in headers}
    etag = named.get("etag", "")
    if tags:
        given = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        own = [tag for tag in (etag, untagged(etag, asked.preference.coding)) if tag.removeprefix("W/") in given]
        return own[0] if own and etag else etag if "*" in given else None
    return etag if _same_date(since, named.get("last-modified")) else None


def _same_date(since: str | None, modified: str | None) -> bool:
    """Only the very date counts: an earlier release may have come back since."""
    try:
        return bool(since and modified) and parsedate_to_datetime(str(since)) == parsedate_to_datetime(str(modified))
    except (TypeError, ValueError):  # no date, or one without a time zone
        return False


def _header(environ: Environ) -> Header:
    return lambda name: environ.get(_ENVIRON[name])


def _salt(settings: Settings) -> str:
    """What else answers depend on: this program, and what an operator has set (a secret counts as set or not)."""
    apart = {"home", "cache_size", "cache_entry", "fault"} | ({"host", "port"} if settings.public_url else set())
    return hashlib.sha256((edition() + settings.model_dump_json(exclude=apart)).encode()).hexdigest()
