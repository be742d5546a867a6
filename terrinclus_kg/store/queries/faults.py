"""What went wrong with a query, in words for the one who wrote it.

The engine's parser names the furthest place it looked at, which lies behind the fault, and a long list of
what it would have liked there. So the common faults (a bracket, a prefix) are found here, in their place.
"""

from __future__ import annotations

import math
import re
from urllib.parse import urljoin

from pyoxigraph import NamedNode

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import (
    AnswerTooLarge,
    BadRequest,
    FeatureRefused,
    QueryMemory,
    QuerySyntaxError,
    QueueFull,
    TerrinclusError,
    WorkerDied,
)
from terrinclus_kg.rdf.namespaces import ENDPOINT
from terrinclus_kg.store.queries.tokens import decoded, place, tokens

_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_SENTENCE = re.compile(r"(?:The|SELECT \*|Duplicated|IRI|\w+ is) [a-zA-Z*][^,\[\]\"]+")  # among what was "expected"
_LIKE_IRI = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:[^<>\r\n]*>")
_PATH = re.compile(r"(?:^|[\s\"'(])/\w")  # of the machine: never shown
# Keywords and functions of SPARQL 1.1 (§19.8) and 1.2, and those that the engine adds.
_WORDS = frozenset(
    """a abs add adjust all as asc ask avg base bind bnode bound by ceil clear coalesce concat construct contains copy
    count create data datatype day default delete desc describe distinct drop encode_for_uri exists false filter floor
    from graph group group_concat haslang haslangdir having hours if in insert into iri isblank isiri isliteral
    isnumeric istriple isuri lang langdir langmatches lateral lcase limit load max md5 min minus minutes month move
    named not now object offset optional order predicate prefix rand reduced regex replace round sameterm sample
    seconds select separator service sha1 sha256 sha384 sha512 silent str strafter strbefore strdt strends strlang
    strlangdir strlen strstarts struuid subject substr sum timezone to triple true tz ucase undef union uri using uuid
    values version where with year""".split()  # noqa: SIM905 (a text is read more easily)
)
_PAIRS = {"(": ")", "[": "]", "{": "}", "{|": "|}", "<<": ">>", "<<(": ")>>"}


def explain(error: BaseException, query: str, memory: int) -> TerrinclusError:
    """What the engine raised, as an error that people are told of.

    Args:
        error: as caught.
        query: the text that it ran.
        memory: the memory limit of the worker, in bytes.
    """
    text = str(error)
    if isinstance(error, SyntaxError):
        return syntax_error(text, query)
    if isinstance(error, MemoryError):
        return memory_error(memory)
    if isinstance(error, OSError) and "ermission denied" in text and not _PATH.search(text):
        return FeatureRefused("SERVICE is refused: this endpoint calls no other server")
    if isinstance(error, (ValueError, RuntimeError)) and not _PATH.search(text):
        return BadRequest(f"the query cannot be evaluated: {text}")
    return WorkerDied("the query could not be evaluated; the fault is ours")


def too_many(said: str, limit: str, settings: Settings) -> QueueFull:
    """The error of a query that finds too much under way; ``limit`` is the setting that bounds it."""
    return QueueFull(
        f"{said}; ask again in a moment",
        limit=limit,
        value=getattr(settings, limit),
        retry_after=math.ceil(settings.queue_wait),
    )


def memory_error(limit: int) -> QueryMemory:
    """The error of a query that needs more memory than a worker has; ``limit`` in bytes."""
    return QueryMemory(
        f"the query needs more memory than one may have (worker_memory: {limit} bytes)",
        limit="worker_memory",
        value=limit,
    )


def too_large(limit: int) -> AnswerTooLarge:
    """The error of an answer that is larger than one may be; ``limit`` in bytes."""
    return AnswerTooLarge(
        f"the answer is larger than {limit} bytes (answer_size); ask for less, with LIMIT for instance",
        limit="answer_size",
        value=limit,
    )


