"""Admission as an engine uses it: enter, judge, leave; with the clock in our hand, or with real threads."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pytest

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import (
    AnswerTooLarge,
    BudgetSpent,
    ClientLeft,
    FeatureRefused,
    NoRelease,
    NotAcceptable,
    QueryMemory,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooDeep,
    QueueFull,
    RemoteFailed,
    TerrinclusError,
    WorkerDied,
)
from terrinclus_kg.metrics import Metrics
from terrinclus_kg.store.engine import Client, Conditions, Lane
from terrinclus_kg.store.fairness.admission import Admission
from terrinclus_kg.store.fairness.lanes import State, Ticket
from tests.small_store import LOW, outcome, until

LIMIT: dict[str, Any] = {"limit": "x", "value": 1}


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def admission(clock: Clock | None = None, **limits: object) -> Admission:
    settings = Settings(**{**LOW, "client_seconds": 10.0, "client_errors": 2.0, **limits})  # type: ignore[arg-type]
    return Admission(settings, Metrics(), *([clock] if clock else []))


def stranger(name: str = "a", **more: Any) -> Conditions:
    return Conditions(Lane.PUBLIC, client=Client(name), **more)


def counted(house: Admission) -> dict[tuple[str, str], float]:
    samples = (sample for metric in house._metrics.queries.collect() for sample in metric.samples)
    return {(s.labels["lane"], s.labels["outcome"]): s.value for s in samples if s.name.endswith("_total")}


def test_time_is_charged_until_the_client_has_spent_its_budget() -> None:
    clock = Clock()
    house = admission(clock, client_seconds_refill=0.5)
    ticket = house.enter(stranger())
    clock.now += 12
    house.leave(ticket)
    with pytest.raises(BudgetSpent) as caught:
        house.enter(stranger())
    assert caught.value.retry_after == 5
    house.leave(house.enter(stranger("b")))
    house.leave(house.enter(Conditions(Lane.TRUSTED, client=Client("a"))))
    house.leave(house.enter(Conditions(Lane.PUBLIC, client=Client("a", authorised=True))))
    clock.now += 5
    house.leave(house.enter(stranger()))
    assert counted(house) == {
        ("public", "answered"): 4,
        ("trusted", "answered"): 1,
        ("public", "budget-spent"): 1,
    }


def test_leaving_twice_is_leaving_once() -> None:
    clock = Clock()
    house = admission(clock)
    ticket = house.enter(stranger())
    clock.now += 1
    house.leave(ticket)
    house.leave(ticket, WorkerDied("late"))
    assert house.free(Lane.PUBLIC) == 1
    assert house.running(Lane.PUBLIC) == 0
    assert counted(house) == {("public", "answered"): 1}


FAULTS: list[TerrinclusError] = [
    QuerySyntaxError("x"),
    QueryTooDeep("x", **LIMIT),
    QueryTimeout("x", limit="public_deadline", value=1),
    QueryMemory("x", **LIMIT),
    AnswerTooLarge("x", **LIMIT),
    FeatureRefused("x"),
    WorkerDied("x"),
]
NO_FAULTS: list[TerrinclusError] = [
    QueueFull("x", **LIMIT, retry_after=1),
    QueryTimeout("x", limit="queue_wait", value=1),
    NoRelease("x"),
    NotAcceptable("x"),
    RemoteFailed("x"),
    ClientLeft("x"),
]


def refuse(house: Admission, client: Client, error: TerrinclusError) -> None:
    """A query that is found faulty before it asks for a slot."""
    with contextlib.suppress(type(error)), house.aside(Lane.PUBLIC, client):
        raise error


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
def test_errors_of_the_author_count(error: TerrinclusError) -> None:
    house = admission(Clock())
    house.leave(house.enter(stranger()), error)
    refuse(house, Client("a"), error)
    with pytest.raises(BudgetSpent) as caught:
        refuse(house, Client("a"), error)
    assert caught.value.extra["limit"] == "client_errors"
    with pytest.raises(BudgetSpent):
        house.enter(stranger())


@pytest.mark.parametrize("error", NO_FAULTS, ids=lambda error: f"{type(error).__name__} {error.extra.get('limit')}")
def test_errors_of_the_hour_do_not_count(error: TerrinclusError) -> None:
    house = admission(Clock())
    for _ in range(5):
        house.leave(house.enter(stranger()), error)
    assert counted(house) == {("public", error.slug): 5}


def test_refused_queries_of_nobody_and_of_the_authorised_cost_nothing() -> None:
    house = admission(Clock())
    for client in (Client(), Client("a", authorised=True)):
        for _ in range(5):
            refuse(house, client, QuerySyntaxError("x"))
    house.leave(house.enter(stranger()))


def test_work_beside_a_slot_is_charged_and_refused_to_those_who_have_spent_all() -> None:
    clock = Clock()
    house = admission(clock, client_seconds=10, client_seconds_refill=0.01)
    for _ in range(2):
        with house.aside(Lane.PUBLIC, Client("a")):
            clock.now += 6
    done = False
    with pytest.raises(BudgetSpent) as caught, house.aside(Lane.PUBLIC, Client("a")):
        done = True
    assert not done
    assert caught.value.extra["limit"] == "client_seconds"
    with house.aside(Lane.PUBLIC, Client("b")):
        pass


def test_a_client_may_fill_half_of_the_queue() -> None:
    house = admission(queue_length=4, client_queries=1, queue_wait=20)
    holder = house.enter(stranger())
    threads = [threading.Thread(target=lambda: outcome(lambda: _pass(house, "a"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    until(lambda: house.waiting(Lane.PUBLIC) == 2)
    with pytest.raises(QueueFull) as caught:
        house.enter(stranger())
    assert caught.value.extra["limit"] == "queue_length"
    other = threading.Thread(target=lambda: _pass(house, "b"))
    other.start()
    until(lambda: house.waiting(Lane.PUBLIC) == 3)
    house.leave(holder)
    for thread in (*threads, other):
        thread.join()
    assert house.free(Lane.PUBLIC) == 1
    assert counted(house) == {("public", "answered"): 4, ("public", "queue-full"): 1}


def _pass(house: Admission, name: str) -> bytes:
    house.leave(house.enter(stranger(name)))
    return b""


def test_the_authorised_have_no_cap() -> None:
    house = admission(public_workers=4)
    tickets = [house.enter(Conditions(Lane.PUBLIC, client=Client("a", authorised=True))) for _ in range(4)]
    assert {ticket.state for ticket in tickets} == {State.RUNNING}


def judged(house: Admission, *tickets: Ticket) -> list[str]:
    return [type(reason).__name__ if (reason := house.judge(ticket)) else "" for ticket in tickets]


def test_a_query_is_demoted_then_ended_at_its_deadline() -> None:
    clock = Clock()
    house = admission(clock, slow_workers=1)
    ticket = house.enter(stranger(deadline=2))
    assert judged(house, ticket) == [""]
    assert (ticket.late, house.free(Lane.PUBLIC)) == (False, 0)
    clock.now += 0.2
    assert judged(house, ticket) == [""]
    assert (ticket.late, ticket.state, house.free(Lane.PUBLIC)) == (True, State.SLOW, 1)
    clock.now += 2
    assert judged(house, ticket) == ["QueryTimeout"]
    house.leave(ticket, house.judge(ticket))
    assert (house.free(Lane.PUBLIC), house._slow) == (1, 0)


def test_a_trusted_query_is_not_demoted() -> None:
    clock = Clock()
    house = admission(clock)
    ticket = house.enter(Conditions(Lane.TRUSTED, deadline=5))
    clock.now += 1
    assert judged(house, ticket) == [""]
    assert (ticket.late, ticket.state) == (False, State.RUNNING)


@pytest.mark.parametrize(("older", "newer"), [("", "a"), ("a", "")])
def test_when_somebody_must_go_it_is_the_one_that_has_cost_most(older: str, newer: str) -> None:
    """One in its slot, one in the only slow slot: a waiting client ends the costlier, the other goes on."""
    clock = Clock()
    house = admission(clock, slow_workers=1, queue_wait=60, client_seconds=1000)
    for name in filter(None, (older, newer)):
        ticket = house.enter(stranger(name))
        clock.now += 50  # spent before
        house.leave(ticket)
    slow = house.enter(stranger(older or "x", deadline=60))
    clock.now += 0.2
    judged(house, slow)
    overstaying = house.enter(stranger(newer or "y", deadline=60))
    clock.now += 30
    assert judged(house, slow, overstaying) == ["", ""]
    waiting = threading.Thread(target=lambda: _pass(house, "c"))
    waiting.start()
    until(lambda: house.waiting(Lane.PUBLIC) == 1)
    clock.now += 0.2
    first = judged(house, slow, overstaying)
    assert first == ["", "QueueFull" if newer else ""]
    costly, spared = (overstaying, slow) if newer else (slow, overstaying)
    assert judged(house, costly) == ["QueueFull"]
    house.leave(costly, house.judge(costly))
    assert judged(house, spared) == [""]
    waiting.join()
    assert spared.state is State.SLOW


def test_the_one_whose_turn_was_not_used_passes_it_on() -> None:
    """A client that goes while it waits takes no slot with it."""
    house = admission(queue_wait=20)
    holder = house.enter(stranger("x"))
    gone = threading.Event()
    found: list[str] = []

    def leaver() -> None:
        conditions = Conditions(Lane.PUBLIC, client=Client("a", gone=gone.is_set))
        found.append(outcome(lambda: house.leave(house.enter(conditions)) or b""))

    thread = threading.Thread(target=leaver)
    thread.start()
    until(lambda: house.waiting(Lane.PUBLIC) == 1)
    gone.set()
    thread.join()
    assert found == ["ClientLeft"]
    house.leave(holder)
    assert house.free(Lane.PUBLIC) == 1
    assert counted(house) == {("public", "client-gone"): 1, ("public", "answered"): 1}


def test_gauges_tell_the_queue_and_the_running() -> None:
    house = admission(queue_wait=20)
    holder = house.enter(stranger("x"))
    thread = threading.Thread(target=lambda: _pass(house, "a"))
    thread.start()
    until(lambda: house.waiting(Lane.PUBLIC) == 1)
    sample = house._metrics.registry.get_sample_value
    assert sample("terrinclus_queue_length", {"lane": "public"}) == 1
    assert sample("terrinclus_queries_running", {"lane": "public"}) == 1
    assert sample("terrinclus_queries_running", {"lane": "trusted"}) == 0
    house.leave(holder)
    thread.join()
    assert sample("terrinclus_queue_length", {"lane": "public"}) == 0
    assert sample("terrinclus_query_seconds_count", {"lane": "public"}) == 2
