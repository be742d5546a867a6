"""How a release differs from the one before it, as readers find it: what was created, changed and removed.

    {release}/difference.db    per thing (an IRI that the service has a page for) which of the three, by how much
    {release}/added.nq.gz      the statements that are new, sorted N-Quads
    {release}/removed.nq.gz    those that are gone
    {release}/withdrawn.db     the things of this release and all before it that it no longer holds, or withdraws

`comparing` writes them. A first release has none of them, nor has one that was built before there were any.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import dropwhile, takewhile
from pathlib import Path

from terrinclus_kg.store.releases import dataset
from terrinclus_kg.store.releases.layout import Release

TABLE, WITHDRAWN = "difference.db", "withdrawn.db"
CREATED, CHANGED, REMOVED = CHANGES = ("created", "changed", "removed")
ADDED_LINES, REMOVED_LINES = "added.nq.gz", "removed.nq.gz"
FILES = (TABLE, ADDED_LINES, REMOVED_LINES, WITHDRAWN)
_COLUMNS = "SELECT iri, change, added, removed, labels FROM thing"


@dataclass(frozen=True, slots=True)
class Changed:
    """A thing that two releases do not say the same of.

    ``change``: one of `CHANGES`. ``added``, ``removed``: statements of which it is the subject; none of either: a
    node or a fact that says something of it has changed. ``labels``: by language, of a thing that was removed; others
    are in the label table of the release.
    """

    iri: str
    change: str
    added: int
    removed: int
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A thing that an earlier release held. ``release``: the id of the first one without it, or that withdrew it."""

    iri: str
    release: str
    labels: dict[str, str]


def has(release: Release) -> bool:
    """Whether it is known how a release differs from the one before."""
    return (release.path / TABLE).is_file()


def things(release: Release, *, change: str = "", after: str = "", count: int = -1) -> Iterator[Changed]:
    """The things that a release created, changed or removed, by IRI; none, where that is not known.

    Args:
        change: only those with this one of `CHANGES`.
        after: only IRIs behind this one: what leads on from page to page, at the cost of one page each.
        count: at most so many; -1: all.
    """
    where = "WHERE iri > ? AND change = ?" if change else "WHERE iri > ?"
    given = [after, change, count] if change else [after, count]
    if has(release):
        with closing(_open(release.path / TABLE)) as table:
            for row in table.execute(f"{_COLUMNS} {where} ORDER BY iri LIMIT ?", given):
                yield _changed(row)


def of(release: Release, iri: str) -> Changed | None:
    """What a release did to one thing; None: nothing, or it is not known."""
    if not has(release):
        return None
    with closing(_open(release.path / TABLE)) as table:
        row = table.execute(f"{_COLUMNS} WHERE iri = ?", [iri]).fetchone()
    return _changed(row) if row else None


def statements(release: Release, *, added: bool, iri: str = "") -> Iterator[bytes]:
    """The lines that are new in a release, or gone; with ``iri`` only those whose subject it is, which costs a part of
    the file. Sorted; none, where that is not known."""
    file = release.path / (ADDED_LINES if added else REMOVED_LINES)
    if not has(release) or not file.is_file():
        return
    if not iri:
        yield from dataset.read(file)
        return
    subject = f"<{iri}> ".encode()
    with closing(_open(release.path / TABLE)) as table:
        asked = "SELECT max(place) FROM part WHERE side = ? AND first <= ?"
        (place,) = table.execute(asked, [file.name, subject]).fetchone()
    rows = dropwhile(lambda row: row < subject, dataset.read(file, place or 0))
    yield from takewhile(lambda row: row.startswith(subject), rows)


def withdrawn(release: Release, iri: str) -> Withdrawn | None:
    """What is known of a thing that an earlier release held and this one does not, or withdraws; None of all others."""
    if not (release.path / WITHDRAWN).is_file():
        return None
    with closing(_open(release.path / WITHDRAWN)) as table:
        row = table.execute("SELECT iri, release, labels FROM thing WHERE iri = ?", [iri]).fetchone()
    return Withdrawn(row[0], row[1], json.loads(row[2])) if row else None


def _changed(row: tuple[str, str, int, int, str]) -> Changed:
    return Changed(*row[:4], labels=json.loads(row[4]))


def _open(file: Path) -> sqlite3.Connection:
    """Read-only and immutable: SQLite then needs no lock, and the folder may be read-only."""
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
