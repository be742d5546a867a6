"""The order of rows by a column, as SPARQL has it (SPARQL 1.1 §15.1) and as people read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyoxigraph import BlankNode, Literal, NamedNode

from terrinclus_kg.rdf.labels import folded
from terrinclus_kg.results.cells import number
from terrinclus_kg.results.reading import Cell, Row

_Key = tuple[int, float, str, str]


def ordered(rows: Sequence[Row], column: int, *, falling: bool, label: Callable[[str], str]) -> tuple[Row, ...]:
    """Rows by the cells of a column: none, blank nodes, IRIs, numbers, other literals; things by their label.

    The order is stable: what is equal stays as it was answered.
    """
    return tuple(sorted(rows, key=lambda row: _key(row[column], label), reverse=falling))


def _key(cell: Cell, label: Callable[[str], str]) -> _Key:
    if cell is None:
        return 0, 0.0, "", ""
    if isinstance(cell, BlankNode):
        return 1, 0.0, "", cell.value
    if isinstance(cell, NamedNode):
        return 2, 0.0, folded(label(cell.value)), cell.value
    if isinstance(cell, Literal):
        amount = number(cell)
        return (4, 0.0, folded(cell.value), cell.value) if amount is None else (3, amount, "", "")
    return 5, 0.0, "", str(cell)
