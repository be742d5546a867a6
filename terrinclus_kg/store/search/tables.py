"""The tables of an index, and how they are filled from those of the scratch database."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import groupby

from pyroaring import BitMap

from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.store.search import spelling
from terrinclus_kg.store.search.model import KIND
from terrinclus_kg.store.search.postings import WORD, Entry, Many, Postings, Run, pack

SCHEMA = """
CREATE TABLE meta (value TEXT);
CREATE TABLE document (id INTEGER PRIMARY KEY, iri TEXT, kind TEXT, links INTEGER, first INTEGER, last INTEGER);
CREATE TABLE text (document INTEGER, field TEXT, language TEXT, text TEXT);
CREATE TABLE term (term TEXT PRIMARY KEY, documents) WITHOUT ROWID;
CREATE TABLE spelling (id INTEGER PRIMARY KEY, word TEXT, shown TEXT, count INTEGER);
CREATE TABLE near (remains INTEGER, word INTEGER, PRIMARY KEY (remains, word)) WITHOUT ROWID;
CREATE TABLE facet (slug TEXT, key TEXT, value TEXT, documents, PRIMARY KEY (slug, key));
CREATE TABLE sequence (name TEXT PRIMARY KEY, documents BLOB, places BLOB);
CREATE TABLE scratch.thing (iri TEXT PRIMARY KEY, kind TEXT) WITHOUT ROWID;
CREATE TABLE scratch.link (iri TEXT, count INTEGER);
CREATE TABLE scratch.text (iri TEXT, field TEXT, language TEXT, text TEXT);
CREATE TABLE scratch.value (slug TEXT, iri TEXT, key TEXT, value TEXT);
CREATE TABLE scratch.label (id INTEGER, language TEXT, sorted TEXT);
CREATE TABLE scratch.surface (word TEXT PRIMARY KEY, shown TEXT) WITHOUT ROWID;
CREATE TABLE scratch.word (word TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID;
CREATE TABLE scratch.close (remains INTEGER, word INTEGER);
"""
# The first and the last year of each document, by one facet.
YEARS_OF = """UPDATE document SET first = min(ifnull(document.first, found.first), found.first),
  last = max(ifnull(document.last, found.last), found.last)
FROM (SELECT iri, min(CAST(key AS INTEGER)) AS first, max(CAST(key AS INTEGER)) AS last
  FROM value WHERE slug = ? GROUP BY iri) AS found WHERE document.iri = found.iri"""
_BATCH = 10_000  # rows


def write_facets(run: Run, many: Many) -> None:
    """The documents of each value, and of each kind; the most frequent values of a facet first."""
    rows = run("SELECT slug, key, value, id FROM value JOIN document USING (iri) ORDER BY slug, key, value")
    many("INSERT INTO facet VALUES (?, ?, ?, ?)", _facet_rows(rows))
    rows = run("SELECT ?, kind, kind, id FROM document ORDER BY kind", [KIND])
    many("INSERT INTO facet VALUES (?, ?, ?, ?)", _facet_rows(rows))


def _facet_rows(rows: Iterable[tuple[str, str, str, int]]) -> Iterator[tuple[str, str, str, bytes | int]]:
    last = ("", "")
    for (slug, name, value), same in groupby(rows, key=lambda row: row[:3]):
        unique = name if (slug, name) != last else value  # two values of one key: the second is called by its IRI
        last = slug, name
        yield slug, unique, value, pack(BitMap([row[3] for row in same]))


def write_terms(run: Run, many: Many, postings: Postings) -> None:
    """The documents of each term, and how often each word occurs."""
    counts = _Counted(many)
    rows = ((term, pack(documents)) for term, documents in counts.seen(postings.merged()))
    many("INSERT INTO term VALUES (?, ?)", rows)
    counts.flush()
    run("CREATE INDEX by_document ON text (document)")


class _Counted:
    """Counts words while they pass."""

    def __init__(self, many: Many) -> None:
        self._many = many
        self._counts: list[tuple[str, int]] = []

    def seen(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for term, documents in entries:
            if term[0] == WORD and spelling.may_err(term[1:-1]):
                self._counts.append((term[1:-1], len(documents)))
                if len(self._counts) > _BATCH:
                    self.flush()
            yield term, documents

    def flush(self) -> None:
        add = "INSERT INTO word VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
        self._many(add, self._counts)
        self._counts = []


def write_spellings(run: Run, many: Many) -> None:
    """Words, and by what is left of them when a letter goes."""
    told = "SELECT word, ifnull(shown, word), count FROM word LEFT JOIN surface USING (word)"
    run(f"INSERT INTO spelling (word, shown, count) {told}")
    rows = ((one, number) for number, word in run("SELECT id, word FROM spelling") for one in spelling.remains(word))
    many("INSERT INTO close VALUES (?, ?)", rows)
    run("INSERT INTO near SELECT DISTINCT remains, word FROM close ORDER BY remains, word")


def write_sequences(run: Run) -> None:
    """The orders that results may have, but that of links, which is the order of their numbers."""
    for tag in LANGUAGES:
        ordered = run("SELECT id FROM label WHERE language = ? ORDER BY sorted, id", [tag])
        _write_sequence(run, f"label:{tag}", array("I", (row[0] for row in ordered)))
    ordered = run("SELECT id FROM document ORDER BY last DESC, id")
    _write_sequence(run, "year", array("I", (row[0] for row in ordered)))


def _write_sequence(run: Run, name: str, documents: array[int]) -> None:
    places = array("I", bytes(documents.itemsize * len(documents)))
    for place, document in enumerate(documents):
        places[document] = place
    run("INSERT INTO sequence VALUES (?, ?, ?)", [name, documents.tobytes(), places.tobytes()])
