"""The mark of each kind: told apart by its outline, so that colour is never needed."""

from __future__ import annotations

from functools import cache
from math import cos, pi, sin

RADIUS = 7.0
# kind → corners, how far they are turned (in eighths of a circle), and how deep the notches between them are (1: none)
_OUTLINES = {
    "projet": (4, 1, 1.0),
    "partenariat": (6, 2, 1.0),
    "territoire": (4, 0, 1.0),
    "evenement": (3, 6, 1.0),
    "publication": (3, 2, 1.0),
    "personne": (5, 6, 1.0),
    "odd": (5, 6, 0.45),
    "source": (4, 0, 0.45),
}


@cache
def mark(kind: str) -> str:
    """The path of a kind's mark around the origin; a circle for actors and all kinds without one of their own."""
    if kind not in _OUTLINES:
        r = RADIUS - 0.5
        return f"M{-r} 0a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"
    corners, turn, depth = _OUTLINES[kind]
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
