"""Rings around a centre: those linked to it on the first, those linked to these on the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, degrees, pi, sin

from terrinclus_kg.drawing.model import SIZE, Link, Node, Spot
from terrinclus_kg.drawing.text import fit

LIMIT = 300
_LABEL = 240.0  # what a label may take on its ring
_STEP = 17.0  # between two marks of a ring
_GAP = 13.0


@dataclass(frozen=True, slots=True)
class Edge:
    """A line between two marks."""

    x1: float
    y1: float
    x2: float
    y2: float
    label: str


@dataclass(frozen=True, slots=True)
class Network:
    """Spots in the order of their rings, the centre first. ``left_out``: nodes beyond `LIMIT`."""

    width: float
    height: float
    spots: tuple[Spot, ...]
    edges: tuple[Edge, ...]
    left_out: int


def network(nodes: Sequence[Node], links: Sequence[Link], centre: str = "") -> Network:
    """Nodes on rings around a centre; the node with most links where none is named.

    Links whose ends are not among the nodes, or are the same, are not drawn. Of more than `LIMIT` nodes
    those nearest to the centre stay, and of these the ones with most links.
    """
    known = {node.key: node for node in nodes}
    around = _neighbours(known, links)
    if not known:
        return Network(2 * _LABEL, _LABEL, (), (), 0)
    first = centre if centre in known else min(known, key=lambda key: (-len(around[key]), key))
    rings = _kept(_rings(first, known, around), around)
    rings[1:] = [ring for ring in rings[1:] if ring]
    spots = _placed(rings, known, around)
    at = {spot.key: spot for spot in spots}
    edges = [Edge(a.x, a.y, b.x, b.y, link.label) for link in links
             if (a := at.get(link.source)) and (b := at.get(link.target)) and a is not b]  # fmt: skip
    size = 2 * (_radii(rings)[-1] + _GAP + _LABEL)
    return Network(size, size, tuple(spots), tuple(edges), len(known) - len(spots))


def _neighbours(known: Mapping[str, Node], links: Sequence[Link]) -> dict[str, set[str]]:
    around: dict[str, set[str]] = {key: set() for key in known}
    for link in links:
        if link.source in known and link.target in known and link.source != link.target:
            around[link.source].add(link.target)
            around[link.target].add(link.source)
    return around


def _rings(first: str, known: Mapping[str, Node], around: Mapping[str, set[str]]) -> list[list[str]]:
    """Keys by their distance from the first; those that no link reaches come last."""
    rings, seen = [[first]], {first}
    while reached := {key for inner in rings[-1] for key in around[inner]} - seen:
        seen |= reached
        rings.append(sorted(reached))
    return [*rings, sorted(known.keys() - seen)]


def _kept(rings: list[list[str]], around: Mapping[str, set[str]]) -> list[list[str]]:
    kept, room = [], LIMIT
    for ring in rings:
        kept.append(sorted(ring, key=lambda key: (-len(around[key]), key))[:room])
        room -= len(kept[-1])
    return kept


def _radii(rings: list[list[str]]) -> list[float]:
    radii = [0.0]
    for ring in rings[1:]:
        radii.append(max(radii[-1] + (_LABEL if len(radii) > 1 else 110), len(ring) * _STEP / (2 * pi)))
    return radii


def _placed(rings: list[list[str]], known: Mapping[str, Node], around: Mapping[str, set[str]]) -> list[Spot]:
    radii = _radii(rings)
    middle = radii[-1] + _GAP + _LABEL
    angle: dict[str, float] = {}
    spots = [_central(known[rings[0][0]], middle)]
    for ring, radius in zip(rings[1:], radii[1:], strict=True):
        # Beside those that the same node of the ring within leads to, and of these beside their own kind.
        inner = {key: min((angle[other] for other in around[key] if other in angle), default=0.0) for key in ring}
        ring.sort(key=lambda key: (inner[key], known[key].kind, known[key].label, key))
        turned = {key: 2 * pi * step / len(ring) for step, key in enumerate(ring)}
        spots += [_spot(known[key], middle, radius, turned[key]) for key in ring]
        angle |= turned
    return spots


def _central(node: Node, middle: float) -> Spot:
    text = fit(node.label, 180, SIZE)
    return Spot("node", middle, middle, text, middle, middle + 2 * SIZE, "middle", node.kind, node.key, node.language)


def _spot(node: Node, middle: float, radius: float, angle: float) -> Spot:
    x, y = middle + radius * cos(angle), middle + radius * sin(angle)
    flipped = pi / 2 < angle < 3 * pi / 2  # text is never upside down
    turn = degrees(angle) - (180 if flipped else 0)
    text = fit(node.label, _LABEL - 2 * _GAP, SIZE)
    text_x, anchor = (x - _GAP, "end") if flipped else (x + _GAP, "start")
    return Spot("node", x, y, text, text_x, y + SIZE / 3, anchor, node.kind, node.key, node.language, turn)
