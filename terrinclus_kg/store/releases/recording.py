"""The journal, for the one writer: what has become current is compared with what was recorded last.

How a release differs from the one before was found while it was built (`difference`). Where another one had been
current meanwhile (a switch back or forth, a writer that was killed), it is compared with what the journal itself says
of each thing. Memory is bounded.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

from pyoxigraph import NamedNode, Store

from terrinclus_kg.errors import TerrinclusError
from terrinclus_kg.rdf.iri import from_iri, kinds
from terrinclus_kg.store.releases import dataset, difference, journal, layout
from terrinclus_kg.store.releases.comparing import DEPRECATED, concerned
from terrinclus_kg.store.releases.difference import CHANGED, CREATED, REMOVED
from terrinclus_kg.store.releases.journal import PAGE
from terrinclus_kg.store.releases.layout import Release

log = logging.getLogger(__name__)

_Change = tuple[str, str, list[bytes]]  # IRI of a thing, what has happened to it, its lines

_SCHEMA = """
CREATE TABLE event (number INTEGER PRIMARY KEY, at TEXT, release TEXT, last INTEGER);
CREATE TABLE member (number INTEGER PRIMARY KEY, event INTEGER, iri TEXT, kind TEXT, listed INTEGER, change TEXT,
    digest BLOB);
