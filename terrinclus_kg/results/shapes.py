"""Which views fit an answer, by what its columns hold: a reader chooses among them, none is guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.results import cells
from terrinclus_kg.results.reading import TRIPLE, Cell, Table

VIEWS = ("table", "map", "timeline", "bars", "network", "raw")
NAMES = ("Label", "Title")  # how the name of a column ends that names the things of another


_THINGS = ("iri", "place")


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns that each view takes, by their number; a view that is not among ``views`` does not fit.

    Map: territories or -1, points or -1, what they are called or -1, a number or -1. Timeline: what is dated, its
    begin, its end or -1. Bars: a label, a number. Network: two ends, and what links them or -1. ``folded``: a column of
    things → the one with their labels.
    """

    views: dict[str, tuple[int, ...]]
    folded: dict[int, int]


def shape(table: Table) -> Shape:
    """The views that fit what was read of an answer."""
    columns = [_kind([row[number] for row in table.rows]) for number in range(len(table.columns))]
    views: dict[str, tuple[int, ...]] = {"table": ()} if table.truth is None else {}
    for view, find in (("map", _map), ("timeline", _timeline), ("bars", _bars), ("network", _network)):
        if table.rows and (found := find(columns, table)):
            views[view] = found
    return Shape(views | {"raw": ()}, _folded(columns, table.columns))


_Finder = Callable[[Sequence[str], Table], tuple[int, ...]]


def _folded(columns: Sequence[str], names: Sequence[str]) -> dict[int, int]:
    numbers = {name: number for number, name in enumerate(names)}
    pairs = ((number, name + end) for number, name in enumerate(names) for end in NAMES if columns[number] in _THINGS)
    return {number: numbers[label] for number, label in pairs if label in numbers}


def _kind(column: Sequence[Cell]) -> str:
    """What all cells of a column hold that hold anything: point, place, iri, number, date, text; "" for a mixture."""
    held = [cell for cell in column if cell is not None]
    tests: tuple[tuple[str, Callable[[Cell], bool]], ...] = (
        ("point", lambda cell: cells.point(cell) is not None),
        ("number", lambda cell: cells.number(cell) is not None),
        ("date", lambda cell: cells.date(cell) != ""),
        ("text", lambda cell: isinstance(cell, Literal)),
        ("place", cells.is_place),
        ("iri", lambda cell: isinstance(cell, NamedNode)),
    )
    return next((kind for kind, test in tests if held and all(map(test, held))), "")


def _first(columns: Sequence[str], *kinds: str, but: tuple[int, ...] = ()) -> int:
    """The first column of the first of some kinds that there is; -1 for none."""
    found = ((n for n, kind in enumerate(columns) if kind == wanted and n not in but) for wanted in kinds)
    return next((number for numbers in found for number in numbers), -1)


def _map(columns: Sequence[str], _: Table) -> tuple[int, ...]:
    place, point = _first(columns, "place"), _first(columns, "point")
    if place < 0 and point < 0:
        return ()
    return place, point, place if place >= 0 else _thing(columns), _first(columns, "number")


def _timeline(columns: Sequence[str], _: Table) -> tuple[int, ...]:
    begin = _first(columns, "date")
    thing = _thing(columns)
    return (thing, begin, _first(columns, "date", but=(begin,))) if begin >= 0 and thing >= 0 else ()


def _bars(columns: Sequence[str], _: Table) -> tuple[int, ...]:
    label, number = _thing(columns), _first(columns, "number")
    return (label, number) if label >= 0 and number >= 0 else ()


def _network(columns: Sequence[str], table: Table) -> tuple[int, ...]:
    if table.columns == TRIPLE and table.form != "SELECT":
        return (0, 2, 1) if any(isinstance(row[2], NamedNode) for row in table.rows) else ()
    ends = [number for number, kind in enumerate(columns) if kind in _THINGS]
    return (ends[0], ends[1], -1) if len(ends) > 1 else ()


def _thing(columns: Sequence[str]) -> int:
    """What a row is about: its first column that names something."""
    return next((number for number, kind in enumerate(columns) if kind in (*_THINGS, "text")), -1)
