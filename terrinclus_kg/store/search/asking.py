"""How a question is answered: the documents that it is about, counted by facet, and those of one page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial, reduce
from operator import and_

from pyroaring import BitMap

from terrinclus_kg.store.search.index import Documents, Index, ordered
from terrinclus_kg.store.search.matching import Matching
from terrinclus_kg.store.search.model import CLASS, Facet, Found, Search, Sort, Value

LONGEST = 500  # characters of a question that are read


def answer(index: Index, search: Search) -> Found:
    """The answer to a question."""
    about = partial(Matching, index, names=search.names, language=search.language)
    matching = about(search.text[:LONGEST])
    first = _Selection(index, search, matching)
    meant = matching.meant()
    if first.documents or not meant or not search.corrected:
        return first.found(meant)
    other = _Selection(index, search, about(meant))
    return replace(other.found(meant), corrected=True) if other.documents else first.found(meant)


class _Selection:
    """What is left of the documents that a text is about, after the filters."""

    def __init__(self, index: Index, search: Search, matching: Matching) -> None:
        self._index, self._search, self._tiers = index, search, matching.tiers
        self._about = matching.documents if search.text.strip() else index.everything
        known = {*index.facets, CLASS}
        self._chosen = {slug: self._any(slug, keys) for slug, keys in search.filters.items() if slug in known}
        self._chosen |= {slug: self._between(slug, *ends) for slug, ends in search.years.items() if slug in known}
        self.documents = self._left()

    def found(self, meant: str) -> Found:
        facets = tuple(map(self._facet, self._index.facets.values())) if self._search.counts else ()
        return Found(
            self._search, len(self.documents), self._index.hits(self._page()), facets, meant, unknown=self._unknown()
        )

    def _unknown(self) -> tuple[tuple[str, str], ...]:
        filters = self._search.filters.items()
        pairs = ((slug, key) for slug, keys in filters if slug in self._index.facets for key in keys)
        return tuple((slug, key) for slug, key in pairs if key not in self._index.values(slug))

    def _left(self, but: str = "") -> Documents:
        """What all filters leave, but those of one facet."""
        return reduce(and_, (chosen for slug, chosen in self._chosen.items() if slug != but), self._about)

    def _any(self, slug: str, keys: Iterable[str]) -> Documents:
        values = self._index.values(slug)
        return BitMap.union(BitMap(), *(values[key][1] for key in keys if key in values))

    def _between(self, slug: str, first: int | None, last: int | None) -> Documents:
        low, high = first or 0, 9999 if last is None else last
        return self._any(slug, (key for key in self._index.values(slug) if key.isdigit() and low <= int(key) <= high))

    def _facet(self, facet: Facet) -> Facet:
        """A facet counts as if nothing of it had been chosen: what a choice more, or another one, would give."""
        among = self._left(but=facet.slug) if facet.slug in self._chosen else self.documents
        counted = self._index.counted(facet.slug, among)
        return replace(facet, values=(*counted, *self._without_results(facet.slug, counted)))

    def _without_results(self, slug: str, counted: tuple[Value, ...]) -> Iterator[Value]:
        """What is chosen and has no result: somebody may want to take it away."""
        for key in sorted(set(self._search.filters.get(slug, ())) - {value.key for value in counted}):
            yield Value(key, self._index.values(slug).get(key, (key,))[0], 0)

    def _page(self) -> Iterable[int]:
        start, end = self._search.offset, self._search.offset + self._search.size
        match self._search.sort:
            case Sort.LABEL:
                return ordered(self._index, f"label:{self._search.language}", self.documents, start, end)
            case Sort.YEAR:
                return ordered(self._index, "year", self.documents, start, end)
            case Sort.RELEVANCE if self._tiers:
                return self._relevant(start, end)
        return self.documents[start:end]

    def _relevant(self, start: int, end: int) -> Iterator[int]:
        """A part of the documents, those of the first tier first."""
        before, seen = BitMap(), 0
        for tier in self._tiers:
            fresh = (tier & self.documents) - before
            yield from fresh[max(0, start - seen) : max(0, end - seen)]
            seen += len(fresh)
            if seen >= end:
                return
            before |= fresh