CREATE TABLE block (first INTEGER PRIMARY KEY, lines BLOB);
CREATE INDEX by_thing ON member (iri, number);
CREATE INDEX by_kind ON member (kind, number);
CREATE INDEX by_listed ON member (listed, number);
"""
_LAST = "SELECT number, at, release, last FROM event ORDER BY number DESC LIMIT 1"
_LATEST = "SELECT change, digest FROM member WHERE iri = ? AND number <= ? ORDER BY number DESC LIMIT 1"
# SQLite takes the other columns from the row that has the maximum.
_GONE = """SELECT iri FROM (SELECT iri, change, max(number) FROM member WHERE number <= ? GROUP BY iri)
WHERE change <> ? AND iri NOT IN (SELECT iri FROM now)"""
_SCRATCH = """
CREATE TEMP TABLE now (iri TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE told (iri TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE concerned (iri TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_COMMITTED = 20  # pages after which what has been written is committed, so that readers never wait for long


def record(home: Path) -> None:
    """Records what the release that is current changes, if it was not the current one already when this was called
    last. For the one writer. A release without a dump is left out.

    It is no fault of a release if this fails: the log tells, and the next call makes up for it.
    """
    if layout.current_id(home / "releases") is None:
        return
    try:
        release = layout.current(home / "releases")
        if release.dump_path.exists():
            with closing(_opened(journal.path(home))) as table:
                _record(table, release)
    except (TerrinclusError, OSError, RuntimeError, EOFError, zlib.error, sqlite3.Error) as error:
        log.warning("the journal cannot be kept: %s", error)


def _opened(path: Path) -> sqlite3.Connection:
    """The journal, to be written to; an empty one appears as a whole."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}")
        beside.unlink(missing_ok=True)
        with closing(sqlite3.connect(beside)) as table:
            table.executescript(_SCHEMA)
        beside.rename(path)
        layout.sync(path.parent)
    return sqlite3.connect(path)


def _record(table: sqlite3.Connection, release: Release) -> None:
    number, at, recorded, last = table.execute(_LAST).fetchone() or (0, "", "", 0)
    if recorded == release.id:
        return
    now = datetime.now(UTC)
    if at:  # the clock may have been set back
        now = max(now, datetime.fromisoformat(at) + timedelta(microseconds=1))
    with table:
        table.execute("DELETE FROM member WHERE number > ?", [last])  # a writer was killed
        table.execute("DELETE FROM block WHERE first > ?", [last])
    pages = _Pages(table, number + 1, last)
    for iri, change, lines in _changes(table, release, recorded, last):
        pages.add(iri, change, lines)
    pages.close()
    with table:
        at = now.isoformat(timespec="microseconds")
        table.execute("INSERT INTO event VALUES (?, ?, ?, ?)", [number + 1, at, release.id, pages.last])


@dataclass(slots=True)
class _Pages:
    """Members on their way into the journal. What they say is kept in blocks, none of which goes over the end of a
    page.

    ``last``: the number of the last member.
    """

    table: sqlite3.Connection
    event: int
    last: int
    _lines: list[bytes] = field(default_factory=list)
    _rows: list[tuple[object, ...]] = field(default_factory=list)

    def add(self, iri: str, change: str, lines: list[bytes]) -> None:
        """The next member; ``lines`` are those of the thing in their graphs."""
        self.last += 1
        name = from_iri(iri)
        kind = name.kind if name else ""
        listed = bool(name and kinds()[kind].listed)
        self._rows.append((self.last, self.event, iri, kind, listed, change, _digest(lines)))
        self._lines += sorted({dataset.triple_of(line) for line in lines})
        if self.last % PAGE == 0:
            self._flush()
        if self.last % (PAGE * _COMMITTED) == 0:
            self.table.commit()

    def close(self) -> None:
        """Writes what is left."""
        self._flush()
        self.table.commit()

    def _flush(self) -> None:
        if self._rows:
            packed = zlib.compress(b"".join(self._lines), 6)
            self.table.execute("INSERT INTO block VALUES (?, ?)", [self._rows[0][0], packed])
            self.table.executemany("INSERT INTO member VALUES (?, ?, ?, ?, ?, ?, ?)", self._rows)
            self._lines, self._rows = [], []


def _changes(table: sqlite3.Connection, release: Release, recorded: str, last: int) -> Iterator[_Change]:
    """How a release differs from the one that was recorded, and with it the journal up to a member."""
    store = Store.read_only(str(release.store_path))
    if difference.has(release) and release.manifest.get("before") == recorded:
        for each in difference.things(release):
            yield each.iri, each.change, [] if each.change == REMOVED else _lines(store, each.iri)
        return
    table.executescript(_SCRATCH)
    for iri, change, lines in _compared(table, release, last):
        table.execute("INSERT INTO told VALUES (?)", [iri])
        if change == CHANGED:
            table.executemany("INSERT OR IGNORE INTO concerned VALUES (?)", ([it] for it in concerned(iri, store)))
        yield iri, change, lines
    for (iri,) in table.execute("SELECT iri FROM concerned WHERE iri NOT IN (SELECT iri FROM told)"):
        yield iri, CHANGED, _lines(store, iri)


def _compared(table: sqlite3.Connection, release: Release, last: int) -> Iterator[_Change]:
    """The things that say something else than their latest members, or are not there."""
    for iri, lines in _things(dataset.read(release.dump_path)):
        table.execute("INSERT INTO now VALUES (?)", [iri])
        change, digest = table.execute(_LATEST, [iri, last]).fetchone() or (REMOVED, b"")
        if change == REMOVED or digest != _digest(lines):
            yield iri, CREATED if change == REMOVED else CHANGED, lines
    for (iri,) in table.execute(_GONE, [last, REMOVED]):
        yield iri, REMOVED, []


def _things(dump: Iterable[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """The things of sorted lines, each with those of which it is the subject; but those that are withdrawn."""
    bases = tuple(f"<{kind.base}".encode() for kind in kinds().values())
    ours = (row for row in dump if row.startswith(bases))
    for start, rows in groupby(ours, journal.subject):
        iri, about = start[1:-2].decode(), list(rows)
        if from_iri(iri) and not any(row.startswith(start + DEPRECATED) for row in about):
            yield iri, about


def _lines(store: Store, iri: str) -> list[bytes]:
    """The sorted lines of named graphs of which a thing is the subject."""
    quads = store.quads_for_pattern(NamedNode(iri), None, None, None)
    return sorted(dataset.line(quad) for quad in quads if isinstance(quad.graph_name, NamedNode))


def _digest(lines: list[bytes]) -> bytes:
    return hashlib.blake2b(b"".join(lines), digest_size=16).digest()
