"""How a release differs from the one before, found while it is built: two sorted dumps are read side by side.

Memory is bounded: stretches of both are compared, most of which are equal, and what differs is written at once.
"""

from __future__ import annotations

import gzip
import os
import sqlite3
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from terrinclus_kg.rdf.iri import from_iri, kinds
from terrinclus_kg.rdf.namespaces import OWL
from terrinclus_kg.store.releases import dataset, layout
from terrinclus_kg.store.releases.difference import (
    ADDED_LINES,
    CHANGED,
    CHANGES,
    CREATED,
    FILES,
    REMOVED,
    REMOVED_LINES,
    TABLE,
    WITHDRAWN,
)
from terrinclus_kg.store.releases.layout import Release

DEPRECATED = f"{OWL['deprecated']} {Literal(True)} ".encode()  # what a line says of a thing that is withdrawn
_BLOCK = 20_000  # lines read at a time
_PART = 4096  # lines in one part of a file: what is read to find those of one thing
_MOST = 1000  # statements of a fact, or links to a node, that are looked at: facts and nodes have a handful
_QUICK = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"  # a draft that fails is thrown away; it is synced whole
_SCHEMA = f"""{_QUICK}
CREATE TABLE thing (iri TEXT PRIMARY KEY, change TEXT, added INTEGER, removed INTEGER, labels TEXT) WITHOUT ROWID;
CREATE TABLE part (side TEXT, first BLOB, place INTEGER, PRIMARY KEY (side, first)) WITHOUT ROWID;
"""
_INDEX = "CREATE INDEX by_change ON thing (change, iri)"
# What a thing itself has become outweighs that a node of it has changed, whichever is met first.
_ITSELF = "INSERT OR REPLACE INTO thing VALUES (?, ?, ?, ?, '{}')"
_CONCERNED = "INSERT OR IGNORE INTO thing VALUES (?, ?, 0, 0, '{}')"
# What is removed keeps its labels: the release itself has none of it.
_LABELS = """UPDATE thing SET labels =
(SELECT json_group_object(language, text) FROM former.label WHERE label.iri = thing.iri) WHERE change = ?"""
_WITHDRAWN = f"{_QUICK} CREATE TABLE thing (iri TEXT PRIMARY KEY, release TEXT, labels TEXT) WITHOUT ROWID;"
_FORMER = "SELECT iri, release, labels FROM before.thing WHERE iri NOT IN (SELECT iri FROM now.thing WHERE change = ?)"
_GONE = "SELECT iri, ?, labels FROM now.thing WHERE change = ?"


def write(folder: Path, release_id: str, before: Release, store: Store) -> dict[str, object] | None:
    """Compares the dump in ``folder``, where a release is being made, with that of the release before, and writes there
    what `difference` reads.

    A thing was created when it is the subject of statements and was not before, and removed when it was and is not, or
    is said to be withdrawn (``owl:deprecated``). It was changed when some of them are new or gone; or when a node has
    changed that only says something of it (its kind is not listed), or the description of a fact that speaks of it.

    Args:
        release_id: the id that it will have.
        store: what it will hold.

    Returns:
        What the manifest says of it: the release before, and counts. None: the files of the release before cannot be
        read, which must not keep the next one from being made.
    """
    try:
        return _write(folder, release_id, before, store)
    except (OSError, EOFError, zlib.error, sqlite3.Error) as error:
        if layout.tells_full(error):
            raise
        for name in FILES:
            (folder / name).unlink(missing_ok=True)
        return None


