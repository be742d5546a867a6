"""A release as a writer looks at it: its lines, and what its store holds of a graph or a triple."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from terrinclus_kg.errors import ReleaseDamaged
from terrinclus_kg.rdf.namespaces import PUBLICATION
from terrinclus_kg.store.releases import dataset
from terrinclus_kg.store.releases.layout import Release


class Snapshot:
    """One release, read in this process. Lines are canonical; those of the default graph are N-Triples."""

    def __init__(self, release: Release) -> None:
        """Raises ReleaseDamaged: the store does not open."""
        self.release = release
        try:
            self._store = Store.read_only(str(release.store_path))
        except (OSError, RuntimeError) as error:
            raise ReleaseDamaged(f"the store of release {release.id} does not open: {error}") from error

    def lines(self) -> Iterator[bytes]:
        """All lines of named graphs, sorted, what the release says of itself included."""
        return dataset.merge([self.dump(), self.lines_of(PUBLICATION.value)])

    def triples(self) -> Iterator[bytes]:
        """All triples of the default graph, sorted: lines keep their order without their graphs, since no term is
        the beginning of another and a blank follows each."""
        return (triple for triple, _ in groupby(map(dataset.triple_of, self.lines())))

    def dump(self) -> Iterator[bytes]:
        """The lines that the digest covers, sorted."""
        return dataset.read(self.release.dump_path)

    def lines_of(self, graph: str) -> list[bytes]:
        """The lines of one named graph, sorted."""
        return sorted(map(dataset.line, self._store.quads_for_pattern(None, None, None, NamedNode(graph))))

    def graph(self, graph: str) -> Iterator[bytes]:
        """The triples of a graph, "" the default graph, in no order."""
        name = NamedNode(graph) if graph else DefaultGraph()
        for quad in self._store.quads_for_pattern(None, None, None, name):
            yield dataset.triple_of(dataset.line(Quad(quad.subject, quad.predicate, quad.object, PUBLICATION)))

    def has_graph(self, graph: str) -> bool:
        """Whether a named graph holds anything; "" the default graph, which is always there."""
        return not graph or self.has_more(graph, 0)

    def holds(self, line: bytes) -> bool:
        """Whether a line of a named graph is there."""
        return _quad(line) in self._store

    def holding(self, triple: bytes) -> Iterator[bytes]:
        """The lines of all named graphs that hold a triple."""
        it = _quad(triple)
        for quad in self._store.quads_for_pattern(it.subject, it.predicate, it.object, None):
            if not isinstance(quad.graph_name, DefaultGraph):
                yield dataset.line(quad)

    def about(self, subject: str) -> Iterator[bytes]:
        """The lines of all named graphs whose subject this is."""
        for quad in self._store.quads_for_pattern(NamedNode(subject), None, None, None):
            if not isinstance(quad.graph_name, DefaultGraph):
                yield dataset.line(quad)

    def has_more(self, graph: str, count: int) -> bool:
        """Whether a named graph holds more than ``count`` triples."""
        found = self._store.quads_for_pattern(None, None, None, NamedNode(graph))
        return next(islice(found, count, None), None) is not None


def _quad(line: bytes) -> Quad:
    found: Quad = next(iter(parse(line, format=RdfFormat.N_QUADS, lenient=True)))
    return found
