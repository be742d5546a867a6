"""SHACL by pySHACL on rdflib, the reference implementations."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from pyshacl import validate
from rdflib import RDF, SH, Graph
from rdflib.term import BNode, Literal, Node, URIRef

from terrinclus_kg.rdf.namespaces import compact

# A value that is none of its datatype is told by a check, with its fact; rdflib would print a traceback for it.
logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)

Result = tuple[str, str, str, dict[str, str]]


def graph_of(lines: Iterable[bytes]) -> Graph:
    """A graph of N-Triples lines."""
    return Graph().parse(data=b"".join(lines), format="nt11")


def run(data: Graph, shapes: Path) -> list[Result]:
    """What does not conform to the shapes of a file: focus node, path, value and messages by language, in order."""
    _, report, _ = validate(data, shacl_graph=Graph().parse(shapes), inference="none")
    assert isinstance(report, Graph)
    found = [_result(report, node) for node in report.subjects(RDF.type, SH.ValidationResult)]
    return sorted(found, key=lambda result: result[:3])


def _result(report: Graph, result: Node) -> Result:
    def one(predicate: URIRef) -> str:
        value = report.value(result, predicate)
        if value is None or isinstance(value, BNode):  # a path of several steps has no name
            return ""
        return compact(str(value)) if isinstance(value, URIRef) else value.n3()

    messages = {
        message.language or "": str(message)
        for message in report.objects(result, SH.resultMessage)
        if isinstance(message, Literal)
    }
    return one(SH.focusNode), one(SH.resultPath), one(SH.value), messages
