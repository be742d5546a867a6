"""From the rows of an answer to `drawing`: what its columns hold, as bars, dates, links, places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from terrinclus_kg import drawing
from terrinclus_kg.drawing import points
from terrinclus_kg.results import Cell, Row, Shape, cells
from terrinclus_kg.server import sketches, words
from terrinclus_kg.server.render import Shown, clean

_Columns = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing by the name of its macro, and how many rows it could not take: these are in the table."""

    name: str
    made: object
    left_out: int


def picture(rows: Sequence[Row], shape: Shape, view: str, shown: Shown) -> Picture | None:
    """The drawing of a view; None for a view that is none, or where nothing can be drawn."""
    makers: dict[str, Callable[[Sequence[Row], _Columns, Shown, Shape], Picture]] = {
        "map": _map, "timeline": _timeline, "bars": _bars, "network": _network,
    }  # fmt: skip
    return makers[view](rows, shape.views[view], shown, shape) if view in makers else None


def label(row: Row, column: int, shown: Shown, shape: Shape) -> tuple[str, str]:
    """What a cell is called, and the language of that: by its own row where it has a column of labels."""
    cell = row[column]
    named = row[shape.folded[column]] if column in shape.folded else None
    if isinstance(named, Literal):
        return clean(named.value), named.language or ""
    if isinstance(cell, NamedNode):
        found = shown.label(cell.value)
        return found.text, found.language
    if isinstance(cell, Literal):
        return clean(cell.value), cell.language or ""
    return clean(str(cell)) if cell is not None else "", ""


def _bars(rows: Sequence[Row], columns: _Columns, shown: Shown, shape: Shape) -> Picture:
    made = []
    for row in rows:
        if (value := cells.number(row[columns[1]])) is not None:
            text, language = label(row, columns[0], shown, shape)
            made.append(drawing.Row(text, (value,), sketches.number(shown, value), language))
    it = drawing.bars(made)
    return Picture("bars", it, len(rows) - len(made) + it.left_out)


def _timeline(rows: Sequence[Row], columns: _Columns, shown: Shown, shape: Shape) -> Picture:
    about, begin, end = columns
    made = []
    for row in rows:
        first = cells.date(row[begin])
        last = cells.date(row[end]) if end >= 0 else first
        text, language = label(row, about, shown, shape)
        told = words.period(first, last, shown.language) if first or last else ""
        made.append(drawing.Item(text, first, last, _kind(row[about], shown), language, told=told))
    it = drawing.timeline(list(dict.fromkeys(made)))
    return Picture("timeline", it, it.left_out + len(it.undated))


def _network(rows: Sequence[Row], columns: _Columns, shown: Shown, shape: Shape) -> Picture:
    source, target, by = columns
    nodes: dict[str, drawing.Node] = {}
    links: list[drawing.Link] = []
    for row in rows:
        ends = [cell for cell in (row[source], row[target]) if isinstance(cell, NamedNode)]
        if len(ends) < 2:
            continue
        for column in (source, target):
            text, language = label(row, column, shown, shape)
            key = str(row[column])
            nodes.setdefault(key, drawing.Node(key, text, _kind(row[column], shown), language))
        said = label(row, by, shown, shape)[0] if by >= 0 else ""
        links.append(drawing.Link(str(row[source]), str(row[target]), said))
    it = drawing.network(list(nodes.values()), links)
    return Picture("network", it, it.left_out)


def _map(rows: Sequence[Row], columns: _Columns, shown: Shown, shape: Shape) -> Picture:
    place, point, _, number = columns
    values: dict[str, float] = {}
    for row in rows:
        cell = row[place] if place >= 0 else None
        if isinstance(cell, NamedNode):
            value = cells.number(row[number]) if number >= 0 else 1.0
            values[cell.value] = values.get(cell.value, 0.0) + (value or 0.0)
    maps = sketches.maps(shown, values)
    if not maps and point >= 0:
        return _points(rows, columns, shown, shape)
    drawn = {area.key for it in maps.values() for area in it.areas if area.level}
    return Picture("map", maps, sum(sketches.area(iri) not in drawn for iri in values))


def _points(rows: Sequence[Row], columns: _Columns, shown: Shown, shape: Shape) -> Picture:
    _, point, named, _ = columns
    made: dict[points.Place, None] = {}
    for row in rows:
        if at := cells.point(row[point]):
            text, language = label(row, named, shown, shape) if named >= 0 else ("", "")
            made[points.Place(text, *at, language)] = None
    it = points.points(list(made))
    return Picture("points", it, it.left_out)


def _kind(cell: Cell, shown: Shown) -> str:
    return shown.kind(cell.value) if isinstance(cell, NamedNode) else ""
