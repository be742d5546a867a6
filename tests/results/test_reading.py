"""An answer is read as it comes, and no further than the bounds."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from terrinclus_kg.config import MIB
from terrinclus_kg.errors import QueryTimeout
from terrinclus_kg.rdf.formats import JSON, N_TRIPLES
from terrinclus_kg.results import Bounds, read, syntax
from terrinclus_kg.store.reader import Answer

WIDE = Bounds(1000, MIB)


class Run(SimpleNamespace):
    closed = False

    def close(self) -> None:
        self.closed = True


def answer(form: str, chunks: Iterator[bytes]) -> Answer:
    return Answer(form, syntax(form), "one", chunks, cast(Any, Run()))


def rows(number: int, size: int = 1) -> Iterator[bytes]:
    yield b'{"head":{"vars":["a","b"]},"results":{"bindings":['
    for count in range(number):
        cell = {"a": {"type": "literal", "value": "x" * size}}
        yield (b"," if count else b"") + json.dumps(cell).encode()
    yield b"]}}"


def test_a_whole_answer() -> None:
    table = read(answer("SELECT", rows(3)), WIDE, 0.0)
    assert (table.columns, len(table.rows), table.met) == (("a", "b"), 3, "")
    assert table.rows[0] == (Literal("x"), None)
    assert table.seconds > 0


@pytest.mark.parametrize(("number", "read_", "met"), [(9, 9, ""), (10, 10, ""), (11, 10, "page_rows")])
def test_the_bound_of_rows(number: int, read_: int, met: str) -> None:
    table = read(answer("SELECT", rows(number)), Bounds(10, MIB), 0.0)
    assert (len(table.rows), table.met) == (read_, met)


def test_what_is_beyond_the_bounds_is_never_asked_for() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        yield b'{"head":{"vars":["a"]},"results":{"bindings":[{}'
        while True:
            taken += 1
            yield b',{"a":{"type":"literal","value":"x"}}'

    asked = answer("SELECT", endless())
    assert read(asked, Bounds(50, MIB), 0.0).met == "page_rows"
    assert taken < 5000
    assert asked._run.closed  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [30_000, 50 * MIB])
def test_the_bound_of_size_holds_within_one_literal(size: int) -> None:
    def huge() -> Iterator[bytes]:
        yield b'{"head":{"vars":["a"]},"results":{"bindings":[{"a":{"type":"literal","value":"first"}},'
        yield b'{"a":{"type":"literal","value":"'
        yield from (b"x" * 10_000 for _ in range(size // 10_000))
        yield b'"}}]}}'

    tracemalloc.start()
    table = read(answer("SELECT", huge()), Bounds(1000, 20_000), 0.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(table.rows), table.met) == (1, "page_size")
    assert peak < MIB


def test_a_bound_met_before_the_first_row() -> None:
    table = read(answer("SELECT", iter([b'{"head":{"vars":["' + b"x" * 1000])), Bounds(5, 100), 0.0)
    assert (table.rows, table.met) == ((), "page_size")


@pytest.mark.parametrize("truth", [True, False])
def test_a_boolean(truth: bool) -> None:
    table = read(answer("ASK", iter([json.dumps({"head": {}, "boolean": truth}).encode()])), WIDE, 0.0)
    assert (table.truth, table.columns) == (truth, ())


def test_triples() -> None:
    line = b'<a:a> <a:b> "x"@ar--rtl .\n_:b <a:b> <<( <a:a> <a:b> 1 )>> .\n'.replace(b" 1 ", b' "1" ')
    table = read(answer("CONSTRUCT", iter([line])), WIDE, 0.0)
    assert table.columns == ("subject", "predicate", "object")
    assert isinstance(table.rows[1][0], BlankNode)
    assert isinstance(table.rows[1][2], Triple)
    assert read(answer("DESCRIBE", iter([line])), Bounds(1, MIB), 0.0).met == "page_rows"
    assert table.rows[0][0] == NamedNode("a:a")


def test_what_breaks_an_answer_off_is_raised_and_the_query_stopped() -> None:
    def broken() -> Iterator[bytes]:
        yield from list(rows(3))[:-1]
        raise QueryTimeout("too long", limit="public_deadline", value=1)

    asked = answer("SELECT", broken())
    with pytest.raises(QueryTimeout):
        read(asked, WIDE, 0.0)
    assert asked._run.closed  # type: ignore[attr-defined]


def test_formats() -> None:
    assert [syntax(form) for form in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")] == [JSON, JSON, N_TRIPLES, N_TRIPLES]
