"""What a text is, read by its tokens before any process sees it.

`screen` tells the form of a query and refuses, with a reason, what must not or cannot run here: updates, LOAD,
SERVICE unless the operator has listed the endpoint, texts that are too long, too deep, or have too many operators
(the parser of the engine is recursive, so depth is stack). `screen_update` does the same for updates. It is a
courtesy: it gives clear answers early. The wall behind it is the worker process, which has no network, no second
life and a deadline.

Two spellings have two readings, and a word that is refused in either is refused:

* ``\\u0053ERVICE``: codepoint escapes may stand anywhere (SPARQL 1.1 §19.2); the engine decodes them
  in strings and IRIs only;
* ``(?a<?b&&'x'>?c)``: by the longest match (§19.8) ``<?b&&'x'>`` is an IRI, yet the engine's parser,
  which has no token stage, compares here.

All of it is linear in the length of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from terrinclus_kg.errors import (
    BadRequest,
    FeatureRefused,
    MethodNotAllowed,
    QuerySyntaxError,
    QueryTooDeep,
    QueryTooLarge,
)
from terrinclus_kg.store.tokens import Token, decoded, place, token_at, tokens

if TYPE_CHECKING:  # the reader of words needs no settings to be imported
    from terrinclus_kg.config import Settings

_REFUSED = re.compile("service|load", re.IGNORECASE)
_VOLATILE = re.compile("now|rand|uuid|bnode", re.IGNORECASE)  # §17.4: STRUUID too

_FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_PROLOGUE = frozenset({"BASE", "PREFIX", "VERSION"})
_UPDATES = frozenset({"INSERT", "DELETE", "WITH", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "LOAD"})
_OPERATOR_WORDS = frozenset(
    {"UNION", "OPTIONAL", "MINUS", "BIND", "FILTER", "EXISTS", "GRAPH", "VALUES", "IN", "SELECT", "LATERAL"}
)
_OPERANDS = frozenset({"iri", "string", "variable", "tag", "prefixed", "word", "number"})
_STACKABLE = frozenset("!+-*?^")  # operators that nest when they stand in a row: !!!!?x, p****


@dataclass(frozen=True, slots=True)
class Service:
    """A SERVICE clause that the settings allow (SPARQL 1.1 Federated Query §2).

    ``endpoint``: the address as the settings list it. ``start``, ``end``: the clause in the text, from the keyword
    to behind the brace that closes its group; ``group``: where that group's opening brace is.
    """

    endpoint: str
    silent: bool
    start: int
    group: int
    end: int


@dataclass(frozen=True, slots=True)
class Screened:
    """What a text is.

    ``form``: SELECT, ASK, CONSTRUCT or DESCRIBE; UPDATE for an update. ``depth``, ``operators``: the sizes that the
    limits are about. ``volatile``: two runs over the same data may differ (NOW, RAND, UUID, STRUUID, BNODE, SERVICE);
    when in doubt it is true. ``version``: what VERSION announces, "" if nothing (SPARQL 1.2 §4.1.3).
    ``services``: the SERVICE clauses, in their order.
    """

    form: str
    depth: int
    operators: int
    volatile: bool = False
    version: str = ""
    services: tuple[Service, ...] = ()


class _Reading:
    """One pass over the tokens of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.form: Token | None = None
        self.refused: Token | None = None
        self.volatile = False
        self.version = ""
        self.depth = self.operators = 0
        self.forks: list[int] = []  # where a "<" may be an operator instead of the start of an IRI
        self._open: list[str] = []
        self._row = 0
        self._previous: Token | None = None
        for token in tokens(text):
            self._take(token, self._previous)
            self._previous = token

    def _take(self, token: Token, previous: Token | None) -> None:
        kind, value = token.lastgroup, token[0]
        self._row = self._row + 1 if value in _STACKABLE else 0
        if kind == "word":
            self._word(token)
        elif kind == "open":
            self._open.append(value)
            self.operators += value[0] == "{"
            if value == "{" and _names_service(previous):
                self.refused = previous
        elif kind == "close":
            if self._open:
                self._open.pop()
        elif kind in ("operator", "separator"):
            self.operators += 1
        elif kind == "unclosed":
            raise _fault(self.text, token.start(), "this quotation mark is not closed")
        elif kind == "iri" and self._may_compare(previous):
            self.forks.append(token.start())
            self._row = value.count("(") + value.count("!")
        elif kind == "string" and self.form is None and previous is not None and previous[0].upper() == "VERSION":
            self.version = value.strip("\"'")
        self.depth = max(self.depth, len(self._open) + self._row)

    def _word(self, token: Token) -> None:
        word = token[0].upper()
        self.operators += word in _OPERATOR_WORDS or word.count("-") + word.count(".")
        if self.form is None and word not in _PROLOGUE:
            self.form = token
        if _REFUSED.search(word):
            self.refused = token
        if _VOLATILE.search(word):
            self.volatile = True

    def _may_compare(self, previous: Token | None) -> bool:
        after_operand = previous is not None and (previous.lastgroup in _OPERANDS or previous[0] == ")")
        return after_operand and self._open[-1:] == ["("]


