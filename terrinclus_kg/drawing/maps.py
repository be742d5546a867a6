"""Maps: outlines of a picture that all maps share, coloured by class, with numbers where there is room for them.

Outlines are drawn by reference (``<use href="picture#key">``), in the coordinates of the picture; what it holds is
told by a `Sheet`, which the build of the web files writes (``web/maps.mjs``). Keys are the last parts of the IRIs of
territories: ``departement-44``, ``pays-ne``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terrinclus_kg.drawing.text import fit, width

CLASSES = 5
_LETTERS = 58  # a label of this map's size is so many times narrower than the map
_AROUND = 6.0  # how much more than what it shows a map in focus takes up, and
_LEAST = 0.3  # how much of the whole map it is at least

Box = tuple[float, float, float, float]  # x, y, width, height


@dataclass(frozen=True, slots=True)
class Sheet:
    """A picture and what it holds: where each territory has its centre and its box, and frames of what lies elsewhere.

    A territory without a box has a place only. ``background`` are outlines of no territory of ours.
    """

    href: str
    width: float
    height: float
    centres: Mapping[str, tuple[float, float]]
    boxes: Mapping[str, Box]
    insets: Mapping[str, Box]
    background: tuple[str, ...]

    @classmethod
    def read(cls, href: str, told: Mapping[str, Any]) -> Sheet:
        """The sheet of a picture, from its part of ``maps.json``."""
        shapes = told["shapes"]
        return cls(
            href=href,
            width=told["width"],
            height=told["height"],
            centres={key: (shape["centre"][0], shape["centre"][1]) for key, shape in shapes.items()},
            boxes={key: tuple(shape["box"]) for key, shape in shapes.items() if shape["box"]},
            insets={key: tuple(box) for key, box in told["insets"].items()},
            background=tuple(told["background"]),
        )


@dataclass(frozen=True, slots=True)
class Area:
    """One outline. ``level`` is that of its class, 0 without a value."""

    key: str
    href: str
    level: int


@dataclass(frozen=True, slots=True)
class Dot:
    """A mark at the centre of a territory with a value, which may be too small to be seen; ``text``: that value."""

    key: str
    x: float
    y: float
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Inset:
    """The frame of a territory that is not drawn where it lies, with its name."""

    box: Box
    text: str
    text_x: float
    text_y: float


@dataclass(frozen=True, slots=True)
class Class:
    """Values from ``low`` to ``high``, both among them."""

    level: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Map:
    """``view`` is the part of the picture that is shown; ``missing``: keys with a value that the picture lacks."""

    view: Box
    size: float
    areas: tuple[Area, ...]
    dots: tuple[Dot, ...]
    insets: tuple[Inset, ...]
    classes: tuple[Class, ...]
    missing: tuple[str, ...]


def choropleth(
    sheet: Sheet, values: Mapping[str, float], names: Mapping[str, str] | None = None, *, focus: bool = False
) -> Map:
    """A map of values, of which those above zero are shown.

    Args:
        names: what stands in the frames of insets, by key.
        focus: only the surroundings of the territories that have a value, if there are any.
    """
    valued = {key: value for key, value in values.items() if value > 0}
    found = classes(valued.values())
    level = {key: next(c.level for c in found if value <= c.high) for key, value in valued.items()}
    known = sorted(valued.keys() & sheet.centres.keys())
    view = _around(sheet, known) if focus and known else (0.0, 0.0, sheet.width, sheet.height)
    size = view[2] / _LETTERS
    seen = [key for key, box in sheet.boxes.items() if _meet(box, view)]
    return Map(
        view=view,
        size=size,
        # What has a value is drawn last: no neighbour covers its border.
        areas=(
            *(Area("", f"{sheet.href}#{key}", 0) for key in sheet.background),
            *sorted((Area(key, f"{sheet.href}#{key}", level.get(key, 0)) for key in seen), key=_last),
        ),
        dots=_dots(sheet, {key: valued[key] for key in known}, level, view, size),
        insets=tuple(_inset(box, (names or {}).get(key, ""), size) for key, box in sheet.insets.items()
                     if _meet(box, view)),
        classes=found,
        missing=tuple(sorted(valued.keys() - sheet.centres.keys())),
    )  # fmt: skip


def classes(values: Iterable[float]) -> tuple[Class, ...]:
    """At most `CLASSES` classes of about as many different values each, which hold all values; the lowest first."""
    different = sorted(set(values))
    number = min(CLASSES, len(different))
    bounds = [len(different) * step // number for step in range(number + 1)] if number else []
    return tuple(Class(step + 1, different[bounds[step]], different[bounds[step + 1] - 1]) for step in range(number))


def _last(area: Area) -> tuple[int, str]:
    return area.level, area.key


def _around(sheet: Sheet, keys: Sequence[str]) -> Box:
    """What surrounds these territories: a part of the whole in its own proportions, and within it."""
    boxes = [sheet.boxes.get(key, (*sheet.centres[key], 0.0, 0.0)) for key in keys]
    left, top = min(x for x, _, _, _ in boxes), min(y for _, y, _, _ in boxes)
    right, bottom = max(x + w for x, _, w, _ in boxes), max(y + h for _, y, _, h in boxes)
    grown = max((right - left) / sheet.width, (bottom - top) / sheet.height)
    share = min(1.0, max(_LEAST, grown * _AROUND if len(keys) == 1 else grown * 1.3))
    w, h = sheet.width * share, sheet.height * share
    x = min(max(0.0, (left + right - w) / 2), sheet.width - w)
    y = min(max(0.0, (top + bottom - h) / 2), sheet.height - h)
    return x, y, w, h


def _dots(
    sheet: Sheet, values: Mapping[str, float], level: Mapping[str, int], view: Box, size: float
) -> tuple[Dot, ...]:
    """Dots, the highest value first; a number that would cover an earlier one or leave the map is left out."""
    dots: list[Dot] = []
    taken: list[Box] = []
    for key in sorted(values, key=lambda key: (-values[key], key)):
        x, y = sheet.centres[key]
        text = f"{values[key]:g}"
        half = width(text, size) / 2 + size / 4
        label = (x - half, y - size * 0.8, 2 * half, size * 1.6)
        if not _within(label, view) or any(_meet(label, other) for other in taken):
            text = ""
        else:
            taken.append(label)
        dots.append(Dot(key, x, y, level[key], text))
    return tuple(dots)


def _inset(box: Box, name: str, size: float) -> Inset:
    x, y, w, h = box
    return Inset(box, fit(name, w - size / 2, size * 0.9), x + w / 2, y + h - size * 0.5)


def _meet(one: Box, other: Box) -> bool:
    return (one[0] < other[0] + other[2] and other[0] < one[0] + one[2]
            and one[1] < other[1] + other[3] and other[1] < one[1] + one[3])  # fmt: skip


def _within(one: Box, other: Box) -> bool:
    return (other[0] <= one[0] and one[0] + one[2] <= other[0] + other[2]
            and other[1] <= one[1] and one[1] + one[3] <= other[1] + other[3])  # fmt: skip
