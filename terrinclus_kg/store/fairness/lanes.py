"""Who comes next: a lane has so many slots, and those who wait for one are served by what they have cost.

Among those that may run, the client that has cost least lately comes first; equals in order of arrival. Costs within a
factor of two are equal: a difference of milliseconds lets nobody wait. So that nobody waits in vain, every other slot
goes to whoever has waited longest, once that is long. The last free slot is kept for those who have not cost much. A
client has so many queries under way, demoted ones included; its further ones wait and let others pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from threading import Condition

from terrinclus_kg.store.engine import Conditions

_FAR = 10_000  # beyond the exponents of all numbers


class State(Enum):
    """Where a query is: SLOW is under way without a slot of its lane."""

    WAITING = 1
    RUNNING = 2
    SLOW = 3
    LEFT = 4


@dataclass(eq=False, slots=True)
class Ticket:
    """A query from the moment it asks for a slot until it has left. Times are in seconds, of one clock.

    ``account``: the client that is charged, "" nobody. ``started``: when it got its slot; ``begun``: when the engine
    was ready for it. ``asked``: when the client was last asked whether it is still there. ``late``: it has run longer
    than `demote_after`. ``doomed``: it must make room. ``wake``: what a waiting thread waits on.
    """

    conditions: Conditions
    account: str
    since: float
    started: float = 0.0
    begun: float = 0.0
    asked: float = 0.0
    state: State = State.WAITING
    late: bool = False
    doomed: bool = False
    wake: Condition | None = None


@dataclass(slots=True)
class _Presence:
    """What a client has in a lane. ``able``: since when it has been allowed one more query."""

    running: list[Ticket]
    waiting: int = 0
    able: float = -math.inf


class Slots:
    """The slots of one lane and those who wait for one. Not for several threads at a time.

    Args:
        size: how many queries may run in the lane.
        length: how many may wait.
        cap: how many of one client may run.
        long: seconds after which a wait is long.
        cost: what a client has cost lately: its name, the time, seconds not charged yet → 0 and more.
        much: what cost is much.
        little: below this, all costs are equal.
    """

    def __init__(
        self,
        size: int,
        *,
        length: float,
        cap: float,
        long: float,
        cost: Callable[[str, float, float], float],
        much: float = math.inf,
        little: float = 0.0,
    ) -> None:
        self.free = size
        self.waiting: list[Ticket] = []  # in order of arrival
        self.under_way: list[Ticket] = []
        self._length, self._cap, self._long, self._lately = length, cap, long, cost
        self._much, self._little, self._kept = much, little, min(1, size - 1)
        self._clients: dict[str, _Presence] = {}
        self._turn_of_oldest = False

    def full_for(self, ticket: Ticket) -> bool:
        """Whether the queue has no place: for anybody, or for this client, which may fill half of it."""
        if not ticket.account:
            return len(self.waiting) >= self._length
        mine = self._clients[ticket.account].waiting if ticket.account in self._clients else 0
        return len(self.waiting) >= self._length or mine >= math.ceil(self._length / 2)

    def start(self, ticket: Ticket, now: float) -> bool:
        """Lets a newcomer run if it may at once. Nobody is passed: whoever waits now may not run yet."""
        if not self._may_start(ticket, now):
            return False
        self._run(ticket, now)
        return True

    def wait(self, ticket: Ticket) -> None:
        """Puts a newcomer into the queue."""
        self.waiting.append(ticket)
        if ticket.account:
            self._presence(ticket.account).waiting += 1

    def leave(self, ticket: Ticket, now: float) -> None:
        """Ends a ticket, wherever it is; slots that are free then are passed on."""
        state, ticket.state = ticket.state, State.LEFT
        if state is State.WAITING:
            self._stop_waiting(ticket)
        elif state is not State.LEFT:
            self.free += state is State.RUNNING
            self.under_way.remove(ticket)
            if ticket.account:
                present = self._clients[ticket.account]
                present.running.remove(ticket)
                present.able = now
        self._forget(ticket.account)
        self._pass_on(now)

    def demote(self, ticket: Ticket, now: float) -> None:
        """A running query goes on outside of the lane: its slot is passed on."""
        ticket.state = State.SLOW
        self.free += 1
        self._pass_on(now)

    def costliest(self, now: float) -> Ticket | None:
        """The late query whose client has cost most; of equals the one that has run longest."""
        late = (ticket for ticket in self.under_way if ticket.late)
        return max(late, key=lambda ticket: (self._cost(ticket.account, now), now - ticket.started), default=None)

    def pressed(self, ticket: Ticket, now: float, patience: float, least: float) -> bool:
        """Whether somebody who may run has waited more than ``patience`` seconds for a slot, or ``least`` seconds if
        their client has cost less than that of ``ticket``, which is under way."""
        theirs = self._cost(ticket.account, now)
        return any(
            waited > patience or (waited > least and self._cost(one.account, now) < theirs)
            for one in self.waiting
            if self._may_run(one) and (waited := now - self._able_since(one)) > least
        )

    def _pass_on(self, now: float) -> None:
        while self.free and (ticket := self._next(now)):
            self._stop_waiting(ticket)
            self._run(ticket, now)
            if ticket.wake:
                ticket.wake.notify()

    def _next(self, now: float) -> Ticket | None:
        able = [ticket for ticket in self.waiting if self._may_start(ticket, now)]
        if not able:
            return None
        if now - able[0].since > self._long:
            self._turn_of_oldest = not self._turn_of_oldest
            if self._turn_of_oldest:
                return able[0]
        return min(able, key=lambda ticket: self._order(self._cost(ticket.account, now)))

    def _order(self, cost: float) -> int:
        """The same for costs within a factor of two."""
        return math.frexp(cost)[1] if cost > self._little else -_FAR

    def _run(self, ticket: Ticket, now: float) -> None:
        self.free -= 1
        self.under_way.append(ticket)
        ticket.state, ticket.started, ticket.begun, ticket.asked = State.RUNNING, now, now, now
        if ticket.account:
            self._presence(ticket.account).running.append(ticket)

    def _may_run(self, ticket: Ticket) -> bool:
        present = self._clients.get(ticket.account)
        return present is None or len(present.running) < self._cap

    def _may_start(self, ticket: Ticket, now: float) -> bool:
        if not self.free or not self._may_run(ticket):
            return False
        return self.free > self._kept or self._cost(ticket.account, now) <= self._much

    def _able_since(self, ticket: Ticket) -> float:
        present = self._clients.get(ticket.account)
        return max(ticket.since, present.able) if present else ticket.since

    def _cost(self, account: str, now: float) -> float:
        if not account:
            return 0.0
        present = self._clients.get(account)
        return self._lately(account, now, sum(now - one.started for one in present.running) if present else 0.0)

    def _presence(self, account: str) -> _Presence:
        return self._clients.setdefault(account, _Presence([]))

    def _stop_waiting(self, ticket: Ticket) -> None:
        self.waiting.remove(ticket)
        if ticket.account:
            self._clients[ticket.account].waiting -= 1

    def _forget(self, account: str) -> None:
        present = self._clients.get(account)
        if present and not present.running and not present.waiting:
            del self._clients[account]
