"""The words of WSGI (PEP 3333) that the layers in front of the application share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]


class Head:
    """A ``start_response`` that keeps what it is told: the status line and the headers of an answer."""

    def __init__(self) -> None:
        self.status, self.headers = "500 Internal Server Error", Headers()

    def __call__(self, status: str, headers: Headers, _exc_info: Any = None) -> None:
        self.status, self.headers = status, headers

    @property
    def code(self) -> int:
        return int(self.status.split(" ", 1)[0])

    def get(self, name: str) -> str:
        """The value of a header, "" where there is none; ``name`` in lower case."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def but(self, *names: str) -> Headers:
        """The headers but some; ``names`` in lower case."""
        return [pair for pair in self.headers if pair[0].lower() not in names]


class Parts:
    """The parts of an answer, and what to call when it is over, read or not."""

    def __init__(self, parts: Iterator[bytes], close: Callable[[], None]) -> None:
        self._parts, self.close = parts, close

    def __iter__(self) -> Iterator[bytes]:
        return self._parts


def close(chunks: Iterable[bytes]) -> None:
    """Ends an answer, as PEP 3333 asks of servers."""
    if end := getattr(chunks, "close", None):
        end()
