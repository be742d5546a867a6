"""Tables of a page: what a stored query tells of a thing, row by row, to be filtered by the values in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.iri import Name, from_iri
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.resource.gather import node_classes
from terrinclus_kg.resource.model import Labels, Term, Texts
from terrinclus_kg.resource.order import Sorter
from terrinclus_kg.resource.plan import ColumnPlan, TablePlan, plans
from terrinclus_kg.store.reader import Reader, Row

Values = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A row: values by column. What a thing has several of (its roles, its goals) stands in one row."""

    cells: tuple[Values, ...]

    @property
    def subject(self) -> Term:
        """What the row is about."""
        return self.cells[0][0]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a table may be filtered by: how many rows have it, and whether it is chosen."""

    value: Term
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table as filtered. ``whole`` is False where its query has met its limit. ``choices`` are by column."""

    plan: TablePlan
    lines: tuple[Line, ...]
    total: int
    whole: bool
    choices: Mapping[str, tuple[Choice, ...]]
    filtered: bool
    thing: str

    @property
    def heading(self) -> Texts:
        """What the table tells."""
        return self.plan.heading

    @property
    def query(self) -> str:
        """The query behind the table."""
        asked = query("pages", self.plan.query)
        nodes: dict[str, Any] = {"class": [*node_classes()]} if "class" in asked.parameters else {}
        return asked.bind(thing=NamedNode(self.thing), **nodes)


def table(plan: TablePlan, thing: str, rows: list[Row], sort: Sorter, chosen: Mapping[str, str]) -> Table:
    """The table of a plan from the rows of its query. ``chosen``: column → value that its lines must have."""
    merged: dict[Term, dict[str, dict[Term, None]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if plan.subject in row:
            for name, value in row.items():
                merged[row[plan.subject]][name][value] = None
    lines = [_line(plan.columns, found, sort) for found in merged.values()]
    if not plan.ranked:
        lines.sort(key=lambda line: _place(line, plan, sort))
    wanted = {name: value for name, value in chosen.items() if value and name in plan.filters}
    kept = _kept(lines, plan, wanted)
    # What a reader may choose instead of a value is counted as if it were not chosen.
    others = {name: {key: value for key, value in wanted.items() if key != name} for name in plan.filters}
    choices = {
        name: _choices(_kept(lines, plan, others[name]), plan, name, wanted.get(name, ""), sort)
        for name in plan.filters
    }
    return Table(plan, tuple(kept), len(lines), len(lines) < plan.limit, choices, bool(wanted), thing)


@dataclass(frozen=True, slots=True)
class Common:
    """What two things have in common, by label."""

    iris: tuple[str, ...]
    labels: Labels
    query: str


def common(reader: Reader, name: Name, other: str, language: str) -> Common:
    """What a thing has in common with another, as a table of its page counts it.

    Raises:
        NotFound: nothing; or no page of this kind tells it.
    """
    plan = next((each for each in plans().of(name.kind).table if each.common), None)
    if plan is None or not from_iri(other):
        raise NotFound("these have nothing in common")
    text = query("pages", plan.common).bind(thing=NamedNode(name.iri), other=NamedNode(other))
    iris = [next(iter(row.values())).value for row in reader.rows(text)]
    if not iris:
        raise NotFound("these have nothing in common")
    labels = reader.labels([*iris, name.iri, other])
    return Common(tuple(sorted(iris, key=Sorter(labels, language).key)), labels, text)


def terms(rows: Iterable[Row]) -> set[str]:
    """The things that rows name."""
    return {value.value for row in rows for value in row.values() if isinstance(value, NamedNode)}


def _line(columns: tuple[ColumnPlan, ...], found: Mapping[str, Mapping[Term, None]], sort: Sorter) -> Line:
    return Line(tuple(tuple(sorted(found.get(column.name, ()), key=lambda v: _key(v, sort))) for column in columns))


def _place(line: Line, plan: TablePlan, sort: Sorter) -> list[tuple[str, str]]:
    first = [plan.place(plan.by)] if plan.by else []
    return [_key(value, sort) for place in (*first, 0) for value in line.cells[place][:1]]


def _key(value: Term, sort: Sorter) -> tuple[str, str]:
    return (value.value, "") if isinstance(value, Literal) else sort.key(value.value)


def _kept(lines: list[Line], plan: TablePlan, wanted: Mapping[str, str]) -> list[Line]:
    return [line for line in lines if all(_has(line, plan, name, value) for name, value in wanted.items())]


def _has(line: Line, plan: TablePlan, name: str, value: str) -> bool:
    return any(each.value == value for each in line.cells[plan.place(name)])


def _choices(lines: list[Line], plan: TablePlan, name: str, chosen: str, sort: Sorter) -> tuple[Choice, ...]:
    counts: dict[Term, int] = defaultdict(int)
    for line in lines:
        for value in line.cells[plan.place(name)]:
            counts[value] += 1
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], _key(pair[0], sort)))
    return tuple(Choice(value, count, value.value == chosen) for value, count in ranked)
