"""Who comes next, without threads and processes: a clock that we move, tickets that we hold."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from terrinclus_kg.config import Settings
from terrinclus_kg.store.engine import Client, Conditions, Lane
from terrinclus_kg.store.fairness.budgets import Budgets
from terrinclus_kg.store.fairness.lanes import Slots, State, Ticket

LONG = 2.5


class Yard:
    """Slots and what clients have spent before."""

    def __init__(
        self, size: int = 1, length: float = 8, cap: float = 2, much: float = math.inf, **spent: float
    ) -> None:
        self.now, self.spent = 0.0, spent
        self.slots = Slots(size, length=length, cap=cap, long=LONG, cost=self._cost, much=much)

    def _cost(self, account: str, now: float, running: float) -> float:
        return self.spent.get(account, 0.0) + running

    def ask(self, account: str) -> Ticket:
        ticket = Ticket(Conditions(Lane.PUBLIC, client=Client(account)), account, self.now)
        if not self.slots.start(ticket, self.now):
            assert not self.slots.full_for(ticket)
            self.slots.wait(ticket)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        self.slots.leave(ticket, self.now)


def states(*tickets: Ticket) -> str:
    return "".join(ticket.state.name[0] for ticket in tickets)


def test_who_has_spent_least_comes_first() -> None:
    yard = Yard(rich=0.1, poor=5.0, middle=1.0)
    first = yard.ask("x")
    poor, middle, rich = yard.ask("poor"), yard.ask("middle"), yard.ask("rich")
    yard.leave(first)
    assert states(poor, middle, rich) == "WWR"
    yard.leave(rich)
    assert states(poor, middle, rich) == "WRL"
    yard.leave(middle)
    assert states(poor) == "R"


def test_equals_come_in_order_of_arrival() -> None:
    yard = Yard()
    first = yard.ask("x")
    queue = [yard.ask(name) for name in ("a", "b", "c", "")]
    for expected in range(4):
        yard.leave(first if not expected else queue[expected - 1])
        assert states(*queue) == "L" * expected + "R" + "W" * (3 - expected)


def test_a_query_under_way_counts_as_spent() -> None:
    yard = Yard(size=2, frugal=0.5)
    running, other = yard.ask("busy"), yard.ask("x")
    busy, frugal = yard.ask("busy"), yard.ask("frugal")
    yard.now = 1.0
    yard.leave(other)
    assert states(running, busy, frugal) == "RWR"


def test_the_last_free_slot_is_for_those_who_have_not_cost_much() -> None:
    yard = Yard(size=2, much=10, costly=11.0, dear=12.0)
    costly, dear, cheap = yard.ask("costly"), yard.ask("dear"), yard.ask("cheap")
    assert states(costly, dear, cheap) == "RWR"
    yard.leave(cheap)
    assert states(dear) == "W"
    yard.leave(costly)
    assert states(dear) == "R"


def test_the_only_slot_is_for_all() -> None:
    yard = Yard(size=1, much=10, costly=11.0)
    assert states(yard.ask("costly")) == "R"


def test_a_client_at_its_cap_waits_while_others_pass() -> None:
    yard = Yard(size=4, cap=2)
    mine = [yard.ask("a") for _ in range(4)]
    assert states(*mine) == "RRWW"
    other = yard.ask("b")
    assert states(other) == "R"
    assert yard.slots.free == 1
    yard.leave(mine[0])
    assert states(*mine) == "LRRW"


def test_a_demoted_query_still_counts_for_its_client() -> None:
    yard = Yard(size=2, cap=2)
    mine = [yard.ask("a") for _ in range(3)]
    yard.slots.demote(mine[0], yard.now)
    yard.slots.demote(mine[1], yard.now)
    assert states(*mine) == "SSW"
    assert yard.slots.free == 2
    yard.leave(mine[0])
    assert states(*mine) == "LSR"


def test_nobody_counts_for_no_client() -> None:
    yard = Yard(size=4, cap=2)
    assert states(*(yard.ask("") for _ in range(5))) == "RRRRW"


@pytest.mark.parametrize(("length", "share"), [(0, 0), (1, 1), (5, 3), (8, 4)])
def test_a_client_fills_at_most_half_of_the_queue(length: int, share: int) -> None:
    yard = Yard(length=length)
    yard.ask("x")
    for _ in range(share):
        yard.ask("a")
    new = Ticket(Conditions(Lane.PUBLIC), "a", 0)
    assert yard.slots.full_for(new)
    other = Ticket(Conditions(Lane.PUBLIC), "b", 0)
    assert yard.slots.full_for(other) == (share == length)


def test_who_has_waited_long_gets_every_other_slot() -> None:
    """However many cheaper ones come: the costly one is served soon after its wait has become long."""
    yard = Yard(costly=1000.0)
    holder = yard.ask("x")
    costly = yard.ask("costly")
    number = 0
    while costly.state is State.WAITING:
        number += 1
        cheap = yard.ask(f"cheap-{number}")
        yard.now += 0.1
        yard.leave(holder)
        holder = cheap
        assert yard.now < LONG + 0.3, "it starves"
    assert yard.now > LONG


def test_those_who_leave_the_queue_are_forgotten() -> None:
    yard = Yard()
    first, second, third = yard.ask("a"), yard.ask("b"), yard.ask("b")
    yard.leave(second)
    assert states(first, second, third) == "RLW"
    yard.leave(first)
    yard.leave(third)
    yard.leave(third)
    assert (yard.slots.free, yard.slots.waiting, yard.slots._clients) == (1, [], {})


def test_pressure_comes_from_who_may_run() -> None:
    yard = Yard(cap=1)
    running = yard.ask("a")
    yard.ask("a")  # waits for its own client, not for a slot
    yard.now = 10
    assert not yard.slots.pressed(running, yard.now, 1, 0.1)
    yard.ask("b")
    yard.now = 10.05
    assert not yard.slots.pressed(running, yard.now, 1, 0.1)
    yard.now = 10.2  # b has spent less than a
    assert yard.slots.pressed(running, yard.now, 1, 0.1)


def test_one_who_has_spent_more_presses_later() -> None:
    yard = Yard(b=100.0)
    running = yard.ask("a")
    yard.ask("b")
    yard.now = 0.9
    assert not yard.slots.pressed(running, yard.now, 1, 0.1)
    yard.now = 1.1
    assert yard.slots.pressed(running, yard.now, 1, 0.1)


def test_who_comes_below_the_cap_presses_from_then_on() -> None:
    yard = Yard(size=2, cap=1)
    running, other = yard.ask("a"), yard.ask("b")
    yard.ask("a")
    yard.now = 5
    yard.ask("c")
    yard.leave(running)  # its slot goes to c or to a; b is pressed by the other, not by the past
    assert not yard.slots.pressed(other, yard.now, 1, 0.1)
    yard.now = 5.5
    assert yard.slots.pressed(other, yard.now, 1, 0.1)


def test_the_costliest_of_the_late_is_found() -> None:
    yard = Yard(size=4, b=5.0)
    queries = [yard.ask(name) for name in ("a", "b", "c", "")]
    assert yard.slots.costliest(1) is None
    for ticket in queries:
        ticket.late = True
    yard.slots.demote(queries[1], 1)
    assert yard.slots.costliest(1) is queries[1]
    yard.leave(queries[1])
    assert yard.slots.costliest(1) is queries[0]
    yard.leave(queries[0])
    yard.leave(queries[2])
    assert yard.slots.costliest(1) is queries[3]


def test_slots_are_neither_lost_nor_made() -> None:
    """Two thousand random events: never more run than may, nobody waits while a slot is free, all ends at rest."""
    chance = random.Random(7)
    yard = Yard(size=3, length=20, cap=2)
    tickets: list[Ticket] = []
    for _ in range(2000):
        yard.now += chance.random() / 10
        tickets = [ticket for ticket in tickets if ticket.state is not State.LEFT]
        running = [ticket for ticket in tickets if ticket.state is State.RUNNING]
        event = chance.random()
        if event < 0.5 and len(yard.slots.waiting) < 8:
            tickets.append(yard.ask(chance.choice(["", "a", "b", "c", "d"])))
        elif event < 0.6 and running:
            yard.slots.demote(chance.choice(running), yard.now)
        elif tickets:
            yard.leave(chance.choice(tickets))
        under_way = [ticket for ticket in tickets if ticket.state in (State.RUNNING, State.SLOW)]
        assert yard.slots.free == 3 - sum(ticket.state is State.RUNNING for ticket in tickets)
        for name in "abcd":
            assert sum(ticket.account == name for ticket in under_way) <= 2
        if yard.slots.free:
            assert not any(yard.slots._may_run(ticket) for ticket in yard.slots.waiting)
    for ticket in tickets:
        yard.leave(ticket)
    assert (yard.slots.free, yard.slots._clients) == (3, {})


def test_costs_within_a_factor_of_two_are_equal() -> None:
    yard = Yard(dear=15.9, dearer=16.1, cheaper=15.8, cheap=8.1)
    first = yard.ask("x")
    waiting = [yard.ask(name) for name in ("dearer", "dear", "cheaper", "cheap")]
    yard.leave(first)
    served = []
    while running := [ticket for ticket in waiting if ticket.state is State.RUNNING]:
        served.append(running[0].account)
        yard.leave(running[0])
    assert served == ["dear", "cheaper", "cheap", "dearer"]


def test_queries_of_one_client_are_served_in_order_however_time_goes() -> None:
    """What a client has cost fades while it is compared: that must not put its last query before its first."""
    ticks = itertools.count(1000.0, 0.01)
    budgets = Budgets(Settings(), lambda: next(ticks))
    budgets.charge("a", seconds=30)
    slots = Slots(1, length=100, cap=100, long=LONG, cost=budgets.lately)
    tickets = []
    for _ in range(10):
        tickets.append(Ticket(Conditions(Lane.PUBLIC, client=Client("a")), "a", next(ticks)))
        if not slots.start(tickets[-1], next(ticks)):
            slots.wait(tickets[-1])
    for ticket in tickets:
        assert ticket.state is State.RUNNING
        slots.leave(ticket, next(ticks))
