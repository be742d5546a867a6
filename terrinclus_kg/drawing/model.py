"""What drawings are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SIZE = 13.0  # of a label, in the units of every drawing


@dataclass(frozen=True, slots=True)
class Node:
    """A thing in a drawing. ``key`` tells it from others; ``language`` is that of its label."""

    key: str
    label: str
    kind: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A relation between two nodes, by their keys; ``label`` says which."""

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes of a kind: ``title`` as it is read ("134 projects"), how many there are, and those that are known."""

    kind: str
    title: str
    count: int
    nodes: Sequence[Node] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a mark and its label stand.

    ``role``: node, group (of so many), head (the title of those that follow) or rest (what a group has
    besides). ``text`` is what of the label fits; it stands at ``text_x``, ``text_y``, turned by ``angle``
    degrees around the mark.
    """

    role: str
    x: float
    y: float
    text: str
    text_x: float
    text_y: float
    anchor: str
    kind: str = ""
    key: str = ""
    language: str = ""
    angle: float = 0.0
    count: int = 0
