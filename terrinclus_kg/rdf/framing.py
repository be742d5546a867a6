"""A dataset as one tree of plain JSON that is JSON-LD 1.1 too: what an application reads without knowing RDF.

The node asked for is the root. What it links to hangs below it, what links to it under ``linkedFrom``, each node where
it is met first and by its ``id`` alone wherever else; one of which only labels are told has them wherever it is linked.
Names are those of a context. Nothing is left out: what is reached
in no such way is ``included``, and named graphs that the dataset describes are ``facts`` with their ``statements``.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

from terrinclus_kg.errors import NotAcceptable
from terrinclus_kg.rdf.context import Context
from terrinclus_kg.rdf.labels import PROPERTIES
from terrinclus_kg.rdf.namespaces import RDF, XSD

# What the tree adds to the terms of the context.
ALIASES = {"facts": "@included", "included": "@included", "statements": "@graph", "linkedFrom": "@reverse"}
_LABELS = {term.value: place for place, term in enumerate(PROPERTIES)}
_WHOLE = re.compile(r"(?:0|-?[1-9][0-9]{0,14})\Z")  # as JSON-LD 1.1 writes the integers of JSON (§8.6)
_TYPE = RDF["type"].value
_TRUTH = {"true": True, "false": False}
_Node = NamedNode | BlankNode
_Object = NamedNode | BlankNode | Literal
_Said = dict[str, list[_Object]]  # property → values
Json = dict[str, Any]


def framed(quads: Iterable[Quad], root: NamedNode, context: Context) -> Json:
    """The tree of a dataset from a node: its triples merged, and each graph that it describes with what it holds.

    Raises:
        NotAcceptable: it holds triple terms.
    """
    found = list(quads)
    said = _said(found)
    graphs: dict[_Node, list[Quad]] = {}
    for quad in found:
        if not isinstance(quad.graph_name, DefaultGraph) and quad.graph_name in said:
            graphs.setdefault(quad.graph_name, []).append(quad)
    return _Tree(said, root, context, graphs).made()


class _Tree:
    """Which node hangs where: each is placed once, as near to the root as can be."""

    def __init__(
        self, said: dict[_Node, _Said], root: NamedNode, context: Context, graphs: Mapping[_Node, Sequence[Quad]]
    ) -> None:
        self._said, self._root, self._context, self._graphs = said, root, context, graphs
        self._placed: set[_Node] = {root, *graphs}
        self._below: set[tuple[_Node, str, _Node]] = set()  # the links below which a node hangs

    def made(self) -> Json:
        """The tree."""
        back = self._taken_back()
        linking = list(dict.fromkeys(node for nodes in back.values() for node in nodes))
        self._placed.update(linking)
        self._place([self._root, *linking, *self._graphs])
        left = [node for node in self._said if self._is_left(node)]
        tree = self._node(self._root)
        if back:
            told: set[_Node] = set()
            tree["linkedFrom"] = {name: [self._once(node, told) for node in nodes] for name, nodes in back.items()}
        if facts := [self._node(node) for node in sorted(self._graphs, key=str) if node != self._root]:
            tree["facts"] = facts
        if left:
            tree["included"] = [self._node(node) for node in left]
        return tree

    def _taken_back(self) -> dict[str, list[_Node]]:
        """What links to the root, by the key that says how: it is told there, and no more where it is linked from."""
        found: dict[str, list[_Node]] = {}
        for node in self._said.keys() - self._graphs.keys() - {self._root}:
            for iri, values in self._said[node].items():
                if self._root in values:
                    values.remove(self._root)
                    found.setdefault(self._context.backwards(iri), []).append(node)
        return {name: sorted(nodes, key=str) for name, nodes in sorted(found.items())}

    def _is_left(self, node: _Node) -> bool:
        if node in self._placed:
            return False
        self._placed.add(node)
        self._place([node])
        return True

    def _place(self, nodes: Iterable[_Node]) -> None:
        """Places what can be reached from nodes, the nearest first."""
        waiting = deque(nodes)
        while waiting:
            node = waiting.popleft()
            for iri, value in _links(self._said.get(node, {})):
                if value in self._said and value not in self._placed:
                    self._placed.add(value)
                    self._below.add((node, iri, value))
                    waiting.append(value)

    def _once(self, node: _Node, told: set[_Node]) -> Json:
        if node in told:
            return {"id": _id(node)}
        told.add(node)
        return self._node(node)

    def _node(self, node: _Node) -> Json:
        made = _described(node, self._said.get(node, {}), self._context, self._value)
        if node in self._graphs:
            graph = _said(self._graphs[node])
            made["statements"] = [_described(one, graph[one], self._context, _linked) for one in graph]
        return made

    def _value(self, node: _Node, iri: str, value: _Node) -> Json | str:
        labelled = value in self._said and value not in self._graphs and self._said[value].keys() <= _LABELS.keys()
        return self._node(value) if labelled or (node, iri, value) in self._below else _id(value)


_Linked = Callable[[_Node, str, _Node], Json | str]


def _linked(_node: _Node, _iri: str, value: _Node) -> Json | str:
    return _id(value)


def _links(said: _Said) -> Iterator[tuple[str, _Node]]:
    """The links of a node but to its types, which are told by their names."""
    for iri, values in said.items():
        yield from ((iri, value) for value in values if iri != _TYPE and not isinstance(value, Literal))


def _said(quads: Iterable[Quad]) -> dict[_Node, _Said]:
    """What is said of each node, once each."""
    found: dict[_Node, dict[str, dict[_Object, None]]] = {}
    for quad in quads:
        if isinstance(quad.subject, Triple) or isinstance(quad.object, Triple):
            raise NotAcceptable("JSON-LD cannot carry triple terms")
        found.setdefault(quad.subject, {}).setdefault(quad.predicate.value, {})[quad.object] = None
    return {node: {iri: list(values) for iri, values in said.items()} for node, said in found.items()}


def _described(node: _Node, said: _Said, context: Context, linked: _Linked) -> Json:
    """A node with what is said of it: types, labels, and the rest by the names of the context."""
    made: Json = {"id": _id(node)}
    types = [value for value in said.get(_TYPE, ()) if isinstance(value, NamedNode)]
    if types:
        made["type"] = [context.name(value.value) for value in types]
    for iri in sorted(said.keys() - {_TYPE}, key=lambda iri: (_LABELS.get(iri, len(_LABELS)), iri)):
        for key, values, told in context.written(iri, said[iri]) if said[iri] else ():
            made[key] = _values(values, told, context, lambda value, iri=iri: linked(node, iri, value))  # type: ignore[misc]
    return made


def _values(
    values: Sequence[_Object], told: Mapping[str, Any], context: Context, linked: Callable[[_Node], Json | str]
) -> Json | list[Any]:
    if "@language" in told.get("@container", ()):
        return _by_language(values, several="@set" in told["@container"])
    made: list[Any] = []
    for value in values:
        if isinstance(value, Literal):
            made.append(_literal(value, told.get("@type", ""), context))
        else:
            found = linked(value)
            made.append({"id": found} if isinstance(found, str) and told.get("@type") != "@id" else found)
    return made


def _by_language(values: Sequence[_Object], *, several: bool) -> Json:
    found: dict[str, list[str]] = {}
    for value in values:
        found.setdefault((isinstance(value, Literal) and value.language) or "@none", []).append(value.value)
    return {tag: texts if several or len(texts) > 1 else texts[0] for tag, texts in found.items()}


def _literal(value: Literal, coerced: str, context: Context) -> Any:
    if value.datatype == XSD["boolean"] and value.value in _TRUTH:
        return _TRUTH[value.value]
    if coerced or value.datatype == XSD["string"]:
        return value.value
    if value.language:
        return {"@value": value.value, "@language": value.language}
    if value.datatype == XSD["integer"] and _WHOLE.match(value.value):
        return int(value.value)
    return {"@value": value.value, "@type": context.name(value.datatype.value)}


def _id(node: _Node) -> str:
    return node.value if isinstance(node, NamedNode) else f"_:{node.value}"