def syntax_error(message: str, query: str) -> QuerySyntaxError:
    """An error with the place of the fault, as near as can be told.

    Args:
        message: the engine's own.
        query: the text it did not take.
    """
    found = _PLACE.match(message)
    expected = found[3] if found else message
    sentence = _SENTENCE.search(expected)
    if sentence and sentence[0].startswith("IRI") and (position := _no_iri(query)) is not None:
        line, column = place(query, position)
        return QuerySyntaxError(f"line {line}, column {column}: this is no IRI", line=line, column=column)
    if sentence and "Prefix not found" not in expected:
        return QuerySyntaxError(sentence[0].strip())
    if known := _bracket(query) or _prefix(query) or _word(query):
        reason, position = known
        line, column = place(query, position)
        return QuerySyntaxError(f"line {line}, column {column}: {reason}", line=line, column=column)
    if not found:
        return QuerySyntaxError("the query does not parse")
    line, column = place(query, _suspect(query, int(found[1]), int(found[2])))
    return QuerySyntaxError(
        f"syntax error at line {line}, column {column}, or shortly before", line=line, column=column
    )


def undeclared_prefix(query: str) -> QuerySyntaxError | None:
    """The error of a query that uses a prefix without declaring it; None if there is none."""
    known = _prefix(query)
    if known is None:
        return None
    line, column = place(query, known[1])
    return QuerySyntaxError(f"line {line}, column {column}: {known[0]}", line=line, column=column)


def tells_path(text: str) -> bool:
    """Whether a text seems to hold a path of a machine, which is never shown."""
    return _PATH.search(text) is not None


def _no_iri(query: str) -> int | None:
    """Where the first IRI stands that is none, as for a space in it; None if there is none."""
    for token in tokens(query):
        if token.lastgroup == "iri":
            try:
                NamedNode(urljoin(ENDPOINT, decoded(token[0][1:-1])))
            except ValueError:
                return token.start()
        elif token[0] == "<" and _LIKE_IRI.match(query, token.start()):
            return token.start()
    return None


def _suspect(query: str, line: int, column: int) -> int:
    """Where the token begins that the engine stumbled over. It tells the place behind the last character that it
    read of it; at the end of the text that is the last token."""
    lines = query.split("\n")
    position = sum(len(text) + 1 for text in lines[: line - 1]) + column - 1
    start = 0
    for token in tokens(query):
        if token.start() > position or (token.start() == position and not query[position - 1 : position].isspace()):
            break
        start = token.start()
    return start


def _bracket(query: str) -> tuple[str, int] | None:
    """The first bracket that has no partner, and where it stands."""
    opened: list[tuple[str, int]] = []
    for token in tokens(query):
        if token.lastgroup == "open":
            opened.append((token[0], token.start()))
        elif token.lastgroup == "close":
            if not opened:
                return f"{token[0]} closes nothing", token.start()
            left, position = opened.pop()
            if _PAIRS[left] != token[0]:
                place_left = "line {}, column {}".format(*place(query, position))
                return f"{token[0]} does not close the {left} of {place_left}", token.start()
    return (f"{opened[-1][0]} is not closed", opened[-1][1]) if opened else None


def _word(query: str) -> tuple[str, int] | None:
    """The first word that SPARQL does not have, and where it stands."""
    for token in tokens(query):
        if token.lastgroup == "word" and token[0].lower() not in _WORDS:
            return f"{token[0][:40]} is no word of SPARQL", token.start()
    return None


def _prefix(query: str) -> tuple[str, int] | None:
    """The first prefix that is used but not declared, and where it stands."""
    declared = {"_:"}
    previous = ""
    for token in tokens(query):
        if token.lastgroup == "prefixed":
            prefix = token[0][: token[0].index(":") + 1]
            if previous == "PREFIX":
                declared.add(prefix)
            elif prefix not in declared:
                return f"the prefix {prefix} is not declared", token.start()
        previous = token[0].upper()
    return None
