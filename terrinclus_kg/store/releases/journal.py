"""What became current, when, and what that did to each thing: a list that only grows, and outlives the releases.

    home/history/journal.db   events, members, and what things said of themselves (SQLite)

An event is that a release became the current one: by a build, a load, a write, or a switch to another. Its members
are the things (IRIs that the service has a page for) that differ from what was current before, as `difference` tells;
each holds all statements of which the thing was the subject then. So who reads all members in their order and keeps
the last one of each thing has what the current release says of things. `recording` writes the journal.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from terrinclus_kg.errors import NotFound
from terrinclus_kg.store.releases.difference import REMOVED
from terrinclus_kg.store.releases.history import FOLDER

PAGE = 250  # members on a page: a page that is full never changes again
_KEY = "%Y%m%dT%H%M%S.%fZ"
_ALL = "SELECT number, at, release FROM event "
_MEMBERS = """SELECT member.number, iri, change, event.number, event.at, event.release
FROM member JOIN event ON event.number = member.event WHERE """
_BETWEEN = "FROM member JOIN event ON event.number = member.event WHERE iri BETWEEN ? AND ?"
# Members beyond the last event are being written, or were when a writer was killed.
_COUNT = "SELECT count(*) FROM member WHERE number <= (SELECT max(last) FROM event) AND "
_WHICH = {"": "listed = 1 AND ?1 = ''", "kind": "kind = ?1", "iri": "iri = ?1"}


@dataclass(frozen=True, slots=True)
class Event:
    """A release became the current one. Events are in the order of their times, no two of which are equal."""

    number: int
    at: datetime
    release: str

    @property
    def key(self) -> str:
        """The time as part of an IRI: ``20261123T120000.123456Z``."""
        return self.at.strftime(_KEY)


@dataclass(frozen=True, slots=True)
class Member:
    """What an event did to a thing. ``change``: one of `difference.CHANGES`. ``lines``: the statements of which it is
    the subject since, as sorted N-Triples; none, if it was removed, or if they were not asked for."""

    number: int
    iri: str
    change: str
    event: Event
    lines: tuple[bytes, ...] = ()


def path(home: Path) -> Path:
    """Where the journal of a state folder is."""
    return home / FOLDER / "journal.db"


class Journal:
    """The journal of a state folder, for those who read it. There may be none yet; it may grow at any time."""

    def __init__(self, home: Path) -> None:
        self._path = path(home)

    def last(self) -> Event | None:
        """The latest event; None: nothing has been recorded."""
        return next(iter(self._events("ORDER BY number DESC LIMIT 1")), None)

    def of_releases(self, releases: Sequence[str]) -> list[Event]:
        """The events at which one of these releases became current, in their order."""
        marks = ", ".join("?" * len(releases))
        return self._events(f"WHERE release IN ({marks}) ORDER BY number", *releases)

    def event_of(self, number: int) -> Event:
        """The event of a member, by its number. Raises NotFound."""
        for event in self._events("WHERE last >= ? ORDER BY number LIMIT 1", number):
            return event
        raise NotFound("the journal has no such member")

    def size(self) -> int:
        """How many members there are; their numbers begin with 1."""
        return int(self._rows("SELECT coalesce(max(last), 0) FROM event", empty=(0,))[0][0])

    def page(self, number: int) -> list[Member]:
        """The members of a page, which are counted from 1, with what they say; none, if there is no such page."""
        first = (number - 1) * PAGE + 1
        return self._members("member.number BETWEEN ? AND ? ORDER BY member.number", first, first + PAGE - 1)

    def member(self, iri: str, key: str) -> Member:
        """What the event of a `Event.key` did to a thing. Raises NotFound: there is no such event, or nothing."""
        for found in self._members("iri = ? AND event.at = ?", iri, _time(key)):
            return found
        raise NotFound("there is no such version")

    def content(self, member: Member) -> tuple[bytes, ...]:
        """What the thing of a member said then; if it was removed, what it had said last."""
        where = "iri = ? AND member.number <= ? AND change <> ? ORDER BY member.number DESC LIMIT 1"
        return next((each.lines for each in self._members(where, member.iri, member.number, REMOVED)), ())

    def count(self, what: str = "", value: str = "") -> int:
        """How many members are of a ``kind``, or of the thing of an ``iri``; by default of all listed kinds."""
        return int(self._rows(_COUNT + _WHICH[what], value, empty=(0,))[0][0])

    def some(self, first: int, count: int, what: str = "", value: str = "") -> list[Member]:
        """Some of those that `count` counts, in their order, without what they say; ``first`` from 0."""
        query = f"{_MEMBERS}{_WHICH[what]} ORDER BY member.number LIMIT ?2 OFFSET ?3"
        return [_member(row) for row in self._rows(query, value, count, first)]

    def changed(self, first: str, last: str) -> dict[str, datetime]:
        """When each thing between two IRIs, both included, was created or changed last; of which that is known."""
        rows = self._rows(f"SELECT iri, max(event.at) {_BETWEEN} GROUP BY iri", first, last)
        return {iri: datetime.fromisoformat(at) for iri, at in rows}

    def latest(self, first: str, last: str) -> datetime | None:
        """When any thing between two IRIs, both included, was created, changed or removed last; None: nobody knows."""
        ((at,),) = self._rows(f"SELECT max(event.at) {_BETWEEN}", first, last, empty=(None,))
        return datetime.fromisoformat(at) if at else None

    def _events(self, where: str, *values: object) -> list[Event]:
        return [_event(row) for row in self._rows(_ALL + where, *values)]

    def _members(self, where: str, *values: object) -> list[Member]:
        """Members with what they say."""
        found = [_member(row) for row in self._rows(_MEMBERS + where, *values)]
        blocks: dict[int, dict[bytes, list[bytes]]] = {}
        return [replace(each, lines=self._said(each, blocks)) for each in found]

    def _said(self, member: Member, blocks: dict[int, dict[bytes, list[bytes]]]) -> tuple[bytes, ...]:
        """What a member says; ``blocks`` holds those that have been read already."""
        ((first,),) = self._rows("SELECT max(first) FROM block WHERE first <= ?", member.number)
        if first not in blocks:
            ((packed,),) = self._rows("SELECT lines FROM block WHERE first = ?", first)
            lines = zlib.decompress(packed).splitlines(keepends=True)
            blocks[first] = {start: list(rows) for start, rows in groupby(lines, subject)}
        return tuple(blocks[first].get(f"<{member.iri}> ".encode(), ()))

    def _rows(self, query: str, *values: object, empty: tuple[Any, ...] | None = None) -> list[tuple[Any, ...]]:
        """Rows; where there is no journal none, or one that is ``empty``."""
        if not self._path.exists():
            return [empty] if empty else []
        with closing(sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True)) as table:
            return table.execute(query, values).fetchall()


def subject(line: bytes) -> bytes:
    """How all lines of the subject of a line begin."""
    return line[: line.index(b" ") + 1]


def _time(key: str) -> str:
    """The time that a key writes, as the table writes it."""
    try:
        return datetime.strptime(key, _KEY).replace(tzinfo=UTC).isoformat(timespec="microseconds")
    except ValueError:
        raise NotFound("there is no such version") from None


def _event(row: tuple[Any, ...]) -> Event:
    number, at, release = row
    return Event(number, datetime.fromisoformat(at), release)


def _member(row: tuple[Any, ...]) -> Member:
    number, iri, change, *event = row
    return Member(number, iri, change, _event(tuple(event)))
