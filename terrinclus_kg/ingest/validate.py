"""Does what we are about to publish keep its promises? SHACL shapes and check queries.

``ontology/shapes/required.ttl`` and ``queries/checks/*.rq`` (each row is a fault) block a release,
``ontology/shapes/recommended.ttl`` warns. pySHACL on rdflib is the reference implementation. Shapes and checks see
what we say of our own identifiers and of reference data, and of loaded foreign data what speaks of our identifiers
(shapes: what has one as its subject), never the bulk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from pyshacl import validate as shacl_validate
from rdflib import RDF, SH, Graph
from rdflib.term import BNode, Node, URIRef
from rdflib.term import Literal as RdflibLiteral

from terrinclus_kg.errors import ValidationFailed
from terrinclus_kg.rdf.namespaces import BASE, compact
from terrinclus_kg.store import dataset

_OURS = f"<{BASE}".encode()
_FOREIGN = f"<{BASE}.well-known/genid/".encode()  # what were blank nodes in loaded files
_SPEAKS_OF_US = re.compile(re.escape(_OURS) + rb"(?!\.well-known/genid/)")


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or warning. ``facts`` are the graphs that speak of the focus node."""

    blocking: bool
    focus: str
    path: str
    value: str
    messages: dict[str, str]
    facts: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = " ".join(part for part in (self.focus, self.path, self.value and f"= {self.value}") if part)
        lines = [f"{'✗' if self.blocking else '!'} {where}"]
        lines += [f"    {text}" for _, text in sorted(self.messages.items(), reverse=True)]
        if self.facts:
            lines.append(f"    in {', '.join(self.facts)}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, blocking ones first."""

    findings: tuple[Finding, ...]

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.blocking)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if not f.blocking)

    def __str__(self) -> str:
        """What blocks, and how many warnings there are."""
        return "\n".join([*map(str, self.blocking), *([self.warned] if self.warnings else [])])

    @property
    def warned(self) -> str:
        """How many warnings there are, in words."""
        count = len(self.warnings)
        return f"{count} warning{'s' * (count != 1)}"

    def gate(self) -> Self:
        """The report itself, if nothing blocks.

        Raises:
            ValidationFailed: holds the report.
        """
        if count := len(self.blocking):
            raise ValidationFailed(f"{count} required constraint{'s' * (count > 1)} not met", str(self))
        return self


def of_us(loaded: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of foreign data in which an IRI of ours stands, other than as their graph."""
    for block in dataset.blocks(loaded):
        if _SPEAKS_OF_US.search(dataset.triples_of(block)):
            yield from (row for row in block if _SPEAKS_OF_US.search(dataset.triple_of(row)))


def check_shapes(stated: Iterable[bytes], shapes: Path, loaded: Iterable[bytes] = ()) -> Report:
    """Validates with the shapes of a folder. Lines are canonical N-Quads.

    Args:
        stated: what our own sources say.
        loaded: foreign data; it takes part only where it speaks of identifiers of ours.
    """
    ours = (row for row in loaded if row.startswith(_OURS) and not row.startswith(_FOREIGN))
    concerned = [*stated, *ours]
    graph = Graph()
    graph.parse(data=b"".join(sorted({dataset.triple_of(row) for row in concerned})), format="nt11")
    found = [*_run(graph, shapes / "required.ttl", True), *_run(graph, shapes / "recommended.ttl", False)]
    return Report(tuple(_with_facts(found, concerned)))


def _run(data: Graph, shapes: Path, blocking: bool) -> list[Finding]:
    _, report, _ = shacl_validate(data, shacl_graph=Graph().parse(shapes), inference="none")
    assert isinstance(report, Graph)
    results = report.subjects(RDF.type, SH.ValidationResult)
    return sorted((_finding(report, result, blocking) for result in results), key=lambda f: (f.focus, f.path, f.value))


def _finding(report: Graph, result: Node, blocking: bool) -> Finding:
    def one(predicate: URIRef) -> str:
        value = report.value(result, predicate)
        if value is None or isinstance(value, BNode):  # a path of several steps has no name
            return ""
        return compact(str(value)) if isinstance(value, URIRef) else value.n3()

    messages = {
        message.language or "": str(message)
        for message in report.objects(result, SH.resultMessage)
        if isinstance(message, RdflibLiteral)
    }
    return Finding(blocking, one(SH.focusNode), one(SH.resultPath), one(SH.value), messages)


def _with_facts(findings: list[Finding], lines: list[bytes]) -> Iterable[Finding]:
    wanted = {finding.focus for finding in findings}
    graphs: dict[str, set[str]] = {}
    for row in lines if wanted else ():
        subject = compact(row[1 : row.index(b">")].decode())
        if subject in wanted:
            graphs.setdefault(subject, set()).add(compact(dataset.graph_of(row)))
    for finding in findings:
        yield replace(finding, facts=tuple(sorted(graphs.get(finding.focus, ()))))
