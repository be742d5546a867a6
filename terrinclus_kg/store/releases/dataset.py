"""A dataset as canonical N-Quads: sorted lines without duplicates.

For a dataset without blank nodes the canonical form of RDFC-1.0 (RDF Dataset Canonicalization §4,
§5) is its canonical N-Quads in code point order; UTF-8 keeps that order bytewise. So the digest of
a release is the sha256 of these lines, and anyone can recompute it with `zcat | sha256sum`.

The engine keeps the value of a literal, not its spelling (``1.50`` comes back as ``1.5``, ``01`` as ``1``); the
lines have the spelling that comes back, so that dump, digest and answers agree.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import lru_cache
from itertools import islice
from pathlib import Path

from pyoxigraph import Literal, Quad, Store

from terrinclus_kg.rdf.namespaces import RDF, XSD

_TEXTS = frozenset({XSD["string"], RDF["langString"], XSD["anyURI"], XSD["token"]})
# Spellings that come back as they are; only to be quicker.
_KEPT = {
    XSD["integer"]: re.compile(r"0|-?[1-9][0-9]{0,15}"),
    XSD["decimal"]: re.compile(r"0|-?(0|[1-9][0-9]{0,8})\.[0-9]{0,7}[1-9]"),
    XSD["date"]: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    XSD["gYear"]: re.compile(r"[0-9]{4}"),
    XSD["dateTime"]: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[01][0-9]:[0-5][0-9]:[0-5][0-9]Z?"),
}
_CHUNK = 1_000_000  # lines sorted in memory at a time, about 250 MB
_BLOCK = 20_000  # lines handled at a time, so that the work on each is done in C
_READ = 4 * 1024**2  # bytes


def line(quad: Quad) -> bytes:
    """The canonical N-Quads line of a quad in a named graph, with its line feed."""
    value = quad.object
    if isinstance(value, Literal):
        value = as_stored(value)
    return f"{quad.subject} {quad.predicate} {value} {quad.graph_name} .\n".encode()


def as_stored(literal: Literal) -> Literal:
    """A literal with the spelling that comes back from the engine."""
    if literal.datatype in _TEXTS or not literal.datatype.value.startswith(XSD):
        return literal
    kept = _KEPT.get(literal.datatype)
    return literal if kept and kept.fullmatch(literal.value) else _through_the_engine(literal)


@lru_cache(maxsize=65_536)
def _through_the_engine(literal: Literal) -> Literal:
    store = Store()
    store.add(Quad(RDF["value"], RDF["value"], literal))
    (quad,) = store
    assert isinstance(quad.object, Literal)
    return quad.object


def triple_of(line: bytes) -> bytes:
    """The N-Triples line of a line of a named graph. No term of ours but the literal holds a space,
    and the graph stands last."""
    return line.rsplit(b" ", 2)[0] + b" .\n"


def triples_of(block: list[bytes]) -> bytes:
    """The N-Triples lines of lines of named graphs, as one text."""
    text = b"".join(block)
    end = _common_end(block, text)
    return text.replace(end, b" .\n") if end else b"".join(map(triple_of, block))


def graphs_of(block: list[bytes]) -> set[bytes]:
    """The graphs of lines, as terms."""
    end = _common_end(block, b"".join(block))
    return {row.rsplit(b" ", 2)[1] for row in (block[:1] if end else block)}


def _common_end(block: list[bytes], text: bytes) -> bytes:
    """How all lines end if all are in one graph, as those of loaded files mostly are; else nothing."""
    end = b" %s .\n" % block[0].rsplit(b" ", 2)[1]
    return end if text.count(end) == len(block) else b""


def blocks(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines, many at a time."""
    source = iter(lines)
    while block := list(islice(source, _BLOCK)):
        yield block


def graph_of(line: bytes) -> str:
    """The graph IRI of a line of a named graph."""
    return line.rsplit(b" ", 2)[1][1:-1].decode()


