"""A WSGI application (PEP 3333), asked in its own process as a browser asks it that reads the first language best."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import setup_testing_defaults

from terrinclus_kg.rdf.labels import LANGUAGES

# In the environ: the page is to be copied, and this is where the service is ("": nobody knows).
COPIED = "terrinclus.copied"
_PAGES = "text/html, */*;q=0.1"
_DOCUMENTS = "text/turtle, */*;q=0.1"
_BUSY = 503
_PAUSES = (0.5, 2.0, 8.0)  # seconds before it is asked again

WsgiApp = Callable[..., Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an application says. ``links``: the ``Link`` header; ``chunks`` can be read once, within `asked`."""

    status: int
    media_type: str
    location: str
    links: str
    chunks: Iterator[bytes]


@contextmanager
def asked(app: WsgiApp, address: str, live: str, *, raw: bool = False) -> Iterator[Answer]:
    """The answer to a GET; ``raw``: no page is wanted. One that is too busy is asked again."""
    head, body = _called(app, address, live, raw)
    for pause in _PAUSES:
        if head.status != _BUSY:
            break
        _close(body)
        time.sleep(pause)
        head, body = _called(app, address, live, raw)
    try:
        media_type = head.get("content-type").partition(";")[0]
        yield Answer(head.status, media_type, head.get("location"), head.get("link"), iter(body))
    finally:
        _close(body)


class _Head:
    """A ``start_response`` that keeps what it is told."""

    def __init__(self) -> None:
        self.status, self._headers = 500, dict[str, str]()

    def __call__(self, status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
        self.status, self._headers = int(status[:3]), {name.lower(): value for name, value in headers}

    def get(self, name: str) -> str:
        return self._headers.get(name, "")


def _called(app: WsgiApp, address: str, live: str, raw: bool) -> tuple[_Head, Iterable[bytes]]:
    head, (path, _, query) = _Head(), address.partition("?")
    environ: dict[str, Any] = {
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_ACCEPT": _DOCUMENTS if raw else _PAGES,
        "HTTP_ACCEPT_LANGUAGE": LANGUAGES[0],
        COPIED: live,
    }
    setup_testing_defaults(environ)
    return head, app(environ, head)


def _close(body: Iterable[bytes]) -> None:
    if end := getattr(body, "close", None):
        end()
