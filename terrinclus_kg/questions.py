"""The questions that the graph is asked most: stored queries in ``queries/questions/``.

The command line and the pages ask them, and the same file is a test with its expected rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache

from pydantic import RootModel
from pyoxigraph import Literal, NamedNode

from terrinclus_kg.errors import ParameterError
from terrinclus_kg.rdf.about import Texts
from terrinclus_kg.rdf.checked import table
from terrinclus_kg.rdf.iri import from_iri
from terrinclus_kg.rdf.labels import LANGUAGES, folded
from terrinclus_kg.rdf.queries import Parameter, Query, Term, load_queries, query
from terrinclus_kg.store.reader import Reader

COLUMNS = "queries/questions/columns.toml"
_IDENTIFIER = re.compile(r"https?://\S+|[\w-]+[:/]\S*\Z")
_ORDERED = re.compile(r"\bORDER\s+BY\b[^{}]*\Z", re.IGNORECASE)
_NAMES = re.compile(r"(?P<thing>\w+)(?P<name>Label|Title)")  # columns of what things are called
_LONGEST = 300  # characters of a name that is looked for


def all_questions() -> list[Query]:
    """All questions in file order."""
    return list(load_queries("questions").values())


def example(slug: str) -> Query:
    """A query to begin with: that of the dataset in ``queries/examples/``, or one that any dataset answers."""
    return load_queries("examples").get(slug) or query("pages", "example")


def question(slug: str) -> Query:
    """One question. Raises NotFound."""
    return query("questions", slug)


def bound(slug: str, given: Mapping[str, str]) -> str:
    """The text of a question with its parameters bound.

    Args:
        given: parameter → value as a person types it (``project`` → ``projet/terrinclus``).

    Raises:
        NotFound: no such question.
        ParameterError: an unknown parameter or a wrong value.
    """
    asked = question(slug)
    return asked.bind(**asked.parse(given))


def terms(reader: Reader, asked: Query, given: Mapping[str, Sequence[str]]) -> dict[str, list[Term]]:
    """The terms that values mean; a resource may be told by its label too.

    Raises:
        ParameterError: an unknown parameter, a wrong value, a resource of another kind or that the release does not
            know, or a label of nothing or of several things; then ``extra["candidates"]`` are their IRIs.
    """
    found = {name: [_term(reader, asked, name, value.strip()) for value in values] for name, values in given.items()}
    for name, parameter in asked.parameters.items():
        if parameter.type == "resource" and name in found:
            _check(reader, parameter, found[name])
    return found


def _check(reader: Reader, parameter: Parameter, given: list[Term]) -> None:
    """Raises ParameterError: one of these resources is of another kind, or the release says nothing of it."""
    rows = reader.rows(query("pages", "known").bind(thing=given)) if given else []
    known = {row["thing"].value for row in rows}
    for iri in (term.value for term in given):
        reason = "" if iri in known else f"nothing is known of {iri[:200]}"
        if not _fits(iri, parameter):
            reason = f"{iri[:200]} is not of the kind {' or '.join(parameter.kinds)}"
        if reason:
            raise ParameterError(f"{parameter.name}: {reason}", extra={"parameter": parameter.name})


def part(asked: Query, text: str, offset: int, rows: int) -> str:
    """The query for some rows of an answer, whose text is that of a question with its parameters bound.

    Rows that the question holds for equal are put in the order of all columns, so that each part of the same release
    is what it was, whoever asks for it. So a question ends with its order, and has no LIMIT of its own.
    """
    columns = " ".join(f"?{name}" for name in asked.columns)
    order = "" if _ORDERED.search(asked.body) else "ORDER BY"
    return f"{text}{order} {columns}\nOFFSET {offset} LIMIT {rows}"


def matching(text: str) -> Iterator[Query]:
    """The questions whose title, description or group has all words of a text, in any language; accents and case
    count for nothing."""
    words = folded(text).split()
    for one in all_questions():
        said = folded(" ".join([*one.title.values(), *one.description.values(), *one.group.values()]))
        if all(word in said for word in words):
            yield one


def heading(asked: Query, column: str, language: str) -> str:
    """What a column of a question holds, in words; its name where nobody says it."""
    told = _told_of(asked, column, language)
    if not told and (named := _NAMES.fullmatch(column)) and (thing := _told_of(asked, named["thing"], language)):
        form = headings().get("names", {}).get(named["name"])
        told = form.of(language).format(thing) if form else thing
    return told or column


def _told_of(asked: Query, column: str, language: str) -> str:
    found = headings().get(asked.slug, {}).get(column) or headings().get("all", {}).get(column)
    return found.of(language) if found else ""


class _Columns(RootModel[dict[str, dict[str, Texts]]]):
    """Table (a question, ``all``, or ``names``) → column → heading."""


@cache
def headings() -> dict[str, dict[str, Texts]]:
    """What ``queries/questions/columns.toml`` says. Raises ConfigurationError: what is wrong in it."""
    return table(_Columns, COLUMNS).root


def _term(reader: Reader, asked: Query, name: str, value: str) -> Term:
    parameter = asked.parameters.get(name)
    named = parameter is not None and parameter.type == "resource" and not parameter.choices
    return _called(reader, asked, name, value) if named else _parsed(asked, name, value)


def _parsed(asked: Query, name: str, value: str) -> Term:
    found = asked.parse({name: value})[name]
    assert not isinstance(found, list)
    return found


def _fits(iri: str, parameter: Parameter) -> bool:
    """Whether a resource is of a kind that a parameter takes."""
    name = from_iri(iri)
    return not parameter.kinds or (name is not None and name.kind in parameter.kinds)


def _called(reader: Reader, asked: Query, name: str, value: str) -> Term:
    """What a text calls: an identifier, or the one thing that has it as its label."""
    if _IDENTIFIER.match(value):
        with suppress(ParameterError):  # a label may have a colon or a slash too
            return _parsed(asked, name, value)
    labels: list[Term] = [Literal(value), *(Literal(value, language=tag) for tag in LANGUAGES)]
    rows = reader.rows(query("pages", "labelled").bind(label=labels)) if len(value) <= _LONGEST else []
    things = [row["thing"].value for row in rows if _fits(row["thing"].value, asked.parameters[name])]
    if len(things) == 1:
        return NamedNode(things[0])
    reason = "several things are called" if things else "nothing is called"
    extra = {"parameter": name, "candidates": things}
    raise ParameterError(f"{name}: {reason} {value[:100]!r}; write an IRI, kind/key or prefix:key", extra=extra)
