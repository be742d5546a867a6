"""SERVICE clauses of a query, read by its tokens: which endpoint each one names, and what that is to be asked.

SPARQL 1.1 Federated Query §2: ``SERVICE [SILENT] <endpoint> { group }``. Only endpoints that the operator has
listed may be named, by an IRI or a prefixed name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from terrinclus_kg.errors import FeatureRefused, QueryTooDeep
from terrinclus_kg.rdf.namespaces import ENDPOINT
from terrinclus_kg.store.queries.tokens import Token, decoded, fault, tokens

_NESTED = re.compile("service|load", re.IGNORECASE)
_ABSOLUTE = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")
_LOCAL_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Service:
    """A SERVICE clause that is allowed.

    ``endpoint``: its address. ``silent``: a failure counts as one empty solution. ``start``, ``end``: the clause in
    the text, from its keyword to behind its last brace. ``query``: what the endpoint is to be asked.
    ``variables``: the names that its group mentions, in their order.
    """

    endpoint: str
    silent: bool
    start: int
    end: int
    query: str
    variables: tuple[str, ...]


class Prologue:
    """What BASE and PREFIX declare, and their text without VERSION, which is not for others."""

    def __init__(self) -> None:
        self.text = f"BASE <{ENDPOINT}>\n"  # the endpoint that is called has another one
        self._base = ENDPOINT
        self._prefixes: dict[str, str] = {}

    def read(self, text: str, found: Sequence[Token]) -> None:
        """Takes the declaration that begins with the first of these tokens, if it is one."""
        word = found[0][0].upper()
        if word == "BASE" and _kinds(found[1:2]) == ["iri"]:
            self._base, last = self.resolve(found[1]), found[1]
        elif word == "PREFIX" and _kinds(found[1:3]) == ["prefixed", "iri"]:
            self._prefixes[found[1][0]], last = self.resolve(found[2]), found[2]
        else:
            return
        self.text += text[found[0].start() : last.end()] + "\n"

    def resolve(self, token: Token) -> str:
        """The IRI that a token stands for; "" if it is none, or of a prefix that is not declared."""
        if token.lastgroup == "iri":
            iri = decoded(token[0][1:-1])
            return iri if _ABSOLUTE.match(iri) else urljoin(self._base, iri)  # which drops the "#" at the end of one
        prefix, _, local = token[0].partition(":")
        space = self._prefixes.get(prefix + ":") if token.lastgroup == "prefixed" else None
        return "" if space is None else space + _LOCAL_ESCAPE.sub(r"\1", local)


def services(text: str, allowed: Collection[str], most: int) -> tuple[Service, ...]:
    """The SERVICE clauses of a query, in their order.

    Args:
        text: the query. What is no whole clause is left alone: it is for the guard to refuse.
        allowed: addresses of endpoints, compared character by character.
        most: how many there may be (``service_clauses``): each one is a request to somebody else's machine.

    Raises:
        FeatureRefused: an endpoint that is not allowed, or named by a variable; SERVICE within SERVICE.
        QueryTooDeep: too many of them.
        QuerySyntaxError: a group without end.
    """
    found, prologue = list(tokens(text)), Prologue()
    clauses: list[Service] = []
    for position, token in enumerate(found):
        if token.lastgroup != "word" or (clauses and token.start() < clauses[-1].end):
            continue
        prologue.read(text, found[position : position + 3])
        if token[0].upper() == "SERVICE" and (clause := _clause(text, found, position, prologue, allowed)):
            clauses.append(clause)
            if len(clauses) > most:
                reason = f"a query may have at most {most} SERVICE clauses (service_clauses)"
                raise QueryTooDeep(reason, limit="service_clauses", value=most)
    return tuple(clauses)


def without(text: str, clauses: Sequence[Service]) -> str:
    """The text with an empty group in the place of each clause."""
    return replaced(text, clauses, ["{}"] * len(clauses))


def replaced(text: str, clauses: Sequence[Service], texts: Sequence[str]) -> str:
    """The text with another in the place of each clause; what follows a clause stays in its line."""
    parts, end = [], 0
    for clause, new in zip(clauses, texts, strict=True):
        lines = text.count("\n", clause.start, clause.end) - new.count("\n")
        parts += [text[end : clause.start], new, "\n" * lines]
        end = clause.end
    return "".join([*parts, text[end:]])


def _clause(
    text: str, found: Sequence[Token], position: int, prologue: Prologue, allowed: Collection[str]
) -> Service | None:
    """The clause that begins with the token at a position; None if it has no endpoint or no group."""
    start = found[position].start()
    silent = _words(found[position + 1 : position + 2]) == ["SILENT"]
    first = position + 2 + silent
    if _words(found[first : first + 1]) != ["{"]:
        return None
    endpoint = _allowed(found[first - 1], prologue, allowed)
    inside = _group(text, found, first)
    if any(token.lastgroup == "word" and _NESTED.search(token[0]) for token in inside):
        raise FeatureRefused("a SERVICE clause within another one is refused; ask each endpoint in a clause of its own")
    end = inside[-1].end()
    variables = dict.fromkeys(token[0][1:] for token in inside if token.lastgroup == "variable")
    query = f"{prologue.text}SELECT * WHERE {text[inside[0].start() : end]}"
    return Service(endpoint, silent, start, end, query, tuple(variables))


def _group(text: str, found: Sequence[Token], first: int) -> Sequence[Token]:
    """The tokens from an opening brace to the one that closes it."""
    depth = 0
    for position in range(first, len(found)):
        depth += (found[position][0] == "{") - (found[position][0] == "}")
        if depth == 0:
            return found[first : position + 1]
    raise fault(text, found[first].start(), "the group of this SERVICE clause is not closed")


def _allowed(name: Token, prologue: Prologue, allowed: Collection[str]) -> str:
    if name.lastgroup == "variable":
        raise FeatureRefused(f"SERVICE {name[0]} is refused: an endpoint is named by its IRI, not by a variable")
    endpoint = prologue.resolve(name)
    if endpoint not in allowed:
        raise FeatureRefused(
            f"SERVICE {name[0][:200]} is refused: the operator of this endpoint has not listed that address. Ask it "
            "yourself, and pass what it answered in a VALUES block."
        )
    return endpoint


def _kinds(found: Sequence[Token]) -> list[str | None]:
    return [token.lastgroup for token in found]


def _words(found: Sequence[Token]) -> list[str]:
    return [token[0].upper() for token in found]
