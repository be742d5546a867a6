"""What the release that is served holds, graph by graph: asked once a release, however often it is told.

The named graphs are far too many to list (each fact is one), so they are told by source: the graph that
describes the facts of a source, with their number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from pyoxigraph import BlankNode, Literal, NamedNode

from terrinclus_kg.errors import TerrinclusError
from terrinclus_kg.rdf.iri import from_iri
from terrinclus_kg.rdf.queries import Term, query
from terrinclus_kg.store.reader import Reader
from terrinclus_kg.store.releases.layout import Release

BOUND = 1000  # source graphs that are told; queries/pages/source-graphs.rq asks for one more


@dataclass(frozen=True, slots=True)
class SourceGraph:
    """A graph that comes from a source.

    ``facts``: how many it describes; None where nobody has counted. ``said``: what the source says of itself, by
    property: those of queries/pages/source-terms.rq.
    """

    iri: str
    source: str
    labels: Mapping[str, str]
    facts: int | None
    said: Mapping[NamedNode, Sequence[Term]] = field(default_factory=dict)

    def iris(self, term: NamedNode) -> tuple[str, ...]:
        """The IRIs that the source gives for a property."""
        return tuple(value.value for value in self.said.get(term, ()) if isinstance(value, NamedNode))

    def texts(self, term: NamedNode) -> dict[str, str]:
        """The texts that it gives for a property, by language ("" for none)."""
        return {v.language or "": v.value for v in self.said.get(term, ()) if isinstance(v, Literal)}


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a release holds. ``more``: there are further source graphs than ``sources``; ``house``: our own graphs.

    Of ``sources``, those that have a page come first, ``listed`` in all: behind them files, and changes. What its
    manifest does not say is None: another engine may serve data that were not published by us.
    """

    release: str
    built_at: datetime
    digest: str | None
    triples: int | None
    facts: int | None
    listed: int | None
    sources: tuple[SourceGraph, ...]
    more: bool
    house: tuple[str, ...]
    has_dump: bool


class Register:
    """Remembers what the last release asked for holds. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: Holdings | None = None

    def holdings(self, reader: Reader) -> Holdings | None:
        """What the release holds that is served; None where there is none, or where it does not answer just now."""
        try:
            release = reader.release
            with self._lock:
                if self._last and self._last.release == release.id:
                    return self._last
                found = _ask(reader, release)
                if reader.release.id == release.id:  # else it may hold some of both
                    self._last = found
                return found
        except TerrinclusError:
            return None


def _ask(reader: Reader, release: Release) -> Holdings:
    rows = reader.rows(query("pages", "source-graphs").text)
    labels = reader.labels(row["source"].value for row in rows)
    facts, said = _facts(reader), _said(reader)
    sources = [
        SourceGraph(
            row["graph"].value,
            row["source"].value,
            labels.get(row["source"].value, {}),
            facts.get(row["graph"].value, 0) if facts is not None else None,
            said.get(row["source"].value, {}),
        )
        for row in rows[:BOUND]
    ]
    return Holdings(
        release=release.id,
        built_at=release.built_at,
        digest=release.manifest.get("digest"),
        triples=release.manifest.get("triples"),
        facts=release.manifest.get("facts"),
        listed=release.manifest.get("sources"),
        sources=tuple(sorted(sources, key=lambda graph: from_iri(graph.source) is None)),
        more=len(rows) > BOUND,
        house=tuple(sorted(row["graph"].value for row in reader.rows(query("pages", "house-graphs").text))),
        has_dump=release.dump_path.is_file(),
    )


def _facts(reader: Reader) -> dict[str, int] | None:
    """Facts by graph; None if there are too many to be counted in the time that our own queries have."""
    try:
        rows = reader.rows(query("pages", "graph-facts").text)
    except TerrinclusError:
        return None
    return {row["graph"].value: int(n.value) for row in rows if isinstance(n := row["facts"], Literal)}


def _said(reader: Reader) -> dict[str, dict[NamedNode, list[Term]]]:
    """What sources say of themselves: source → property → values."""
    found: dict[str, dict[NamedNode, list[Term]]] = {}
    for row in reader.rows(query("pages", "source-terms").text):
        if isinstance(term := row["property"], NamedNode) and not isinstance(value := row["value"], BlankNode):
            found.setdefault(row["source"].value, {}).setdefault(term, []).append(value)
    return found
