"""Which documents hold which terms, gathered in bounded memory: parts are sorted, written, and merged at the end.

A term is a text whose first character tells its class (`WORD` …) and whose last one the field that holds it. Numbers
of documents must be given in ascending order.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from itertools import groupby
from typing import Any

from pyroaring import BitMap, FrozenBitMap

WORD, STEM, WHOLE = "w", "s", "="  # a word; a stem; all words of a text
FIRST = "b"  # the first word of a label, behind the language whose readers see it
INITIALS = "i"  # the first letters of the words of a text
BEGINNING, FIRST_BEGINNING = "p", "q"  # of a word; of a first word
SHORT = 5  # beginnings up to this many characters have entries of their own: many words share them
_PART = 4_000_000  # entries that are held in memory
_SHORTENED = {WORD: BEGINNING, FIRST: FIRST_BEGINNING}

Entry = tuple[str, BitMap]
Run = Callable[..., sqlite3.Cursor]
Many = Callable[[str, Iterable[Any]], sqlite3.Cursor]


class Postings:
    """An inverted index being made, in a scratch database."""

    def __init__(self, run: Run, many: Many) -> None:
        self._run, self._many = run, many
        self._held: defaultdict[str, array[int]] = defaultdict(partial(array, "I"))
        self._size = 0
        run("CREATE TABLE scratch.part (term TEXT, documents BLOB)")

    def add(self, document: int, terms: Collection[str]) -> None:
        """What a document holds, each term once."""
        held = self._held
        for term in terms:
            held[term].append(document)
        self._size += len(terms)
        if self._size >= _PART:
            self._flush()

    def merged(self) -> Iterator[Entry]:
        """Every term, in order, and the documents that hold it; beginnings of words follow where they end."""
        self._flush()
        rows = self._run("SELECT term, documents FROM part ORDER BY term")
        beginnings = _Beginnings()
        for term, parts in groupby(rows, key=lambda row: row[0]):
            documents = BitMap.union(*(BitMap(array("I", blob)) for _, blob in parts))
            yield term, documents
            yield from beginnings.after(term, documents)
        yield from beginnings.rest()

    def _flush(self) -> None:
        rows = ((term, documents.tobytes()) for term, documents in self._held.items())
        self._many("INSERT INTO part VALUES (?, ?)", rows)
        self._held.clear()
        self._size = 0


def pack(documents: BitMap) -> bytes | int:
    """A set as it is kept: a single document by its number."""
    return documents.serialize() if len(documents) > 1 else documents[0]


def unpack(kept: bytes | int) -> FrozenBitMap:
    """A set that was kept."""
    return FrozenBitMap((kept,)) if isinstance(kept, int) else FrozenBitMap.deserialize(kept)


class _Beginnings:
    """The short beginnings of words, made of sorted words."""

    def __init__(self) -> None:
        self._open: dict[str, dict[str, BitMap]] = {}  # beginning with its class → field → documents

    def after(self, term: str, documents: BitMap) -> Iterator[Entry]:
        """Takes a word in; gives the beginnings that no later word has."""
        kind = _SHORTENED.get(term[0])
        word, field = term[1:-1], term[-1]
        own = {kind + word[:size] for size in range(1, min(SHORT, len(word)) + 1)} if kind else set()
        for done in sorted(self._open.keys() - own):
            yield from self._close(done)
        for beginning in own:
            fields = self._open.setdefault(beginning, {})
            if field in fields:
                fields[field] |= documents
            else:
                fields[field] = BitMap(documents)

    def rest(self) -> Iterator[Entry]:
        for done in sorted(self._open):
            yield from self._close(done)

    def _close(self, beginning: str) -> Iterator[Entry]:
        for field, documents in sorted(self._open.pop(beginning).items()):
            yield beginning + field, documents
