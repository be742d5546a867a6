"""What the algebra of a query says about its cost, for sure: read by `algebra`, in its child."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rdflib import BNode, Variable
from rdflib.paths import MulPath
from rdflib.plugins.sparql.parserutils import CompValue

_TEXT_SEARCH = frozenset({"Builtin_REGEX", "Builtin_CONTAINS", "Builtin_STRENDS", "Builtin_STRSTARTS"})
_SENTENCES = {
    "order-without-limit": "ORDER BY without LIMIT: no row can leave before all are found and sorted.",
    "text-search": "{} looks at every value that the patterns find: no index serves it.",
    "optional-first": "A pattern stands after an OPTIONAL: it is joined with what the OPTIONAL has already widened. "
    "Write OPTIONAL last in its group.",
    "cross-product": "{} and {} stand in patterns that share no variable: each row of the one is combined with each "
    "row of the other.",
    "free-path": "The path {} has two free ends: it is followed from every node of the graph. Give one end.",
}
Fault = tuple[str, tuple[str, ...]]  # a code, and what its sentence names


def warnings(query: CompValue) -> list[dict[str, str]]:
    """Code and sentence of each; each code once.

    Args:
        query: as `rdflib.plugins.sparql.algebra.translateQuery` makes it.
    """
    found: dict[str, tuple[str, ...]] = {}
    for code, names in _faults(query):
        found.setdefault(code, names)
    return [{"code": code, "message": _SENTENCES[code].format(*names)} for code, names in found.items()]


def part(node: CompValue, key: str) -> Any:
    """A part of a node. rdflib keeps what it has translated (EXISTS) beside what it has read."""
    return vars(node).get(key, node[key])


def _faults(query: CompValue) -> Iterator[Fault]:
    nodes = list(_nodes(query))
    limited = {id(node) for top in nodes if top.name == "Slice" and top.length is not None for node in _spine(top)}
    uses = _uses(nodes)
    for node in nodes:
        if node.name == "OrderBy" and id(node) not in limited:
            yield "order-without-limit", ()
        if node.name in _TEXT_SEARCH:
            yield "text-search", (node.name.removeprefix("Builtin_"),)
        if node.name == "Join" and _after_optional(node):
            yield "optional-first", ()
        if node.name == "Project":
            yield from (("cross-product", pair) for group in _whole(node.p) if (pair := _unconnected(group)))
        if node.name == "BGP":
            yield from (("free-path", (path.mod,)) for path in _free_paths(node, uses))


def _nodes(value: Any) -> Iterator[CompValue]:
    """All nodes of a tree, outer ones first."""
    if isinstance(value, CompValue):
        yield value
        for key in value:
            if key != "_vars":
                yield from _nodes(part(value, key))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _nodes(item)


def _spine(node: CompValue) -> Iterator[CompValue]:
    """A node and what it modifies, as long as there is one thing: slice, distinct, projection, order."""
    current: Any = node
    while isinstance(current, CompValue) and current.name in ("Slice", "Distinct", "Reduced", "Project", "OrderBy"):
        yield current
        current = current.p


def _after_optional(join: CompValue) -> bool:
    left = join.p1
    while left.name in ("Join", "Extend", "Filter"):
        left = left.p1 if left.name == "Join" else left.p
    return left.name == "LeftJoin" and join.p2.name in ("BGP", "Graph", "Union", "Join")


def _variables(value: Any) -> set[Any]:
    """Variables and blank nodes (which are variables in a pattern) that a part of a tree names."""
    if isinstance(value, (Variable, BNode)):
        return {value}
    if isinstance(value, CompValue):
        return set().union(*(_variables(part(value, key)) for key in value if key != "_vars"))
    if isinstance(value, dict):
        return {Variable(str(key)) for key in value}
    if isinstance(value, (list, tuple)):
        return set().union(*(_variables(item) for item in value))
    return set()


def _whole(node: CompValue) -> Iterator[CompValue]:
    """The groups of patterns that nothing around them can connect: the body of a query or subquery, or its branches."""
    if node.name in ("OrderBy", "AggregateJoin", "Group") or _of_aggregates(node):
        yield from _whole(node.p)
    elif node.name == "Union":
        yield from _whole(node.p1)
        yield from _whole(node.p2)
    else:
        yield node


def _of_aggregates(node: CompValue) -> bool:
    """Whether a node names or filters (HAVING) what has been counted."""
    return node.name in ("Extend", "Filter") and (node.p.name == "AggregateJoin" or _of_aggregates(node.p))


def _groups(node: CompValue, graph: frozenset[Any] = frozenset()) -> Iterator[tuple[set[Any], bool]]:
    """What is joined in a node: variables, and whether their number is open (neither rows nor a subject are given)."""
    if node.name == "Join":
        yield from _groups(node.p1, graph)
        yield from _groups(node.p2, graph)
    elif node.name == "LeftJoin":
        yield from _groups(node.p1, graph)
        yield _variables(node.p2) | graph, False
    elif node.name == "Graph":
        yield from _groups(node.p, graph | _variables(node.term))
    elif node.name == "Filter":
        yield from _groups(node.p, graph)
        yield from ((_variables(test), False) for test in _nodes(node.expr) if test.get("op") == "=")
    elif node.name == "Extend":
        yield from _groups(node.p, graph)
        yield _variables((node.var, node.expr)), False
    elif node.name == "BGP":
        yield from ((_variables(triple) | graph, isinstance(triple[0], (Variable, BNode))) for triple in node.triples)
    else:
        yield _variables(node) | graph, False


def _unconnected(node: CompValue) -> tuple[str, str] | None:
    """A variable of each of two groups of patterns that nothing connects."""
    islands: list[tuple[set[Any], bool]] = []
    for names, open_ in _groups(node):
        if names:
            near = [island for island in islands if island[0] & names]
            islands = [island for island in islands if not island[0] & names]
            islands.append((names.union(*(i[0] for i in near)), open_ or any(i[1] for i in near)))
    spread = [sorted(str(n.n3()) for n in names if isinstance(n, Variable)) for names, open_ in islands if open_]
    spread = [names for names in spread if names]
    return (spread[0][0], spread[1][0]) if len(spread) > 1 else None


def _uses(nodes: list[CompValue]) -> dict[Any, int]:
    """How many patterns (triples, lines of given rows, BINDs) name a variable."""
    uses: dict[Any, int] = {}
    for node in nodes:
        parts = list(node.triples) if node.name == "BGP" else []
        if node.name == "values":
            parts = list(node.res)
        elif node.name == "Extend":
            parts = [node.var]
        elif node.name == "Graph":
            parts = [node.term]
        for item in parts:
            for name in _variables(item):
                uses[name] = uses.get(name, 0) + 1
    return uses


def _free_paths(node: CompValue, uses: dict[Any, int]) -> Iterator[MulPath]:
    for subject, path, object_ in node.triples:
        free = all(isinstance(end, (Variable, BNode)) and uses.get(end, 0) <= 1 for end in (subject, object_))
        if free and isinstance(path, MulPath) and path.mod in ("*", "+"):
            yield path
