"""Makes the index of a release. Rows come in any order and are never all in memory; what belongs to nothing listed is
left out.

    with building(file) as index:
        index.things(rows); index.classes(rows); index.links(rows); index.texts(field, rows); index.facet(facet, rows)
        index.finish()

Documents are numbered from 0, those first that most others link to: so the first members of any set of them are what
a reader is most likely to look for.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from terrinclus_kg.store.search import tables
from terrinclus_kg.store.search.documents import Documents
from terrinclus_kg.store.search.model import CLASS, KIND, YEARS
from terrinclus_kg.store.search.postings import Postings

_LONGEST = 20_000  # characters of a text that are indexed
_LONGEST_SPAN = 300  # years that a period may last
_NUMBERED = """INSERT INTO document (id, iri, kind, links)
SELECT row_number() OVER (ORDER BY links DESC, iri) - 1, * FROM (
  SELECT iri, kind, ifnull(sum(count), 0) AS links FROM thing LEFT JOIN link USING (iri) GROUP BY iri)"""
_TEXTS = """SELECT id, iri, kind, field, language, found.text FROM document LEFT JOIN scratch.text AS found USING (iri)
ORDER BY id, instr('LNFID', field), language, found.text"""


@dataclass(frozen=True, slots=True)
class FacetQuery:
    """A facet: what addresses call it, its titles by language, and how it is shown (`YEARS` or anything else)."""

    slug: str
    titles: dict[str, str]
    view: str


@contextmanager
def building(file: Path) -> Iterator[Builder]:
    """An index being made: when the block ends, it is in ``file``."""
    scratch = file.with_name(f"{file.name}-scratch")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("ATTACH ? AS scratch", [str(scratch)])
        for name in ("main", "scratch"):  # who is killed here begins again
            connection.execute(f"PRAGMA {name}.journal_mode = OFF")
            connection.execute(f"PRAGMA {name}.synchronous = OFF")
        connection.executescript(tables.SCHEMA)
        connection.execute("BEGIN")
        yield Builder(connection)
        connection.execute("COMMIT")
    scratch.unlink()


class Builder:
    """What an index is made with; see `building`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run, self._many = connection.execute, connection.executemany
        self._facets: list[FacetQuery] = []

    def things(self, rows: Iterable[tuple[str, str]]) -> None:
        """What is to be found: IRI, kind. A thing may come more than once."""
        self._many("INSERT OR IGNORE INTO thing VALUES (?, ?)", rows)

    def classes(self, rows: Iterable[tuple[str, str]]) -> None:
        """Which classes they have: IRI of a thing, IRI of a class."""
        self._many("INSERT INTO value VALUES (?, ?, ?, ?)", ((CLASS, thing, name, name) for thing, name in rows))

    def links(self, iris: Iterable[str]) -> None:
        """Each thing, once for everything that links to it."""
        self._many("INSERT INTO link VALUES (?, ?)", ((iri, sum(1 for _ in same)) for iri, same in groupby(iris)))

    def texts(self, field: str, rows: Iterable[tuple[str, str, str]]) -> None:
        """Texts by which things are found: IRI, language ("" for none), text."""
        kept = ((iri, field, language, text[:_LONGEST]) for iri, language, text in rows)
        self._many("INSERT INTO scratch.text VALUES (?, ?, ?, ?)", kept)

    def facet(self, facet: FacetQuery, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """A facet: IRI of a thing; key and value that it has; "", or the year until which it has all values."""
        self._facets.append(facet)
        values = (
            (facet.slug, iri, each, value if each == name else each)
            for iri, name, value, until in rows
            for each in _through(name, until)
        )
        self._many("INSERT INTO value VALUES (?, ?, ?, ?)", values)

    def finish(self) -> int:
        """Puts it together. Returns the number of documents."""
        self._run(_NUMBERED)
        self._run("CREATE UNIQUE INDEX by_iri ON document (iri)")
        (count,) = self._run("SELECT count(*) FROM document").fetchone()
        self._finish_facets()
        tables.write_terms(self._run, self._many, self._finish_texts())
        tables.write_spellings(self._run, self._many)
        tables.write_sequences(self._run)
        meta = {"documents": count, "facets": [asdict(facet) for facet in self._facets]}
        self._run("INSERT INTO meta VALUES (?)", [json.dumps(meta)])
        return int(count)

    def _finish_facets(self) -> None:
        self._facets.insert(0, FacetQuery(KIND, {"fr": "Type", "en": "Type"}, "list"))
        tables.write_facets(self._run, self._many)
        for facet in self._facets:
            if facet.view == YEARS:
                self._run(tables.YEARS_OF, [facet.slug])

    def _finish_texts(self) -> Postings:
        documents = Documents(self._many, Postings(self._run, self._many))
        for thing, rows in groupby(self._run(_TEXTS), key=lambda row: row[:3]):
            texts: dict[tuple[str, str], str] = {}  # the same text, once: in the most telling field
            for _, _, _, field, language, text in rows:
                if field:
                    texts.setdefault((language, text), field)
            documents.add(thing, [(field, *rest) for rest, field in texts.items()])
        documents.flush()
        return documents.postings


def _through(first: str, last: str) -> Iterable[str]:
    """All years of a period; the first alone if nothing, or nothing sensible, is said of its end."""
    if last.isdigit() and first.isdigit() and 0 < int(last) - int(first) <= _LONGEST_SPAN:
        return map(str, range(int(first), int(last) + 1))
    return (first,)
