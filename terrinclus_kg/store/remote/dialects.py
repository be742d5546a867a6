"""What engines do in their own way: one table, and how each tells that it failed.

A remote engine is asked by the SPARQL 1.1 Protocol and nothing else. It differs from the next one in how it takes a
time limit, in which formats it writes as the specifications say, and in the words of its errors.
"""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import (
    AnswerTooLarge,
    BadRequest,
    QuerySyntaxError,
    QueryTimeout,
    QueueFull,
    RemoteFailed,
    TerrinclusError,
)
from terrinclus_kg.rdf.formats import JSON, N_TRIPLES, TURTLE, XML, Format
from terrinclus_kg.store.queries import faults
from terrinclus_kg.store.queries.tokens import tokens

_HINT = "<http://aws.amazon.com/neptune/vocab/v01/QueryHints#{}>"


@dataclass(frozen=True, slots=True)
class Dialect:
    """An engine's own way.

    ``limit`` is the unit in which the parameter ``timeout`` takes a time limit: "ms", "s", "text" (``30s``); "hint":
    a triple in the query (Neptune); "": it takes none. ``results`` are the formats whose bytes are passed on as they
    come (not CSV and TSV: nobody could tell a part from the whole); others are made of ``pivot``, graphs of
    ``triples``. ``declares``: it knows prefixes that a query does not declare, which the standard calls a fault
    (SPARQL 1.1 §4.1.1). ``blames``: the statuses that are about the query. ``updates``: INSERT DATA takes every
    literal.
    """

    limit: str = ""
    results: tuple[Format, ...] = (JSON, XML)
    pivot: Format = JSON
    triples: Format = N_TRIPLES
    declares: bool = False
    blames: tuple[int, ...] = (400,)
    updates: bool = True


DIALECTS: Mapping[str, Dialect] = {
    "sparql": Dialect(),
    # Its XML loses characters.
    "oxigraph": Dialect(results=(JSON,), blames=(400, 500)),
    # Its JSON has "typed-literal" and booleans as 0 and 1, ASK has rows, CSV and TSV are not those of the standard.
    # It takes xsd:duration by the Graph Store Protocol only.
    "virtuoso": Dialect(limit="ms", results=(), pivot=XML, declares=True, updates=False),
    "qlever": Dialect(limit="text", triples=TURTLE),
    "graphdb": Dialect(limit="s"),
    "neptune": Dialect(limit="hint"),
    "stardog": Dialect(limit="ms"),
}


def limited(dialect: Dialect, query: str, seconds: float) -> tuple[str, list[tuple[str, str]]]:
    """A query with its time limit as the engine takes it.

    Returns:
        the text to send, and the parameters to send with it.
    """
    if not dialect.limit or math.isinf(seconds):
        return query, []
    whole, thousandths = str(max(1, math.ceil(seconds))), str(max(1, math.ceil(seconds * 1000)))
    if dialect.limit == "hint":
        return _hinted(query, thousandths), []
    return query, [("timeout", {"ms": thousandths, "s": whole, "text": f"{whole}s"}[dialect.limit])]


def _hinted(query: str, milliseconds: str) -> str:
    """The query with a hint as first triple of its outermost group; as it is where no place is safe.

    CONSTRUCT WHERE { … } has none: what stands in its pattern would be constructed.
    """
    depth, template, constructs = 0, False, False
    for token in tokens(query):
        word = token[0].upper()
        constructs = constructs or word == "CONSTRUCT"
        if word == "{" and depth == 0:
            if not constructs or template:
                hint = f" {_HINT.format('Query')} {_HINT.format('queryTimeout')} {milliseconds} . "
                return query[: token.end()] + hint + query[token.end() :]
            template = True  # or the pattern of the short form, after which there is no other group
        depth += token.lastgroup == "open"
        depth -= token.lastgroup == "close"
    return query


# ---- what a refusal means

