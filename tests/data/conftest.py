"""The real release as quads: what each graph says, and which source each graph is of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from terrinclus_kg.rdf.namespaces import BASE, DCT, expand
from terrinclus_kg.store.releases.layout import Release

Node = NamedNode | BlankNode | Triple
Term = Node | Literal
Statement = tuple[Node, NamedNode, Term]


@dataclass(frozen=True)
class Content:
    """The quads of a release."""

    quads: list[Quad]

    @cached_property
    def default(self) -> set[Statement]:
        """The triples of the default graph."""
        return {(q.subject, q.predicate, q.object) for q in self.quads if isinstance(q.graph_name, DefaultGraph)}

    @cached_property
    def graphs(self) -> dict[str, set[Statement]]:
        """The triples of each named graph."""
        found = defaultdict(set)
        for quad in self.quads:
            if isinstance(quad.graph_name, NamedNode):
                found[quad.graph_name.value].add((quad.subject, quad.predicate, quad.object))
        return found

    @cached_property
    def by_property(self) -> dict[tuple[Node, NamedNode], set[Term]]:
        """Subject and predicate → objects, in the default graph."""
        found = defaultdict(set)
        for subject, predicate, value in self.default:
            found[subject, predicate].add(value)
        return found

    def objects(self, subject: Node, predicate: NamedNode) -> set[Term]:
        return self.by_property.get((subject, predicate), set())

    def texts(self, subject: Node, predicate: NamedNode) -> dict[str, str]:
        """Language → text. "" stands for no language."""
        values = self.objects(subject, predicate)
        return {value.language or "": value.value for value in values if isinstance(value, Literal)}

    def of_class(self, curie: str) -> set[Node]:
        """The things of a class."""
        a, wanted = expand("rdf:type"), expand(curie)
        return {s for s, p, o in self.default if p.value == a and isinstance(o, NamedNode) and o.value == wanted}

    @cached_property
    def facts(self) -> dict[str, NamedNode]:
        """Identifier → fact."""
        facts = {node for node in self.of_class("ti:Fact") if isinstance(node, NamedNode)}
        return {fact.value.removeprefix(f"{BASE}id/fait/"): fact for fact in facts}

    def source_of(self, graph: str) -> str:
        """Key of the source that a graph is of, or "" (the ontology, what rules infer, the release itself)."""
        keys = [value.value for value in self.objects(NamedNode(graph), DCT["source"]) if isinstance(value, NamedNode)]
        assert len(keys) <= 1
        return keys[0].removeprefix(f"{BASE}id/source/") if keys else ""

    @cached_property
    def source_keys(self) -> set[str]:
        """The keys of all sources."""
        return {node.value.removeprefix(f"{BASE}id/source/") for node in self.of_class("ti:Source")}  # type: ignore[union-attr]

    @cached_property
    def editors(self) -> set[str]:
        """The keys of the sources that the editors are the publisher of."""
        us = NamedNode(f"{BASE}id/acteur/terrinclus-kg")
        return {key for key in self.source_keys if us in self.objects(source(key), DCT["publisher"])}

    def facts_of(self, key: str) -> set[str]:
        """The identifiers of the facts of a source."""
        return {name for name, fact in self.facts.items() if self.source_of(fact.value) == key}


def source(key: str) -> NamedNode:
    """The IRI of a source."""
    return NamedNode(f"{BASE}id/source/{key}")


@pytest.fixture(scope="session")
def content(release: Release) -> Content:
    """All that the release holds."""
    return Content(list(Store.read_only(str(release.store_path))))
