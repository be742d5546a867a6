"""An index as its readers see it: sets of documents by term and by value of a facet, and what is told of a document."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Iterable
from contextlib import closing
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import Lock, local
from typing import Any

from pyroaring import BitMap, FrozenBitMap

from terrinclus_kg.store.search.model import LABEL, NAME, Facet, Hit, Text, Value
from terrinclus_kg.store.search.postings import SHORT, WORD, unpack

_END = "\U0010ffff"  # after all words
_HITS = "SELECT id, iri, kind, links, first, last FROM document WHERE id IN (SELECT value FROM json_each(?))"
_TEXTS = """SELECT document, field, language, text FROM text
WHERE document IN (SELECT value FROM json_each(?)) ORDER BY rowid"""
_NEAR = """SELECT DISTINCT spelling.word, shown, count FROM near JOIN spelling ON spelling.id = near.word
WHERE remains IN (SELECT value FROM json_each(?))"""
_COUNTED = "SELECT term, documents FROM term WHERE term IN (SELECT value FROM json_each(?))"
_NUMBERED = "SELECT iri, id FROM document WHERE iri IN (SELECT value FROM json_each(?))"
_FACET = "SELECT key, value, documents FROM facet WHERE slug = ?"

_COUNTS = 200_000  # words whose counts are remembered
_CHEAPER = 1.5  # how much longer it takes to look up the place of a document than to look at one in its place

Documents = BitMap | FrozenBitMap


class Index:
    """One index, read-only. All methods may be called from any thread; sets that it gives are not to be changed.

    What every question needs is read once and kept: the sets of the facets, and the orders.
    """

    def __init__(self, path: Path) -> None:
        """Raises sqlite3.Error: it cannot be read."""
        self._path = path
        self._mine = local()
        self._lock = Lock()
        self._facets: dict[str, dict[str, tuple[str, FrozenBitMap]]] = {}
        self._sequences: dict[str, tuple[array[int], array[int]]] = {}
        self._counts: dict[str, int] = {}
        meta = json.loads(self._rows("SELECT value FROM meta")[0][0])
        self.size: int = meta["documents"]
        self.facets = {one["slug"]: Facet(one["slug"], one["titles"], one["view"], ()) for one in meta["facets"]}

    @cached_property
    def everything(self) -> FrozenBitMap:
        """All documents."""
        return FrozenBitMap(range(self.size))

    def documents(self, term: str) -> Documents:
        """Those that hold a term (see `postings`)."""
        found = self._rows("SELECT documents FROM term WHERE term = ?", term)
        return unpack(found[0][0]) if found else FrozenBitMap()

    def beginning(self, kind: str, short: str, word: str, field: str) -> Documents:
        """Those that hold terms of a class which begin so; ``short``: the class of short beginnings of such terms."""
        if len(word) <= SHORT:
            return self.documents(f"{short}{word}{field}")
        span = "SELECT documents FROM term WHERE term >= ? AND term < ? AND substr(term, -1) = ?"
        found = self._rows(span, f"{kind}{word}", f"{kind}{word}{_END}", field)
        return BitMap.union(BitMap(), *(BitMap(unpack(kept)) for (kept,) in found))

    def values(self, slug: str) -> dict[str, tuple[str, FrozenBitMap]]:
        """The values of a facet: key → value, documents."""
        with self._lock:
            if slug not in self._facets:
                rows = self._rows(_FACET, slug)
                found = {name: (value, unpack(kept)) for name, value, kept in rows}
                self._facets[slug] = found
            return self._facets[slug]

    def counted(self, slug: str, among: Documents) -> tuple[Value, ...]:
        """The values that some of these documents have, the most frequent first."""
        every = len(among) == self.size
        counts = (
            Value(name, value, len(documents) if every else among.intersection_cardinality(documents))
            for name, (value, documents) in self.values(slug).items()
        )
        return tuple(sorted((one for one in counts if one.count), key=lambda one: (-one.count, one.key)))

    def sequence(self, name: str) -> tuple[array[int], array[int]]:
        """An order: its documents, and the place of each document."""
        with self._lock:
            if name not in self._sequences:
                rows = self._rows("SELECT documents, places FROM sequence WHERE name = ?", name)
                self._sequences[name] = array("I", rows[0][0]), array("I", rows[0][1])
            return self._sequences[name]

    def near(self, remains: Iterable[int]) -> list[tuple[str, str, int]]:
        """Words that have one of these remains (see `spelling`): folded, as written, number of documents."""
        return self._rows(_NEAR, json.dumps(list(remains)))

    def counts(self, words: Iterable[str]) -> dict[str, int]:
        """How many documents have each of these folded words in a name: about, where labels and other names have it."""
        wanted = set(words)
        with self._lock:
            if len(self._counts) > _COUNTS:
                self._counts.clear()
            if fresh := wanted - self._counts.keys():
                terms = {f"{WORD}{word}{field}" for word in fresh for field in (LABEL, NAME)}
                self._counts.update(dict.fromkeys(fresh, 0))
                for term, kept in self._rows(_COUNTED, json.dumps(list(terms))):
                    self._counts[term[1:-1]] = max(self._counts[term[1:-1]], len(unpack(kept)))
            return {word: self._counts[word] for word in wanted}

    def numbers(self, iris: Iterable[str]) -> list[int]:
        """The documents of things, in their order; what is not found here is left out."""
        wanted = list(iris)
        found = dict(self._rows(_NUMBERED, json.dumps(wanted)))
        return [found[iri] for iri in wanted if iri in found]

    def hits(self, documents: Iterable[int]) -> tuple[Hit, ...]:
        """What is told of documents, in the order given."""
        wanted = list(documents)
        asked = json.dumps(wanted)
        texts: dict[int, list[Text]] = {}
        for document, *text in self._rows(_TEXTS, asked):
            texts.setdefault(document, []).append(Text(*text))
        found = {}
        for document, iri, kind, links, first, last in self._rows(_HITS, asked):
            years = (first, last) if first is not None else None
            found[document] = Hit(iri, kind, links, years, tuple(texts.get(document, ())))
        return tuple(found[document] for document in wanted)

    def _rows(self, query: str, *values: Any) -> list[Any]:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = _opened(self._path)
        return self._mine.connection.execute(query, values).fetchall()  # type: ignore[no-any-return]


def sound(path: Path) -> int | None:
    """The number of documents of an index whose pages are all as they should be, else None. Raises sqlite3.Error."""
    with closing(_opened(path)) as connection:
        (state,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        (meta,) = connection.execute("SELECT value FROM meta").fetchone()
    return int(json.loads(meta)["documents"]) if state == "ok" else None


def _opened(path: Path) -> sqlite3.Connection:
    """Immutable: SQLite then needs no lock, and the folder may be read-only."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def ordered(index: Index, name: str, among: Documents, start: int, end: int) -> list[int]:
    """A part of some documents in an order of the index: the order is gone through, or, where that takes longer, their
    places are sorted."""
    documents, places = index.sequence(name)
    if end * index.size <= _CHEAPER * len(among) ** 2:
        return list(islice(filter(among.__contains__, documents), start, end))
    return [documents[place] for place in BitMap(array("I", map(places.__getitem__, among)))[start:end]]
