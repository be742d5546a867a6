"""What a worker does: answers one request after the other until its channel closes.

It runs in a process that `zygote` forked: without network, with capped memory, in a thread with a deep
stack. It may die at any time, of a query or by its parent's hand; the answer it was giving then has no
LAST frame, and nobody takes it for a whole one.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
import socket
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, islice
from typing import IO, Any, cast

import pyoxigraph as ox

from terrinclus_kg.errors import BadRequest, NotAcceptable, TerrinclusError
from terrinclus_kg.rdf.formats import BY_SLUG, CSV, JSON_LD, RDF_XML, XML, Carries, Format
from terrinclus_kg.rdf.namespaces import XSD, prefixes
from terrinclus_kg.store import wire
from terrinclus_kg.store.faults import explain, too_large
from terrinclus_kg.store.watch import Watch
from terrinclus_kg.store.wire import Frame, Kind
from terrinclus_kg.store.xmltext import XmlText

PART_SIZE = 64 * 1024  # bytes; nothing is sent before so much is there or the answer is whole
_PEEK = 1000  # triples that are looked at to declare only the prefixes that are used
_BARE = frozenset(XSD + name for name in ("string", "integer", "decimal", "double", "boolean"))
# What an IRI must end with to be split into a namespace and an XML name.
_XML_NAME = re.compile("[A-Za-z_\u00c0-\ufffd][A-Za-z0-9_.\u00b7\u00c0-\ufffd-]*$")

Statement = ox.Triple | ox.Quad
Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


@dataclass(frozen=True, slots=True)
class Request:
    """What a pool asks of a worker.

    ``quads``: the query is a SELECT whose rows ?s ?p ?o ?g are statements, to be written as RDF.
    ``notice``: N-Triples that end the statements if there are ``bound`` of them or more: they may be cut.
    ``default_graphs``, ``named_graphs``: IRIs of the dataset (SPARQL 1.1 Protocol §2.1.4); both None: all.
    ``answer_size``, ``memory``: limits in bytes; ``memory`` is for the message only.
    ``explain``: run the query, and answer what it took (JSON) instead of what it found.
    """

    query: str
    format: str
    answer_size: int
    memory: int
    quads: bool = False
    notice: str = ""
    bound: int = 0
    default_graphs: list[str] | None = None
    named_graphs: list[str] | None = None
    explain: bool = False

    def pack(self) -> bytes:
        return json.dumps(asdict(self)).encode()


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
        (_explain if request.explain else _run)(store, request, out)
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


def write(results: Results | Iterator[Statement], request: Request, file: IO[bytes]) -> None:
    """Writes what a query gave as the request asks, row by row. Statements that come one by one are written as they
    come. Raises BadRequest, NotAcceptable, and what ``results`` and ``file`` raise."""
    syntax = BY_SLUG[request.format]
    if syntax in (XML, RDF_XML):
        file = cast(IO[bytes], XmlText(file))
    if request.quads:
        if not isinstance(results, ox.QuerySolutions):
            raise BadRequest("statements are made of the rows of a SELECT")
        _write_rdf(_statements(results, syntax, request), syntax, file)
    elif isinstance(results, ox.QueryTriples):
        _write_rdf(_once(results), syntax, file)
    elif syntax is CSV and isinstance(results, ox.QuerySolutions):
        _write_csv(_names(results), results, file)
    elif isinstance(results, (ox.QuerySolutions, ox.QueryBoolean)):
        results.serialize(file, format=syntax.results)
    else:
        _write_rdf(results, syntax, file)


def _explain(store: ox.Store, request: Request, out: _Out) -> None:
    """Does what `_run` does with CSV and RDF, but throws the answer away and tells what it took."""
    syntax, counter = BY_SLUG[request.format], _Counter(request.answer_size)
    file, watch = cast(IO[bytes], counter), Watch()
    results = _results(store, request)
    watch.prepared()
    if isinstance(results, ox.QueryTriples):
        _write_rdf(watch.rows(_once(results)), syntax, file)
    elif isinstance(results, ox.QuerySolutions):
        _write_csv(_names(results), watch.rows(results), file)
    else:
        results.serialize(file, format=syntax.results)
    counted = {} if isinstance(results, ox.QueryBoolean) else {"count": watch.count}
    report = {"format": syntax.slug, "phases": watch.phases(), **counted, "bytes": counter.written}
    out.write(json.dumps(report).encode())


def _results(store: ox.Store, request: Request) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
    default, named = _graphs(request.default_graphs), _graphs(request.named_graphs)
    return store.query(request.query, default_graph=default, named_graphs=named)


def _names(results: ox.QuerySolutions) -> list[str]:
    return [variable.value for variable in results.variables]


def _write_csv(names: Sequence[str], rows: Iterable[ox.QuerySolution], file: IO[bytes]) -> None:
    """SPARQL 1.1 Query Results CSV §3. Ours, because the engine does not quote an IRI that holds a comma."""
    lines = csv.writer(codecs.getwriter("utf-8")(file))
    lines.writerow(names)
    lines.writerows([_csv_value(row[name]) for name in names] for row in rows)


def _csv_value(term: object) -> str:
    if isinstance(term, ox.Triple):
        return f"<<( {term} )>>"
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else "" if term is None else str(term)


def _graphs(iris: list[str] | None) -> list[Any] | None:
    return None if iris is None else [ox.NamedNode(iri) for iri in iris]


def _once(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Each triple once: DESCRIBE repeats those that several graphs of its dataset state."""
    seen: set[ox.Triple] = set()
    for triple in triples:
        if triple not in seen:
            seen.add(triple)
            yield triple


