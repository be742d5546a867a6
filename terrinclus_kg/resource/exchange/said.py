"""What a page says of its thing, asked by property; and what its kind is called elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from pyoxigraph import Literal, NamedNode

from terrinclus_kg import resources
from terrinclus_kg.rdf import labels as rdf_labels
from terrinclus_kg.rdf.labels import Label
from terrinclus_kg.rdf.namespaces import CV, DCAT, expand
from terrinclus_kg.resource.model import Cell, Page, Statement, Term

_START, _END = DCAT["startDate"].value, DCAT["endDate"].value


@dataclass(frozen=True, slots=True)
class Rule:
    """How one property of ours is written in schema.org. ``source`` is an IRI; no ``kinds``: all."""

    source: str
    target: str
    form: str
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Forms:
    """Content of ``ontology/exchange.toml``: what each kind and class is elsewhere, and the rules for properties."""

    kinds: Mapping[str, Mapping[str, str]]
    classes: Mapping[str, Mapping[str, str]]
    rules: tuple[Rule, ...]


@cache
def forms() -> Forms:
    """The table, read once."""
    table = resources.table("ontology/exchange.toml")
    return Forms(
        {entry["slug"]: entry for entry in table.get("kind", ())},
        {expand(entry["class"]): entry for entry in table.get("class", ())},
        tuple(
            Rule(expand(entry["from"]), entry["to"], entry["as"], frozenset(entry.get("kinds", ())))
            for entry in table.get("property", ())
        ),
    )


class Said:
    """One page, asked by property, with labels in one language."""

    def __init__(self, page: Page, language: str) -> None:
        self.page, self.language = page, language

    def form(self, name: str, default: str = "") -> str:
        """What the thing is in another vocabulary: ``schema``, ``bibtex`` or ``ris``."""
        of_class = (entry for iri, entry in forms().classes.items() if iri in self.page.types)
        for entry in (*of_class, forms().kinds.get(self.page.name.kind, {})):
            if name in entry:
                return entry[name]
        return default

    def label(self, iri: str) -> Label:
        """The name of a thing that the page speaks of."""
        return rdf_labels.choose(self.page.labels.get(iri, {}), self.language, iri)

    def statements(self, key: str) -> tuple[Statement, ...]:
        """What is said by one property, given by its IRI."""
        return self.page.said.get(key, ())

    def values(self, key: str) -> list[Term]:
        """The values of one property."""
        return [statement.value for statement in self.statements(key)]

    def texts(self, *keys: str) -> list[str]:
        """The literals of some properties, those in the language of the page before others."""
        found = [term for key in keys for term in self.values(key) if isinstance(term, Literal)]
        return [term.value for term in sorted(found, key=lambda term: term.language not in (None, self.language))]

    def periods(self, key: str) -> list[tuple[str, str]]:
        """First and last year, month or day of each period that a property names; "" where it is not known."""
        told = ({cell.key: cell.statements[0].value.value for cell in s.cells} for s in self.statements(key))
        return [(ends.get(_START, ""), ends.get(_END, "")) for ends in told if ends.keys() & {_START, _END}]

    def participants(self, key: str) -> list[NamedNode]:
        """Who takes part by the nodes that a property names, each once."""
        found = [value for statement in self.statements(key) for value in _named(statement.cells)]
        return list(dict.fromkeys(found))


def _named(cells: tuple[Cell, ...]) -> Iterator[NamedNode]:
    for cell in cells:
        if cell.key == CV["hasParticipant"].value:
            yield from (statement.value for statement in cell.statements if isinstance(statement.value, NamedNode))
