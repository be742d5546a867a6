"""The page of a thing: what is said of it, by whom, and what links to it, grouped by meaning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from pyoxigraph import NamedNode

from terrinclus_kg.rdf.iri import Name, from_iri, kinds_of, of_nature
from terrinclus_kg.rdf.namespaces import SH, TI, VOID
from terrinclus_kg.resource.drawn import drawn
from terrinclus_kg.resource.gather import Found, gather, types
from terrinclus_kg.resource.marks import marks_of, sources
from terrinclus_kg.resource.model import Cell, Cells, Group, Link, Mark, Page, Statement, Term, Texts, is_node
from terrinclus_kg.resource.order import Sorter
from terrinclus_kg.resource.plan import Plan, inverse_labels, plans
from terrinclus_kg.resource.sentence import Known, sentence
from terrinclus_kg.resource.tables import Table, table, terms
from terrinclus_kg.store.reader import Reader


def describe(reader: Reader, name: Name, language: str, chosen: Mapping[str, str] | None = None) -> Page:
    """The page of a thing, sorted for ``language`` ("fr" or "en"). ``chosen``: values that its tables are filtered by.

    Raises:
        NotFound, Gone: as `gather`.
    """
    plan = plans().of(name.kind)
    own = ("fact",) if name.kind in kinds_of(TI["Fact"]) else ()
    found = gather(reader, name, (*plan.omit, *_OF_THE_RELEASE), (*own, *(each.query for each in plan.table)))
    triples = tuple((row["s"], row["p"], row["o"]) for row in found.rows["fact"])
    statements = _statements(found, NamedNode(name.iri))
    graphs = {graph for each in statements.values() for one in each for graph in one.graphs}
    marks = marks_of(graphs | ({name.iri} if triples else set()), found.rows["marks"])
    named = _iris(name, statements, marks.values(), [term for triple in triples for term in triple])
    for each in plan.table:
        named |= terms(found.rows[each.query])
    labels = reader.labels(named)
    layout = _Layout(plan, statements, found, Sorter(labels, language, marks))
    facts, groups, tables = layout.facts(), layout.groups(), layout.tables(name.iri, chosen or {})
    said, classes = layout.said(), types(found)
    known = Known({g.key: g for g in groups}, {t.plan.key: t for t in tables}, said, plans().noun_of(classes), language)
    return Page(
        name=name,
        types=tuple(sorted(classes, key=layout.sort.key)),
        sentence=sentence(plan.sentence.clauses(language), known),
        texts=layout.texts(),
        facts=facts,
        groups=groups,
        tables=tables,
        drawn=drawn(name, groups, facts, tables, {*plan.drawings}),
        said=said,
        triples=triples,
        sources=sources(marks.values()),
        marks=marks,
        labels=labels,
    )


# Links of what a release says of itself: they tell nothing of the thing.
_OF_THE_RELEASE = (Link(VOID["exampleResource"].value, inverse=True), Link(SH["defaultValue"].value, inverse=True))


class _Layout:
    """Deals statements out to the parts of a page."""

    def __init__(self, plan: Plan, statements: dict[Link, list[Statement]], found: Found, sort: Sorter) -> None:
        self._plan, self._statements, self._found, self.sort = plan, statements, found, sort
        titles = [Link(iri) for iri in plans().titles]
        self._told = {*plan.links, *plans().texts, *titles}

    def texts(self) -> tuple[Group, ...]:
        prose = {Link(link.property): self._statements.get(link, []) for link in [*self._plan.texts, *plans().texts]}
        told = {link: self.sort.statements(values) for link, values in prose.items()}
        return tuple(Group(_key(link), {}, (link,), len(each), each) for link, each in told.items() if each)

    def facts(self) -> tuple[Group, ...]:
        """Values of the plan, then all others that are neither told elsewhere nor relations."""
        left = [link.property for link in self._left() if not link.inverse and not self._joins(link)]
        others = [Link(iri) for iri in self.sort.ranked(left, plans().first)]
        return tuple(self._groups([*self._plan.facts, *others]))

    def groups(self) -> tuple[Group, ...]:
        """Relations of the plan, then all others."""
        planned = [self._group(g.key, g.heading, g.links) for g in self._plan.group]
        left = [link for link in self._left() if link.inverse or self._joins(link)]
        others = sorted(left, key=lambda link: (not self._joins(link), self.sort.key(link.property)))
        return (*(group for group in planned if group.statements), *self._groups(others))

    def said(self) -> dict[str, tuple[Statement, ...]]:
        own = {link.property: values for link, values in self._statements.items() if not link.inverse}
        return {iri: self._ordered(Link(iri), values) for iri, values in own.items() if iri not in plans().titles}

    def _ordered(self, link: Link, values: Iterable[Statement]) -> tuple[Statement, ...]:
        return self.sort.statements(values, every_language=link.property in plans().names)

    def tables(self, thing: str, chosen: Mapping[str, str]) -> tuple[Table, ...]:
        made = [table(each, thing, self._found.rows[each.query], self.sort, chosen) for each in self._plan.table]
        return tuple(each for each in made if each.total)

    def _left(self) -> list[Link]:
        return [link for link in self._statements if link not in self._told]

    def _joins(self, link: Link) -> bool:
        """Whether a property leads to nodes that join the thing to others."""
        return any(is_node(one.value) and not _is_value(one.value) for one in self._statements[link])

    def _groups(self, links: Iterable[Link]) -> Iterator[Group]:
        for link in links:
            if link in self._statements:
                heading = inverse_labels().get(link.property, {}) if link.inverse else {}
                yield self._group(_key(link), heading, (link,))

    def _group(self, key: str, heading: Texts, links: tuple[Link, ...]) -> Group:
        here = tuple(link for link in links if link in self._statements)
        found = [one for link in here for one in self._statements[link]]
        ordered = self.sort.statements(found, every_language=any(link.property in plans().names for link in here))
        unread = sum(max(0, self._found.counts.get(link, 0) - len(self._statements[link])) for link in here)
        return Group(key, heading, here, len(ordered) + unread, ordered)


def _key(link: Link) -> str:
    """What the group of one property is called in addresses."""
    return ("^" if link.inverse else "") + link.property


def _statements(found: Found, thing: NamedNode) -> dict[Link, list[Statement]]:
    """All statements by link; a value that several graphs state is one."""
    cells = _cells(found, thing)
    values: dict[Link, dict[Term, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in found.rows["said"]:
        values[Link(row["p"].value)][row["o"]].append(row["g"].value)
    for row in found.rows["into"]:
        values[Link(row["by"].value, inverse=True)][row["s"]].append(row["g"].value)
    return {
        link: [
            Statement(term, tuple(dict.fromkeys(graphs)), cells.get(term, ()), link) for term, graphs in terms.items()
        ]
        for link, terms in values.items()
    }


def _cells(found: Found, thing: NamedNode) -> Cells:
    """What each node says, but for what it says of ``thing``; and so for periods and amounts that it names."""
    inner = _folded(found.rows["values"], thing, {})
    return {**inner, **_folded(found.rows["nodes"], thing, inner)}


def _folded(rows: Iterable[dict[str, Term]], thing: NamedNode, inner: Cells) -> dict[Term, tuple[Cell, ...]]:
    said: dict[Term, dict[str, dict[Term, None]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if row["o"] != thing:
            said[row["node"]][row["p"].value][row["o"]] = None
    return {
        node: tuple(Cell(key, tuple(_inner(value, inner) for value in values)) for key, values in cells.items())
        for node, cells in said.items()
    }


def _inner(value: Term, inner: Cells) -> Statement:
    return Statement(value, cells=inner.get(value, ()) if _is_value(value) else ())


def _is_value(term: Term) -> bool:
    """Whether a node is unfolded within another. A membership within an involvement is not: the facts that
    state it are not those beside which it would stand."""
    name = from_iri(term.value) if isinstance(term, NamedNode) else None
    return name is not None and name.kind in of_nature("value")


def _iris(
    name: Name, statements: dict[Link, list[Statement]], marks: Iterable[Mark], terms: Iterable[Term]
) -> set[str]:
    """All that a page names."""
    found = {name.iri, *(term.value for term in terms if isinstance(term, NamedNode))}
    for link, values in statements.items():
        found.add(link.property)
        found.update(_named(values))
    for mark in marks:
        found |= {mark.source, mark.publisher, mark.status, *mark.disagreements}
    return found - {""}


def _named(statements: Iterable[Statement]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement.value, NamedNode):
            yield statement.value.value
        for cell in statement.cells:
            yield cell.key
            yield from _named(cell.statements)
