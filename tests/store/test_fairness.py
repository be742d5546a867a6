"""Neighbours of somebody who asks too much: with real workers, real threads, low limits."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from terrinclus_kg.errors import BudgetSpent, QuerySyntaxError, TerrinclusError
from terrinclus_kg.rdf.formats import JSON
from terrinclus_kg.store.reader import Client, Lane, Reader
from tests.small_store import CROSS, outcome, reading, until

SHORT = "SELECT (1 AS ?one) {}"
STRONG = {
    "public_workers": 2,
    "slow_workers": 4,
    "queue_length": 32,
    "queue_wait": 20,
    "public_deadline": 5,
    "demote_after": 0.4,  # a short query on a busy machine is shorter
}


@contextmanager
def besieged(reader: Reader, count: int, name: Callable[[int], str]) -> Iterator[Counter[str]]:
    """So many threads that ask endless queries again and again, whatever they are told; the counter holds what."""
    stop = threading.Event()
    told: Counter[str] = Counter()

    def loop(number: int) -> None:
        client = Client(name(number), gone=stop.is_set)
        while not stop.is_set():
            told[outcome(lambda: reader.query(CROSS, JSON, client=client).read())] += 1
            stop.wait(0.02)

    threads = [threading.Thread(target=loop, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield told
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def ask_as(reader: Reader, name: str, text: str = SHORT) -> bytes:
    return reader.query(text, JSON, client=Client(name)).read()


def good_clients(reader: Reader, each: int) -> list[TerrinclusError]:
    """Four clients that ask one short query after the other. Returns what went wrong."""
    wrong: list[TerrinclusError] = []

    def ask(name: str) -> None:
        for _ in range(each):
            try:
                ask_as(reader, name)
            except TerrinclusError as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask, args=(f"good-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_many_attackers_do_not_keep_four_good_clients_from_their_answers(small_home: Path) -> None:
    with reading(small_home, **STRONG) as reader:
        with besieged(reader, 32, lambda number: f"bad-{number}") as told:
            until(lambda: reader._engine._admission._slow == 4)  # type: ignore[attr-defined]
            assert good_clients(reader, 10) == []
            assert reader.ready(10)
        assert told["QueueFull"] > 0
        assert told["answered"] == 0


def test_one_attacker_with_many_threads_has_two_queries_and_half_of_the_queue(small_home: Path) -> None:
    with reading(small_home, **STRONG) as reader:
        admission = reader._engine._admission  # type: ignore[attr-defined]
        most = 0
        with besieged(reader, 32, lambda _: "bad") as told:
            until(lambda: admission._slow == 2)
            for _ in range(10):
                most = max(most, admission.running(Lane.PUBLIC))
                assert good_clients(reader, 5) == []
            assert admission.waiting(Lane.PUBLIC) <= 16
            assert reader.ready(10)
        assert most == 2
        assert told["QueueFull"] > 0


def test_a_client_that_has_spent_its_seconds_is_told_when_to_come_back(small_home: Path) -> None:
    with reading(small_home, client_seconds=0.3, client_seconds_refill=0.5) as reader:
        assert outcome(lambda: ask_as(reader, "a", CROSS)) == "QueryTimeout"
        with pytest.raises(BudgetSpent) as caught:
            ask_as(reader, "a")
        assert caught.value.extra["limit"] == "client_seconds"
        assert 1 <= caught.value.retry_after <= 10
        assert ask_as(reader, "b")
        assert reader.query(SHORT, JSON, client=Client("a", authorised=True)).read()
        until(lambda: outcome(lambda: ask_as(reader, "a")) == "answered")


def test_errors_are_spent_too_screened_or_not(small_home: Path) -> None:
    with reading(small_home, client_errors=3, client_errors_refill=0.001) as reader:
        for text in ("SELECT", "nonsense", "SELECT * { SERVICE <http://example.org/> {} }", "SELECT"):
            found = outcome(lambda text=text: ask_as(reader, "a", text))
            assert found in ("QuerySyntaxError", "BadRequest", "FeatureRefused")
        for text in ("SELECT", "nonsense", SHORT):
            with pytest.raises(BudgetSpent) as caught:
                ask_as(reader, "a", text)
            assert caught.value.extra["limit"] == "client_errors"
        with pytest.raises(QuerySyntaxError):
            ask_as(reader, "b", "SELECT")
        assert ask_as(reader, "b")


def test_slow_readers_are_charged_for_the_worker_they_hold(small_home: Path) -> None:
    with reading(small_home, public_deadline=20, client_seconds=0.2, client_seconds_refill=0.01) as reader:
        answer = reader.query("SELECT * { ?a ?b ?c . ?d ?e ?f }", JSON, client=Client("a"))
        (run,) = reader._engine._runs  # type: ignore[attr-defined]
        until(lambda: run.ticket.late)
        threading.Event().wait(0.2)
        answer.close()
        with pytest.raises(BudgetSpent):
            ask_as(reader, "a")


def test_threads_stay_as_many_over_five_hundred_queries(small_home: Path) -> None:
    with reading(small_home, **STRONG) as reader:
        reader.ask("ASK {}")
        before, seen = threading.active_count(), set()
        for number in range(500):
            if number % 100 == 0:
                outcome(lambda: reader.query(CROSS, JSON, deadline=0.15, client=Client("long")).read())
            else:
                ask_as(reader, f"client-{number}")
            seen.add(threading.active_count())
        assert seen == {before}
