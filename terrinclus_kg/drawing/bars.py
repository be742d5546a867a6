"""Horizontal bars, stacked where a row has several values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from terrinclus_kg.drawing.text import fit, width

LIMIT = 100
WIDTH, ROW, SIZE = 480.0, 42.0, 14.0
_THICK, _EDGE = 14.0, 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its values, one for each series; all of them finite. ``told``: what they amount to, as
    it is read. ``key``: the thing that the row is about.
    """

    label: str
    values: Sequence[float]
    told: str = ""
    language: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """One value of a row; ``series`` counts from 0."""

    series: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: its text stands above its segments, and what it amounts to at the right."""

    text: str
    language: str
    told: str
    y: float
    bar_y: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """All rows. ``zero`` is where values begin; the height of a bar is ``thick``."""

    width: float
    height: float
    zero: float
    thick: float
    rows: tuple[Bar, ...]
    left_out: int


def bars(rows: Sequence[Row]) -> Bars:
    """The first `LIMIT` rows, in the order given, on one scale. Values below zero go to the left."""
    shown = rows[:LIMIT]
    ends = [(sum(v for v in row.values if v < 0), sum(v for v in row.values if v > 0)) for row in shown]
    low, high = min((a for a, _ in ends), default=0), max((b for _, b in ends), default=0)
    scale = (WIDTH - 2 * _EDGE) / ((high - low) or 1)
    zero = _EDGE - low * scale
    return Bars(
        width=WIDTH,
        height=max(1, len(shown)) * ROW,
        zero=zero,
        thick=_THICK,
        rows=tuple(_bar(row, place * ROW, zero, scale) for place, row in enumerate(shown)),
        left_out=len(rows) - len(shown),
    )


def _bar(row: Row, top: float, zero: float, scale: float) -> Bar:
    told = fit(row.told, WIDTH / 3, SIZE)
    room = WIDTH - width(told, SIZE) - 16
    return Bar(
        text=fit(row.label, room, SIZE),
        language=row.language,
        told=told,
        y=top + SIZE + 2,
        bar_y=top + SIZE + 8,
        segments=_segments(row.values, zero, scale),
    )


def _segments(values: Sequence[float], zero: float, scale: float) -> tuple[Segment, ...]:
    below = list(accumulate((min(v, 0.0) * scale for v in values), initial=zero))
    above = list(accumulate((max(v, 0.0) * scale for v in values), initial=zero))
    return tuple(Segment(i, below[i + 1] if v < 0 else above[i], abs(v) * scale) for i, v in enumerate(values) if v)
