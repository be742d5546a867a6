"""HTTP to a remote engine: connections that are kept, credentials, patience with a bad moment, and a way to break off.

What an engine answers is streamed, and raises if it ends too early.
"""

from __future__ import annotations

import base64
import contextlib
import socket
from collections.abc import Generator, Mapping
from threading import Event, Lock, local
from typing import Any

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import EmptyPoolError, HTTPError

from terrinclus_kg import __version__
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import QueueFull, RemoteFailed
from terrinclus_kg.store.remote.dialects import Refusal, over_time

PART = 64 * 1024  # bytes read at a time
_CONNECT = 5.0  # seconds
_TRIES, _BACKOFF = 3, 0.2  # the first pause in seconds; each further one is twice as long
_BAD_MOMENT = (502, 503, 504)
_TOLD = 4096  # bytes of the beginning and of the end of an error that are read
_DRAINED = 64 * 1024**2  # bytes of an error after which the connection is given up
_current = local()


class Refused(Exception):
    """The engine answered, but not with success."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status)
        self.refusal = refusal


class Exchange:
    """One request and its answer. `break_off` may be called from any thread, at any time."""

    def __init__(self) -> None:
        self.broken = Event()
        self._lock = Lock()
        self._connection: _Holding | None = None

    def hold(self, connection: _Holding) -> None:
        """Takes a connection for this exchange, which may be broken off already."""
        with self._lock:
            self._connection = connection
        if self.broken.is_set():
            self.break_off()

    def break_off(self) -> None:
        """Closes the connection, if it is still this exchange that uses it. Whoever reads from it wakes up."""
        self.broken.set()
        with self._lock:
            connection = self._connection
        if connection is not None and connection.exchange is self and connection.wire is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection.wire, socket.SHUT_RDWR)


class _Holding:
    """A connection that knows which exchange uses it, and keeps its socket in sight."""

    exchange: Exchange | None = None
    wire: socket.socket | None = None
    sock: socket.socket | None

    def request(self, *args: Any, **kwargs: Any) -> None:
        self.exchange = getattr(_current, "exchange", None)
        super().request(*args, **kwargs)  # type: ignore[misc]  # of the connection that it is mixed into
        self.wire = self.sock
        if self.exchange is not None:
            self.exchange.hold(self)


class _Held(_Holding, HTTPConnection):
    pass


class _HeldSecure(_Holding, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Held


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _HeldSecure


class Upstream:
    """The connections to one engine. All methods may be called from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.remote_connections
        self._manager = PoolManager(num_pools=4, maxsize=self._most, block=True)
        self._manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        self._headers = {"User-Agent": f"terrinclus-kg/{__version__}", **_credentials(settings)}

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        exchange: Exchange | None = None,
        seconds: float | None = None,
    ) -> BaseHTTPResponse:
        """Sends a request that does no harm when it is sent twice, and waits for the head of the answer.

        A connection that fails, and 502, 503 and 504, are tried again: nothing of an answer has been seen then.

        Args:
            seconds: longest wait for bytes of the answer; None: without end.

        Raises:
            Refused: the engine does not answer with success.
            RemoteFailed: it cannot be reached.
            QueueFull: all connections are in use.
        """
        exchange = exchange or Exchange()
        for attempt in range(1, _TRIES + 1):
            try:
                return self._once(method, url, body, dict(headers or {}), exchange, seconds)
            except Refused as error:
                refusal = error.refusal
                if attempt == _TRIES or refusal.status not in _BAD_MOMENT or over_time(refusal.said):
                    raise
            except EmptyPoolError:
                raise self._crowded() from None
            except (HTTPError, OSError) as error:
                if attempt == _TRIES or exchange.broken.is_set():
                    raise RemoteFailed("the remote engine cannot be reached") from error
            if exchange.broken.wait(_BACKOFF * 2 ** (attempt - 1)):
                break
        raise RemoteFailed("the remote engine cannot be reached")

    def close(self) -> None:
        """Closes all connections that are idle."""
        self._manager.clear()

    def _once(
        self, method: str, url: str, body: bytes, headers: dict[str, str], exchange: Exchange, seconds: float | None
    ) -> BaseHTTPResponse:
        _current.exchange = exchange
        try:
            response = self._manager.urlopen(
                method,
                url,
                body=body,
                headers=self._headers | headers,
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=Timeout(connect=min(_CONNECT, seconds or _CONNECT), read=seconds),
                pool_timeout=_CONNECT,
            )
        finally:
            _current.exchange = None
        if 200 <= response.status < 300:
            return response
        raise Refused(Refusal(response.status, lowered(response.headers), _said(response)))

    def _crowded(self) -> QueueFull:
        return QueueFull(
            f"all connections to the remote engine are in use (remote_connections: {self._most})",
            limit="remote_connections",
            value=self._most,
            retry_after=int(_CONNECT),
        )


def parts(response: BaseHTTPResponse) -> Generator[bytes, None, None]:
    """The body of an answer as it comes. Raises RemoteFailed if it breaks off."""
    try:
        yield from response.stream(PART, decode_content=True)
    except (HTTPError, OSError, ValueError, AttributeError) as error:  # the last two: it was closed meanwhile
        raise RemoteFailed("the answer of the remote engine broke off") from error
    finally:
        give_back(response)


def tells_its_end(response: BaseHTTPResponse) -> bool:
    """Whether a part of the answer could be told from the whole (RFC 9112 §6.3)."""
    return response.length_remaining is not None or bool(getattr(response, "chunked", False))


def read(response: BaseHTTPResponse) -> bytes:
    """A small answer. Raises RemoteFailed if it breaks off."""
    return b"".join(parts(response))


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by their names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def _said(response: BaseHTTPResponse) -> str:
    """The beginning and the end of the body of an error; some engines put a long answer before it."""
    head = tail = b""
    size = 0
    try:
        for part in response.stream(PART, decode_content=True):
            size += len(part)
            head += part[: max(0, _TOLD - len(head))]
            tail = (tail + part)[-_TOLD:]
            if size > _DRAINED:
                break
    except (HTTPError, OSError, ValueError, AttributeError):
        pass  # what came of it must do
    finally:
        give_back(response)
    return (head if size <= _TOLD else head + b"\n" + tail).decode("utf-8", "replace")


def give_back(response: BaseHTTPResponse) -> None:
    """Ends an answer: its connection is idle again if all of it was read, and closed otherwise."""
    with contextlib.suppress(Exception):
        if not response.closed:
            response.close()
        response.release_conn()


def _credentials(settings: Settings) -> dict[str, str]:
    if token := settings.remote_token.get_secret_value():
        return {"Authorization": f"Bearer {token}"}
    if settings.remote_user:
        pair = f"{settings.remote_user}:{settings.remote_password.get_secret_value()}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    return {}
