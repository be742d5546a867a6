"""What a query text is, read by its tokens before any process sees it.

`screen` tells the form of a query and refuses, with a reason, what must not or cannot run here:
updates, SERVICE and LOAD, texts that are too long, too deep, or have too many operators
(the parser of the engine is recursive, so depth is stack). It is a courtesy: it gives clear answers
early. The wall behind it is the worker process, which has no network, no second life and a deadline.

Two spellings have two readings, and a word that is refused in either is refused:

* ``\\u0053ERVICE``: codepoint escapes may stand anywhere (SPARQL 1.1 §19.2); the engine decodes them
  in strings and IRIs only;
* ``(?a<?b&&'x'>?c)``: by the longest match (§19.8) ``<?b&&'x'>`` is an IRI, yet the engine's parser,
  which has no token stage, compares here.

All of it is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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

if TYPE_CHECKING:  # workers read tokens too, and start much faster without pydantic
    from terrinclus_kg.config import Settings

# The further characters of PN_CHARS that \w does not have, and the escapes of PN_LOCAL (§19.8).
_MORE = "\u00b7\u0300-\u036f\u203f\u2040"
_TOKEN = re.compile(
    rf"""
      (?P<space> [ \t\r\n]++ | \#[^\r\n]*+ )
    | (?P<iri> <(?: [^<>"{{}}|^`\\\x00-\x20]++ | \\u[0-9A-Fa-f]{{4}} | \\U[0-9A-Fa-f]{{8}} )*+> )
    | (?P<string> \"\"\"(?: [^"\\]++ | \\. | "(?!"") )*+\"\"\" | '''(?: [^'\\]++ | \\. | '(?!'') )*+'''
        | (?!\"\"\"|''') (?: "(?: [^"\\\r\n]++ | \\. )*+" | '(?: [^'\\\r\n]++ | \\. )*+' ) )
    | (?P<unclosed> ["'] )
    | (?P<variable> [?$][\w{_MORE}]++ )
    | (?P<tag> @[A-Za-z0-9-]++ )
    | (?P<prefixed> (?: [^\W\d][\w.{_MORE}-]*+ )?+
        :(?: [\w:.{_MORE}-]++ | %[0-9A-Fa-f]{{2}} | \\[_~.!$&'()*+,;=/?\#@%-] )*+ )
    | (?P<word> [^\W\d][\w.{_MORE}-]*+ )
    | (?P<number> [0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)? )
    | (?P<open> <<\(? | \{{\| | [({{\[] )
    | (?P<close> \)?>> | \|\}} | [)}}\]] )
    | (?P<operator> \|\| | && | [<>!]= | \^\^ | [+*/|^!=<>?-] )
    | (?P<separator> [.;] )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_REFUSED = re.compile("service|load", re.IGNORECASE)

_FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_PROLOGUE = frozenset({"BASE", "PREFIX", "VERSION"})
_UPDATES = frozenset({"INSERT", "DELETE", "WITH", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "LOAD"})
_OPERATOR_WORDS = frozenset(
    {"UNION", "OPTIONAL", "MINUS", "BIND", "FILTER", "EXISTS", "GRAPH", "VALUES", "IN", "SELECT", "LATERAL"}
)
_OPERANDS = frozenset({"iri", "string", "variable", "tag", "prefixed", "word", "number"})
_STACKABLE = frozenset("!+-*?^")  # operators that nest when they stand in a row: !!!!?x, p****


@dataclass(frozen=True, slots=True)
class Screened:
    """What a text is. ``form`` is SELECT, ASK, CONSTRUCT or DESCRIBE; sizes are those the limits are about."""

    form: str
    depth: int
    operators: int


class _Reading:
    """One pass over the tokens of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.form: re.Match[str] | None = None
        self.refused: re.Match[str] | None = None
        self.depth = self.operators = 0
        self.forks: list[int] = []  # where a "<" may be an operator instead of the start of an IRI
        self._open: list[str] = []
        self._row = 0
        previous: re.Match[str] | None = None
        for token in tokens(text):
            self._take(token, previous)
            previous = token

    def _take(self, token: re.Match[str], previous: re.Match[str] | None) -> None:
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
        self.depth = max(self.depth, len(self._open) + self._row)

    def _word(self, token: re.Match[str]) -> None:
        word = token[0].upper()
        self.operators += word in _OPERATOR_WORDS or word.count("-") + word.count(".")
        if self.form is None and word not in _PROLOGUE:
            self.form = token
        if _REFUSED.search(word):
            self.refused = token

    def _may_compare(self, previous: re.Match[str] | None) -> bool:
        after_operand = previous is not None and (previous.lastgroup in _OPERANDS or previous[0] == ")")
        return after_operand and self._open[-1:] == ["("]


def screen(text: str, settings: Settings) -> Screened:
    """Reads a query text.

    Args:
        text: the query as it came.
        settings: for ``query_size`` (bytes), ``query_depth`` and ``query_operators``.

    Raises:
        QueryTooLarge, QueryTooDeep: over a limit, which the error names.
        FeatureRefused: SERVICE or LOAD.
        MethodNotAllowed: an update.
        QuerySyntaxError: not the beginning of a query, or a string without end.
        BadRequest: empty, or not Unicode.
    """
    _check_size(text, settings.query_size)
    reading = _Reading(text)
    if reading.form is None:
        raise BadRequest("the query is empty")
    _check_refused(text, reading)
    form = _form(text, reading.form)
    depth, operators = reading.depth, reading.operators
    if depth > settings.query_depth:
        raise _too_deep("nests", "query_depth", depth, settings.query_depth)
    if operators > settings.query_operators:
        raise _too_deep("has operators and patterns", "query_operators", operators, settings.query_operators)
    return Screened(form, depth, operators)


def tokens(text: str) -> Iterator[re.Match[str]]:
    """The tokens of a text but blanks and comments; ``lastgroup`` is their kind."""
    return (token for token in _TOKEN.finditer(text) if token.lastgroup != "space")


def place(text: str, position: int) -> tuple[int, int]:
    """Line and column of a position, both from 1."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _check_size(text: str, limit: int) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise BadRequest("the query is not Unicode text: it holds half a surrogate pair") from None
    if size > limit:
        raise QueryTooLarge(
            f"the query has {size} bytes, the limit (query_size) is {limit}", limit="query_size", value=limit
        )


def _check_refused(text: str, reading: _Reading) -> None:
    """Looks at all readings of the text for SERVICE and LOAD."""
    if reading.refused or _hides_refused(text, reading.forks) or _decoded_hides_refused(text):
        raise FeatureRefused(
            "SERVICE and LOAD are refused: this endpoint calls no other server. Ask the other endpoint yourself, "
            "and pass what it answered in a VALUES block."
        )


def _hides_refused(text: str, starts: list[int]) -> bool:
    """Whether a refused word shows when some "<" are read as operators. No place is read twice."""
    seen: set[int] = set()
    while starts:
        position = starts.pop() + 1
        while position < len(text) and position not in seen:
            seen.add(position)
            token = _TOKEN.match(text, position)
            if token is None or token.lastgroup == "unclosed":
                break
            if token.lastgroup in ("word", "prefixed") and _REFUSED.search(token[0].partition(":")[0]):
                return True
            if token.lastgroup == "iri":
                starts.append(position)
            position = token.end()
    return False


def _decoded_hides_refused(text: str) -> bool:
    decoded = _ESCAPE.sub(_character, text)
    if decoded == text:
        return False
    try:
        reading = _Reading(decoded)
    except QuerySyntaxError:
        return False
    return reading.refused is not None or _hides_refused(decoded, reading.forks)


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code < 0x110000 else escape[0]


def _names_service(token: re.Match[str] | None) -> bool:
    """``SERVICE:x {`` with an empty prefix reads like a prefixed name, and so may ``GRAPH service:x {``."""
    return token is not None and token.lastgroup == "prefixed" and bool(_REFUSED.search(token[0].partition(":")[0]))


def _form(text: str, token: re.Match[str]) -> str:
    word = re.split(r"[-.]", token[0].upper())[0]
    if word in _FORMS:
        return word
    if word in _UPDATES:
        raise MethodNotAllowed(f"this is an update ({word}); the endpoint answers queries only, the data is read-only")
    raise _fault(text, token.start(), f"a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not {token[0][:40]!r}")


def _too_deep(what: str, name: str, found: int, limit: int) -> QueryTooDeep:
    return QueryTooDeep(f"the query {what}: {found}, the limit ({name}) is {limit}", limit=name, value=limit)


def _fault(text: str, position: int, reason: str) -> QuerySyntaxError:
    line, column = place(text, position)
    return QuerySyntaxError(f"line {line}, column {column}: {reason}", line=line, column=column)
