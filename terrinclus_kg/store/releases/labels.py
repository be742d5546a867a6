"""The label tables of releases."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from threading import local

from terrinclus_kg.store.releases.layout import Release

_LABELS = "SELECT iri, language, text FROM label WHERE iri IN (SELECT value FROM json_each(?))"

_STRETCH = "SELECT DISTINCT iri FROM label WHERE iri >= ? AND iri < ? ORDER BY iri LIMIT ?"
_AFTER = "SELECT DISTINCT iri FROM label WHERE iri > ? AND iri < ? ORDER BY iri LIMIT 1 OFFSET ?"
_LAST = "\U0010ffff"  # after all that an IRI may hold


def open_table(release: Release) -> sqlite3.Connection:
    """The label table of a release, read-only and immutable: SQLite then needs no lock, and the folder may be
    read-only. Raises sqlite3.Error."""
    return sqlite3.connect(f"{release.labels_path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def stretch(release: Release, base: str, first: str, count: int) -> list[str]:
    """The next things that have a label, by IRI: from ``first``, as long as they begin with ``base``."""
    if not release.labels_path.exists():
        return []
    with closing(open_table(release)) as table:
        return [iri for (iri,) in table.execute(_STRETCH, [first, base + _LAST, count])]


def starts(release: Release, base: str, count: int) -> list[str]:
    """Where each `stretch` of so many things begins. Reads over the whole table, half a second for a million things."""
    found: list[str] = []
    if release.labels_path.exists():
        with closing(open_table(release)) as table:
            row = table.execute(_AFTER, [base, base + _LAST, 0]).fetchone()
            while row:
                found += row
                row = table.execute(_AFTER, [found[-1], base + _LAST, count - 1]).fetchone()
    return found


class LabelTables:
    """The label tables of releases; one connection a thread, to the release asked last."""

    def __init__(self) -> None:
        self._mine = local()

    def of(self, release: Release, iris: Iterable[str]) -> dict[str, dict[str, str]]:
        """Labels of all these things at once: IRI → language tag (or "") → label. Things without one are absent."""
        connection = self._connection(release)
        if connection is None:
            return {}
        found: dict[str, dict[str, str]] = {}
        for iri, language, text in connection.execute(_LABELS, [json.dumps(sorted(set(iris)))]):
            found.setdefault(iri, {})[language] = text
        return found

    def _connection(self, release: Release) -> sqlite3.Connection | None:
        opened: tuple[str, sqlite3.Connection | None] = getattr(self._mine, "opened", ("", None))
        if opened[0] != release.id:
            if opened[1]:
                opened[1].close()
            opened = release.id, open_table(release) if release.labels_path.exists() else None
            self._mine.opened = opened
        return opened[1]
