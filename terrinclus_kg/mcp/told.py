"""What is found, as plain values that go out as JSON: each thing with its IRI, each statement with its sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pyoxigraph import Literal, NamedNode

from terrinclus_kg import results
from terrinclus_kg.rdf import labels as rdf_labels
from terrinclus_kg.rdf.iri import from_iri
from terrinclus_kg.rdf.namespaces import XSD, compact
from terrinclus_kg.rdf.queries import Parameter, Query
from terrinclus_kg.resource import Group, Labels, Link, Mark, Page, Statement
from terrinclus_kg.results.reading import TRIPLE

Told = dict[str, Any]


class Teller:
    """Tells terms in one language, given the labels of all things that are named."""

    def __init__(self, labels: Labels, language: str) -> None:
        self._labels, self._language = labels, language

    def thing(self, iri: str) -> Told:
        """A thing: its IRI and label, and its kind if it is one of ours."""
        name = from_iri(iri)
        label = rdf_labels.choose(self._labels.get(iri, {}), self._language, iri).text
        return {"iri": iri, "label": label} | ({"kind": name.kind} if name else {})

    def term(self, term: results.Cell) -> Told:
        """A value of any sort."""
        if isinstance(term, NamedNode):
            return self.thing(term.value)
        if isinstance(term, Literal):
            return {"value": term.value} | _sort(term)
        return {"value": str(term)}

    def page(self, page: Page, groups: Iterable[Group], shown: int, marked: int) -> Told:
        """What is said of a thing, up to ``shown`` statements of each group, and ``marked`` facts that say each; of a
        fact also what it says itself. Sources are told once: facts name them by their IRIs."""
        says = [dict(zip(TRIPLE, map(self.term, triple), strict=True)) for triple in page.triples]
        marks = _Marks(page, self, marked)
        statements = [self._group(group, marks, shown) for group in groups]
        return {
            **self.thing(page.name.iri),
            "types": [self.thing(iri) for iri in page.types],
            **({"says": says} if says else {}),
            "statements": statements,
            "sources": marks.sources(),
        }

    def _group(self, group: Group, marks: _Marks, shown: int) -> Told:
        heading = group.heading.get(self._language, "")
        values = [self._statement(one, marks) for one in group.statements[:shown]]
        links = [self._link(link) for link in group.links]
        told = {"group": group.key, "properties": links, "total": group.count, "values": values}
        return told | ({"heading": heading} if heading else {})

    def _link(self, link: Link) -> Told:
        label = rdf_labels.choose(self._labels.get(link.property, {}), self._language, link.property).text
        return {"name": compact(link.property), "label": label} | ({"inverse": True} if link.inverse else {})

    def _statement(self, statement: Statement, marks: _Marks) -> Told:
        said = self.term(statement.value) | marks.told(statement.graphs)
        if statement.cells:
            said["which"] = {
                compact(cell.key): [self._statement(one, marks) for one in cell.statements] for cell in statement.cells
            }
        return said


class _Marks:
    """Who says what on a page, a few facts a statement; and of which sources that was."""

    def __init__(self, page: Page, teller: Teller, most: int) -> None:
        self._page, self._teller, self._most = page, teller, most
        self._named: dict[str, None] = {}

    def told(self, graphs: Sequence[str]) -> Told:
        """The facts that say something, each with its source and the place in it."""
        if not graphs:
            return {}
        left = len(graphs) - self._most
        told: Told = {"according_to": [self._mark(self._page.marks[graph]) for graph in graphs[: self._most]]}
        return told | ({"and_other_facts": left} if left > 0 else {})

    def sources(self) -> list[Told]:
        """All sources that were named, each with the number of its facts that say something of the thing."""
        facts = dict(self._page.sources)
        return [{**self._teller.thing(iri), "facts": facts.get(iri, 0)} for iri in self._named]

    def _mark(self, mark: Mark) -> Told:
        told: Told = {mark.origin: mark.graph}
        if mark.source:
            self._named[mark.source] = None
            told["source"] = mark.source
        if mark.status:
            told["status"] = self._teller.thing(mark.status)["label"]
        if mark.locators:
            told["locator"] = "; ".join(locator.value for locator in mark.locators)
        if mark.disagreements:
            told["disagreements"] = list(mark.disagreements)
        return told


def question(asked: Query, language: str, *, whole: bool) -> Told:
    """A stored question and what may be put in; ``whole``: with all that is said of it."""
    given = [each for each in asked.parameters.values() if each.name != "lang"]
    told = {"slug": asked.slug, "title": asked.title.get(language, "")}
    if not whole:
        return told | {"parameters": {each.name: _range(each) for each in given}}
    told["description"] = asked.description.get(language, "")
    parameters = [
        {
            "name": each.name,
            "label": each.label.get(language, ""),
            "values": _range(each),
            "default": [term.value for term in each.default],
        }
        for each in given
    ]
    return told | {"columns": list(asked.columns), "parameters": parameters}


def _range(parameter: Parameter) -> str:
    """What may be given: ``resource: projet``."""
    values = ", ".join(parameter.choices or parameter.kinds)
    return f"{parameter.type}: {values}" if values else parameter.type


def _sort(literal: Literal) -> Told:
    if literal.language:
        return {"language": literal.language}
    return {} if literal.datatype == XSD["string"] else {"datatype": literal.datatype.value}
