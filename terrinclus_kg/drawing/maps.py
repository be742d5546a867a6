"""Maps: the outlines of a sprite, coloured by class, with a number where there is room for one.

Outlines are drawn by reference (``<use href="sprite#id">``), so that one cached file serves every map. What a
sprite holds is told by a `Sheet`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from terrinclus_kg.drawing.text import width

CLASSES = 5
SIZE = 11.0
_RADIUS = 4.0


@dataclass(frozen=True, slots=True)
class Outline:
    """A territory of a sprite: the id of its symbol, the box that it fills (x, y, width, height), its centre."""

    id: str
    box: tuple[float, float, float, float]
    centre: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sprite: its address, the size of the whole map, and its outlines by the code of their territory."""

    href: str
    width: float
    height: float
    outlines: Mapping[str, Outline]


@dataclass(frozen=True, slots=True)
class Area:
    """One outline on a map. ``level`` is 0 without a value, else that of its class."""

    code: str
    href: str
    box: tuple[float, float, float, float]
    level: int


@dataclass(frozen=True, slots=True)
class Dot:
    """A mark at the centre of a territory that has a value, since it may be too small to be seen; ``text`` or ""."""

    code: str
    x: float
    y: float
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Class:
    """Values from ``low`` to ``high``, both among them."""

    level: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Map:
    """``missing`` are the codes with a value that the sprite has no outline for."""

    width: float
    height: float
    areas: tuple[Area, ...]
    dots: tuple[Dot, ...]
    classes: tuple[Class, ...]
    missing: tuple[str, ...]


def choropleth(sheet: Sheet, values: Mapping[str, float]) -> Map:
    """A map of values above zero, in at most `CLASSES` classes of about as many different values each."""
    valued = {code: value for code, value in values.items() if value > 0}
    found = classes(valued.values())
    level = {code: next(c.level for c in found if value <= c.high) for code, value in valued.items()}
    areas = (Area(code, f"{sheet.href}#{o.id}", o.box, level.get(code, 0)) for code, o in sheet.outlines.items())
    return Map(
        width=sheet.width,
        height=sheet.height,
        # What has a value is drawn last: no neighbour covers its border.
        areas=tuple(sorted(areas, key=lambda area: (area.level, area.code))),
        dots=_dots(sheet, valued, level),
        classes=found,
        missing=tuple(sorted(valued.keys() - sheet.outlines.keys())),
    )


def classes(values: Iterable[float]) -> tuple[Class, ...]:
    """Classes that hold all values, the lowest first."""
    different = sorted(set(values))
    number = min(CLASSES, len(different))
    bounds = [len(different) * step // number for step in range(number + 1)] if number else [0]
    return tuple(
        Class(step + 1, different[bounds[step]], different[bounds[step + 1] - 1]) for step in range(number)
    )


def _dots(sheet: Sheet, values: Mapping[str, float], level: Mapping[str, int]) -> tuple[Dot, ...]:
    """Dots, the highest value first; a number that would cover an earlier one is left out."""
    dots: list[Dot] = []
    taken: list[tuple[float, float, float]] = []
    for code in sorted(values.keys() & sheet.outlines.keys(), key=lambda code: (-values[code], code)):
        x, y = sheet.outlines[code].centre
        text = f"{values[code]:g}"
        half = width(text, SIZE) / 2 + _RADIUS
        free = _free((x, y, half), taken) and half <= x <= sheet.width - half
        if free:
            taken.append((x, y, half))
        dots.append(Dot(code, x, y, level[code], text if free else ""))
    return tuple(dots)


def _free(spot: tuple[float, float, float], taken: Sequence[tuple[float, float, float]]) -> bool:
    x, y, half = spot
    return all(abs(x - a) >= half + b or abs(y - c) >= 2 * SIZE for a, c, b in taken)
