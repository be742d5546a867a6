"""The marks of kinds: told apart by their outlines, so that colour is never needed."""

from __future__ import annotations

from functools import cache
from math import cos, pi, sin

RADIUS = 7.0
# name → corners, how far they are turned (in eighths of a circle), and how deep the notches between them are (1: none)
MARKS = {
    "diamond": (4, 1, 1.0),
    "hexagon": (6, 2, 1.0),
    "square": (4, 0, 1.0),
    "triangle": (3, 6, 1.0),
    "triangle-down": (3, 2, 1.0),
    "pentagon": (5, 6, 1.0),
    "star": (5, 6, 0.45),
    "cross": (4, 0, 0.45),
}


@cache
def mark(name: str) -> str:
    """The path of a mark around the origin; a circle for any name that is none of `MARKS`."""
    if name not in MARKS:
        r = RADIUS - 0.5
        return f"M{-r} 0a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"
    corners, turn, depth = MARKS[name]
    return "M" + "L".join(_points(corners, turn * pi / 4, depth)) + "z"


def _points(corners: int, turn: float, depth: float) -> list[str]:
    found = []
    for step in range(2 * corners):
        if step % 2 and depth == 1:
            continue
        radius = RADIUS * 1.15 * (depth if step % 2 else 1)
        angle = turn + step * pi / corners
        found.append(f"{radius * cos(angle):.1f} {radius * sin(angle):.1f}")
    return found
