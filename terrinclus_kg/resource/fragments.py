"""What fits a triple or quad pattern, a page at a time, and how much there is of it.

A page is read in the order of the engine's index, which stays the same as long as the release does; what lies before
it is skipped there, some four million statements a second. Nothing is counted beyond `COUNTED`.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Generic, NamedTuple, TypeVar, cast

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QueryResultsFormat, QuerySolutions, parse_query_results

from terrinclus_kg.config import MIB
from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.formats import JSON
from terrinclus_kg.rdf.namespaces import DATASET, RDF
from terrinclus_kg.rdf.pattern import Pattern
from terrinclus_kg.rdf.queries import Query, Term, query
from terrinclus_kg.store.reader import Client, Reader, Row

PAGE = 100  # statements
COUNTED = 100_000  # statements that are counted; beyond, a number is an estimate
BLOCK = 1000  # statements that are read at once from here on
LARGEST = MIB  # bytes of a block that is kept


@dataclass(frozen=True, slots=True)
class Fragment:
    """A page of what fits a pattern. ``total``: how much fits; not ``exact``: at least so much does."""

    pattern: Pattern
    page: int
    quads: tuple[Quad, ...]
    total: int
    exact: bool
    more: bool


Key = tuple[str, str, int]  # release, query, first row
Value = TypeVar("Value")


class _Latest(Generic[Value]):
    """The latest of something, by what was asked. For any thread."""

    def __init__(self, most: int) -> None:
        self._lock, self._held, self._most = Lock(), dict[Key, Value](), most

    def get(self, key: Key) -> Value | None:
        with self._lock:
            return self._held.get(key)

    def put(self, key: Key, value: Value) -> None:
        with self._lock:
            self._held[key] = value
            if len(self._held) > self._most:
                del self._held[next(iter(self._held))]


class Kept:
    """What one application keeps of what was read: counts, and rows for the pages that are likely to be asked next."""

    def __init__(self) -> None:
        self.counts, self.blocks = _Latest[int](1000), _Latest[list[Row]](8)


def fragment(reader: Reader, kept: Kept, pattern: Pattern, page: int, client: Client) -> Fragment:
    """One page of a fragment, from 1.

    Asked in the public lane, at the client's expense. The number is exact where the fragment ends with this page or
    has no more than `COUNTED` statements; else it is what is known to be there at least.

    Raises:
        NotFound: the fragment has no such page.
        QueryTimeout and what else `Reader.query` raises.
    """
    if not pattern.possible:
        return _last(pattern, page, ())
    text, start = _query(pattern).bind(**_terms(pattern)), (page - 1) * PAGE
    rows = _from(reader, kept, text, start, client)
    quads = tuple(_quad(row, pattern) for row in rows[:PAGE])
    if len(rows) <= PAGE:
        return _last(pattern, page, quads)
    seen = start + len(rows)
    if pattern.alike:  # what does not fit would have to be counted too
        return Fragment(pattern, page, quads, seen, exact=False, more=True)
    total = _count(reader, kept, pattern, client)
    return Fragment(pattern, page, quads, max(total, seen), exact=total <= COUNTED, more=True)


def _last(pattern: Pattern, page: int, quads: tuple[Quad, ...]) -> Fragment:
    if page > 1 and not quads:
        raise NotFound("the fragment has no such page")
    return Fragment(pattern, page, quads, (page - 1) * PAGE + len(quads), exact=True, more=False)


def _query(pattern: Pattern) -> Query:
    return query("pages", "fragment" + "-quads" * pattern.quads + "-alike" * bool(pattern.alike))


def _terms(pattern: Pattern) -> dict[str, Term | list[Term]]:
    alike = {"alike": Literal(" ".join(pattern.alike))} if pattern.alike else {}
    return {**pattern.terms, **alike}


def _from(reader: Reader, kept: Kept, text: str, start: int, client: Client) -> list[Row]:
    """The rows of a page and one more, if there are. Far from the beginning those of the next pages are read along,
    since passing over all before them costs the more the further they are."""
    if start < BLOCK:
        return _rows(reader, f"{text} OFFSET {start} LIMIT {PAGE + 1}", client).rows
    first = start - start % BLOCK
    rows = kept.blocks.get((reader.release.id, text, first))
    if rows is None:
        read = _rows(reader, f"{text} OFFSET {first} LIMIT {BLOCK + 1}", client)
        rows = read.rows
        if read.size <= LARGEST:
            kept.blocks.put((read.release, text, first), rows)
    return rows[start - first : start - first + PAGE + 1]


class _Read(NamedTuple):
    """Rows, the release that they are from, and their bytes."""

    rows: list[Row]
    release: str
    size: int


def _rows(reader: Reader, text: str, client: Client) -> _Read:
    answer = reader.query(text, JSON, client=client)
    written = answer.read()
    found = cast(QuerySolutions, parse_query_results(written, format=QueryResultsFormat.JSON))
    names = [variable.value for variable in found.variables]
    return _Read([{name: row[name] for name in names} for row in found], answer.release, len(written))


def _quad(row: Row, pattern: Pattern) -> Quad:
    graph = cast(NamedNode, row["g"]) if pattern.quads else DefaultGraph()
    return Quad(cast(NamedNode, row["s"]), cast(NamedNode, row["p"]), row["o"], graph)


def _count(reader: Reader, kept: Kept, pattern: Pattern, client: Client) -> int:
    text = _query(pattern).counting(COUNTED + 1, **_terms(pattern))
    found = kept.counts.get((reader.release.id, text, 0))
    if found is None:
        read = _rows(reader, text, client)
        found = int(read.rows[0]["count"].value)
        found = max(found, _published(reader, pattern)) if found > COUNTED else found
        kept.counts.put((read.release, text, 0), found)
    return found


def _published(reader: Reader, pattern: Pattern) -> int:
    """How much the release itself says there is of a property, of a class, or of everything; 0 if it does not."""
    if pattern.quads:
        return 0
    terms = pattern.terms
    if not terms:
        return int(reader.release.manifest.get("triples", 0))
    match terms:
        case {"p": NamedNode() as term, **rest} if not rest:
            pass
        case {"p": kind, "o": NamedNode() as term, **rest} if kind == RDF["type"] and not rest:
            pass
        case _:
            return 0
    rows = reader.rows(query("pages", "fragment-published").bind(dataset=DATASET, term=term))
    return int(rows[0]["count"].value) if "count" in rows[0] else 0