def _write(folder: Path, release_id: str, before: Release, store: Store) -> dict[str, object]:
    with closing(sqlite3.connect(folder / TABLE, uri=True)) as table, table:
        table.execute("ATTACH ? AS former", [f"{before.labels_path.resolve().as_uri()}?mode=ro&immutable=1"])
        table.executescript(_SCHEMA)
        with _File(folder / REMOVED_LINES, table) as gone, _File(folder / ADDED_LINES, table) as fresh:
            for each in _compare(dataset.read(before.dump_path), dataset.read(folder / layout.DUMP), gone, fresh):
                _note(table, each, store)
        table.execute(_INDEX)
        table.execute(_LABELS, [REMOVED])
        found = dict(table.execute("SELECT change, count(*) FROM thing GROUP BY change"))
    things = {change: found.get(change, 0) for change in CHANGES}
    _withdraw(folder, release_id, before.path / WITHDRAWN, changed=bool(things[CREATED] or things[REMOVED]))
    return {"before": before.id, "added": fresh.count, "removed": gone.count, "things": things}


@dataclass(slots=True)
class _Side:
    """What one dump says of a subject: whether it is there, and whether it is withdrawn. ``start``: how its lines
    begin."""

    start: bytes
    there: bool = False
    withdrawn: bool = False

    @property
    def alive(self) -> bool:
        return self.there and not self.withdrawn

    def read(self, rows: list[bytes], last: _Side) -> None:
        """Takes notice of a stretch; ``last``: the subject with which the stretch before ended."""
        goes_on = last.start == self.start
        self.there = self.there or (goes_on and last.there) or _holds(rows, self.start)
        self.withdrawn = self.withdrawn or (goes_on and last.withdrawn) or _holds(rows, self.start + DEPRECATED)


@dataclass(slots=True)
class _Subject:
    """What is found of one subject: what either dump says of it, and how many of its lines only one of them has."""

    iri: str
    before: _Side
    after: _Side
    added: int = 0
    removed: int = 0

    @property
    def change(self) -> str:
        """One of `CHANGES`; "" of what is not there now, and was not before."""
        if self.before.alive and self.after.alive:
            return CHANGED
        return CREATED if self.after.alive else REMOVED if self.before.alive else ""


class _File:
    """Lines as gzip, in parts that can be read alone; a table tells where each begins. A context manager."""

    def __init__(self, path: Path, table: sqlite3.Connection) -> None:
        self._path, self._table = path, table
        self._lines: list[bytes] = []
        self.count = 0

    def __enter__(self) -> _File:
        self._out = self._path.open("wb")
        return self

    def add(self, lines: Sequence[bytes]) -> None:
        self.count += len(lines)
        self._lines += lines
        while len(self._lines) >= _PART:
            self._write(self._lines[:_PART])
            del self._lines[:_PART]

    def _write(self, lines: list[bytes]) -> None:
        if lines:
            self._table.execute("INSERT INTO part VALUES (?, ?, ?)", [self._path.name, lines[0], self._out.tell()])
        self._out.write(gzip.compress(b"".join(lines), 3, mtime=0))

    def __exit__(self, *_: object) -> None:
        with self._out:
            self._write(self._lines)


def _compare(before: Iterable[bytes], after: Iterable[bytes], gone: _File, fresh: _File) -> Iterator[_Subject]:
    """The subjects of ours with lines that only one side has; those lines go to the files. By subject."""
    bases = tuple(f"<{kind.base}".encode() for kind in kinds().values())
    open_: dict[bytes, _Subject] = {}  # by how their lines begin; only the last one of a stretch may go on
    tails = [_Side(b""), _Side(b"")]  # the subject of the line that was read last, on either side
    for old, new in _stretches(before, after):
        if old != new:
            missing, extra = sorted(set(old).difference(new)), sorted(set(new).difference(old))
            gone.add(missing)
            fresh.add(extra)
            _count(missing, extra, bases, open_)
        for it in open_.values():
            it.before.read(old, tails[0])
            it.after.read(new, tails[1])
        tails = [_tail(side, tail) for side, tail in zip((old, new), tails, strict=True)]
        last = max(tail.start for tail in tails)
        yield from (it for start, it in open_.items() if start != last)
        open_ = {start: it for start, it in open_.items() if start == last}
    yield from open_.values()


