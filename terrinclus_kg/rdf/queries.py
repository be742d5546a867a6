"""Stored queries: ``.rq`` files with a header, whose parameters are bound as terms.

The header is TOML in the leading lines that start with ``#:``. A parameter ``project`` is bound
where the text says ``VALUES ?project { … }``: what stands in the braces is its default, so the
file is valid SPARQL 1.1 as it lies there, and a value is put in as a serialised term, never as text. So is one that
is only compared, where the text says ``?project IN (…)`` or ``NOT IN (…)``: a VALUES there would have an engine look
for all that has the value first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Annotated
from typing import Literal as Literal_

from pydantic import AfterValidator, Field
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from terrinclus_kg import resources
from terrinclus_kg.errors import ConfigurationError, NotFound, ParameterError
from terrinclus_kg.rdf.about import Texts
from terrinclus_kg.rdf.checked import Part, checked
from terrinclus_kg.rdf.iri import from_path, known
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import XSD, expand, prefixes, sparql_prologue

Term = NamedNode | Literal
_ALSO = {"pages": ("views", "pages")}
_HEADER = re.compile(r"^#: ?(.*)$")
_SLOT = re.compile(
    r"(?P<head>VALUES\s+\?(?P<name>\w+)\s*)\{(?P<default>[^{}]*)\}"
    r"|(?P<test>\?(?P<compared>\w+)\s+(?:NOT\s+)?IN\s*)\([^()]*\)",
    re.IGNORECASE,
)
_VALUE = re.compile(r'"[^"]*"\S*|\S+')


@dataclass(frozen=True, slots=True)
class Parameter:
    """What may be put in.

    ``type``: resource (an IRI, kind/key or prefix:key), string, integer, decimal, date, language or iris (several).
    ``choices``: all that can be given, as it is typed; empty where there is no such list. ``default``: the terms that
    stand in the file. ``kinds``: of which a resource is, by slug; empty: of any.
    """

    name: str
    type: str
    label: dict[str, str]
    description: dict[str, str]
    choices: tuple[str, ...] = ()
    default: tuple[Term, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A stored query. ``title``, ``description`` and ``group`` (a heading) are by language; ``columns`` in order."""

    slug: str
    title: dict[str, str]
    description: dict[str, str]
    parameters: dict[str, Parameter]
    columns: tuple[str, ...]
    view: str
    group: dict[str, str]
    body: str

    @property
    def text(self) -> str:
        """The query with its defaults, ready to run: prefixes are added."""
        return sparql_prologue(self.body) + self.body

    def bind(self, **values: Term | list[Term]) -> str:
        """The query text with parameters bound to terms.

        Raises:
            ParameterError: an unknown parameter.
        """
        # The prefixes by the body: a value is never read as a part of the query.
        return sparql_prologue(self.body) + self._filled(values)

    def counting(self, most: int, **values: Term | list[Term]) -> str:
        """The text of a query for the number of its rows, as ``?count``; ``most`` at the most. Raises as `bind`."""
        rows = f"{{ {self._filled(values)} LIMIT {most} }}"
        return f"{sparql_prologue(self.body)}SELECT (COUNT(*) AS ?count) WHERE {{ {rows} }}"

    def _filled(self, values: Mapping[str, Term | list[Term]]) -> str:
        if unknown := values.keys() - self.parameters.keys():
            raise ParameterError(f"the query {self.slug} has no parameter {', '.join(sorted(unknown))}")

        def fill(slot: re.Match[str]) -> str:
            name = slot["name"] or slot["compared"]
            if name not in values:
                return slot[0]
            value = values[name]
            terms = [str(t) for t in (value if isinstance(value, list) else [value])]
            return f"{slot['head']}{{ {' '.join(terms)} }}" if slot["head"] else f"{slot['test']}({', '.join(terms)})"

        return _SLOT.sub(fill, self.body)

    def parse(self, given: Mapping[str, str | Sequence[str]]) -> dict[str, Term | list[Term]]:
        """Texts as a person types them, one or several a parameter → terms for `bind`.

        Raises:
            ParameterError: unknown parameter, or a value that does not fit its type.
        """
        found: dict[str, Term | list[Term]] = {}
        for name, value in given.items():
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise ParameterError(f"no parameter {name}; this query has: {known}", extra={"parameter": name})
            parameter = self.parameters[name]
            one = isinstance(value, str)
            found[name] = _term(parameter, str(value)) if one else [_term(parameter, each) for each in value]
        return found


def _term(parameter: Parameter, value: str) -> Term:
    read = _READ.get(parameter.type)
    if read is None:
        raise ParameterError(f"{parameter.name}: the type {parameter.type} cannot be given as text")
    try:
        found = read(value)
        _check(found, parameter)
    except ValueError as error:
        raise ParameterError(
            f"{parameter.name}: {value!r} is not a {parameter.type} ({error})", extra={"parameter": parameter.name}
        ) from None
    return found


def _check(term: Term, parameter: Parameter) -> None:
    if parameter.choices and term not in {_READ[parameter.type](choice) for choice in parameter.choices}:
        raise ValueError(f"there are {', '.join(parameter.choices)}")


