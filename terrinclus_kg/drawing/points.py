"""Points by longitude and latitude, on a grid of degrees: where there is no outline to draw them on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

from terrinclus_kg.drawing.text import fit, width

LIMIT = 500
WIDTH, SIZE = 760.0, 13.0
_NAMED = 40  # with more points labels would cover each other
_STEPS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30)
_LEAST, _MARGIN, _GAP = 0.05, 0.12, 8.0


@dataclass(frozen=True, slots=True)
class Place:
    """A point and what it is called."""

    label: str
    longitude: float
    latitude: float
    language: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in the drawing; ``text`` is what of its label fits, "" where there are too many."""

    x: float
    y: float
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Points:
    """Marks, and the lines of the grid: where they are, and their degrees."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    meridians: tuple[tuple[float, float], ...]
    parallels: tuple[tuple[float, float], ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is in sight, in degrees, and how many units a degree of longitude and of latitude takes."""

    west: float
    north: float
    across: float
    down: float
    across_scale: float
    down_scale: float

    def at(self, longitude: float, latitude: float) -> tuple[float, float]:
        return (longitude - self.west) * self.across_scale, (self.north - latitude) * self.down_scale


def points(places: Sequence[Place]) -> Points:
    """The first `LIMIT` places, true to scale at the middle of what is in sight."""
    shown = places[:LIMIT]
    if not shown:
        return Points(WIDTH, SIZE, (), (), (), 0)
    frame = _frame(shown)
    height = frame.down * frame.down_scale
    step = next((s for s in _STEPS if max(frame.across, frame.down) / s <= 8), 30)
    east, south = frame.west + frame.across, frame.north - frame.down
    return Points(
        width=WIDTH,
        height=height,
        marks=tuple(_mark(place, frame, named=len(shown) <= _NAMED) for place in shown),
        meridians=tuple((frame.at(degree, 0)[0], degree) for degree in _grid(frame.west, east, step)),
        parallels=tuple((frame.at(0, degree)[1], degree) for degree in _grid(south, frame.north, step)),
        left_out=len(places) - len(shown),
    )


def _frame(places: Sequence[Place]) -> _Frame:
    longitudes, latitudes = [p.longitude for p in places], [p.latitude for p in places]
    across = max(_LEAST, max(longitudes) - min(longitudes)) * (1 + 2 * _MARGIN)
    down = max(_LEAST, max(latitudes) - min(latitudes)) * (1 + 2 * _MARGIN)
    middle = (max(latitudes) + min(latitudes)) / 2
    shrunk = max(0.2, cos(radians(middle)))  # a degree of longitude beside one of latitude
    across, down = max(across, down / shrunk), max(down, across * shrunk / 3)
    scale = WIDTH / across
    west = (max(longitudes) + min(longitudes) - across) / 2
    return _Frame(west, middle + down / 2, across, down, scale, scale / shrunk)


def _mark(place: Place, frame: _Frame, *, named: bool) -> Mark:
    x, y = frame.at(place.longitude, place.latitude)
    text = fit(place.label, WIDTH / 4, SIZE) if named else ""
    return Mark(x, y, text if x + _GAP + width(text, SIZE) < WIDTH else "", place.language)


def _grid(low: float, high: float, step: float) -> list[float]:
    first, last = int(low // step) + 1, int(high // step)
    return [round(number * step, 2) for number in range(first, last + 1)]
