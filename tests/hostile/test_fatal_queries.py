"""Queries that kill a process, or would run for hours: their asker is told, all others go on.

The shapes are those that were measured to end an engine process with an 8 MiB stack, or to plan or run
for many seconds on a few triples. Each is asked three times: as a stranger would, then without the guard
at the measured size, then without the guard at four times that size.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from terrinclus_kg.errors import QueryMemory, TerrinclusError, WorkerDied
from terrinclus_kg.rdf.formats import JSON
from terrinclus_kg.store.engine import Lane
from terrinclus_kg.store.reader import Reader
from tests.small_store import CROSS, PREFIX, bypass, outcome

Shape = Callable[[int], str]

# name → (how to write it, size that was fatal)
NESTED: dict[str, tuple[Shape, int]] = {
    "groups": (lambda n: "ASK " + "{" * n + "}" * n, 2195),
    "open groups": (lambda n: "ASK " + "{" * n, 2195),
    "function calls": (lambda n: "ASK { FILTER(" + "STR(" * n + "1" + ")" * n + ") }", 957),
    "IF": (lambda n: "ASK { FILTER(" + "IF(true, 1, " * n + "1" + ")" * n + ") }", 957),
    "EXISTS": (lambda n: "ASK { " + "FILTER EXISTS { ?s ?p ?o " * n + "}" * n + "}", 845),
    "sub-SELECT": (lambda n: "SELECT * " + "{ SELECT * " * n + "{}" + "}" * n, 1175),
    "parentheses": (lambda n: "ASK { FILTER" + "(" * n + "1" + ")" * n + " }", 4726),
    "not": (lambda n: "ASK { FILTER(" + "!" * n + "true) }", 9437),
    "sum": (lambda n: "ASK { FILTER(1" + "+1" * n + ") }", 6906),
    "or": (lambda n: "ASK { FILTER(?a" + " || ?a" * n + ") }", 9437),
    "UNION": (lambda n: "ASK { {}" + " UNION {}" * n + " }", 6625),
    "OPTIONAL": (lambda n: "ASK { " + "OPTIONAL { ?s ?p ?o " * n + "}" * n + "}", 2968),
    "MINUS": (lambda n: "ASK { " + "MINUS { ?s ?p ?o " * n + "}" * n + "}", 2616),
    "BIND": (lambda n: "ASK { " + "".join(f"BIND(1 AS ?v{i}) " for i in range(n)) + "}", 2616),
    "path stars": (lambda n: "ASK { ?s " + "(" * n + "<x:p>" + "*)" * n + " ?o }", 8312),
    "path parentheses": (lambda n: "ASK { ?s " + "(" * n + "<x:p>" + ")" * n + " ?o }", 13866),
    "path alternatives": (lambda n: "ASK { ?s <x:p>" + "|<x:p>" * n + " ?o }", 11054),
    "triple terms": (lambda n: "ASK { ?s ?p " + "<<( <x:s> <x:p> " * n + "1" + " )>>" * n + " }", 6062),
}
# How long the engine plans or runs grows with the size.
SLOW: dict[str, tuple[Shape, int]] = {
    "annotations": (lambda n: "ASK { ?s ?p ?o " + "{| ?p ?o " * n + "|}" * n + " }", 100),
    "collections": (lambda n: "ASK { ?s ?p " + "(" * n + ")" * n + " }", 160),
    "same patterns": (lambda n: "ASK { " + "?s ?p ?o . " * n + "}", 200),
    "flat OPTIONALs": (lambda n: "ASK { " + "OPTIONAL { ?s ?p ?o } " * n + "}", 500),
    "path steps": (lambda n: "ASK { ?s " + "<x:p>/" * n + "<x:p> ?o }", 500),
    "crossed VALUES": (
        lambda n: (
            "SELECT (COUNT(*) AS ?n) { "
            + " ".join(f"VALUES ?v{k} {{ {' '.join(map(str, range(n)))} }}" for k in range(4))
            + " }"
        ),
        1000,
    ),
}
ENDLESS = {
    "cross product": CROSS,
    "free path": PREFIX + "SELECT (COUNT(*) AS ?n) { ?a (ex:next|!ex:next)+ ?b . ?c (ex:next|!ex:next)+ ?d }",
    "ORDER BY": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i",
    "DISTINCT": "SELECT DISTINCT ?a ?d ?g { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "GROUP_CONCAT": "SELECT (GROUP_CONCAT(?c) AS ?t) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "regular expressions": 'SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(REGEX(STR(?c), CONCAT("(a*)*", ?f))) }',
    "many rows": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
}
TOLD = {"answered", "QueryTimeout", "WorkerDied", "QueryMemory", "QuerySyntaxError", "BadRequest", "AnswerTooLarge"}


@pytest.fixture(autouse=True)
def innocents(reader: Reader) -> Iterator[None]:
    """While each test runs, another thread asks as our pages do: it must be answered, always."""
    stop = threading.Event()
    failed: list[TerrinclusError] = []
    answers = [0]

    def ask() -> None:
        while not stop.is_set() or not answers[0] + len(failed):
            try:
                reader.rows("SELECT (1 AS ?one) {}")
                answers[0] += 1
            except TerrinclusError as error:
                failed.append(error)
            stop.wait(0.01)

    thread = threading.Thread(target=ask)
    thread.start()
    yield
    assert outcome(lambda: reader.query("ASK {}", JSON).read()) == "answered"
    stop.set()
    thread.join()
    assert failed == []
    assert answers[0] > 0


@pytest.mark.parametrize("name", [*NESTED, *SLOW])
def test_as_a_stranger_asks(reader: Reader, name: str) -> None:
    shape, size = (NESTED | SLOW)[name]
    found = outcome(lambda: reader.query(shape(size), JSON).read())
    assert found in TOLD | {"QueryTooDeep", "QueryTooLarge"}
    if name in NESTED:
        assert found in {"QueryTooDeep", "QueryTooLarge"}


@pytest.mark.parametrize("factor", [0.25, 1, 4])
@pytest.mark.parametrize("name", [*NESTED, *SLOW])
def test_without_the_guard(reader: Reader, name: str, factor: float) -> None:
    shape, size = (NESTED | SLOW)[name]
    assert outcome(lambda: bypass(reader, shape(int(size * factor)))) in TOLD


@pytest.mark.parametrize("name", ENDLESS)
def test_endless(reader: Reader, name: str) -> None:
    found = outcome(lambda: reader.query(ENDLESS[name], JSON).read())
    assert found in {"QueryTimeout", "QueryMemory", "AnswerTooLarge"}


def test_a_crash_is_told(reader: Reader) -> None:
    """Deep enough for the deep stack too: the worker dies of SIGSEGV, whoever asked is told so."""
    with pytest.raises(WorkerDied):
        bypass(reader, "ASK " + "{" * 1_000_000, deadline=60)


def doubling(function: str, times: int) -> str:
    binds = " ".join(f"BIND({function.format(f'?v{i}')} AS ?v{i + 1})" for i in range(times))
    return f"SELECT (STRLEN(?v{times}) AS ?n) {{ BIND('0123456789' AS ?v0) {binds} }}"


@pytest.mark.parametrize("function", ["CONCAT({0}, {0})", "REPLACE({0}, '.', '$0$0')"])
def test_a_memory_bomb(reader: Reader, function: str) -> None:
    found = outcome(lambda: bypass(reader, doubling(function, 40)))
    assert found in {"QueryMemory", "QueryTimeout"}


def test_memory_has_its_own_error(reader: Reader) -> None:
    with pytest.raises(QueryMemory) as caught:
        reader.query(doubling("CONCAT({0}, {0})", 40), JSON, lane=Lane.TRUSTED)
    assert caught.value.extra["limit"] == "worker_memory"
