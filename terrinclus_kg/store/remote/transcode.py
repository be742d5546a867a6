"""An answer of a remote engine, rewritten on its way: read in one format, written in another, row by row.

It is done in a thread of its own, since the engine's readers and writers must stay in the thread that made them,
while the parts of an answer may be asked for from any. Memory is bounded: the thread waits for whoever reads.
"""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable, Generator, Iterator
from threading import Event, Thread
from typing import IO, Any, cast

from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, parse, parse_query_results

from terrinclus_kg.errors import RemoteFailed, TerrinclusError
from terrinclus_kg.rdf.formats import Carries, Format
from terrinclus_kg.rdf.parts import PartsFile
from terrinclus_kg.store.engine import Request
from terrinclus_kg.store.remote.dialects import broken
from terrinclus_kg.store.workers.serialise import write

_AHEAD = 4  # parts that may wait for the reader
_PART = 64 * 1024  # bytes
_ASK = 0.5  # seconds between two looks whether the reader is still there
_ASKED = "__ASK_RETVAL"  # Virtuoso answers ASK with rows of this variable: none for no
_BOOLEAN = '{{"head":{{}},"boolean":{}}}'


def transcoded(source: Generator[bytes, None, None], given: Format, request: Request) -> Generator[bytes]:
    """The parts of an answer as a request wants it.

    Args:
        source: the parts of the answer in the format ``given``; it is read in another thread.
        request: what to write; its query is not looked at.

    Raises:
        RemoteFailed: the source is not what it says it is.
        TerrinclusError: what the source raises, and what `serialise.write` raises.
    """
    work = _Work(source, given, request)
    thread = Thread(target=work.run, name="transcode", daemon=True)
    thread.start()
    try:
        while (part := work.ready.get()) is not None:
            if isinstance(part, TerrinclusError):
                raise part
            yield part
    finally:
        work.abandoned.set()


def rows(answer: bytes, given: Format) -> list[dict[str, Any]]:
    """The rows of a small answer to a SELECT; unbound variables are absent. Raises RemoteFailed: it is none."""
    try:
        found = parse_query_results(answer, format=given.results)
        if not isinstance(found, QuerySolutions):
            raise RemoteFailed("the remote engine answered a SELECT with a boolean")
        names = [variable.value for variable in found.variables]
        return [{name: row[name] for name in names if row[name] is not None} for row in found]
    except (SyntaxError, ValueError):
        raise broken() from None


class _Abandoned(Exception):
    """Nobody reads any more."""


class _Work:
    """What goes on in the thread."""

    def __init__(self, source: Generator[bytes, None, None], given: Format, request: Request) -> None:
        self._source, self._given, self._request = source, given, request
        self.ready: queue.Queue[bytes | TerrinclusError | None] = queue.Queue(_AHEAD)
        self.abandoned = Event()

    def run(self) -> None:
        file, out = _Source(self._source), _Sink(self.put)
        try:
            self._rewrite(cast(IO[bytes], file), cast(IO[bytes], out))
            out.finish()
            self.put(None)
        except _Abandoned:
            pass
        except BaseException as error:  # a panic of the engine is no Exception
            if not self.abandoned.is_set():
                self._fail(file.verdict() or error)
        finally:
            self._source.close()

    def put(self, part: bytes | TerrinclusError | None) -> None:
        while not self.abandoned.is_set():
            try:
                self.ready.put(part, timeout=_ASK)
            except queue.Full:
                continue
            return
        raise _Abandoned

    def _fail(self, error: BaseException) -> None:
        with contextlib.suppress(_Abandoned):
            self.put(error if isinstance(error, TerrinclusError) else broken())

    def _rewrite(self, file: IO[bytes], out: IO[bytes]) -> None:
        if self._given.carries is not Carries.RESULTS:
            write((quad.triple for quad in parse(file, format=self._given.rdf)), self._request, out)
            return
        results = parse_query_results(file, format=self._given.results)
        if isinstance(results, QuerySolutions) and [v.value for v in results.variables] == [_ASKED]:
            results = _boolean(any(row[_ASKED].value not in ("0", "false") for row in results))
        write(results, self._request, out)


def _boolean(value: bool) -> QueryBoolean:
    text = _BOOLEAN.format("true" if value else "false")
    made = parse_query_results(text.encode(), format=QueryResultsFormat.JSON)
    assert isinstance(made, QueryBoolean)
    return made


class _Source(PartsFile):
    """The parts of an answer as a file. ``error`` is what broke it: the engine may tell it in other words."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        super().__init__(self._watched(parts))
        self.error: TerrinclusError | None = None

    def _watched(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from parts
        except TerrinclusError as error:
            self.error = error
            raise OSError from error

    def verdict(self) -> TerrinclusError | None:
        """What broke it; where what came cannot be read, the rest may tell."""
        with contextlib.suppress(OSError):
            while self.error is None and self.read():
                pass
        return self.error


class _Sink:
    """Where the engine writes: it becomes parts."""

    def __init__(self, put: Callable[[bytes], None]) -> None:
        self._put, self._buffer = put, bytearray()

    def write(self, data: bytes) -> int:
        self._buffer += data
        if len(self._buffer) >= _PART:
            self._send()
        return len(data)

    def flush(self) -> None:
        """Part of what the engine asks of a file."""

    def finish(self) -> None:
        if self._buffer:
            self._send()

    def _send(self) -> None:
        self._put(bytes(self._buffer))
        self._buffer.clear()
