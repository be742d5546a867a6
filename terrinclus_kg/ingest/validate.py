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

from terrinclus_kg.errors import ValidationFailed
from terrinclus_kg.rdf.namespaces import BASE, compact
from terrinclus_kg.store.releases import dataset

_OURS = f"<{BASE}".encode()
_FOREIGN = f"<{BASE}.well-known/genid/".encode()  # what were blank nodes in loaded files
# Graphs of ours that hold what others say, or what is told of that.
_OTHERS = tuple(
    f"<{BASE}graph/{kind}/".encode() for kind in ("fichier", "chargement", "modification", "ajout", "depot")
)
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


def of_us(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines that stand in a graph of our own, or in which an IRI of ours stands other than as their graph."""
    for block in dataset.blocks(lines):
        if _SPEAKS_OF_US.search(dataset.triples_of(block)) or any(map(_is_own, dataset.graphs_of(block))):
            yield from (row for row in block if _SPEAKS_OF_US.search(dataset.triple_of(row)) or concerns_us(row))


def check_shapes(lines: Iterable[bytes], shapes: Path, *, recommended: bool = True) -> Report:
    """Validates canonical N-Quads lines with the shapes of a folder.

    Args:
        recommended: whether to look for what only warns, too.
    """
    from terrinclus_kg.ingest import shacl  # a write that concerns no shape starts twice as fast without pySHACL

    concerned = list(lines)
    data = shacl.graph_of(sorted({dataset.triple_of(row) for row in concerned}))
    files = {"required.ttl": True}
    if recommended and (shapes / "recommended.ttl").is_file():
        files["recommended.ttl"] = False
    found = [
        Finding(blocking, *result) for name, blocking in files.items() for result in shacl.run(data, shapes / name)
    ]
    return Report(tuple(_with_facts(found, concerned)))


def concerns_us(line: bytes) -> bool:
    """Whether a line is one that the shapes look at: it stands in a graph of our own, or speaks of an identifier of
    ours."""
    if line.startswith(_OURS) and not line.startswith(_FOREIGN):
        return True
    return _is_own(line.rsplit(b" ", 2)[1])


def _is_own(graph: bytes) -> bool:
    return graph.startswith(_OURS) and not graph.startswith(_OTHERS)


def _with_facts(findings: list[Finding], lines: list[bytes]) -> Iterable[Finding]:
    wanted = {finding.focus for finding in findings}
    graphs: dict[str, set[str]] = {}
    for row in lines if wanted else ():
        subject = compact(row[1 : row.index(b">")].decode())
        if subject in wanted:
            graphs.setdefault(subject, set()).add(compact(dataset.graph_of(row)))
    for finding in findings:
        yield replace(finding, facts=tuple(sorted(graphs.get(finding.focus, ()))))