def _decimal(value: str) -> Literal:
    if not re.fullmatch(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", value):
        raise ValueError("write digits, with a point before the decimals")
    return Literal(value, datatype=XSD["decimal"])


def _language(value: str) -> Literal:
    if value not in LANGUAGES:
        raise ValueError(f"there are {' and '.join(LANGUAGES)}")
    return Literal(value)


def _resource(value: str) -> NamedNode:
    if name := from_path(value):
        return NamedNode(name.iri)
    prefix, _, local = value.partition(":")
    if local and prefix in prefixes():
        return NamedNode(expand(value))
    if not re.match(r"https?://[^/?#]", value, re.IGNORECASE):
        raise ValueError("write kind/key, prefix:key or an http(s) IRI")
    return NamedNode(value)


_READ: dict[str, Callable[[str], Term]] = {
    "resource": _resource,
    "integer": lambda value: Literal(int(value)),
    "decimal": _decimal,
    "date": lambda value: Literal(date.fromisoformat(value).isoformat(), datatype=XSD["date"]),
    "language": _language,
    "string": Literal,
}


class _ParameterHead(Part):
    type: Literal_["resource", "string", "integer", "decimal", "date", "language", "iris", "term"]
    label: Texts | None = None
    description: Texts | None = None
    choices: tuple[str, ...] = ()
    kinds: tuple[Annotated[str, AfterValidator(known)], ...] = ()


class _Head(Part):
    title: Texts | None = None
    description: Texts | None = None
    group: Texts | None = None
    columns: tuple[str, ...] = ()
    view: Literal_["table", "map", "timeline", "bars", "network", "raw", "years", "coded"] = "table"
    parameters: Mapping[str, _ParameterHead] = Field(default_factory=dict)


def parse_query(slug: str, text: str, file: str = "") -> Query:
    """Reads one ``.rq`` file, whose name is told in messages.

    Raises:
        ConfigurationError: the header is wrong, or a declared parameter is bound nowhere.
    """
    file = file or f"{slug}.rq"
    lines = text.splitlines()
    header = [found[1] for found in takewhile(bool, map(_HEADER.match, lines)) if found]
    head = checked(_Head, file, "\n".join(header))
    body = "\n".join(lines[len(header) :]).strip() + "\n"
    return Query(
        slug=slug,
        title=_by_language(head.title),
        description=_by_language(head.description),
        parameters={name: _parameter(file, name, one, body) for name, one in head.parameters.items()},
        columns=head.columns,
        view=head.view,
        group=_by_language(head.group),
        body=body,
    )


def _by_language(texts: Texts | None) -> dict[str, str]:
    return texts.model_dump() if texts else {}


def _parameter(file: str, name: str, head: _ParameterHead, body: str) -> Parameter:
    slots = [slot["default"] or "" for slot in _SLOT.finditer(body) if name in (slot["name"], slot["compared"])]
    if not slots:
        raise ConfigurationError(f"{file}: the parameter {name} needs a VALUES ?{name} {{ … }}")
    try:
        default = _terms(slots[0])
    except SyntaxError as error:
        raise ConfigurationError(f"{file}: the default of the parameter {name}: {error.msg or error}") from None
    label, description = _by_language(head.label), _by_language(head.description)
    return Parameter(name, head.type, label, description, head.choices, default, head.kinds)


def _terms(values: str) -> tuple[Term, ...]:
    """The terms of a block of values."""
    told = _VALUE.findall(re.sub(r"(?m)(?:^|\s)#.*$", "", values))
    objects = ", ".join(value for value in told if value.upper() != "UNDEF")
    turtle = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in prefixes().items())
    found = parse(f"{turtle}<x:x> <x:x> {objects} .", format=RdfFormat.TURTLE) if objects else ()
    return tuple(quad.object for quad in found if isinstance(quad.object, NamedNode | Literal))


@cache
def together(folder: str, *slugs: str) -> Query:
    """Several stored SELECT queries as one, whose rows say in ``?part`` which of them they answer.

    Raises:
        NotFound: no query has one of these slugs.
    """
    parts = [query(folder, slug) for slug in slugs]
    body = "\nUNION\n".join(f'{{ BIND("{part.slug}" AS ?part) {{\n{part.body}}} }}' for part in parts)
    columns = dict.fromkeys(["part", *(column for part in parts for column in part.columns)])
    parameters = {name: parameter for part in parts for name, parameter in part.parameters.items()}
    selected = " ".join(f"?{column}" for column in columns)
    text = f"SELECT {selected} WHERE {{\n{body}}}\n"
    return Query("+".join(slugs), {}, {}, parameters, tuple(columns), "table", {}, text)


def read_queries(files: Iterable[Path]) -> dict[str, Query]:
    """The queries of some files by slug, in their order. Raises as `parse_query`."""
    return {file.stem: _read(file) for file in files}


def _read(file: Path) -> Query:
    """A query; of those that pages ask and show, without the notes for who edits them: comments that have a line."""
    text = file.read_text(encoding="utf-8")
    if file.parent.name in _ALSO["pages"]:
        text = re.sub(r"(?m)^ *#(?!:).*\n", "", text)
    return parse_query(file.stem, text, f"queries/{file.parent.name}/{file.name}")


@cache
def load_queries(folder: str) -> dict[str, Query]:
    """All queries of ``queries/{folder}/`` by slug, in file order. Those that pages ask are those of the product, and
    those of the dataset itself, in ``queries/views/``."""
    places = [place for name in _ALSO.get(folder, (folder,)) for place in resources.folders(f"queries/{name}")]
    return read_queries(resources.over(places, "*.rq"))


def query(folder: str, slug: str) -> Query:
    """One stored query.

    Raises:
        NotFound: no such query.
    """
    try:
        return load_queries(folder)[slug]
    except KeyError:
        raise NotFound(f"no query named {slug}") from None