def screen(text: str, settings: Settings) -> Screened:
    """Reads a query text.

    Args:
        text: the query as it came.
        settings: for ``query_size`` (bytes), ``query_depth``, ``query_operators`` and ``service_endpoints``.

    Raises:
        QueryTooLarge, QueryTooDeep: over a limit, which the error names.
        FeatureRefused: LOAD, or SERVICE that is not allowed.
        MethodNotAllowed: an update.
        QuerySyntaxError: not the beginning of a query, or a string without end.
        BadRequest: empty, or not Unicode.
    """
    _check_size(text, "query_size", settings.query_size)
    reading = _Reading(text)
    if reading.form is None:
        raise BadRequest("the query is empty")
    _check_refused(text, reading)
    form = _form(text, reading.form)
    _check_depth(reading, settings)
    return Screened(form, reading.depth, reading.operators, _is_volatile(text, reading), reading.version)


def screen_update(text: str, settings: Settings) -> Screened:
    """Reads an update text: any number of operations, none included (SPARQL 1.1 Update §3).

    Args:
        text: the update as it came.
        settings: for ``write_size`` (bytes), ``query_depth`` and ``query_operators``; statements of INSERT DATA and
            DELETE DATA do not count as operators.

    Returns:
        its sizes; the form is UPDATE.

    Raises:
        QueryTooLarge, QueryTooDeep: over a limit, which the error names.
        FeatureRefused: LOAD or SERVICE.
        QuerySyntaxError: not the beginning of an update, or a string without end.
        BadRequest: a query, or not Unicode.
    """
    _check_size(text, "write_size", settings.write_size)
    reading = _Reading(text)
    _check_refused(text, reading)
    if reading.form is not None:
        _check_update(text, reading.form)
    _check_depth(reading, settings)
    return Screened("UPDATE", reading.depth, reading.operators, _is_volatile(text, reading), reading.version)


def _check_size(text: str, name: str, limit: int) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise BadRequest("the text is not Unicode: it holds half a surrogate pair") from None
    if size > limit:
        raise QueryTooLarge(f"the text has {size} bytes, the limit ({name}) is {limit}", limit=name, value=limit)


def _check_refused(text: str, reading: _Reading) -> None:
    """Looks at all readings of the text for SERVICE and LOAD."""
    if reading.refused or _hides(_REFUSED, text, reading.forks) or _decoded_hides_refused(text):
        raise FeatureRefused(
            "SERVICE and LOAD are refused: this endpoint calls no other server. Ask the other endpoint yourself, "
            "and pass what it answered in a VALUES block."
        )


def _is_volatile(text: str, reading: _Reading) -> bool:
    """Whether any reading of the text has a function that changes; the doubtful ones are not looked into."""
    doubtful = reading.forks or "\\" in text
    return reading.volatile or bool(doubtful and _VOLATILE.search(decoded(text)))


def _hides(words: re.Pattern[str], text: str, starts: list[int]) -> bool:
    """Whether one of these words shows when some "<" are read as operators. No place is read twice."""
    seen: set[int] = set()
    starts = starts.copy()
    while starts:
        position = starts.pop() + 1
        while position < len(text) and position not in seen:
            seen.add(position)
            token = token_at(text, position)
            if token is None or token.lastgroup == "unclosed":
                break
            if token.lastgroup in ("word", "prefixed") and words.search(token[0].partition(":")[0]):
                return True
            if token.lastgroup == "iri":
                starts.append(position)
            position = token.end()
    return False


def _decoded_hides_refused(text: str) -> bool:
    plain = decoded(text)
    if plain == text:
        return False
    try:
        reading = _Reading(plain)
    except QuerySyntaxError:
        return False
    return reading.refused is not None or _hides(_REFUSED, plain, reading.forks)


def _names_service(token: Token | None) -> bool:
    """``SERVICE:x {`` with an empty prefix reads like a prefixed name, and so may ``GRAPH service:x {``."""
    return token is not None and token.lastgroup == "prefixed" and bool(_REFUSED.search(token[0].partition(":")[0]))


def _form(text: str, token: Token) -> str:
    word = re.split(r"[-.]", token[0].upper())[0]
    if word in _FORMS:
        return word
    if word in _UPDATES:
        raise MethodNotAllowed(f"this is an update ({word}); the endpoint answers queries only, the data is read-only")
    raise _fault(text, token.start(), f"a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not {token[0][:40]!r}")


def _check_update(text: str, token: Token) -> None:
    word = token[0].upper()
    if word in _FORMS:
        raise BadRequest(f"this is a query ({word}), not an update; the query endpoint answers it")
    if word not in _UPDATES:
        raise _fault(text, token.start(), f"an update begins with an operation such as INSERT, not {token[0][:40]!r}")


def _check_depth(reading: _Reading, settings: Settings) -> None:
    if reading.depth > settings.query_depth:
        raise _too_deep("nests", "query_depth", reading.depth, settings.query_depth)
    if reading.operators > settings.query_operators:
        what = "has operators and patterns"
        raise _too_deep(what, "query_operators", reading.operators, settings.query_operators)


def _too_deep(what: str, name: str, found: int, limit: int) -> QueryTooDeep:
    return QueryTooDeep(f"the text {what}: {found}, the limit ({name}) is {limit}", limit=name, value=limit)


def _fault(text: str, position: int, reason: str) -> QuerySyntaxError:
    line, column = place(text, position)
    return QuerySyntaxError(f"line {line}, column {column}: {reason}", line=line, column=column)
