"""Pages: templates, and how terms are shown.

Everything that comes from the data is escaped by Jinja, rid of characters that reorder text, and
becomes a link only if its IRI is harmless (`rdf.iri.is_safe_link`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from urllib.parse import urlencode

from babel.numbers import format_decimal
from flask import Flask, Response, g, render_template, request
from flask_babel import force_locale
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PrefixLoader
from pyoxigraph import Literal, NamedNode

from terrinclus_kg import resources
from terrinclus_kg.errors import TerrinclusError
from terrinclus_kg.export.asking import COPIED
from terrinclus_kg.rdf import labels as rdf_labels
from terrinclus_kg.rdf.about import about, licence_name
from terrinclus_kg.rdf.iri import from_iri, is_safe_link, kinds, kinds_of, of_nature
from terrinclus_kg.rdf.labels import LANGUAGES, Label
from terrinclus_kg.rdf.namespaces import DCAT, DCT, TI, XSD, compact
from terrinclus_kg.rdf.queries import load_queries
from terrinclus_kg.resource import Cell, Labels, Line, Statement, Term, inverse_labels, is_node, plans
from terrinclus_kg.resource.site import site
from terrinclus_kg.server import catalogue, wordings, words
from terrinclus_kg.server.catalogue import LOCALES, message
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import address, reader
from terrinclus_kg.server.negotiate import HTML
from terrinclus_kg.server.respond import sparql_path
from terrinclus_kg.server.security import copied_policy

_REORDERING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CALENDAR = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?\Z")
_WHEN, _START, _END = DCT["temporal"].value, DCAT["startDate"].value, DCAT["endDate"].value
_YEAR, _MONTH, _DAY = XSD["gYear"], XSD["gYearMonth"], XSD["date"]
_NUMBERS = frozenset(
    {XSD[name] for name in ("integer", "decimal", "double", "float", "nonNegativeInteger", "int", "long")}
)


def loader() -> BaseLoader:
    """Where templates come from: the prose of the dataset, in a folder of its own, comes before the product's."""
    own = PrefixLoader({"prose": FileSystemLoader(resources.root("web") / "prose")})
    return ChoiceLoader([own, FileSystemLoader(resources.folders("web/templates"))])


