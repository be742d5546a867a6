"""A batch of queries answered: candidates from the index, then what properties say of them, in one query for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import TypeVar

from pyoxigraph import NamedNode

from terrinclus_kg.errors import ParameterError, QueryTimeout, TerrinclusError
from terrinclus_kg.reconciliation import properties, scoring
from terrinclus_kg.reconciliation.asked import MOST_QUERIES, Query
from terrinclus_kg.reconciliation.likeness import Scale
from terrinclus_kg.reconciliation.properties import Found
from terrinclus_kg.reconciliation.reading import Name, any_order, read, shortened
from terrinclus_kg.reconciliation.scoring import Candidate
from terrinclus_kg.reconciliation.types import Labels, is_of, names_of
from terrinclus_kg.store.reader import Reader
from terrinclus_kg.store.search.model import Near, Nearby
from terrinclus_kg.store.search.text import words

__all__ = ["MOST_QUERIES", "answers"]

LIMIT = 10.0  # seconds that a batch may take
_LOOKED_AT = 40  # things that the index is asked for, a query
_CHECKED = 15  # of those the ones whose properties are looked at
T = TypeVar("T")
Answers = dict[str, list[Candidate] | TerrinclusError]
Asked = Mapping[str, Query | ParameterError]


def answers(
    reader: Reader,
    asked: Asked,
    language: str,
    *,
    clock: Callable[[], float] = monotonic,
) -> Answers:
    """The candidates for each query; an error instead for those that are wrong, or that the time of the batch did not
    suffice for.

    Raises:
        NoIndex and its kin, see `Reader.search`.
    """
    end = clock() + LIMIT
    found: Answers = {}
    queries = {key: query for key, query in asked.items() if isinstance(query, Query)}
    for key, query in queries.items():
        found[key] = _within(end, clock, partial(_candidates, reader, query, language))
    checked = {key: query for key, query in queries.items() if query.constraints}
    if checked:
        told = _within(end, clock, partial(_checked, reader, checked, found))
        found |= told if isinstance(told, dict) else dict.fromkeys(checked, told)
    final = {key: _final(queries[key], one) for key, one in found.items()}
    return {key: query if isinstance(query, ParameterError) else final[key] for key, query in asked.items()}


def _within(end: float, clock: Callable[[], float], make: Callable[[], T]) -> T | QueryTimeout:
    """What is made, or why it was not made in time."""
    if clock() > end:
        return _late()
    try:
        return make()
    except QueryTimeout as error:
        return error


def _final(query: Query, found: list[Candidate] | TerrinclusError) -> list[Candidate] | TerrinclusError:
    return found if isinstance(found, TerrinclusError) else scoring.ranked(found, query.limit)


def _late() -> QueryTimeout:
    message = (
        f"the batch had {LIMIT:g} seconds, which other queries of it took; send this one again, in a smaller batch"
    )
    return QueryTimeout(message, limit="batch", value=LIMIT)


def _candidates(reader: Reader, query: Query, language: str) -> list[Candidate]:
    """What may be meant by the name, or, where there is none, what has the properties."""
    name = read(query.text, language)
    values = {one.iri: one.values for one in query.constraints}
    things = properties.identified(reader, query.text) if query.text else properties.having(reader, values)
    wanted = (query.kinds, query.classes) if query.strict != "should" else ((), ())
    readings, wholes = (name.readings, (query.text,)) if query.text else ((), ())
    codes = tuple(one.text for one in name.codes)
    found = reader.near(Near(readings, wholes, codes, *wanted, tuple(things), _LOOKED_AT))
    labels = reader.labels({iri for own in found.classes for iri in own})
    return list(_made(found, query, replace(name, things=frozenset(things)), labels, language))


def _made(found: Nearby, query: Query, name: Name, labels: Labels, language: str) -> Iterator[Candidate]:
    scale = Scale(found.counts, found.size, shortened(language).light)
    free = replace(scale, any_order=True)
    for hit, own in zip(found.hits, found.classes, strict=True):
        fits = is_of(query, hit.kind, own)
        if query.strict == "all" and not fits:
            continue
        called = frozenset(words(" ".join(names_of(hit.kind, own, labels))))
        made = scoring.candidate(name, hit, own, called, free if hit.kind in any_order() else scale, language)
        yield scoring.preferring(made, fits) if query.kinds or query.classes else made


def _checked(reader: Reader, queries: Mapping[str, Query], found: Answers) -> Answers:
    """The best candidates of queries with properties, scored by them too."""
    kept = {key: _best(one) for key, one in found.items() if key in queries and not isinstance(one, TerrinclusError)}
    things = list(dict.fromkeys(one.iri for best in kept.values() for one in best))
    asked = list(dict.fromkeys(one.iri for query in queries.values() for one in query.constraints))
    values = properties.values(reader, things, asked)
    labels = reader.labels({term.value for terms in values.values() for term in terms if isinstance(term, NamedNode)})
    return {
        key: [scoring.agreeing(one, _agreements(one, queries[key], values, labels)) for one in best]
        for key, best in kept.items()
    }


def _agreements(one: Candidate, query: Query, values: Found, labels: Labels) -> dict[str, float | None]:
    """How far the values of each property agree; None where the thing has none."""
    told: dict[str, float | None] = {}
    for constraint in query.constraints:
        terms = values.get((one.iri, constraint.iri), ())
        pairs = ((value, term) for value in constraint.values for term in terms)
        agree = any(properties.agreement(value, term, labels.get(term.value, {})) for value, term in pairs)
        told[constraint.pid] = float(agree) if terms else None
    return told


def _best(found: list[Candidate]) -> list[Candidate]:
    return sorted(found, key=lambda one: -one.score)[:_CHECKED]