def sort_unique(lines: Iterable[bytes], scratch: Path) -> Iterator[bytes]:
    """Lines in byte order, each once. Memory is bounded: chunks are sorted and merged by files in
    ``scratch``, which must exist and may be removed afterwards."""
    source = iter(lines)
    chunk = sorted(islice(source, _CHUNK))
    if len(chunk) < _CHUNK:
        yield from merge([chunk])
        return
    files: list[Path] = []
    while chunk:
        file = scratch / f"chunk-{len(files)}.nq"
        with file.open("wb") as out:
            out.writelines(chunk)
        files.append(file)
        chunk = sorted(islice(source, _CHUNK))
    with ExitStack() as stack:
        yield from merge([stack.enter_context(file.open("rb")) for file in files])
    for file in files:
        file.unlink()


def merge(sorted_parts: list[Iterable[bytes]]) -> Iterator[bytes]:
    """Several sorted parts as one, each line once."""
    parts = [iter(part) for part in sorted_parts]
    heads: list[list[bytes]] = [[] for _ in parts]
    last: list[bytes] = []
    while True:
        heads = [head or list(islice(part, _BLOCK)) for head, part in zip(heads, parts, strict=True)]
        if not any(heads):
            return
        limit = min(head[-1] for head in heads if head)  # up to here, all parts are known
        cuts = [bisect_right(head, limit) for head in heads]
        # Sorting what consists of sorted runs is merging them.
        ready = dict.fromkeys(sorted(row for head, cut in zip(heads, cuts, strict=True) for row in head[:cut]))
        for row in last:
            ready.pop(row, None)
        yield from ready
        last = [limit]
        heads = [head[cut:] for head, cut in zip(heads, cuts, strict=True)]


def is_named(line: bytes) -> bool:
    """Whether an N-Quads line that the engine wrote stands in a named graph."""
    rest = line.split(b" ", 2)[2]
    graph = rest.rsplit(b" ", 2)[-2]
    if not graph.startswith((b"<", b"_:")) or b'"' in graph:  # the end of a literal, whatever it looks like
        return False
    return rest.count(b" ") > 1


def difference(before: Iterable[bytes], after: Iterable[bytes]) -> Iterator[tuple[bool, bytes]]:
    """What two sorted parts without duplicates do not share: (False, line) is gone, (True, line) is new."""
    left, right = iter(before), iter(after)
    old, new = next(left, None), next(right, None)
    while old is not None or new is not None:
        if old == new:
            old, new = next(left, None), next(right, None)
        elif new is None or (old is not None and old < new):
            assert old is not None
            yield False, old
            old = next(left, None)
        else:
            yield True, new
            new = next(right, None)


def revised(lines: Iterable[bytes], removed: Collection[bytes], added: Iterable[bytes]) -> Iterator[bytes]:
    """Sorted lines without the removed ones and with the sorted added ones, each once."""
    coming = iter(added)
    new = next(coming, None)
    for row in lines:
        while new is not None and new <= row:
            if new != row:
                yield new
            new = next(coming, None)
        if row not in removed:
            yield row
    if new is not None:
        yield new
        yield from coming


def write(lines: Iterable[bytes], path: Path) -> tuple[str, int]:
    """Writes sorted lines as gzip (without name and time, so that equal lines make equal files).

    Returns:
        The sha256 of the lines in hexadecimal, and their number.
    """
    digest, count = hashlib.sha256(), 0

    def put(text: bytes) -> None:
        digest.update(text)
        out.write(text)

    # Compression runs in a thread of its own, beside what makes the next lines.
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", 3, raw, mtime=0) as out,
        ThreadPoolExecutor(1) as beside,
    ):
        written: Future[None] = beside.submit(put, b"")
        for block in blocks(lines):
            written.result()
            written = beside.submit(put, b"".join(block))
            count += len(block)
        written.result()
    return digest.hexdigest(), count


def read(path: Path, place: int = 0) -> Iterator[bytes]:
    """The lines of a gzip file, or from a place on where a part of it begins."""
    rest = b""
    with path.open("rb") as raw, gzip.open(raw, "rb") as file:
        raw.seek(place)
        while text := file.read(_READ):
            lines = (rest + text).splitlines(keepends=True)
            rest = b"" if lines[-1].endswith(b"\n") else lines.pop()
            yield from lines
    if rest:
        yield rest