def install(app: Flask) -> None:
    """Gives the templates what they use everywhere."""
    catalogue.install(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(kinds=kinds, site=site(), published=about())
    app.jinja_env.globals["has_questions"] = bool(load_queries("questions"))
    app.jinja_env.globals.update(first_kinds=[kind.slug for kind in kinds().values() if kind.listed][:6])
    app.jinja_env.globals.update(goal_kinds=of_nature("goal"), period_kinds=kinds_of(DCT["PeriodOfTime"]))
    app.jinja_env.globals.update(source_kind=next(iter(kinds_of(TI["Source"])), ""), licence=licence_name)
    app.jinja_env.globals.update(disputes=bool(kinds_of(TI["Disagreement"])))
    app.jinja_env.globals["compact"] = compact
    app.jinja_env.globals["sparql_path"] = sparql_path
    app.jinja_env.globals["copied_policy"] = copied_policy
    app.jinja_env.globals["evident"] = frozenset(plans().cells)
    app.jinja_env.globals["inverse_labels"] = inverse_labels
    app.jinja_env.globals["quoted"] = plans().quoted
    app.jinja_env.globals.update(CHANGES=wordings.CHANGES, ERRORS=wordings.ERRORS, LIMITS=wordings.LIMITS)
    app.jinja_env.filters["upperfirst"] = upper_first
    app.jinja_env.filters["under"] = _by_column
    app.jinja_env.filters["runs"] = _runs
    app.jinja_env.filters["bar_rows"] = lambda choices: [(choice.value.value, choice.count) for choice in choices]
    app.jinja_env.filters["clean"] = clean
    app.jinja_env.filters["day"] = words.day
    app.jinja_env.filters["moment"] = words.moment


def page(template: str, language: str, *, labels: Labels | None = None, **values: object) -> Response:
    """A page in a language. ``labels`` are those of all things that it names."""
    shown = Shown(language, labels or {})
    common = {
        "lang": language,
        "other": next(tag for tag in LANGUAGES if tag != language),
        "shown": shown,
        "switch": _switch,
        "absolute": address,
        "release": _release(),
        "copied": request.environ.get(COPIED),
        "memento": g.get("memento"),
    }
    with force_locale(LOCALES[language]):
        return Response(render_template(template, **common | values), content_type=HTML.content_type)


@dataclass(frozen=True, slots=True)
class Shown:
    """How terms read in one language, given the labels of a page."""

    language: str
    labels: Labels

    def label(self, iri: str) -> Label:
        """The label of a thing; an identifier of others without one is told by whose it is."""
        if iri not in self.labels and (told := words.authority_label(iri, self.language)):
            return Label(clean(told), self.language)
        found = rdf_labels.choose(self.labels.get(iri, {}), self.language, iri)
        text = words.unbroken(clean(found.text))
        period = self.kind(iri) in kinds_of(DCT["PeriodOfTime"])
        return Label(words.period_label(text, self.language) if period else text, found.language)

    def href(self, iri: str) -> str:
        """Where a link to a thing leads: to its page, to itself if that is harmless, else nowhere ("")."""
        name = from_iri(iri)
        if name:
            return f"/{self.language}/{name.path}"
        return iri if is_safe_link(iri) else ""

    def tag(self, term: Term) -> str:
        """What tells a literal from others of the same text, as Turtle writes it: ``@fr``, ``^^xsd:gYear``; or ""."""
        if not isinstance(term, Literal) or term.datatype == XSD["string"]:
            return ""
        return clean(f"@{term.language}" if term.language else f"^^{compact(term.datatype.value)}")

    def text(self, term: Term) -> str:
        """A literal as people write it: dates, numbers and booleans in the language of the page."""
        if not isinstance(term, Literal):
            return clean(term.value)
        if term.datatype in (_YEAR, _MONTH, _DAY):
            return words.in_words(clean(term.value), self.language)
        if term.datatype in _NUMBERS:
            return words.number(clean(term.value), self.language)
        if term.datatype == XSD["boolean"] and term.value in ("true", "false"):
            return message(N_("yes") if term.value == "true" else N_("no"), self.language)
        return words.unbroken(clean(term.value))

    def calendar(self, term: Term) -> str:
        """A year, month or day as HTML writes it for programs; "" for anything else."""
        return term.value if isinstance(term, Literal) and _CALENDAR.match(term.value) else ""

    def foreign(self, term: Term) -> str:
        """The language of a text that is not in that of the page, else ""."""
        tag = (term.language or "") if isinstance(term, Literal) else ""
        return "" if tag == self.language else tag

    def number(self, value: int) -> str:
        """A count with its separators."""
        return str(value) if 0 <= value < 1000 else _grouped(value, self.language)

    def span(self, start: str, end: str) -> str:
        """A period in words, from its first and last year, month or day; either may be missing ("")."""
        return words.period(clean(start), clean(end), self.language)

    def period(self, cells: Iterable[Cell]) -> str:
        """A period in words, from what its node says; "" if it says nothing of the kind."""
        ends = {cell.key: clean(cell.statements[0].value.value) for cell in cells}
        return words.period(ends.get(DCAT["startDate"].value, ""), ends.get(DCAT["endDate"].value, ""), self.language)

    def when(self, span: tuple[str, str]) -> str:
        """A period within a sentence, from its first and last year, month or day; equal for a single one."""
        return words.when(clean(span[0]), clean(span[1]), self.language)

    def days(self, said: Mapping[str, Sequence[Statement]]) -> list[str]:
        """The last days of the periods of a thing, of those that sources give to the day, and its days."""
        ends = [{cell.key: clean(cell.statements[0].value.value) for cell in one.cells} for one in said.get(_WHEN, ())]
        days = {end.get(_END) or end.get(_START, "") for end in ends if len(end.get(_START, "")) == len("2017-03-27")}
        dates = (clean(one.value.value) for one in said.get(DCT["date"].value, ()))
        return sorted([*days, *(date for date in dates if len(date) == len("2017-03-27"))])

    def date(self, text: str) -> str:
        """A year, month or day in words."""
        return words.in_words(clean(text), self.language)

    def kind(self, iri: str) -> str:
        """The slug of a thing's kind, or ""."""
        name = from_iri(iri)
        return name.kind if name else ""

    def fact(self, iri: str) -> str:
        """A fact by the word for its kind, and its key."""
        name = from_iri(iri)
        return f"{kinds()[name.kind].labels[self.language]} {name.key}" if name else compact(iri)

    def unfolds(self, term: Term) -> bool:
        """Whether a page shows what a node says in place of a link to it."""
        return is_node(term)

    def is_iri(self, term: Term) -> bool:
        """Whether a term is a resource."""
        return isinstance(term, NamedNode)

    def best(self, texts: list[Literal]) -> list[Literal]:
        """Those of several texts that are in the language of the page, or all if none is."""
        return [text for text in texts if not self.foreign(text)] or texts


@lru_cache(maxsize=1024)
def _grouped(value: int, language: str) -> str:
    return str(format_decimal(value, locale=LOCALES[language]))


def upper_first(text: str) -> str:
    """A text as the beginning of a line."""
    return text[:1].upper() + text[1:]


def _runs(statements: Iterable[Statement]) -> list[list[Statement]]:
    """Statements that follow each other and come from the same graphs, together."""
    return [list(run) for _, run in groupby(statements, key=lambda statement: statement.graphs)]


def _by_column(lines: Iterable[Line], place: int | None) -> list[tuple[Term | None, list[Line]]]:
    """Lines that follow each other and have the same first value in a column, under it."""
    runs = groupby(lines, lambda line: (line.cells[place] or (None,))[0] if place is not None else None)
    return [(value, list(run)) for value, run in runs]


def clean(text: str) -> str:
    """A text without the characters that would reorder what stands around it. The data keep them."""
    return _REORDERING.sub("", text)


def with_query(path: str, **parameters: object) -> str:
    """A path with further parameters in its query."""
    return path + ("&" if "?" in path else "?") + urlencode(parameters)


def home_path(language: str) -> str:
    """The address of the home page."""
    return f"/{language}/"


def _switch(language: str) -> str:
    """The address of this page in another language."""
    former = g.memento.before if "memento" in g else ""
    first, _, rest = request.path.removeprefix(former).removeprefix("/").partition("/")
    if first in LANGUAGES:
        query = request.query_string.decode("ascii", "replace")
        return f"{former}/{language}/{rest}" + (f"?{query}" if query else "")
    return f"{request.path}?lang={language}"


def _release() -> tuple[str, date] | None:
    """Id and day of the current release; None where there is none."""
    try:
        release = reader().release
    except TerrinclusError:
        return None
    return release.id, release.built_at.date()
