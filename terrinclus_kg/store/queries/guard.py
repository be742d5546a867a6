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
from collections.abc import Collection, Iterable
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
from terrinclus_kg.store.queries import clauses
from terrinclus_kg.store.queries.clauses import Service
from terrinclus_kg.store.queries.tokens import Token, announced, decoded, fault, runs, token_at, tokens

if TYPE_CHECKING:  # the reader of words needs no settings to be imported
    from terrinclus_kg.config import Settings

_REFUSED = ("SERVICE", "LOAD")
_VOLATILE = ("NOW", "RAND", "UUID", "BNODE")  # §17.4; STRUUID too

_FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_PROLOGUE = frozenset({"BASE", "PREFIX", "VERSION"})
_UPDATES = frozenset({"INSERT", "DELETE", "WITH", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "LOAD"})
_OPERATOR_WORDS = frozenset(
    {"UNION", "OPTIONAL", "MINUS", "BIND", "FILTER", "EXISTS", "GRAPH", "VALUES", "IN", "SELECT", "LATERAL"}
)
_OFF = (
    "SERVICE and LOAD are refused: federation is off here, this endpoint calls no other server. Ask the other "
    "endpoint yourself, and pass what it answered in a VALUES block."
)
_NO_REACH = (
    "SERVICE and LOAD are refused in updates: a write reaches no other server. Fetch the data yourself, and send them, "
    "by INSERT DATA or to the graph store."
)
_UNCLEAR = "LOAD is refused, and SERVICE unless it is written in full: SERVICE <endpoint> { … }, without escapes"
_STACKABLE = frozenset("!+-*?^")  # operators that nest when they stand in a row: !!!!?x, p****


@dataclass(frozen=True, slots=True)
class Screened:
    """What a text is.

    ``form``: SELECT, ASK, CONSTRUCT or DESCRIBE; UPDATE for an update. ``depth``, ``operators``: the sizes that the
    limits are about. ``volatile``: two runs over the same data may differ (NOW, RAND, UUID, STRUUID, BNODE, SERVICE);
    when in doubt it is true. ``version``: what VERSION announces in a query, "" if nothing (SPARQL 1.2 §4.1.4).
    ``services``: the SERVICE clauses, in their order.
    """

    form: str
    depth: int
    operators: int
    volatile: bool = False
    version: str = ""
    services: tuple[Service, ...] = ()


class _Sizes:
    """One pass over a text: its first word, how deep it nests, how many operators it has.

    ``data``: whether the statements of INSERT DATA and DELETE DATA are left out of the count: they are no patterns.
    """

    def __init__(self, text: str, *, data: bool = False) -> None:
        self.text = text
        self.form: Token | None = None
        self.depth = self.operators = 0
        self.forks: list[int] = []  # where a "<" may be an operator instead of the start of an IRI
        self._open: list[str] = []
        self._data = data
        self._outside = 0  # operators counted when a block of data began
        self._block = -1  # brackets that were open then; -1: not in such a block
        self._measure()

    def _measure(self) -> None:
        row, operand, opened = 0, False, self._open
        for run in runs(self.text):
            kind = run.lastgroup
            if kind == "operands":
                row, operand = 0, True
                continue
            if kind is None:
                break
            value = run[kind]
            row = row + 1 if value in _STACKABLE else 0
            if kind == "iri":
                row = self._may_nest(run) if operand and opened and opened[-1] == "(" else 0
            elif kind == "operator" or kind == "separator":
                self.operators += 1
            else:
                self._take(kind, value, run)
            operand = kind == "iri" or kind == "word" or value == ")"
            if len(opened) + row > self.depth:
                self.depth = len(opened) + row

    def _take(self, kind: str, value: str, run: Token) -> None:
        if kind == "word":
            self._word(value, run)
        elif kind == "open":
            self._open.append(value)
            self.operators += value[0] == "{"
        elif kind == "close" and self._open:
            self._open.pop()
            if len(self._open) == self._block:
                self._block, self.operators = -1, self._outside
        elif kind == "unclosed":
            raise fault(self.text, run.start(kind), "this quotation mark is not closed")

    def _word(self, value: str, run: Token) -> None:
        word = value.upper()
        self.operators += word in _OPERATOR_WORDS or word.count("-") + word.count(".")
        if self.form is None and word not in _PROLOGUE:
            self.form = run
        if word == "DATA" and self._data and self._block < 0:
            self._block, self._outside = len(self._open), self.operators + 1

    def _may_nest(self, run: Token) -> int:
        """An IRI behind an operand in brackets: ``<`` may compare, and what follows nest."""
        self.forks.append(run.start("iri"))
        return run["iri"].count("(") + run["iri"].count("!")


class _Words:
    """What the words of a text tell, if any of those that tell something occurs in it at all."""

    def __init__(self, text: str) -> None:
        self.refused = self.volatile = False
        previous = ""
        for token in tokens(text) if _holds(text, (*_REFUSED, *_VOLATILE)) else ():
            kind, value = token.lastgroup, token[0]
            if kind == "word":
                self.refused = self.refused or _holds(value, _REFUSED)
                self.volatile = self.volatile or _holds(value, _VOLATILE)
            elif value == "{" and ":" in previous and _holds(previous.partition(":")[0], _REFUSED):
                self.refused = True  # SERVICE:x { with an empty prefix reads like a prefixed name
            previous = value if kind in ("word", "prefixed") else ""


