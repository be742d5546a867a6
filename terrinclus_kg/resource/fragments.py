"""What fits a triple or quad pattern, a page at a time, and how much there is of it.

A page is read in the order of the engine's index, which stays the same as long as the release does; what lies before
it is skipped there, some four million statements a second. Nothing is counted beyond `COUNTED`.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import cast

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QueryResultsFormat, QuerySolutions, parse_query_results

from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.formats import JSON
from terrinclus_kg.rdf.pattern import Pattern
from terrinclus_kg.rdf.queries import Query, Term, query
from terrinclus_kg.store.reader import Client, Reader

PAGE = 100  # statements
COUNTED = 100_000  # statements that are counted; beyond, a number is an estimate
_HELD = 1000  # counts that are kept


@dataclass(frozen=True, slots=True)
class Fragment:
    """A page of what fits a pattern. ``total``: how much fits; not ``exact``: at least so much does."""

    pattern: Pattern
    page: int
    quads: tuple[Quad, ...]
    total: int
    exact: bool
    more: bool


class Counts:
    """Counts that were made, by release and query; the latest are kept. For any thread."""

    def __init__(self) -> None:
        self._lock, self._held = Lock(), dict[tuple[str, str], int]()

    def get(self, key: tuple[str, str]) -> int | None:
        """The count of a query on a release, if it is kept."""
        with self._lock:
            return self._held.get(key)

    def put(self, key: tuple[str, str], count: int) -> None:
        """Keeps a count."""
        with self._lock:
            self._held[key] = count
            if len(self._held) > _HELD:
                del self._held[next(iter(self._held))]


def fragment(reader: Reader, counts: Counts, pattern: Pattern, page: int, client: Client) -> Fragment:
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
    rows, release = _rows(reader, f"{text} OFFSET {start} LIMIT {PAGE + 1}", client)
    quads = tuple(_quad(row, pattern) for row in rows[:PAGE])
    if len(rows) <= PAGE:
        return _last(pattern, page, quads)
    seen = start + len(rows)
    if pattern.alike:  # what does not fit would have to be counted too
        return Fragment(pattern, page, quads, seen, exact=False, more=True)
    total = _count(reader, counts, pattern, release, client)
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


def _rows(reader: Reader, text: str, client: Client) -> tuple[list[dict[str, NamedNode | Literal]], str]:
    """The rows of a query, and the release that they are from."""
    answer = reader.query(text, JSON, client=client)
    found = cast(QuerySolutions, parse_query_results(answer.read(), format=QueryResultsFormat.JSON))
    names = [variable.value for variable in found.variables]
    return [{name: cast(NamedNode | Literal, row[name]) for name in names} for row in found], answer.release


def _quad(row: dict[str, NamedNode | Literal], pattern: Pattern) -> Quad:
    graph = cast(NamedNode, row["g"]) if pattern.quads else DefaultGraph()
    return Quad(cast(NamedNode, row["s"]), cast(NamedNode, row["p"]), row["o"], graph)


def _count(reader: Reader, counts: Counts, pattern: Pattern, release: str, client: Client) -> int:
    text = _query(pattern).counting(COUNTED + 1, **_terms(pattern))
    if (kept := counts.get((release, text))) is not None:
        return kept
    rows, counted = _rows(reader, text, client)
    found = int(rows[0]["count"].value)
    counts.put((counted, text), found)
    return found
