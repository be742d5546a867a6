"""Budgets: what a client is charged, when it is refused, and how long it waits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import BudgetSpent
from terrinclus_kg.store.fairness.budgets import CLIENTS, LATELY, Budgets

LIMITS = {"client_seconds": 10.0, "client_seconds_refill": 0.5, "client_errors": 3.0, "client_errors_refill": 0.1}


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def budgets(clock: Clock, clients: int = CLIENTS, **limits: float) -> Budgets:
    return Budgets(Settings(**{**LIMITS, **limits}), clock, clients=clients)  # type: ignore[arg-type]


def refusal(table: Budgets, client: str) -> BudgetSpent | None:
    try:
        table.check(client)
    except BudgetSpent as error:
        return error
    return None


def test_seconds_are_spent_and_regained() -> None:
    clock = Clock()
    table = budgets(clock)
    table.charge("a", seconds=9.5)
    assert refusal(table, "a") is None
    table.charge("a", seconds=2)  # known only afterwards: overdrawn by 1.5
    error = refusal(table, "a")
    assert error
    assert error.extra == {"limit": "client_seconds", "value": 10.0}
    assert (error.status, error.retry_after) == (429, 4)  # after 3 s the bucket is empty, not yet positive
    assert refusal(table, "b") is None
    clock.now += 3
    assert refusal(table, "a")
    clock.now += 1
    assert refusal(table, "a") is None


def test_errors_are_a_budget_of_their_own() -> None:
    clock = Clock()
    table = budgets(clock)
    for _ in range(3):
        assert refusal(table, "a") is None
        table.charge("a", errors=1)
    error = refusal(table, "a")
    assert error
    assert error.extra["limit"] == "client_errors"
    assert "3 errors" in error.message
    assert error.retry_after == 1


def test_the_longer_wait_is_told() -> None:
    table = budgets(Clock())
    table.charge("a", seconds=11, errors=5)
    error = refusal(table, "a")
    assert error
    assert (error.extra["limit"], error.retry_after) == ("client_errors", 21)


def test_asking_while_overdrawn_costs_nothing() -> None:
    table = budgets(Clock())
    table.charge("a", seconds=30)
    waits = {error.retry_after for _ in range(100) if (error := refusal(table, "a"))}
    assert len(waits) == 1


def test_what_a_client_has_cost_is_remembered_longer_than_its_budget_needs() -> None:
    clock = Clock()
    table = budgets(clock, client_seconds_refill=10)
    assert table.lately("a", clock.now) == 0
    assert table.lately("a", clock.now, 5) == 0.5
    table.charge("a", seconds=5, errors=3)
    assert table.lately("a", clock.now) == 1.5
    assert table.lately("a", clock.now, 5) == 2
    clock.now += LATELY
    assert table.lately("a", clock.now) == pytest.approx(0.75)
    clock.now += LATELY
    table.charge("a", seconds=1)
    assert table.lately("a", clock.now) == pytest.approx(0.475)


def test_clients_that_come_once_do_not_grow_the_table() -> None:
    clock = Clock()
    table = budgets(clock)
    for number in range(100_000):
        clock.now += 0.0005
        table.check(f"client-{number}")
        table.charge(f"client-{number}", seconds=0.001)
        assert len(table) <= CLIENTS


def test_those_that_have_regained_all_leave_the_table_first() -> None:
    clock = Clock()
    table = budgets(clock, clients=100)
    table.charge("overdrawn", seconds=1000)
    for number in range(99):
        table.charge(f"client-{number}", seconds=1)
    clock.now += 5
    for number in range(200):
        table.charge(f"later-{number}", seconds=0.001)
        clock.now += 1
        if number % 20 == 0:
            assert refusal(table, "overdrawn")
    assert len(table) <= 100


def test_the_least_recently_seen_leaves_a_table_of_debtors() -> None:
    table = budgets(Clock(), clients=100)
    for number in range(150):
        table.charge(f"client-{number}", seconds=1000)
    assert len(table) == 100
    assert refusal(table, "client-149")
    assert refusal(table, "client-0") is None


amounts = st.floats(0, 1000, allow_nan=False)


@given(
    charges=st.lists(st.tuples(amounts, st.integers(0, 5), amounts), min_size=1, max_size=30),
    size=st.floats(0.1, 1000),
    refill=st.floats(0.01, 100),
)
def test_nobody_has_more_than_their_budget_and_what_was_regained(
    charges: list[tuple[float, int, float]], size: float, refill: float
) -> None:
    """Whatever the order: who is admitted has spent less than the budget and the refill allow; the wait is true."""
    clock = Clock()
    table = budgets(clock, client_seconds=size, client_seconds_refill=refill, client_errors=2, client_errors_refill=1)
    began, seconds, errors = clock.now, 0.0, 0
    for spent, failed, pause in charges:
        error = refusal(table, "a")
        if error is None:
            past = clock.now - began
            assert seconds <= size + refill * past + 1e-3
            assert errors <= 2 + past + 1e-3
            table.charge("a", seconds=spent, errors=failed)
            seconds, errors = seconds + spent, errors + failed
        else:
            assert error.retry_after >= 1
            told = clock.now + error.retry_after
            clock.now = told
            assert refusal(table, "a") is None
        clock.now += pause


@given(st.floats(0.1, 50), st.floats(0.01, 10))
def test_the_wait_is_no_longer_than_needed(excess: float, refill: float) -> None:
    clock = Clock()
    table = budgets(clock, client_seconds_refill=refill)
    table.charge("a", seconds=10 + excess)
    with pytest.raises(BudgetSpent) as caught:
        table.check("a")
    clock.now += caught.value.retry_after - 1.001
    if caught.value.retry_after > 1:
        assert refusal(table, "a")
