"""Dated items on an axis of years, one a row, and those without a date apart.

Dates keep their precision: a year is drawn as a year, never as its first of January. They are written as
in XML Schema ("2015", "2015-03", "2015-03-27"); a trailing ``~`` or ``?`` means "about" (ISO 8601-2).
Decades in which nothing begins or ends take the room of a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from terrinclus_kg.drawing.text import fit, width

LIMIT = 120
WIDTH, ROW, SIZE = 760.0, 34.0, 13.0
_LEFT, _RIGHT, _TOP = 20.0, 24.0, 26.0
_GAP = 26.0  # what empty decades take
_LONGEST = 20  # years without anything that are still drawn as they are
_DATE = re.compile(
    r"(-?[0-9]{4,6})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12][0-9]|3[01])(?:T[0-9:.]+)?)?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?([~?]?)\Z"
)
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 20000, 100000)


@dataclass(frozen=True, slots=True)
class Item:
    """Something with a first and a last date, either of which may be unknown (""); one alone is open at the other end.

    ``told``: its dates as they are read. An event has the same date twice.
    """

    label: str
    start: str = ""
    end: str = ""
    kind: str = ""
    language: str = ""
    key: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a label above a bar. ``opens``: it goes on beyond what is known at its left, at its right."""

    text: str
    language: str
    kind: str
    told: str
    text_x: float
    anchor: str
    y: float
    x: float
    width: float
    opens: tuple[bool, bool]
    about: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """``ticks`` are places on the axis with their years; ``gaps`` the places where it leaves out empty decades."""

    width: float
    height: float
    ticks: tuple[tuple[float, str], ...]
    gaps: tuple[float, ...]
    lines: tuple[Line, ...]
    undated: tuple[Item, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class _Dated:
    item: Item
    begin: float
    finish: float
    opens: tuple[bool, bool]
    about: bool


def span(date: str) -> tuple[float, float, bool] | None:
    """The years between which a date lies, and whether it is said to be about that; None for what is no date."""
    match = _DATE.match(date.strip()) if len(date) < 60 else None
    if not match:
        return None
    year, month, day, about = int(match[1]), match[2], match[3], bool(match[4])
    if month is None:
        return year, year + 1, about
    begin = year + (int(month) - 1) / 12
    if day is None:
        return begin, begin + 1 / 12, about
    return begin + (int(day) - 1) / 372, begin + int(day) / 372, about


def timeline(items: Iterable[Item]) -> Timeline:
    """The first `LIMIT` dated items, earliest first. What is undated, or ends before it begins, is told apart."""
    given = list(items)
    found = [(item, _dated(item)) for item in given]
    dated = sorted((d for _, d in found if d), key=lambda d: (d.begin, d.finish, d.item.label, d.item.key))
    shown = dated[:LIMIT]
    axis = _Axis([edge for d in shown for edge in (d.begin, d.finish)])
    return Timeline(
        width=WIDTH,
        height=_TOP + max(1, len(shown)) * ROW + 6,
        ticks=axis.ticks(),
        gaps=axis.gaps(),
        lines=tuple(_line(d, axis, _TOP + row * ROW) for row, d in enumerate(shown)),
        undated=tuple(item for item, d in found if d is None),
        left_out=len(dated) - len(shown),
    )


def _dated(item: Item) -> _Dated | None:
    start, end = span(item.start), span(item.end)
    first, last = start or end, end or start
    if not first or not last or (start and end and end[1] < start[0]):
        return None
    return _Dated(item, first[0], last[1], (start is None, end is None), first[2] or last[2])


def _line(dated: _Dated, axis: _Axis, top: float) -> Line:
    item = dated.item
    begin, finish = axis.place(dated.begin), axis.place(dated.finish)
    x = _LEFT if dated.opens[0] else begin
    right = WIDTH - _RIGHT if dated.opens[1] else finish
    told = f" {item.told}" if item.told else ""
    taken = width(told, SIZE)
    text = fit(item.label, WIDTH - _LEFT - _RIGHT - taken, SIZE)
    at_right = begin + width(text, SIZE) + taken <= WIDTH - 2  # else the label would leave the drawing
    return Line(
        text=text,
        language=item.language,
        kind=item.kind,
        told=told.strip(),
        text_x=begin if at_right else WIDTH - 2,
        anchor="start" if at_right else "end",
        y=top + SIZE,
        x=x,
        width=max(right - x, 3.0),
        opens=dated.opens,
        about=dated.about,
    )


class _Axis:
    """Years to places. ``parts`` are the stretches of years that are drawn, with the place where each begins."""

    def __init__(self, edges: Sequence[float]) -> None:
        years = sorted({int(edge // 1) for edge in edges} | {int(-(-edge // 1)) for edge in edges}) or [0, 1]
        bounds = [(years[0], years[0])]
        for before, after in pairwise(years):
            if after - before > _LONGEST:
                bounds.append((after, after))
            else:
                bounds[-1] = (bounds[-1][0], after)
        kept = [(first, max(last, first + 1)) for first, last in bounds]
        room = WIDTH - _LEFT - _RIGHT - _gap(len(kept)) * (len(kept) - 1)
        self.years = sum(last - first for first, last in kept)
        self.scale = room / self.years
        self.parts: list[tuple[int, int, float]] = []
        x = _LEFT
        for first, last in kept:
            self.parts.append((first, last, x))
            x += (last - first) * self.scale + _gap(len(kept))

    def place(self, year: float) -> float:
        """Where a moment stands."""
        first, last, x = next(part for part in reversed(self.parts) if part[0] <= year or part is self.parts[0])
        return x + (min(year, last) - first) * self.scale

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Years to be written on the axis, as many as there is room for."""
        step = next((s for s in _STEPS if s * self.scale >= 44), _STEPS[-1])
        found: list[tuple[float, str]] = []
        for first, last, x in self.parts:
            for year in sorted({first, *range(-(-first // step) * step, last + 1, step)}):
                at = x + (year - first) * self.scale
                if not found or at - found[-1][0] >= 40:
                    found.append((at, str(year)))
        return tuple(found)

    def gaps(self) -> tuple[float, ...]:
        """Where decades are left out."""
        return tuple(x - _gap(len(self.parts)) / 2 for _, _, x in self.parts[1:])


def _gap(parts: int) -> float:
    """The room of one gap: all of them together never take more than half of the drawing."""
    return min(_GAP, (WIDTH - _LEFT - _RIGHT) / 2 / max(1, parts - 1))
