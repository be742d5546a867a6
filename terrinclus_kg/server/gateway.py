"""Serves a WSGI application over granian's RSGI interface.

WSGI under granian cannot keep two promises: it ends a body in good order when the application
raises, so that a broken answer looks whole, and it does not say over which connection a request
came, so that nobody can tell whether the client is still there. RSGI names the client's port, by
which `Connection` finds the socket. What the cache has at hand is answered at once; otherwise the
application runs in a thread of a pool, and has the connection in its environ.
"""

from __future__ import annotations

import asyncio
import logging
import math
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, closing, suppress
from functools import partial
from io import BytesIO
from queue import SimpleQueue
from threading import Thread
from typing import Any

from terrinclus_kg.server.cached import PLACE, Cached, Hit
from terrinclus_kg.server.connection import Connection
from terrinclus_kg.server.interface import Environ, Head, StartResponse, WsgiApp, close

_log = logging.getLogger(__name__)
CONNECTION = "terrinclus.connection"
# In the environ: path of the file that an answer of status 200 or 206 to GET is, where it is one.
FILE = "terrinclus.file"
IN_FLIGHT = 4 * 1024**2  # bytes of an answer that may wait for a slow reader
ONE_PIECE = 1024**2  # bytes: an answer of known length up to this goes out at once
PATIENCE = 20.0  # seconds that a reader may take for one part of an answer: until then it holds a thread
HEAD_START = 1.0  # seconds that the head of an answer has to reach its reader before the answer breaks off
ARRIVAL = 30.0  # seconds that a stranger's body may take
SMALL = 8 * 1024  # bytes of a body that anybody may send at any time
LARGER = 256  # larger bodies of strangers that are read or answered at a time; others wait on their wire
_CLOSING = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store"), ("connection", "close")]
_BODILESS = ("GET", "HEAD", "OPTIONS")


class Gateway:
    """What granian serves by ``--interface rsgi``; any other WSGI server takes it as it is.

    Args:
        front: the application, with the cache in front of it.
        threads: how many requests it answers at a time.
        body_limit: most bytes of a request body; one more is read, for the application to refuse.
        larger: a larger limit for those it knows, by path and ``Authorization`` header (0: none).
    """

    def __init__(
        self, front: Cached, *, threads: int, body_limit: int, larger: Callable[[str, str], int] = lambda *_: 0
    ) -> None:
        self.front = front
        self.body_limit = body_limit
        self._larger = larger
        self._threads = _Threads(threads)
        self._room = asyncio.Semaphore(LARGER)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI. Under granian an answer is first finished, then sent: so a broken one is told as an error."""
        chunks = self.front(environ, start_response)
        if environ.get("SERVER_SOFTWARE") != "Granian":
            return chunks
        try:
            return [b"".join(chunks)]
        finally:
            close(chunks)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answers one request (RSGI 1.5, docs/spec/RSGI.md of granian)."""
        if scope.proto != "http":
            protocol.close(None)
            return
        if scope.method in _BODILESS:
            await self._answer(scope, protocol, b"")
            return
        async with AsyncExitStack() as room:
            try:
                body = await self._body(scope, protocol, room)
            except TimeoutError:
                protocol.response_str(408, _CLOSING, f"the body took longer than {ARRIVAL:g} seconds to come\n")
                return
            await self._answer(scope, protocol, body)

    async def _answer(self, scope: Any, protocol: Any, body: bytes) -> None:
        headers = _headers(scope)
        client = scope.client.rpartition(":")[0].strip("[]")
        found = self.front.quick(scope.method, _path(scope), _query(scope), headers.get, body, client)
        if isinstance(found, Hit):
            protocol.response_bytes(int(found.status[:3]), found.headers, found.body)
        else:
            exchange = _Exchange(protocol, Connection(scope.client))
            environ = _environ(scope, headers, body) | {PLACE: found}
            await self._threads.run(partial(exchange.run, self.front, environ))

    async def _body(self, scope: Any, protocol: Any, room: AsyncExitStack) -> bytes:
        """The body, up to its limit and one byte. A large one of a stranger is in ``room`` as long as it is there.

        Raises:
            TimeoutError: a stranger takes too long.
        """
        larger = self._larger(scope.path, scope.headers.get("authorization") or "")
        limit, found = max(self.body_limit, larger), bytearray()
        small = math.inf if larger else SMALL
        async with asyncio.timeout(None if larger else ARRIVAL):
            async for chunk in protocol:
                found += chunk
                if len(found) > limit:
                    break
                if len(found) > small:
                    small = math.inf
                    await room.enter_async_context(self._room)
        return bytes(found[: limit + 1])


