"""One thing and what is around it: an ellipse of labelled marks, a sector for each kind.

Labels stand on two sides, one a line, so that none covers another. Up to `LIMIT` neighbours are drawn
one by one; where there are more, each kind is one mark with a count, and one of them can be opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from terrinclus_kg.drawing.model import SIZE, Group, Node, Spot
from terrinclus_kg.drawing.text import fit

LIMIT = 60
WIDTH, LINE = 780.0, 21.0
_REACH = 150.0  # from the centre to the marks at its height
_GAP = 13.0  # between a mark and its label
_MARGIN = 4.0


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The centre, what is around it, the ``edges`` between (paths). ``left_out``: neighbours not drawn one by one."""

    width: float
    height: float
    centre: Spot
    spots: tuple[Spot, ...]
    edges: tuple[str, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class _Line:
    role: str
    kind: str
    text: str
    key: str = ""
    language: str = ""
    count: int = 0


def neighbourhood(centre: Node, groups: Sequence[Group], opened: str = "") -> Neighbourhood:
    """A thing among its neighbours.

    Args:
        groups: its neighbours by kind; of a large group only the first need to be given.
        opened: the kind that is drawn one by one where there are too many for all to be.
    """
    total = sum(group.count for group in groups)
    sectors = [_lines(group, total, opened, len(groups)) for group in groups if group.count]
    right, left = _sides(sectors)
    height = max(6, len(right), len(left)) * LINE + 2 * LINE
    spots = [*_side(right, height, 1), *_side(left, height, -1)]
    drawn = sum(spot.role == "node" for spot in spots)
    return Neighbourhood(
        width=WIDTH,
        height=height,
        centre=_centre(centre, height),
        spots=tuple(spots),
        edges=tuple(_edge(spot, height) for spot in spots if spot.role != "head"),
        left_out=total - drawn,
    )


def _lines(group: Group, total: int, opened: str, groups: int) -> list[_Line]:
    """The lines of one sector: its title and its nodes, or one mark for all of them."""
    if total > LIMIT and group.kind != opened:
        return [_Line("group", group.kind, group.title, count=group.count)]
    shown = group.nodes[: LIMIT - groups] if total > LIMIT else group.nodes
    lines = [_Line("head", group.kind, group.title)]
    lines += [_Line("node", group.kind, node.label, node.key, node.language) for node in shown]
    if rest := group.count - len(shown):
        lines.append(_Line("rest", group.kind, f"+ {rest}", count=rest))
    return lines


def _sides(sectors: list[list[_Line]]) -> tuple[list[_Line], list[_Line]]:
    """All lines on two sides of about the same height; a sector that is parted has its title on both."""
    titles = [sector[0] for sector in sectors for _ in sector]
    lines = [line for sector in sectors for line in sector]
    half = (len(lines) + 1) // 2
    if half < len(lines) and lines[half - 1].role == "head":  # a title goes with what it is the title of
        half -= 1
    parted = half < len(lines) and lines[half].role in ("node", "rest")
    return lines[:half], titles[half : half + parted] + lines[half:]


def _side(lines: list[_Line], height: float, sign: int) -> list[Spot]:
    reach = len(lines) * LINE * 0.56 + LINE
    return [_spot(line, (place - (len(lines) - 1) / 2) * LINE, reach, height / 2, sign)
            for place, line in enumerate(lines)]  # fmt: skip


def _spot(line: _Line, dy: float, reach: float, middle: float, sign: int) -> Spot:
    x, y = WIDTH / 2 + sign * _REACH * sqrt(1 - (dy / reach) ** 2), middle + dy
    text_x = x + sign * _GAP
    room = (WIDTH - text_x if sign > 0 else text_x) - _MARGIN
    return Spot(
        role=line.role,
        x=x,
        y=y,
        text=fit(line.text, room, SIZE),
        text_x=text_x,
        text_y=y + SIZE / 3,
        anchor="start" if sign > 0 else "end",
        kind=line.kind,
        key=line.key,
        language=line.language,
        count=line.count,
    )


def _centre(centre: Node, height: float) -> Spot:
    x, y = WIDTH / 2, height / 2
    text = fit(centre.label, 2 * _REACH - 4 * _GAP, SIZE)
    return Spot("node", x, y, text, x, y + 2 * SIZE, "middle", centre.kind, centre.key, centre.language)


def _edge(spot: Spot, height: float) -> str:
    x, y = WIDTH / 2, height / 2
    return f"M{x:.1f} {y:.1f}Q{(x + spot.x) / 2:.1f} {spot.y:.1f} {spot.x:.1f} {spot.y:.1f}"