def _stretches(before: Iterable[bytes], after: Iterable[bytes]) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """Two sorted sides in stretches that end at the same place."""
    sources = iter(before), iter(after)
    heads: list[list[bytes]] = [[], []]
    while True:
        heads = [head or list(islice(source, _BLOCK)) for head, source in zip(heads, sources, strict=True)]
        if not any(heads):
            return
        limit = min(head[-1] for head in heads if head)
        old, new = (bisect_right(head, limit) for head in heads)
        yield heads[0][:old], heads[1][:new]
        heads = [heads[0][old:], heads[1][new:]]


def _count(missing: list[bytes], extra: list[bytes], bases: tuple[bytes, ...], found: dict[bytes, _Subject]) -> None:
    for is_new, rows in ((False, missing), (True, extra)):
        for row in rows:
            if row.startswith(bases):
                start = _start(row)
                if start in found or from_iri(start[1:-2].decode()):
                    it = found.setdefault(start, _Subject(start[1:-2].decode(), _Side(start), _Side(start)))
                    it.added, it.removed = it.added + is_new, it.removed + (not is_new)


def _tail(rows: list[bytes], last: _Side) -> _Side:
    """The subject with which a stretch ends."""
    if not rows:
        return last
    found = _Side(_start(rows[-1]))
    found.read(rows, last)
    return found


def _start(row: bytes) -> bytes:
    """How all lines of its subject begin."""
    return row[: row.index(b" ") + 1]


def _holds(rows: list[bytes], start: bytes) -> bool:
    place = bisect_left(rows, start)
    return place < len(rows) and rows[place].startswith(start)


def _note(table: sqlite3.Connection, it: _Subject, store: Store) -> None:
    if not it.change:
        return
    table.execute(_ITSELF, [it.iri, it.change, it.added, it.removed])
    if it.change == CHANGED:  # else the statements that link it to others are themselves new or gone
        table.executemany(_CONCERNED, ([iri, CHANGED] for iri in concerned(it.iri, store)))


def concerned(iri: str, store: Store) -> set[str]:
    """The things that a node or a fact says something of, if they are not withdrawn; nodes that these are say something
    of others in turn."""
    found: set[str] = set()
    unread = _named(store.quads_for_pattern(None, None, None, NamedNode(iri))) | {iri}
    while unread:
        found |= unread
        nodes = [NamedNode(each) for each in unread if not kinds()[_kind(each)].listed]
        unread = {
            s for node in nodes for s in _named(store.quads_for_pattern(None, None, node, DefaultGraph()))
        } - found
    return {each for each in found - {iri} if not _is_withdrawn(each, store)}


def _is_withdrawn(iri: str, store: Store) -> bool:
    return Quad(NamedNode(iri), OWL["deprecated"], Literal(True), DefaultGraph()) in store


def _named(quads: Iterator[Quad]) -> set[str]:
    subjects = {quad.subject.value for quad in islice(quads, _MOST) if isinstance(quad.subject, NamedNode)}
    return {subject for subject in subjects if _kind(subject)}


def _kind(iri: str) -> str:
    name = from_iri(iri)
    return name.kind if name else ""


def _withdraw(folder: Path, release_id: str, former: Path, *, changed: bool) -> None:
    """What is withdrawn: what was so before and has not come back, and what is gone now."""
    if former.exists() and not changed:
        os.link(former, folder / WITHDRAWN)
        return
    with closing(sqlite3.connect(folder / WITHDRAWN)) as table, table:
        table.execute("ATTACH ? AS now", [str(folder / TABLE)])
        if former.exists():
            table.execute("ATTACH ? AS before", [str(former)])
        table.executescript(_WITHDRAWN)
        if former.exists():
            table.execute(f"INSERT INTO main.thing {_FORMER}", [CREATED])
        table.execute(f"INSERT OR REPLACE INTO main.thing {_GONE}", [release_id, REMOVED])