class _Threads:
    """Threads that work for one event loop. `concurrent.futures` would take twice the time for handing over a job.

    All methods but `_work` are called in the loop. A job goes to an idle thread, or to a new one up to ``most``.
    """

    def __init__(self, most: int) -> None:
        self._most, self._started, self._busy = most, 0, 0
        self._jobs: SimpleQueue[tuple[Callable[[], None], asyncio.AbstractEventLoop, asyncio.Future[None]]] = (
            SimpleQueue()
        )

    def run(self, job: Callable[[], None]) -> asyncio.Future[None]:
        """Does a job in a thread. The future has no result, or what the job has raised."""
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._busy += 1
        if self._started < min(self._busy, self._most):
            self._started += 1
            Thread(target=self._work, name=f"request-{self._started}", daemon=True).start()
        self._jobs.put((job, loop, done))
        return done

    def _work(self) -> None:
        while True:
            job, loop, done = self._jobs.get()
            error: BaseException | None = None
            try:
                job()
            except BaseException as raised:
                error = raised
            with suppress(RuntimeError):  # the loop is closed: the service ends
                loop.call_soon_threadsafe(self._end, done, error)
            del job, done, error  # nothing of a request lives on in a thread that waits

    def _end(self, done: asyncio.Future[None], error: BaseException | None) -> None:
        self._busy -= 1
        if done.cancelled():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


class _Exchange:
    """One answer on its way out. Runs in a thread of the pool."""

    def __init__(self, protocol: Any, connection: Connection) -> None:
        self.protocol, self.connection = protocol, connection
        self.head = Head()

    def run(self, wsgi: WsgiApp, environ: Environ) -> None:
        """Answers the request. An answer that is known to be short goes out in one piece."""
        environ[CONNECTION] = self.connection
        with closing(self.connection):
            chunks = wsgi(environ, self.head)
            try:
                if (file := environ.get(FILE)) and environ["REQUEST_METHOD"] == "GET" and self.head.code in (200, 206):
                    self._hand_over(file)
                elif environ.get("REQUEST_METHOD") == "HEAD" or self._length() <= ONE_PIECE:
                    self.protocol.response_bytes(self.head.code, self.head.headers, b"".join(chunks))
                else:
                    self._stream(chunks)
            finally:
                close(chunks)

    def _hand_over(self, file: str) -> None:
        """Lets the server send a file, or the part that ``Content-Range`` names: it needs no thread for that."""
        code, headers = self.head.code, self.head.headers
        if code == 200:
            self.protocol.response_file(code, headers, file)
        else:
            first, last = self.head.get("content-range").removeprefix("bytes ").partition("/")[0].split("-")
            self.protocol.response_file_range(code, headers, file, int(first), int(last) + 1)

    def _length(self) -> float:
        return float(self.head.get("content-length") or math.inf)

    def _stream(self, chunks: Iterable[bytes]) -> None:
        self.connection.find()
        before = self.connection.acknowledged()
        transport = self.protocol.response_stream(self.head.code, self.head.headers)
        sent = 0
        try:
            for chunk in chunks:
                transport.send_bytes(chunk)  # hands it over at once; what it returns need not be awaited
                sent += len(chunk)
                if before is not None:
                    self._wait_for_reader(before + sent - IN_FLIGHT, PATIENCE)
        except Exception as error:
            if before is not None:  # what broke at once may still be in the server's queue, status and all
                with suppress(ConnectionError):
                    self._wait_for_reader(before + 1, HEAD_START)
            self.connection.cut()
            _log.warning("answer broken off: %s", error)

    def _wait_for_reader(self, mark: int, patience: float) -> None:
        """Waits until the client has taken the answer up to ``mark``: the server's queue has no bound.

        Raises:
            ConnectionError: it has left, or is too slow.
        """
        until = time.monotonic() + patience
        while (self.connection.acknowledged() or 0) < mark:
            if self.connection.gone() or time.monotonic() > until:
                raise ConnectionError("the client no longer takes its answer")
            time.sleep(0.005)


def _query(scope: Any) -> str:
    """The query string; bytes beyond ASCII, which some clients send as they are, one a character (PEP 3333)."""
    text: str = scope.query_string
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def _path(scope: Any) -> str:
    """PATH_INFO of PEP 3333: bytes as characters."""
    path: str = scope.path.encode().decode("latin-1")
    return path


def _headers(scope: Any) -> dict[str, str]:
    """The headers of a request by their names in lower case; one that stands twice is a list (RFC 9110 §5.3)."""
    found: dict[str, str] = {}
    for name, value in scope.headers.items():
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _environ(scope: Any, headers: dict[str, str], body: bytes) -> Environ:
    """The environ of PEP 3333. Nothing is taken from the environment of the process."""
    host, _, port = scope.server.rpartition(":")
    peer, _, peer_port = scope.client.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _path(scope),
        "QUERY_STRING": _query(scope),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": peer.strip("[]"),
        "REMOTE_PORT": peer_port,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        if "_" in name:  # X_Forwarded_For would pass for X-Forwarded-For, which proxies write
            continue
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ
