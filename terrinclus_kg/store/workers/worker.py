"""What a worker does: answers one request after the other until its channel closes.

It runs in a process that `zygote` forked: without network, with capped memory, in a thread with a deep
stack. It may die at any time, of a query or by its parent's hand; the answer it was giving then has no
LAST frame, and nobody takes it for a whole one.
"""

from __future__ import annotations

import json
import socket
from typing import IO, Any, cast

import pyoxigraph as ox

from terrinclus_kg.errors import TerrinclusError
from terrinclus_kg.rdf.formats import BY_SLUG
from terrinclus_kg.rdf.namespaces import ENDPOINT
from terrinclus_kg.store.children import wire
from terrinclus_kg.store.children.wire import Frame, Kind
from terrinclus_kg.store.engine import Request
from terrinclus_kg.store.queries.faults import explain, syntax_error, too_large
from terrinclus_kg.store.workers.serialise import Results, once, write, write_csv, write_rdf
from terrinclus_kg.store.workers.watch import Watch

PART_SIZE = 64 * 1024  # bytes; nothing is sent before so much is there or the answer is whole


def serve(channel: socket.socket, store: ox.Store) -> None:
    """Answers requests until the other side closes the channel."""
    buffer = bytearray()
    while True:
        try:
            frame = wire.receive(channel, buffer)
            answer(channel, store, frame)
        except (EOFError, OSError):
            return


def answer(channel: socket.socket, store: ox.Store, frame: Frame) -> None:
    """Answers one request. Raises OSError when the other side is gone."""
    request = Request(**json.loads(frame.payload))
    out = _Out(channel, frame.id, request.answer_size)
    try:
        (_check if request.check else _explain if request.explain else _run)(store, request, out)
    except TerrinclusError as error:
        out.fail(error)
    except _ChannelGone as error:
        raise OSError from error
    except BaseException as error:  # a panic of the engine is no Exception
        out.fail(explain(error, request.query, request.memory))
    else:
        out.finish()


class _ChannelGone(Exception):
    """The pool has closed the channel: an OSError that is not the engine's."""


class _Counter:
    """A file for the engine that counts what an answer would be, and keeps nothing of it."""

    def __init__(self, limit: int) -> None:
        self.written = 0
        self._limit = limit

    def write(self, data: bytes) -> int:
        self.written += len(data)
        if self.written > self._limit:
            raise too_large(self._limit)
        return len(data)

    def flush(self) -> None:
        """Part of what the engine asks of a file."""


class _Out(_Counter):
    """The file the engine writes an answer to: it becomes frames, which go out when they are full."""

    def __init__(self, channel: socket.socket, request: int, limit: int) -> None:
        super().__init__(limit)
        self._channel, self._id = channel, request
        self._buffer = bytearray()

    def write(self, data: bytes) -> int:
        size = super().write(data)
        self._buffer += data
        if len(self._buffer) >= PART_SIZE:
            self._send(Kind.PART, bytes(self._buffer))
            self._buffer.clear()
        return size

    def finish(self) -> None:
        self._send(Kind.LAST, bytes(self._buffer))

    def fail(self, error: TerrinclusError) -> None:
        self._send(Kind.ERROR, wire.pack_error(error))

    def _send(self, kind: Kind, payload: bytes) -> None:
        try:
            wire.send(self._channel, Frame(kind, self._id, payload))
        except OSError as error:
            raise _ChannelGone from error


def _run(store: ox.Store, request: Request, out: _Out) -> None:
    write(_results(store, request), request, cast(IO[bytes], out))


def _explain(store: ox.Store, request: Request, out: _Out) -> None:
    """Does what `_run` does with CSV and RDF, but throws the answer away and tells what it took."""
    syntax, counter = BY_SLUG[request.format], _Counter(request.answer_size)
    file, watch = cast(IO[bytes], counter), Watch()
    results = _results(store, request)
    watch.prepared()
    if isinstance(results, ox.QueryTriples):
        write_rdf(watch.rows(once(results)), syntax, file)
    elif isinstance(results, ox.QuerySolutions):
        write_csv(results.variables, watch.rows(results), file)
    else:
        results.serialize(file, format=syntax.results)
    counted = {} if isinstance(results, ox.QueryBoolean) else {"count": watch.count}
    report = {"format": syntax.slug, "phases": watch.phases(), **counted, "bytes": counter.written}
    out.write(json.dumps(report).encode())


def _check(_: ox.Store, request: Request, out: _Out) -> None:
    """Reads a query over an empty store: what fails to be evaluated there has been understood."""
    fault: dict[str, Any] = {}
    try:
        ox.Store().query(request.query, base_iri=ENDPOINT)
    except SyntaxError as error:
        found = syntax_error(str(error), request.query)
        fault = {"message": found.message, "line": found.line, "column": found.column}
    except (OSError, ValueError, RuntimeError):
        pass
    out.write(json.dumps(fault).encode())


def _results(store: ox.Store, request: Request) -> Results:
    default, named = _graphs(request.default_graphs), _graphs(request.named_graphs)
    return store.query(request.query, base_iri=ENDPOINT, default_graph=default, named_graphs=named)


def _graphs(iris: list[str] | None) -> list[Any] | None:
    return None if iris is None else [ox.NamedNode(iri) for iri in iris]
