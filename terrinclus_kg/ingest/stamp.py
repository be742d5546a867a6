"""Puts into the effect of an order what the graph says of the change, and of the graphs that it begins and ends.

A graph that a change begins says that it comes from the change, unless somebody describes it as a fact or as the
graph of a source; one that it empties says so no longer.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from terrinclus_kg.ingest import provenance
from terrinclus_kg.ingest.changes import Change
from terrinclus_kg.ingest.effect import Effect
from terrinclus_kg.store.releases import dataset
from terrinclus_kg.store.releases.snapshot import Snapshot


def stamp(effect: Effect, change: Change, text: str, snapshot: Snapshot) -> None:
    """Adds to ``effect``. ``text``: the update, if it is one."""
    coming = Counter(map(dataset.graph_of, effect.added))
    going = Counter(map(dataset.graph_of, effect.removed))
    new = defaultdict(set)
    for row in effect.added:
        if graph := _speaks_of(row):
            new[graph].add(row)
    spoken_of = {graph for row in effect.removed if (graph := _speaks_of(row))}
    for graph in filter(provenance.needs_origin, coming.keys() | going.keys() | new.keys() | spoken_of):
        said = {row for row in snapshot.about(graph) if _speaks_of(row)} - effect.removed | new[graph]
        ours = {row for row in said if provenance.tells_of_change(row)}
        remains = bool(coming[graph]) or snapshot.has_more(graph, going[graph])
        if not remains or any(provenance.describes(row) for row in said - ours):
            effect.removed |= ours - effect.added
            effect.added -= ours
        elif ours - new[graph]:  # an undo may bring back an older origin
            effect.added -= ours
        elif not ours:
            effect.added |= set(provenance.origin(graph, change))
    effect.added |= set(provenance.statements(change, text))


def _speaks_of(row: bytes) -> str:
    """IRI of the graph that a line describes, or whose origin it tells; "" for all other lines."""
    if provenance.tells_of_change(row):
        return row.partition(b" ")[0][1:-1].decode()
    return provenance.describes(row)