_OVER_TIME = re.compile(
    r"S1T00|S1TAT|TimeLimitExceeded|QueryTimeout|time[sd]?[ -]?out|time ?limit|exceeded .{0,40}time"
    r"|(?:cancel+ed due|been cancel+ed)",
    re.I,
)
_VIRTUOSO = re.compile(r"Virtuoso (\w{5}) Error (.*)")
_PARSE = re.compile(r"syntax|parse|parsing|malformed|Encountered|Lexical|SP030|expected|Undefined namespace", re.I)
_LINE = re.compile(r"line:? (\d+)(?:[:,]? ?(?:col(?:umn)?|position)?:? ?(\d+))?", re.I)
_LONGEST = 200  # characters of an engine's own words that people are shown


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is no answer: HTTP status, headers (names in lower case), and the text of its body."""

    status: int
    headers: Mapping[str, str]
    said: str


def over_time(said: str) -> bool:
    """Whether an engine says that a query took too long."""
    return bool(_OVER_TIME.search(said))


def meaning(refusal: Refusal, query: str, settings: Settings) -> TerrinclusError:
    """What people are told of a refusal."""
    known = _VIRTUOSO.search(refusal.said)
    blamed = refusal.status in DIALECTS[settings.remote_engine].blames
    if not blamed and over_time(refusal.said):  # what is about the query repeats parts of it
        return engine_timeout()
    if refusal.status == 429:
        wait = refusal.headers.get("retry-after", "")
        seconds = int(wait) if wait.isdigit() else math.ceil(settings.queue_wait)
        return QueueFull("the remote engine has too much to do", limit="remote", value="", retry_after=seconds)
    if blamed or (known and known[1][:2] in ("22", "37", "42")):
        return _authors(known[2] if known else refusal.said, query)
    if refusal.status in (401, 403, 407):
        return RemoteFailed("the remote engine does not accept our credentials (remote_user, remote_token)")
    if 300 <= refusal.status < 400:
        return RemoteFailed("the remote engine redirects; give its final address (remote_query)")
    if refusal.status == 404:
        return RemoteFailed("the remote engine has nothing at the address it is asked at (remote_query)")
    words = _shown(refusal.said)
    return RemoteFailed(f"the remote engine answered {refusal.status}" + (f": {words}" if words else ""))


def engine_timeout() -> QueryTimeout:
    """The engine itself has given up a query."""
    return QueryTimeout(
        "the remote engine stopped the query: it took longer than the engine allows", limit="remote", value=""
    )


def cut(headers: Mapping[str, str]) -> TerrinclusError | None:
    """Why an answer with status 200 is not the whole answer, as Virtuoso tells it in headers; None for a whole one."""
    if headers.get("x-sql-state"):
        return engine_timeout()
    if most := headers.get("x-sparql-maxrows"):
        return AnswerTooLarge(
            f"the remote engine cuts answers after {most} rows; ask for less, with LIMIT for instance",
            limit="remote",
            value=most,
        )
    return None


# How whole answers end, spaces left out. JSON: the rows or the boolean close everything, or further members follow.
_ENDS = {
    JSON: re.compile(rb"""(?:\]\}\}|true\}|false\}|\]\},"(?!results").*\})\Z"""),
    XML: re.compile(rb"</(?:\w+:)?sparql>\Z"),
    N_TRIPLES: re.compile(rb"(?:\.|\A)\Z"),
}


def whole(source: Generator[bytes], given: Format) -> Generator[bytes]:
    """The parts of an answer, if it ends as its format does: some engines cut one in good order, with a sentence.

    Raises:
        QueryTimeout: the sentence says so. RemoteFailed. And what ``source`` raises.
    """
    tail = b""
    with closing(source):
        for part in source:
            tail = part[-_LONGEST:] if len(part) >= _LONGEST else (tail + part)[-_LONGEST:]
            yield part
    if given in _ENDS and not _ENDS[given].search(b"".join(tail.split())):
        raise engine_timeout() if over_time(tail.decode("utf-8", "replace")) else broken()


def broken() -> RemoteFailed:
    """An answer is not what its format says it is."""
    return RemoteFailed("the answer of the remote engine is broken")


def _authors(said: str, query: str) -> BadRequest:
    """The error of a query that the engine does not take: with the place of the fault as near as it can be told."""
    if not _PARSE.search(said):
        words = _shown(said)
        return BadRequest("the remote engine cannot evaluate the query" + (f": {words}" if words else ""))
    found = faults.syntax_error(said, query)
    place = _LINE.search(said)
    if found.line is not None or not place:
        return found
    line, column = int(place[1]), int(place[2]) if place[2] else None
    where = f"line {line}, column {column}" if column else f"line {line}"
    return QuerySyntaxError(f"syntax error at {where}, or shortly before", line=line, column=column)


def _shown(said: str) -> str:
    """The engine's own words, as far as they can be shown: no page, no trace, nothing of its machine."""
    first = " ".join(said.split("\n", 1)[0].split())[:_LONGEST]
    return "" if first.startswith(("<", "{")) or faults.tells_path(first) else first
