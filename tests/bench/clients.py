"""Who asks: one small HTTP/1.1 client over a socket, in processes of their own, the same for all engines."""

from __future__ import annotations

import multiprocessing
import signal
import socket
import sys
import time
from dataclasses import dataclass
from io import BufferedReader
from multiprocessing.connection import Connection as MultiConnection
from random import randrange
from typing import Any, cast
from urllib.parse import quote, urlsplit

from tests.bench.mixes import Ask

PATIENCE = 120.0  # seconds for one answer
_RESULTS, _TRIPLES = "application/sparql-results+json", "application/n-triples"


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer, seen by its client: times in seconds from the request on. ``fault`` is empty for a whole one."""

    name: str
    first: float
    total: float
    fault: str


def wire(endpoint: str, ask: Ask) -> bytes:
    """A query as the bytes of a GET request."""
    return get(f"{endpoint}?query={quote(ask.query, safe='')}", _TRIPLES if ask.graph else _RESULTS)


def get(url: str, accept: str = "*/*") -> bytes:
    """The bytes of a GET request."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: {accept}\r\nUser-Agent: bench\r\n\r\n".encode()


class Connection:
    """A kept connection to an engine, from an address of its own: our service tells clients apart by address.

    After an OSError or ValueError it is of no more use.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        own = (
            f"127.{randrange(1, 255)}.{randrange(255)}.{randrange(1, 255)}" if sys.platform == "linux" else "127.0.0.1"
        )
        self._socket = socket.create_connection((parts.hostname, parts.port), PATIENCE, source_address=(own, 0))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = cast(BufferedReader, self._socket.makefile("rb", 1 << 16))

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def send(self, request: bytes) -> None:
        """Asks, and does not wait."""
        self._socket.sendall(request)

    def ask(self, request: bytes) -> tuple[int, bytes, float]:
        """Status, body, and when (by `time.perf_counter`) its first byte was there.

        Raises:
            OSError, ValueError: no answer, or none that is whole.
        """
        self._socket.sendall(request)
        status = int(self._file.readline()[9:12])
        fields = {}
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            fields[name.strip().lower()] = value.strip().lower()
        if fields.get(b"transfer-encoding") == b"chunked":
            return status, *self._chunks()
        size = int(fields[b"content-length"])
        self._file.peek(1)
        first = time.perf_counter()
        return status, self._whole(size), first

    def _chunks(self) -> tuple[bytes, float]:
        parts, first = [], 0.0
        while size := int(self._file.readline(), 16):
            first = first or time.perf_counter()
            parts.append(self._whole(size))
            self._file.readline()
        self._file.readline()
        return b"".join(parts), first or time.perf_counter()

    def _whole(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) < size:
            raise ValueError("the answer broke off")
        return data


def crowd(
    url: str, requests: list[tuple[str, bytes, int]], clients: int, seconds: float, least: int = 0
) -> list[Sample]:
    """So many clients ask in a loop, each from another place in the list, for so many seconds.

    Args:
        requests: name, bytes, and how many bytes the answer must have (-1: any number).
        least: how many requests each client makes at least, even if that takes longer.
    """
    begin = time.perf_counter() + 0.05 + 0.01 * clients  # a clock that all processes share
    fork = multiprocessing.get_context("fork")
    step, crowded = len(requests) / clients, []
    for number in range(clients):
        at = round(number * step)
        receiver, sender = fork.Pipe(duplex=False)
        told = (sender, url, requests[at:] + requests[:at], begin, seconds, least)
        process = fork.Process(target=_process, args=told, daemon=True)
        process.start()
        sender.close()
        crowded.append((process, receiver))
    samples = [sample for _, receiver in crowded for sample in receiver.recv()]
    for process, _ in crowded:
        process.join()
    return samples


def _process(out: MultiConnection, *told: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    out.send(_client(*told))


def _client(url: str, requests: list[tuple[str, bytes, int]], begin: float, seconds: float, least: int) -> list[Sample]:
    samples: list[Sample] = []
    connection = Connection(url)
    time.sleep(max(0.0, begin - time.perf_counter()))
    while True:
        for name, request, size in requests:
            started = time.perf_counter()
            if started >= begin + seconds and len(samples) >= least:
                return samples
            try:
                status, body, first = connection.ask(request)
                now = time.perf_counter()
                fault = _fault(status, len(body), size)
            except (OSError, ValueError) as error:
                now, fault = time.perf_counter(), str(error) or type(error).__name__
                first = now
                connection = Connection(url)
            samples.append(Sample(name, first - started, now - started, fault))


def _fault(status: int, size: int, expected: int) -> str:
    if status != 200:
        return f"status {status}"
    return "" if expected in (-1, size) else "another answer"
