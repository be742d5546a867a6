"""The child that `explain` starts: a query text in, its SPARQL algebra and what it warns of out.

rdflib reads the text: slowly, recursively, and not in the process that answers requests. The text comes from
standard input; one line of JSON goes out: ``{"algebra": text, "warnings": [...]}`` or ``{"error": reason}``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rdflib import XSD, BNode, Graph, Literal, URIRef, Variable
from rdflib.namespace import NamespaceManager
from rdflib.paths import Path
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from terrinclus_kg.rdf.namespaces import ENDPOINT
from terrinclus_kg.store.children import sandbox
from terrinclus_kg.store.children.child import tell
from terrinclus_kg.store.tuning.advice import part, warnings

_WIDTH = 100  # characters of a line before it is broken
_DEEPEST = 40  # levels that are indented
_FRAMES = 50_000  # of Python; its parser takes dozens for each bracket
_NICE = 5  # the queries of others come first
_NOT_SHOWN = frozenset({"_vars", "lazy", "datasetClause"})
_NAMES = {  # where rdflib and the specification (SPARQL 1.1 §18.2) call things differently
    "SelectQuery": "select",
    "ConstructQuery": "construct",
    "AskQuery": "ask",
    "DescribeQuery": "describe",
    "AggregateJoin": "aggregation",
    "Builtin_EXISTS": "exists",
    "Builtin_NOTEXISTS": "notexists",
}
_BARE = frozenset({XSD.integer, XSD.decimal, XSD.boolean})  # literals that need no quotes


@dataclass(frozen=True, slots=True)
class _Named:
    """A list with a name."""

    name: str
    parts: list[Any]

    def whole(self) -> tuple[str, list[Any]]:
        return self.name, self.parts


class Printer:
    """Writes algebra as nested lists, in the manner of the specification's own examples."""

    def __init__(self, names: NamespaceManager) -> None:
        self._names = names

    def text(self, value: Any, depth: int = 0) -> str:
        """A node, on one line where it fits, else each part on a line of its own."""
        head, parts = self._split(value)
        if not parts:
            return head
        inner = [self.text(item, depth + 1) for item in parts]
        line = f"({head} {' '.join(inner)})" if head else f"({' '.join(inner)})"
        if "\n" not in line and len(line) + 2 * depth <= _WIDTH:
            return line
        indent = "\n" + "  " * min(depth + 1, _DEEPEST)
        return f"({head}{indent}{indent.join(inner)})" if head else f"({indent.join(inner)})"

    def _split(self, value: Any) -> tuple[str, list[Any]]:
        """What a node is called, and its parts; a term has none."""
        if isinstance(value, _Named):
            return value.name, value.parts
        if isinstance(value, CompValue):
            special = _SPECIAL.get(value.name)
            return special(value) if special else _plain(value)
        if isinstance(value, dict):
            return "row", [_Named(f"?{name}", [term]) for name, term in value.items()]
        if isinstance(value, (list, tuple, set, frozenset)):
            return ("", list(value)) if value else ("()", [])
        if isinstance(value, Literal) and value.datatype in _BARE:
            return str(value), []
        if isinstance(value, (URIRef, Literal, Variable, BNode, Path)):
            return str(value.n3(self._names)), []
        return str(value), []


def _plain(node: CompValue) -> tuple[str, list[Any]]:
    """What it works on stands last, however deep that is."""
    hidden = {*_NOT_SHOWN, "p"} | ({"PV"} if node.name in ("SelectQuery", "AskQuery") else set())
    keys = [key for key in node if key not in hidden] + ["p"] * ("p" in node)
    found = [part(node, key) for key in keys]
    parts = [item for item in found if item is not None and getattr(item, "name", "") != "TrueFilter"]
    name = _NAMES.get(node.name, node.name.removeprefix("Builtin_"))
    return name if name.isupper() else name[:1].lower() + name[1:], parts


_SPECIAL: dict[str, Callable[[CompValue], tuple[str, list[Any]]]] = {
    "RelationalExpression": lambda node: (str(node.op), [node.expr, node.other]),
    "ConditionalAndExpression": lambda node: ("&&", [node.expr, *node.other]),
    "ConditionalOrExpression": lambda node: ("||", [node.expr, *node.other]),
    "BGP": lambda node: ("bgp", [_Named("triple", list(triple)) for triple in node.triples] or ["()"]),
    "ToMultiSet": lambda node: _Named("values", node.p.res).whole() if node.p.name == "values" else _plain(node),
    "Extend": lambda node: ("extend", [node.var, node.expr, node.p]),
    "OrderCondition": lambda node: ((node.order or "ASC").lower(), [node.expr]),
    "Slice": lambda node: ("slice", [node.start, "-" if node.length is None else node.length, node.p]),
}


def _read(text: str) -> dict[str, object]:
    query = translateQuery(parseQuery(text), base=ENDPOINT)
    names = query.prologue.namespace_manager or NamespaceManager(Graph())
    return {"algebra": Printer(names).text(query.algebra), "warnings": warnings(query.algebra)}


def _run(text: str) -> None:
    sys.setrecursionlimit(_FRAMES)
    try:
        answer = _read(text)
    except RecursionError:
        answer = {"error": "the text nests too deeply for the parser that explains"}
    except MemoryError:
        answer = {"error": "the parser that explains ran out of memory"}
    except Exception as error:  # rdflib raises what it likes on what it does not know
        reason = str(error).partition("\n")[0][:300]
        answer = {"error": f"the parser that explains does not understand the query (SPARQL 1.1 only): {reason}"}
    tell(**answer)


def main(parent: str, memory: str) -> None:
    """Reads one query text; ``memory``: bytes that this may take."""
    sandbox.die_with_parent(int(parent))
    os.nice(_NICE)
    sandbox.run_inside(int(memory), _run, sys.stdin.read())


if __name__ == "__main__":
    main(*sys.argv[1:])
