"""Where sources disagree: the facts that a disagreement opposes, side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.rdf.iri import from_iri, kinds, kinds_of
from terrinclus_kg.rdf.namespaces import DCT, RDF, SKOS
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.resource.marks import marks_of
from terrinclus_kg.resource.model import Cell, Labels, Mark, Statement, Term, is_node
from terrinclus_kg.resource.order import Sorter
from terrinclus_kg.resource.plan import plans
from terrinclus_kg.store.reader import Reader, Row

LIMIT = 20_000  # rows of disagreements.rq: what a page lists, at most


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that facts speak of: what they say of a subject by a property (or by nodes of a kind: then ``relation``
    is its slug). ``values`` are by fact."""

    subject: str
    relation: str
    values: Mapping[str, tuple[Statement, ...]]

    @property
    def at_stake(self) -> bool:
        """Whether facts say different things here."""
        told = [{statement.value for statement in statements} for statements in self.values.values()]
        return any(one != told[0] for one in told)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A disagreement. ``texts`` tell what differs; ``facts`` are the opposed ones, ``said`` what each says in words.
    ``points`` are those at stake, of which facts say different things; ``others`` the rest."""

    iri: str
    texts: tuple[Literal, ...]
    facts: tuple[str, ...]
    said: Mapping[str, tuple[Literal, ...]]
    points: tuple[Point, ...]
    others: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Disputes:
    """Some disagreements with all that a page shows of them."""

    disputes: tuple[Dispute, ...]
    marks: Mapping[str, Mark]
    labels: Labels
    query: str


@dataclass(frozen=True, slots=True)
class Listed:
    """All disagreements by label; ``kinds``: of what kinds the things are that the facts of each speak of. ``whole`` is
    False where there are more than are listed."""

    kinds: Mapping[str, frozenset[str]]
    whole: bool

    def of(self, kind: str) -> list[str]:
        """Those about a kind of thing; all if it is ""."""
        return [iri for iri, found in self.kinds.items() if not kind or kind in found]

    def counts(self) -> dict[str, int]:
        """How many are about each kind of thing."""
        found = {slug: len(self.of(slug)) for slug in kinds()}
        return {slug: count for slug, count in found.items() if count}


def listed(reader: Reader, language: str) -> Listed:
    """All disagreements of the current release, in alphabetical order."""
    return _listed(reader, reader.release.id, language)


def disputes(reader: Reader, iris: Iterable[str], language: str) -> Disputes:
    """What the facts of some disagreements say, each with its source."""
    bound = query("pages", "opposed").bind(disagreement=[NamedNode(iri) for iri in iris])
    rows = reader.rows(bound)
    facts = {row["fact"].value for row in rows if "fact" in row}
    told = reader.rows(query("pages", "facts").bind(fact=[NamedNode(fact) for fact in sorted(facts)]))
    marks = marks_of(facts, told)
    labels = reader.labels(_named(rows, marks.values()))
    by_iri: dict[str, list[Row]] = {iri: [] for iri in iris}
    for row in rows:
        by_iri[row["disagreement"].value].append(row)
    sort = Sorter(labels, language)
    return Disputes(tuple(_dispute(iri, found, sort) for iri, found in by_iri.items()), marks, labels, bound)


@lru_cache(maxsize=4)
def _listed(reader: Reader, _release: str, language: str) -> Listed:
    rows = reader.rows(query("pages", "disagreements").text)
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        name = from_iri(row["subject"].value)
        found[row["disagreement"].value] |= {name.kind} if name and kinds()[name.kind].listed else set()
    order = sorted(found, key=Sorter(reader.labels(found), language).key)
    return Listed({iri: frozenset(found[iri]) for iri in order}, len(rows) < LIMIT)


def _dispute(iri: str, rows: list[Row], sort: Sorter) -> Dispute:
    triples: dict[str, list[tuple[Term, Term, Term]]] = defaultdict(list)
    said: dict[str, list[Literal]] = defaultdict(list)
    for row in rows:
        fact = row["fact"].value if "fact" in row else iri
        if row["s"].value == fact and row["p"] == DCT["description"]:
            said[fact] += [row["o"]] if isinstance(row["o"], Literal) else []
        elif fact != iri:
            triples[fact].append((row["s"], row["p"], row["o"]))
    points = _points({fact: _spoken(fact, found, sort) for fact, found in triples.items()}, sort)
    stake = tuple(point for point in points if point.at_stake)
    others = tuple(point for point in points if not point.at_stake)
    facts = tuple(sorted(triples))
    return Dispute(iri, tuple(said[iri]), facts, {fact: tuple(said[fact]) for fact in facts}, stake, others)


Spoken = dict[tuple[str, str], list[Statement]]  # subject and property → what is said


def _points(spoken: Mapping[str, Spoken], sort: Sorter) -> list[Point]:
    found: dict[tuple[str, str], dict[str, tuple[Statement, ...]]] = defaultdict(dict)
    for fact, said in spoken.items():
        for place, statements in said.items():
            found[place][fact] = tuple(sorted(statements, key=lambda one: sort.key(one.value.value)))
    order = sorted(found, key=lambda place: (sort.key(place[0]), sort.key(place[1])))
    return [Point(*place, found[place]) for place in order]


def _spoken(fact: str, triples: list[tuple[Term, Term, Term]], sort: Sorter) -> Spoken:
    """What one fact says of the things that visitors look for. Nodes are unfolded, as far as the fact itself does."""
    said: dict[Term, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for s, p, o in triples:
        if p != RDF["type"]:
            said[s][p.value].append(o)
    found: Spoken = defaultdict(list)
    reached = {o for s, p, o in triples if not is_node(s)}
    for subject, properties in said.items():
        if not is_node(subject):
            for key, values in properties.items():
                kept = _one_language(values, sort.language)
                found[subject.value, key] += [Statement(o, (fact,), _cells(o, said, subject, sort)) for o in kept]
        elif subject not in reached and (about := _about(properties)):
            kind = from_iri(subject.value)
            key = kind.kind if kind else ""
            found[about.value, key].append(Statement(subject, (fact,), _cells(subject, said, about, sort)))
    return found


def _about(properties: Mapping[str, list[Term]]) -> Term | None:
    """The first thing, not a node, that a node names."""
    ends = (end for key in plans().cells if key in properties for end in properties[key])
    named = (end for end in ends if isinstance(end, NamedNode) and not is_node(end))
    return next(
        (end for end in named if (name := from_iri(end.value)) and name.kind not in kinds_of(SKOS["Concept"])), None
    )


def _cells(node: Term, said: Mapping[Term, Mapping[str, list[Term]]], about: Term, sort: Sorter) -> tuple[Cell, ...]:
    if not is_node(node) or node not in said:
        return ()
    rank = {key: place for place, key in enumerate(plans().cells)}
    keys = sorted(said[node], key=lambda key: (rank.get(key, len(rank)), sort.key(key)))
    cells = ((key, [end for end in said[node][key] if end != about]) for key in keys)
    return tuple(
        Cell(key, tuple(Statement(end, cells=_cells(end, said, about, sort)) for end in ends))
        for key, ends in cells
        if ends
    )


def _one_language(values: list[Term], language: str) -> list[Term]:
    """Texts in the language of the page, where there are any; everything else."""
    texts = [value for value in values if isinstance(value, Literal) and value.language]
    here = [text for text in texts if text.language == language]
    return [value for value in values if value not in texts or not here or value in here]


def _named(rows: Iterable[Row], marks: Iterable[Mark]) -> set[str]:
    found = {term.value for row in rows for term in row.values() if isinstance(term, NamedNode)}
    for mark in marks:
        found |= {mark.source, mark.publisher, mark.status, *mark.disagreements}
    return found - {""}
