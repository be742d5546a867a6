"""An answer as rows, read as it comes and no further than a page can show: then the query is stopped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from time import perf_counter
from typing import IO, Any, cast

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)

from terrinclus_kg.rdf.formats import JSON, N_TRIPLES, Format
from terrinclus_kg.rdf.parts import PartsFile
from terrinclus_kg.store.reader import Answer

Cell = NamedNode | Literal | BlankNode | Triple | None
Row = tuple[Cell, ...]
TRIPLE = ("subject", "predicate", "object")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far an answer is read: the settings ``page_rows`` and ``page_size`` (in bytes)."""

    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class Table:
    """What was read of an answer.

    ``form``, ``release``, ``volatile`` are those of the answer. ``columns``: the variables, or those of a triple;
    none for ASK, whose answer is ``truth``. ``met``: the setting of the bound that ended the reading, "" if the
    rows are all there are. ``seconds``: what it took, waiting included.
    """

    form: str
    release: str
    volatile: bool
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    truth: bool | None = None
    met: str = ""
    seconds: float = 0.0


def syntax(form: str) -> Format:
    """The format in which the answer to a form of query is to be asked for `read`."""
    return JSON if form in ("SELECT", "ASK") else N_TRIPLES


def read(answer: Answer, bounds: Bounds, began: float) -> Table:
    """Reads an answer that was asked for in its `syntax` since ``began`` (of `time.perf_counter`), and closes it.

    Raises what breaks the answer off.
    """
    try:
        table = _read(answer, bounds)
    finally:
        answer.close()
    return replace(table, seconds=perf_counter() - began)


def _read(answer: Answer, bounds: Bounds) -> Table:
    table = Table(answer.form, answer.release, answer.volatile)
    file = cast(IO[bytes], _Bounded(answer.chunks, bounds.size))
    if answer.form in ("CONSTRUCT", "DESCRIBE"):
        triples = ((quad.subject, quad.predicate, quad.object) for quad in parse(file, format=RdfFormat.N_TRIPLES))
        return replace(table, columns=TRIPLE, **_rows(triples, bounds))
    try:
        found = parse_query_results(file, format=QueryResultsFormat.JSON)
    except _SizeMet:
        return replace(table, met="page_size")
    if isinstance(found, QueryBoolean):
        return replace(table, truth=bool(found))
    return replace(table, columns=tuple(v.value for v in found.variables), **_rows(_solutions(found), bounds))


def _solutions(found: QuerySolutions) -> Iterator[Row]:
    names = [variable.value for variable in found.variables]
    return (tuple(solution[name] for name in names) for solution in found)


def _rows(found: Iterator[Row], bounds: Bounds) -> dict[str, Any]:
    rows: list[Row] = []
    try:
        rows.extend(islice(found, bounds.rows))
        met = "page_rows" if next(found, None) is not None else ""
    except _SizeMet:
        met = "page_size"
    return {"rows": tuple(rows), "met": met}


class _SizeMet(Exception):
    """The bytes that are read at most have been read."""


class _Bounded(PartsFile):
    def __init__(self, parts: Iterable[bytes], size: int) -> None:
        super().__init__(parts)
        self._room = size

    def read(self, size: int = -1) -> bytes:
        """As in a file. Raises `_SizeMet`."""
        found = super().read(size)
        self._room -= len(found)
        if self._room < 0:
            raise _SizeMet
        return found
