"""How the page of each kind of thing is laid out: ``web/pages.toml``, read and checked once.

A new class needs no line here or there: what no plan names is shown by the ontology's own labels. In the file a link is
a property (``dct:creator``), or with ``^`` before it the same read from its other end (``^dct:creator``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator
from pyoxigraph import Literal as Text

from terrinclus_kg import resources
from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.checked import Part, checked, matching, table
from terrinclus_kg.rdf.iri import kinds, kinds_of
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import TI, compact
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.rdf.vocabulary import statements, term
from terrinclus_kg.resource.model import Link, Texts

FILE, EVIDENCE = "web/pages.toml", "web/evidence.toml"
SLOT = re.compile(r"\{(?P<form>\w+)(?::(?P<key>[^{}|]+))?(?:\|(?P<one>[^{}|]*)\|(?P<many>[^{}|]*))?\}")
# Slots of sentences: form → whether it has a key, and whether it has a singular and a plural.
_SLOTS = {"name": (False, False), "noun": (False, False), "e": (False, False), "when": (True, False),
          "date": (True, False), "list": (True, False), "count": (True, True), "number": (True, True)}  # fmt: skip
Drawing = Literal["neighbourhood", "map", "timeline"]


def _link(text: object) -> object:
    if not isinstance(text, str):
        return text
    return Link(term(text.removeprefix("^")), text.startswith("^"))


def _texts(texts: dict[str, str]) -> dict[str, str]:
    if set(texts) != set(LANGUAGES):
        raise ValueError(f"needs {' and '.join(LANGUAGES)}")
    return texts


_Iri = Annotated[str, AfterValidator(term)]
_Link = Annotated[Link, BeforeValidator(_link)]
_Words = Annotated[dict[str, str], AfterValidator(_texts)]


class _Part(Part):
    model_config = ConfigDict(arbitrary_types_allowed=True)


class GroupPlan(_Part):
    """Relations that belong together, whichever way they point."""

    key: Annotated[str, matching(r"[a-z][a-z-]*", "a slug: a-z and -")]
    heading: _Words
    links: tuple[_Link, ...]


class ColumnPlan(_Part):
    """A variable of a query as a column. ``bars``: how many rows have each value is drawn beside the table."""

    name: str
    heading: _Words
    filter: bool = False
    bars: bool = False


class TablePlan(_Part):
    """What a stored query of pages tells, as a table; rows are of its first column.

    ``by``: the column under whose values the rows are put; ``ranked``: the query has put them in order; ``common``: the
    table of what the thing and the subject of the row have in common.
    """

    key: Annotated[str, matching(r"[a-z][a-z-]*", "a slug: a-z and -")]
    heading: _Words
    query: str
    columns: Annotated[tuple[ColumnPlan, ...], Field(min_length=1)]
    by: str = ""
    ranked: bool = False
    common: str = ""

    @property
    def subject(self) -> str:
        """The column that rows are of."""
        return self.columns[0].name

    @property
    def filters(self) -> list[str]:
        """The columns that a reader may choose values of."""
        return [column.name for column in self.columns if column.filter or column.bars]

    @property
    def limit(self) -> int:
        """How many things the query reads at most."""
        found = re.findall(r"^ *LIMIT (\d+)$", query("pages", self.query).text, re.MULTILINE)
        return min(map(int, found))

    @property
    def shown(self) -> list[ColumnPlan]:
        """The columns after the first but the one under which rows stand."""
        return [column for column in self.columns[1:] if column.name != self.by]

    def place(self, name: str) -> int:
        """The place of a column."""
        return [column.name for column in self.columns].index(name)

    @model_validator(mode="after")
    def _known(self) -> TablePlan:
        try:
            asked = query("pages", self.query)
        except NotFound as error:
            raise ValueError(str(error)) from None
        named = {column.name for column in self.columns} | ({self.by} if self.by else set())
        if unknown := named - set(asked.columns):
            raise ValueError(f"the query {self.query} has no column {', '.join(sorted(unknown))}")
        return self


class SentencePlan(_Part):
    """What a thing is, clause by clause, in each language."""

    fr: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def clauses(self, language: str) -> tuple[str, ...]:
        """Those of a language."""
        return {"fr": self.fr, "en": self.en}[language]

    def drawn_on(self) -> Iterator[str]:
        """What the slots draw on. Raises ValueError: a slot that is none."""
        for clause in (*self.fr, *self.en):
            for slot in SLOT.finditer(clause):
                if _SLOTS.get(slot["form"]) != (slot["key"] is not None, slot["one"] is not None):
                    raise ValueError(f"no such slot: {slot[0]}")
                if slot["key"]:
                    yield slot["key"]
            if re.search("[{}]", SLOT.sub("", clause)):
                raise ValueError(f"a brace that is none of a slot: {clause}")


class NounPlan(_Part):
    """What things of a class are called in a sentence, with the article."""

    cls: Annotated[_Iri, Field(alias="class")]
    fr: str
    en: str
    feminine: bool = False

    def words(self, language: str) -> str:
        """The noun in a language."""
        return {"fr": self.fr, "en": self.en}[language]


class Plan(_Part):
    """The page of some kinds. ``omit``: links that another part of the page tells. ``drawings``: those that it may
    have, where there is something to draw."""

    kinds: tuple[str, ...] = ()
    sentence: SentencePlan = SentencePlan()
    texts: tuple[_Link, ...] = ()
    facts: tuple[_Link, ...] = ()
    omit: tuple[_Link, ...] = ()
    drawings: frozenset[Drawing] = frozenset(get_args(Drawing))
    group: tuple[GroupPlan, ...] = ()
    table: tuple[TablePlan, ...] = ()

    @property
    def links(self) -> list[Link]:
        """All links that the plan names."""
        return [*self.texts, *self.facts, *self.omit, *(link for group in self.group for link in group.links)]

    @model_validator(mode="after")
    def _once(self) -> Plan:
        links = self.links
        if twice := {link for link in links if links.count(link) > 1}:
            raise ValueError(f"named twice: {', '.join(compact(link.property) for link in twice)}")
        if unknown := set(self.kinds) - kinds().keys():
            raise ValueError(f"no such kind: {', '.join(sorted(unknown))}")
        keys = {each.key for each in self.group} | {each.key for each in self.table}
        for key in self.sentence.drawn_on():
            if key not in keys and ":" not in key:
                raise ValueError(f"{key}: no group or table of the page, and no property")
            if key not in keys:
                term(key)
        return self


class Plans(_Part):
    """The whole file. ``first``, ``cells``: the order of properties, of things and of the nodes that join them;
    ``owners``, ``values``: what leads to such nodes, and from them to values; ``quoted``: texts shown as quotations;
    ``roles``, ``participants``: by which a node says as what, and who, takes part;
    ``names``: texts worth reading in each language; ``titles``: what the head of a page shows already."""

    first: tuple[_Iri, ...] = ()
    cells: tuple[_Iri, ...] = ()
    owners: tuple[_Iri, ...] = ()
    values: tuple[_Iri, ...] = ()
    roles: tuple[_Iri, ...] = ()
    participants: tuple[_Iri, ...] = ()
    quoted: frozenset[_Iri] = frozenset()
    names: frozenset[_Iri] = frozenset()
    titles: frozenset[_Iri] = frozenset()
    texts: tuple[_Link, ...] = ()
    noun: tuple[NounPlan, ...] = ()
    page: tuple[Plan, ...] = ()

    @model_validator(mode="after")
    def _one_each(self) -> Plans:
        named = [kind for plan in self.page for kind in plan.kinds]
        if twice := {kind for kind in named if named.count(kind) > 1}:
            raise ValueError(f"kinds with two pages: {', '.join(sorted(twice))}")
        return self

    def of(self, kind: str) -> Plan:
        """The plan of a kind; that of anything if neither the file nor the product has one."""
        return next((plan for plan in self.page if kind in plan.kinds), _brought().get(kind, Plan()))

    def noun_of(self, types: Iterable[str]) -> NounPlan | None:
        """What a thing of these classes is called; the first of the file counts."""
        found = set(types)
        return next((noun for noun in self.noun if noun.cls in found), None)


class _Evidence(Part):
    source: Plan
    fact: Plan


@cache
def _brought() -> Mapping[str, Plan]:
    """The pages that come with the product, by kind."""
    told = checked(_Evidence, EVIDENCE, resources.text(EVIDENCE))
    pairs = ((TI["Source"], told.source), (TI["Fact"], told.fact))
    return {kind: plan for cls, plan in pairs for kind in kinds_of(cls)}


@cache
def plans() -> Plans:
    """What ``web/pages.toml`` says.

    Raises:
        ConfigurationError: it cannot be read; the message says where and why.
    """
    return table(Plans, FILE)


@cache
def inverse_labels() -> Mapping[str, Texts]:
    """What properties are called when they are read from their other end (``ti:inverseLabel``), by IRI."""
    found: dict[str, dict[str, str]] = {}
    for quad in statements():
        if quad.predicate == TI["inverseLabel"] and isinstance(quad.object, Text):
            found.setdefault(str(quad.subject).strip("<>"), {})[quad.object.language or ""] = quad.object.value
    return found
