"""What is found, as plain values that go out as JSON: each thing with its IRI, each statement with its sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pyoxigraph import Literal, NamedNode

from terrinclus_kg import results
from terrinclus_kg.rdf import labels as rdf_labels
from terrinclus_kg.rdf.iri import from_iri
from terrinclus_kg.rdf.namespaces import XSD
from terrinclus_kg.rdf.queries import Query
from terrinclus_kg.resource import Group, Labels, Mark, Page, Statement
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

    def page(self, page: Page, groups: Iterable[Group], shown: int) -> Told:
        """What is said of a thing, up to ``shown`` statements of each group; of a fact also what it says itself."""
        says = [dict(zip(TRIPLE, map(self.term, triple), strict=True)) for triple in page.triples]
        return {
            **self.thing(page.name.iri),
            "types": [self.thing(iri) for iri in page.types],
            **({"says": says} if says else {}),
            "statements": [self._group(group, page.marks, shown) for group in groups],
            "sources": [{**self.thing(iri), "facts": facts} for iri, facts in page.sources],
        }

    def _group(self, group: Group, marks: Mapping[str, Mark], shown: int) -> Told:
        heading = group.heading.get(self._language, "")
        links = [{**self.thing(link.property), "inverse": link.inverse} for link in group.links]
        values = [self._statement(one, marks) for one in group.statements[:shown]]
        told = {"group": group.key, "properties": links, "total": group.count, "values": values}
        return told | ({"heading": heading} if heading else {})

    def _statement(self, statement: Statement, marks: Mapping[str, Mark]) -> Told:
        said = self.term(statement.value)
        if statement.graphs:
            said["according_to"] = [self._mark(marks[graph]) for graph in statement.graphs]
        if statement.cells:
            said["which"] = [
                {"property": self.thing(cell.key), "values": [self._statement(one, marks) for one in cell.statements]}
                for cell in statement.cells
            ]
        return said

    def _mark(self, mark: Mark) -> Told:
        """Who says so, and where."""
        told: Told = {"graph": mark.graph, "origin": mark.origin}
        if mark.source:
            told["source"] = self.thing(mark.source)
        if mark.status:
            told["status"] = self.thing(mark.status)
        if mark.locators:
            told["locator"] = [locator.value for locator in mark.locators]
        if mark.disagreements:
            told["disagreements"] = list(mark.disagreements)
        return told


def question(asked: Query, language: str) -> Told:
    """A stored question and what may be put in."""
    return {
        "slug": asked.slug,
        "title": asked.title.get(language, ""),
        "description": asked.description.get(language, ""),
        "columns": list(asked.columns),
        "parameters": [
            {
                "name": each.name,
                "type": each.type,
                "label": each.label.get(language, ""),
                "default": [term.value for term in each.default],
            }
            | ({"choices": list(each.choices)} if each.choices else {})
            for each in asked.parameters.values()
        ],
    }


def _sort(literal: Literal) -> Told:
    if literal.language:
        return {"language": literal.language}
    return {} if literal.datatype == XSD["string"] else {"datatype": literal.datatype.value}
