"""What a writer is asked to do, and what came of it: plain values that pass between processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

UPDATE, UNDO = "update", "undo"
GRAPH_STORE = ("PUT", "POST", "DELETE", "PATCH")


@dataclass(frozen=True, slots=True)
class Order:
    """One write.

    ``method``: `UPDATE`, `UNDO`, or one of `GRAPH_STORE` (SPARQL 1.1 Graph Store HTTP Protocol §5).
    ``agent``: name of the one who asks. ``text``: the update, for UPDATE and PATCH.
    ``using``, ``using_named``: the dataset of an update (SPARQL 1.1 Protocol §2.2.3).
    ``graph``: IRI of the graph of a Graph Store write; "" the default graph.
    ``bodies``: files with the RDF of PUT and POST; their names tell the formats (``body.ttl``, ``body.nt.gz``).
    ``undoes``: key of the change that UNDO takes back.
    ``version``: the write is refused unless the graph has this version (see `changes.version`); "" any.
    ``exists``: likewise, unless there is such a graph, or is none; None: either.
    """

    method: str
    agent: str
    text: str = ""
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()
    graph: str = ""
    bodies: tuple[str, ...] = ()
    undoes: str = ""
    version: str = ""
    exists: bool | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an order.

    ``release``: id of the release that holds it. ``key``: of the change; "" when nothing changed.
    ``created``: whether the graph of a Graph Store write is new. ``left``: statements that an undo could not
    take out or put back, because later changes already had.
    """

    release: str
    key: str = ""
    added: int = 0
    removed: int = 0
    created: bool = False
    left: int = 0


def order_of(told: dict[str, Any]) -> Order:
    """An `Order` that has been JSON."""
    return Order(**told | {name: tuple(told[name]) for name in ("using", "using_named", "bodies")})