def _statements(results: ox.QuerySolutions, syntax: Format, request: Request) -> Iterator[Statement]:
    names = set(_names(results))
    if not {"s", "p", "o"} <= names:
        raise BadRequest("statements need the variables ?s ?p ?o, and ?g for their graph")
    rows = _Counted(results)
    if syntax.carries is Carries.DATASET and "g" in names:
        yield from (ox.Quad(t.subject, t.predicate, t.object, row["g"]) for row in rows if (t := _triple(row)))
    else:
        yield from _once(triple for row in rows if (triple := _triple(row)))
    if request.notice and rows.count >= request.bound:
        yield from (quad.triple for quad in ox.parse(request.notice, format=ox.RdfFormat.N_TRIPLES))


class _Counted:
    """Rows on their way, counted."""

    def __init__(self, rows: Iterable[ox.QuerySolution]) -> None:
        self._rows, self.count = rows, 0

    def __iter__(self) -> Iterator[ox.QuerySolution]:
        for row in self._rows:
            self.count += 1
            yield row


def _triple(row: ox.QuerySolution) -> ox.Triple | None:
    """The terms of a row; None if they make no triple (as in CONSTRUCT)."""
    subject, predicate, object_ = row["s"], row["p"], row["o"]
    if isinstance(subject, (ox.NamedNode, ox.BlankNode)) and isinstance(predicate, ox.NamedNode) and object_:
        return ox.Triple(subject, predicate, object_)
    return None


def _write_rdf(statements: Iterable[Statement], syntax: Format, file: IO[bytes]) -> None:
    """Serialises as it goes. A short answer declares only the prefixes it uses, a long one all of ours."""
    fit = {RDF_XML: _named, JSON_LD: _plain}.get(syntax)
    rest = iter(fit(statements) if fit else statements)
    head = list(islice(rest, _PEEK))
    declared = prefixes() if len(head) == _PEEK else _used(head)
    ox.serialize(cast(Iterable[ox.Quad], chain(head, rest)), file, format=syntax.rdf, prefixes=declared)


def _named(statements: Iterable[Statement]) -> Iterator[Statement]:
    """The same, as long as RDF/XML has names for their predicates (its §2.4); the engine would write broken XML."""
    known: set[str] = set()
    for statement in statements:
        predicate = statement.predicate.value
        if predicate not in known and not _XML_NAME.search(predicate):
            raise NotAcceptable(f"RDF/XML cannot write the property <{predicate}>; ask for another format")
        known.add(predicate)
        yield statement


def _plain(statements: Iterable[Statement]) -> Iterator[Statement]:
    """The same, as long as they are RDF 1.1: JSON-LD 1.1 knows no more."""
    for statement in statements:
        value = statement.object
        if isinstance(value, ox.Triple) or (isinstance(value, ox.Literal) and value.direction is not None):
            raise NotAcceptable("JSON-LD cannot write triple terms and base directions (RDF 1.2); ask for Turtle")
        yield statement


def _used(statements: Iterable[Statement]) -> dict[str, str]:
    spaces = {_space(term) for statement in statements for term in statement}
    return {prefix: space for prefix, space in prefixes().items() if space in spaces}


def _space(term: object) -> str:
    """The namespace that a term needs; literals that Turtle writes bare need none."""
    if isinstance(term, ox.Literal):
        term = None if term.language or term.datatype.value in _BARE else term.datatype
    iri = term.value if isinstance(term, ox.NamedNode) else ""
    return iri[: max(iri.rfind("/"), iri.rfind("#")) + 1]
