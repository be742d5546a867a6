"""What each term of a query stands for: the class of something, a property, a subject …

Read by the tokens, like all else here: no tree is built, and a text that does not parse is read as far as it makes
sense. The grammar behind it is that of groups, triples and paths (SPARQL 1.1 §19.8, rules 53 to 98).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from terrinclus_kg.rdf.namespaces import RDF
from terrinclus_kg.store.queries.clauses import Prologue
from terrinclus_kg.store.queries.tokens import Token, tokens


class Role(Enum):
    """Where a term stands. ``CHOSEN``: behind SELECT; ``GIVEN``: behind AS, a variable that gets its value here;
    ``CLASS``: the object of ``a``; ``ASIDE``: elsewhere in no triple."""

    CHOSEN = "chosen"
    GIVEN = "given"
    SUBJECT = "subject"
    PROPERTY = "property"
    OBJECT = "object"
    CLASS = "class"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a query. ``iri``: what a name stands for, "" for a variable and the like."""

    token: Token
    role: Role
    iri: str


_TERMS = frozenset({"iri", "prefixed", "variable", "string", "number"})
_NAMES = frozenset({"iri", "prefixed"})
_ASIDE = frozenset({"FILTER", "BIND", "GRAPH", "SERVICE", "VALUES", "CONSTRUCT"})
_DATA = frozenset({"VALUES", "CONSTRUCT"})  # their braces hold no pattern
_ENDS = frozenset({"GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET"})  # of the pattern of a query
_NEXT = {Role.SUBJECT: Role.PROPERTY, Role.PROPERTY: Role.OBJECT}


@dataclass(slots=True)
class _Frame:
    """A bracket that is open. ``moves``: it holds triples, else all its terms have one role.

    ``group``: it holds patterns. ``data``: what the next braces hold, or these if nothing moves, is no pattern.
    """

    role: Role
    moves: bool = False
    group: bool = False
    data: bool = False
    of_type: bool = False


def terms(text: str) -> Iterator[Term]:
    """The terms of a query in their order, with what they stand for."""
    reader, prologue, found = _Reader(), Prologue(), list(tokens(text))
    for position, token in enumerate(found):
        if token.lastgroup == "word":
            prologue.read(text, found[position : position + 3])
        iri = prologue.resolve(token) if token.lastgroup in _NAMES else ""
        if role := reader.role(token, iri):
            yield Term(token, role, iri)


class _Reader:
    """One pass over the tokens."""

    def __init__(self) -> None:
        self._open = [_Frame(Role.ASIDE)]
        self._previous = ""

    def role(self, token: Token, iri: str) -> Role | None:
        """The role of the next token; None for one that is no term."""
        kind, value, frame = token.lastgroup, token[0], self._open[-1]
        previous, self._previous = self._previous, value.upper()
        if kind == "open":
            self._opened(value, frame)
        elif kind == "close":
            self._closed(value)
        elif value in (".", ";") and frame.moves:
            frame.role = Role.PROPERTY if value == ";" else Role.SUBJECT
            frame.of_type = False
        elif kind == "word":
            self._word(value, frame)
        elif value in ("/", "|") and frame.moves and frame.role is Role.OBJECT:
            frame.role = Role.PROPERTY
        elif kind in _TERMS and previous == "AS":
            return Role.GIVEN
        elif kind in _TERMS and previous != "^^":
            return self._term(frame, is_type=iri == RDF["type"].value)
        return None

    def _term(self, frame: _Frame, *, is_type: bool) -> Role:
        role = Role.CLASS if frame.of_type and frame.role is Role.OBJECT else frame.role
        if frame.role is Role.PROPERTY and is_type:
            frame.of_type = True
        self._advance(frame)
        return role

    def _word(self, value: str, frame: _Frame) -> None:
        word = value.upper()
        if value == "a" and frame.role is Role.PROPERTY:
            self._term(frame, is_type=True)
        elif word in ("TRUE", "FALSE"):
            self._advance(frame)
        elif word in ("SELECT", "DESCRIBE"):
            frame.role, frame.moves = Role.CHOSEN, False
        elif word in _ENDS and frame.role is not Role.CHOSEN:
            frame.role, frame.moves, frame.group = Role.ASIDE, False, False
        elif word in _ASIDE:
            frame.role, frame.moves, frame.data = Role.ASIDE, False, word in _DATA
        elif word in ("WHERE", "FROM"):
            frame.role, frame.data = Role.ASIDE, False

    def _opened(self, value: str, frame: _Frame) -> None:
        if frame.data and not frame.moves and value != "(":
            inner = _Frame(Role.ASIDE, data=True)
        elif value == "{":
            inner = _Frame(Role.SUBJECT, moves=True, group=True)
        elif value in ("[", "{|"):
            inner = _Frame(Role.PROPERTY, moves=True)
        elif value.startswith("<<"):
            inner = _Frame(Role.SUBJECT, moves=True)
        elif frame.moves:
            inner = _Frame(Role.PROPERTY if frame.role is Role.PROPERTY else Role.OBJECT)
        else:
            inner = _Frame(Role.ASIDE)
        self._open.append(inner)

    def _closed(self, value: str) -> None:
        if len(self._open) == 1:
            return
        self._open.pop()
        frame = self._open[-1]
        ends_clause = value == "}" or (value == ")" and frame.role is Role.ASIDE and not frame.data)
        if ends_clause and frame.group:
            frame.role, frame.moves, frame.data, frame.of_type = Role.SUBJECT, True, False, False
        elif value == "}":
            frame.role, frame.data = Role.ASIDE, False
        elif value != "|}":
            self._advance(frame)

    def _advance(self, frame: _Frame) -> None:
        if frame.moves:
            frame.role = _NEXT.get(frame.role, frame.role)
