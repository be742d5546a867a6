"""The child that `parsing.parse_foreign` starts: one file in, canonical N-Quads lines out.

Speaks to its parent in JSON lines: ``{"quads": n}`` now and then, at the end ``{"done": true, "quads": n}``
or ``{"error": reason, "line": n}``.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast
from xml.parsers import expat

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple, parse

from terrinclus_kg.rdf.formats import BY_SLUG, RDF_XML
from terrinclus_kg.rdf.namespaces import BASE
from terrinclus_kg.store import dataset, sandbox
from terrinclus_kg.store.parsing import Job

_REPORT_EVERY = 50_000
_STACK = 256 * 1024 * 1024
# Characters that XML 1.0 cannot carry: one such literal would break every XML answer that holds it.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class RefusedError(Exception):
    """The file is refused; the text is the reason, for people."""


class _Capped:
    """A binary file that refuses to give more than ``limit`` bytes."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file, self._limit, self._left = file, limit, limit

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise RefusedError(f"more than load_inflated = {self._limit} bytes after inflation")
        return data


def main(argument: str) -> None:
    """Parses one file; ``argument`` is a `Job` as JSON."""
    job = Job(**json.loads(argument))
    sandbox.enter(memory=job.memory)
    threading.stack_size(_STACK)
    thread = threading.Thread(target=_run, args=(job,))
    thread.start()
    thread.join()


def _run(job: Job) -> None:
    count = 0
    try:
        _refuse_doctype(job)
        with open(job.out, "wb") as out:
            for quad in _quads(job):
                out.write(dataset.line(quad))
                count += 1
                if count % _REPORT_EVERY == 0:
                    _tell(quads=count)
    except SyntaxError as error:
        _tell(error=str(error.msg or error), line=error.lineno)
    except RefusedError as error:
        _tell(error=str(error), line=None)
    except MemoryError:
        _tell(error=f"needs more than load_memory = {job.memory} bytes", line=None)
    except (OSError, ValueError, EOFError) as error:
        _tell(error=_harmless(error, job), line=None)
    else:
        _tell(done=True, quads=count)


def _harmless(error: Exception, job: Job) -> str:
    return str(error).replace(job.file, Path(job.file).name)


def _quads(job: Job) -> Iterator[Quad]:
    graph, names = NamedNode(job.graph), _Names(job.skolem)
    with _open(job) as file:
        for quad in parse(cast(BinaryIO, _Capped(file, job.inflated)), format=BY_SLUG[job.format].rdf):
            if isinstance(quad.object, Literal) and _NOT_XML.search(quad.object.value):
                raise RefusedError(f"a literal of {quad.subject} {quad.predicate} holds a control character")
            target = quad.graph_name
            yield Quad(
                names.of(quad.subject),
                quad.predicate,
                names.of(quad.object),
                graph if isinstance(target, DefaultGraph) else _foreign(names.of(target)),
            )


def _foreign(graph: NamedNode) -> NamedNode:
    if graph.value.startswith(BASE):
        raise RefusedError(f"the graph {graph} is one of ours: a loaded file may not write into it")
    return graph


class _Names:
    """IRIs for blank nodes, numbered as they come."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._known: dict[BlankNode, NamedNode] = {}

    def of(self, term: Any) -> Any:
        """The term itself, or the IRI of a blank node. Triple terms (RDF 1.2) are refused."""
        if isinstance(term, Triple):
            raise RefusedError("triple terms (RDF 1.2) are not supported: say it with a resource")
        if not isinstance(term, BlankNode):
            return term
        return self._known.setdefault(term, NamedNode(f"{self._prefix}{len(self._known) + 1}"))


def _open(job: Job) -> BinaryIO:
    return cast(BinaryIO, gzip.open(job.file, "rb") if job.gzip else open(job.file, "rb"))


def _refuse_doctype(job: Job) -> None:
    """RDF/XML with a DOCTYPE may define entities that grow without limit: refused before parsing."""
    if BY_SLUG[job.format] is not RDF_XML:
        return

    class SeenError(Exception):
        pass

    def doctype(*_: object) -> None:
        raise RefusedError("a DOCTYPE is refused: its entities can grow without limit")

    def element(*_: object) -> None:
        raise SeenError

    reader = expat.ParserCreate()
    reader.StartDoctypeDeclHandler = doctype
    reader.StartElementHandler = element
    with _open(job) as file:
        try:
            while data := file.read(65536):
                reader.Parse(data, False)
        except SeenError:
            return
        except expat.ExpatError as error:
            raise RefusedError(f"line {error.lineno}: not XML: {expat.ErrorString(error.code)}") from None


def _tell(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
