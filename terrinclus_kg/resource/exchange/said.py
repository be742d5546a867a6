"""What a page says of its thing, asked by property; and what its kind is called elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated
from typing import Literal as Choice

from pydantic import AfterValidator, Field
from pyoxigraph import Literal, NamedNode

from terrinclus_kg.rdf import labels as rdf_labels
from terrinclus_kg.rdf.checked import Part, table
from terrinclus_kg.rdf.iri import known
from terrinclus_kg.rdf.labels import Label
from terrinclus_kg.rdf.namespaces import DCAT
from terrinclus_kg.rdf.vocabulary import term
from terrinclus_kg.resource.model import Cell, Page, Statement, Term
from terrinclus_kg.resource.plan import plans

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


class _Form(Part):
    schema_: str = Field("", alias="schema")
    bibtex: str = ""
    ris: str = ""

    @property
    def told(self) -> dict[str, str]:
        return self.model_dump(by_alias=True, include={"schema_", "bibtex", "ris"}, exclude_unset=True)


class _KindForm(_Form):
    slug: Annotated[str, AfterValidator(known)]


class _ClassForm(_Form):
    cls: Annotated[str, Field(alias="class"), AfterValidator(term)]


class _Property(Part):
    source: Annotated[str, Field(alias="from"), AfterValidator(term)]
    to: str
    form: Annotated[Choice["text", "thing", "address", "date", "start", "end", "participant"], Field(alias="as")]
    kinds: frozenset[Annotated[str, AfterValidator(known)]] = frozenset()


class _File(Part):
    kind: tuple[_KindForm, ...] = ()
    cls: tuple[_ClassForm, ...] = Field((), alias="class")
    property: tuple[_Property, ...] = ()


@cache
def forms() -> Forms:
    """The table, read once. Raises ConfigurationError: what is wrong in the file."""
    told = table(_File, "ontology/exchange.toml")
    return Forms(
        {one.slug: one.told for one in told.kind},
        {one.cls: one.told for one in told.cls},
        tuple(Rule(one.source, one.to, one.form, one.kinds) for one in told.property),
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
        if cell.key in plans().participants:
            yield from (statement.value for statement in cell.statements if isinstance(statement.value, NamedNode))
