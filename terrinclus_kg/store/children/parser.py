"""The child that `parsing.parse_foreign` starts: one file in, canonical N-Quads lines out.

Speaks to its parent in JSON lines: ``{"quads": n}`` now and then, at the end ``{"done": true, "quads": n}``
or ``{"error": reason, "line": n}``.
"""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast
from xml.parsers import expat

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, parse

from terrinclus_kg.rdf.formats import BY_SLUG, RDF_XML
from terrinclus_kg.rdf.namespaces import BASE
from terrinclus_kg.rdf.terms import fault_of
from terrinclus_kg.store.children import sandbox
from terrinclus_kg.store.children.child import tell
from terrinclus_kg.store.releases import dataset, layout, shortcut

_BLOCK = 10_000  # quads handled at a time


@dataclass(frozen=True, slots=True)
class Job:
    """What the child is told. Paths are texts; ``graph`` receives the triples of the default graph."""

    file: str
    format: str
    gzip: bool
    graph: str
    skolem: str
    out: str
    memory: int
    inflated: int
    parent: int
    base: str = ""
    most: int = 0


class RefusedError(Exception):
    """The file is refused; the text is the reason, for people."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


class TooLargeError(RefusedError):
    """The file grows over a limit."""


class _Capped:
    """A binary file that refuses to give more than ``limit`` bytes."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file, self._limit, self._left = file, limit, limit

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise TooLargeError(f"more than load_inflated = {self._limit} bytes after inflation")
        return data


def main(argument: str) -> None:
    """Parses one file; ``argument`` is a `Job` as JSON."""
    job = Job(**json.loads(argument))
    sandbox.die_with_parent(job.parent)
    sandbox.run_inside(job.memory, _run, job)


def _run(job: Job) -> None:
    count = 0
    try:
        _refuse_doctype(job)
        with open(job.out, "wb") as out:
            for quads, lines in _blocks(job):
                out.write(lines)
                count += quads
                if job.most and out.tell() > job.most:
                    raise TooLargeError(f"more than {job.most} bytes once its IRIs are written in full")
                tell(quads=count)
    except SyntaxError as error:
        tell(error=str(error.msg or error), line=error.lineno)
    except RefusedError as error:
        tell(error=str(error), line=error.line, large=isinstance(error, TooLargeError))
    except MemoryError:
        tell(error=f"needs more than load_memory = {job.memory} bytes", line=None)
    except (OSError, ValueError, EOFError, zlib.error) as error:
        tell(error=_harmless(error, job), line=None)
    else:
        tell(done=True, quads=count)


def _harmless(error: Exception, job: Job) -> str:
    if layout.tells_full(error):
        return layout.FULL
    return str(error).replace(job.file, Path(job.file).name)


def _blocks(job: Job) -> Iterator[tuple[int, bytes]]:
    """Many quads at a time: their number, and their lines."""
    graph, names = NamedNode(job.graph), _Names(job.skolem)
    with _open(job) as file:
        capped = cast(BinaryIO, _Capped(file, job.inflated))
        quads = parse(capped, format=BY_SLUG[job.format].rdf, base_iri=job.base or None)
        while block := list(islice(quads, _BLOCK)):
            lines = shortcut.lines(block, graph)
            yield len(block), lines or b"".join(dataset.line(_checked(quad, graph, names)) for quad in block)


def _checked(quad: Quad, graph: NamedNode, names: _Names) -> Quad:
    """The quad as we store it. Raises RefusedError."""
    if fault := fault_of(quad):
        raise RefusedError(fault)
    target = quad.graph_name
    if isinstance(target, NamedNode) and target.value.startswith(BASE):
        raise RefusedError(f"the graph {target} is one of ours: a loaded file may not write into it")
    filled = graph if isinstance(target, DefaultGraph) else names.of(target)
    return Quad(names.of(quad.subject), quad.predicate, names.of(quad.object), filled)


class _Names:
    """IRIs for blank nodes, numbered as they come."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._known: dict[BlankNode, NamedNode] = {}

    def of(self, term: Any) -> Any:
        """The term itself, or the IRI of a blank node."""
        if not isinstance(term, BlankNode):
            return term
        return self._known.setdefault(term, NamedNode(f"{self._prefix}{len(self._known) + 1}"))


@contextmanager
def _open(job: Job) -> Iterator[BinaryIO]:
    """The file, behind its byte order mark if it has one: that is no part of the text (Unicode §23.8)."""
    with gzip.open(job.file, "rb") if job.gzip else open(job.file, "rb") as file:
        if file.read(len(BOM_UTF8)) != BOM_UTF8:
            file.seek(0)
        yield cast(BinaryIO, file)


def _refuse_doctype(job: Job) -> None:
    """RDF/XML with a DOCTYPE may define entities that grow without limit: refused before parsing.

    Reads to the end, as the engine obeys a DOCTYPE wherever one stands, also where XML allows none.
    """
    if BY_SLUG[job.format] is not RDF_XML:
        return

    def doctype(*_: object) -> None:
        raise RefusedError("a DOCTYPE is refused: its entities can grow without limit", reader.CurrentLineNumber)

    reader = expat.ParserCreate()
    reader.StartDoctypeDeclHandler = doctype
    with _open(job) as file:
        capped = _Capped(file, job.inflated)
        try:
            while data := capped.read(65536):
                reader.Parse(data, False)
            reader.Parse(b"", True)
        except expat.ExpatError as error:
            raise RefusedError(f"not XML: {expat.ErrorString(error.code)}", error.lineno) from None


if __name__ == "__main__":
    main(sys.argv[1])