def screen(text: str, settings: Settings) -> Screened:
    """Reads a query text.

    Args:
        text: the query as it came.
        settings: for ``query_size`` (bytes), ``query_depth``, ``query_operators``, ``service_endpoints`` and
            ``service_clauses``.

    Raises:
        QueryTooLarge, QueryTooDeep: over a limit, which the error names.
        FeatureRefused: LOAD, or SERVICE that is not allowed.
        MethodNotAllowed: an update.
        QuerySyntaxError: not the beginning of a query, or a string without end.
        BadRequest: empty, or not Unicode.
    """
    _check_size(text, "query_size", settings.query_size)
    sizes, words = _Sizes(text), _Words(text)
    if sizes.form is None:
        raise BadRequest("the query is empty")
    services = _check_refused(text, sizes, words, settings.service_endpoints, settings.service_clauses)
    form = _form(text, sizes.form)
    _check_depth(sizes, settings)
    volatile = bool(services) or _is_volatile(text, sizes, words)
    return Screened(form, sizes.depth, sizes.operators, volatile, announced(text), services)


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
    sizes, words = _Sizes(text, data=True), _Words(text)
    _check_refused(text, sizes, words, reason=_NO_REACH)
    if sizes.form is not None:
        _check_update(text, sizes.form)
    _check_depth(sizes, settings)
    return Screened("UPDATE", sizes.depth, sizes.operators, _is_volatile(text, sizes, words))


def _check_size(text: str, name: str, limit: int) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise BadRequest("the text is not Unicode: it holds half a surrogate pair") from None
    if size > limit:
        raise QueryTooLarge(f"the text has {size} bytes, the limit ({name}) is {limit}", limit=name, value=limit)


def _check_refused(
    text: str, sizes: _Sizes, words: _Words, endpoints: Collection[str] = (), most: int = 0, *, reason: str = _OFF
) -> tuple[Service, ...]:
    """Looks at all readings of the text for SERVICE and LOAD; returns the clauses that may stay."""
    services = clauses.services(text, endpoints, most) if endpoints and words.refused else ()
    if services:
        text = clauses.without(text, services)
        sizes, words = _Sizes(text), _Words(text)
    if words.refused or _hides_refused(text, sizes.forks) or _decoded_hides_refused(text):
        raise FeatureRefused(_UNCLEAR if endpoints else reason)
    return services


def _is_volatile(text: str, sizes: _Sizes, words: _Words) -> bool:
    """Whether any reading of the text has a function that changes; the doubtful ones are not looked into."""
    doubtful = sizes.forks or "\\" in text
    return words.volatile or bool(doubtful and _holds(decoded(text), _VOLATILE))


def _hides_refused(text: str, forks: list[int]) -> bool:
    """Whether a refused word shows when some "<" are read as operators. No place is read twice."""
    starts = forks.copy() if forks and _holds(text, _REFUSED) else []
    seen: set[int] = set()
    while starts:
        position = starts.pop() + 1
        while position < len(text) and position not in seen:
            seen.add(position)
            token = token_at(text, position)
            if token is None or token.lastgroup == "unclosed":
                break
            if token.lastgroup in ("word", "prefixed") and _holds(token[0].partition(":")[0], _REFUSED):
                return True
            if token.lastgroup == "iri":
                starts.append(position)
            position = token.end()
    return False


def _decoded_hides_refused(text: str) -> bool:
    plain = decoded(text)
    if plain == text or not _holds(plain, _REFUSED):
        return False
    try:
        return _Words(plain).refused or _hides_refused(plain, _Sizes(plain).forks)
    except QuerySyntaxError:
        return False


def _holds(text: str, words: Iterable[str]) -> bool:
    upper = text.upper()
    return any(word in upper for word in words)


def _form(text: str, token: Token) -> str:
    word = re.split(r"[-.]", token["word"].upper())[0]
    if word in _FORMS:
        return word
    if word in _UPDATES:
        raise MethodNotAllowed(f"this is an update ({word}); the endpoint answers queries only, the data is read-only")
    raise fault(
        text, token.start("word"), f"a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not {token['word'][:40]!r}"
    )


def _check_update(text: str, token: Token) -> None:
    word = token["word"].upper()
    if word in _FORMS:
        raise BadRequest(f"this is a query ({word}), not an update; the query endpoint answers it")
    if word not in _UPDATES:
        raise fault(
            text, token.start("word"), f"an update begins with an operation such as INSERT, not {token['word'][:40]!r}"
        )


def _check_depth(sizes: _Sizes, settings: Settings) -> None:
    if sizes.depth > settings.query_depth:
        raise _too_deep("nests", "query_depth", sizes.depth, settings.query_depth)
    if sizes.operators > settings.query_operators:
        what = "has operators and patterns"
        raise _too_deep(what, "query_operators", sizes.operators, settings.query_operators)


def _too_deep(what: str, name: str, found: int, limit: int) -> QueryTooDeep:
    return QueryTooDeep(f"the text {what}: {found}, the limit ({name}) is {limit}", limit=name, value=limit)
