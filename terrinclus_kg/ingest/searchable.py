"""The index of a release: what the queries in ``queries/index``, ``queries/words`` (more of the same, of the dataset
itself) and ``queries/facets`` find in its draft."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.ingest.material import Material
from terrinclus_kg.rdf.iri import from_iri, kinds
from terrinclus_kg.rdf.queries import Query, Term, read_queries
from terrinclus_kg.store.releases.layout import INDEX
from terrinclus_kg.store.releases.writer import Draft
from terrinclus_kg.store.search.build import Builder, FacetQuery, building
from terrinclus_kg.store.search.model import DATED, DESCRIPTION, IDENTIFIER, LABEL, NAME, YEARS

_FIELDS = {"names": NAME, "dated-names": DATED, "identifiers": IDENTIFIER, "descriptions": DESCRIPTION}
_YEAR = re.compile("[0-9]{4}(?![0-9])")


def write_index(draft: Draft, material: Material) -> int:
    """Writes the index of a draft whose quads and labels are all there. Returns the number of things that it finds."""
    asked = read_queries(material.asked("index"))
    words = read_queries(material.asked("words"))
    classes: list[Term] = [NamedNode(name) for kind in kinds().values() if kind.listed for name in kind.classes]
    with building(draft.path / INDEX) as index:
        index.things(_things(draft.select(asked["things"].bind(type=classes))))
        index.classes(_classes(draft.select(asked["things"].bind(type=classes))))
        index.links(row["thing"].value for row in draft.select(asked["links"].bind(type=classes)))
        index.texts(LABEL, _ours(draft.labels()))
        for slug, field in _FIELDS.items():
            for query in (asked.get(slug), words.get(slug)):
                if query:
                    index.texts(field, _ours(_texts(draft.select(query.text))))
        for query in read_queries(material.asked("facets")).values():
            _facet(index, draft, query)
        return index.finish()


def _things(rows: Iterator[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for row in rows:
        name = from_iri(row["thing"].value) if isinstance(row["thing"], NamedNode) else None
        if name and kinds()[name.kind].listed:
            yield name.iri, name.kind


def _classes(rows: Iterator[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    return ((row["thing"].value, row["type"].value) for row in rows)


def _texts(rows: Iterator[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for row in rows:
        yield row["thing"].value, (row["text"].language or "").lower(), row["text"].value


def _ours(rows: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """Texts of what may be listed: a loaded file may have millions of others."""
    bases = tuple(kind.base for kind in kinds().values() if kind.listed)
    return (row for row in rows if row[0].startswith(bases))


def _facet(index: Builder, draft: Draft, query: Query) -> None:
    facet = FacetQuery(query.slug.partition("-")[2], query.title, query.view)
    read = _years if query.view == YEARS else _values
    index.facet(facet, read(draft.select(query.text)))


def _values(rows: Iterator[dict[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    for row in rows:
        value = row["value"].value
        name = from_iri(value) if isinstance(row["value"], NamedNode) else None
        yield row["thing"].value, name.key if name else value, value, ""


def _years(rows: Iterator[dict[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    for row in rows:
        first, last = _year(row["value"]), _year(row.get("until"))
        if first:
            yield row["thing"].value, first, first, last


def _year(term: object) -> str:
    found = _YEAR.match(term.value) if isinstance(term, Literal) else None
    return found[0] if found else ""
