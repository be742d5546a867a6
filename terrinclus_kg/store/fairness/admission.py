"""Who may run, when, for how long, and what it costs them; whichever engine it is that runs.

    enter ── budgets ── queue ── slot of the lane ── (demote_after) ── slow slot ── leave
             429         429/503                      ended if others wait          charged

An engine enters with each query and leaves with its outcome. Meanwhile something in it (its watcher) asks `judge`
every few milliseconds whether the query must end.

When every slow slot is taken, an overlong public query stays in its slot as long as nobody has to wait for it. Then
one of the long queries must go: the one whose client has cost most is ended with QueueFull, once somebody who may run
has waited a fifth of queue_wait, or as long as demote_after if their client has cost less. So short queries go on
under any number of long ones, and the trusted lane has slots of its own.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Condition, RLock
from time import monotonic

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import (
    AnswerTooLarge,
    BadRequest,
    BudgetSpent,
    ClientLeft,
    FeatureRefused,
    MethodNotAllowed,
    QueryMemory,
    QueryTimeout,
    QueryTooLarge,
    QueueFull,
    TerrinclusError,
    WorkerDied,
)
from terrinclus_kg.metrics import Metrics
from terrinclus_kg.store.engine import Client, Conditions, Gone, Lane
from terrinclus_kg.store.fairness.budgets import Budgets
from terrinclus_kg.store.fairness.lanes import Slots, State, Ticket
from terrinclus_kg.store.queries.faults import too_many

log = logging.getLogger(__name__)

_ASK_CLIENT = 0.25  # seconds between two questions whether the client is still there
_MUCH = 20  # times demote_after that a client has cost lately: then it may not have the last free slot
_FAULTS = (AnswerTooLarge, BadRequest, FeatureRefused, MethodNotAllowed, QueryMemory, QueryTooLarge, WorkerDied)


class Admission:
    """One for all queries of an engine. All methods may be called from any thread."""

    def __init__(self, settings: Settings, metrics: Metrics, clock: Callable[[], float] = monotonic) -> None:
        self._settings, self._metrics, self._clock = settings, metrics, clock
        self._lock = RLock()
        self._budgets = Budgets(settings, clock)
        self._slow = 0
        self._lanes = {
            Lane.PUBLIC: self._slots(settings.public_workers, settings.queue_length, settings.client_queries),
            Lane.TRUSTED: self._slots(settings.trusted_workers, math.inf, math.inf),
        }
        for lane in Lane:
            metrics.waiting.labels(lane.value).set_function(partial(self.waiting, lane))
            metrics.running.labels(lane.value).set_function(partial(self.running, lane))

    def enter(self, conditions: Conditions) -> Ticket:
        """Waits for a slot, no longer than ``queue_wait`` and the patience of the conditions. Then `leave` is due.

        Raises:
            BudgetSpent: the client has spent all it may.
            ClientLeft: it has gone while it waited.
            QueueFull: too many wait already, or too many of this client.
            QueryTimeout: no slot came free in time.
        """
        slots, now = self._lanes[conditions.lane], self._clock()
        ticket = Ticket(conditions, _account(conditions.lane, conditions.client), now)
        with self._lock:
            try:
                if ticket.account and not conditions.admitted:
                    self._budgets.check(ticket.account)
                if not slots.start(ticket, now):
                    self._wait(ticket, slots)
            except TerrinclusError as error:
                self._count(conditions.lane, error)
                raise
        return ticket

    def begin(self, ticket: Ticket) -> None:
        """The engine is ready for a query that had to wait for more than its slot: its deadline counts from now."""
        ticket.begun = self._clock()

    def leave(self, ticket: Ticket, error: TerrinclusError | None = None) -> None:
        """A query is over, with its answer whole or with an error. Only the first call for a ticket counts."""
        with self._lock:
            if ticket.state is State.LEFT:
                return
            now, lane = self._clock(), ticket.conditions.lane
            if ticket.account:
                errors = float(_authors(error))
                self._budgets.charge(ticket.account, seconds=now - ticket.started, errors=errors)
            self._slow -= ticket.state is State.SLOW
            self._lanes[lane].leave(ticket, now)
        self._count(lane, error)
        self._metrics.seconds.labels(lane.value).observe(now - ticket.since)

    @contextmanager
    def aside(self, lane: Lane, client: Client) -> Iterator[None]:
        """What is done for a query before it asks for a slot: its author is charged for the time, and for an error.

        Raises:
            BudgetSpent: the client has spent all it may; nothing is done then, and it costs nothing.
        """
        account, began = _account(lane, client), self._clock()
        error: TerrinclusError | None = None
        try:
            if account:
                with self._lock:
                    self._budgets.check(account)
            yield
        except TerrinclusError as raised:
            error = raised
            self._count(lane, error)
            raise
        finally:
            if account and not isinstance(error, BudgetSpent):
                with self._lock:
                    errors = float(_authors(error))
                    self._budgets.charge(account, seconds=self._clock() - began, errors=errors)

    def judge(self, ticket: Ticket) -> TerrinclusError | None:
        """Whether a query must end now, and why. One that is late is moved to a slow slot if there is one."""
        now, deadline = self._clock(), ticket.conditions.deadline
        elapsed = now - ticket.begun
        if elapsed >= deadline:
            return self._overrun(ticket.conditions, elapsed)
        if ticket.doomed:
            return self._crowded()
        if elapsed < self._settings.demote_after:
            return None
        if now - ticket.asked >= _ASK_CLIENT:
            ticket.asked = now
            if _has_left(ticket.conditions.client.gone):
                return ClientLeft("the client went away; the query was stopped")
        return self._demote(ticket, now) if ticket.conditions.lane is Lane.PUBLIC else None

    def free(self, lane: Lane) -> int:
        """Slots of a lane that nobody has."""
        return self._lanes[lane].free

    def waiting(self, lane: Lane) -> int:
        """Queries that wait for a slot of a lane."""
        return len(self._lanes[lane].waiting)

    def running(self, lane: Lane) -> int:
        """Queries of a lane that are under way, demoted ones included."""
        return len(self._lanes[lane].under_way)

    # ---- the queue

    def _wait(self, ticket: Ticket, slots: Slots) -> None:
        if slots.full_for(ticket):
            raise self._full()
        ticket.wake = Condition(self._lock)
        slots.wait(ticket)
        until = ticket.since + min(ticket.conditions.patience, self._settings.queue_wait)
        try:
            while not ticket.wake.wait_for(lambda: ticket.state is State.RUNNING, self._nap(until)):
                self._check_waiting(ticket, until)
        except BaseException:
            slots.leave(ticket, self._clock())
            raise

    def _check_waiting(self, ticket: Ticket, until: float) -> None:
        if _has_left(ticket.conditions.client.gone):
            raise ClientLeft("the client went away; the query was not run")
        if self._clock() >= until:
            limit = self._settings.queue_wait
            late = QueryTimeout(
                f"no worker came free within {limit:g} seconds (queue_wait); the query was not run",
                limit="queue_wait",
                value=limit,
            )
            late.retry_after = math.ceil(limit)
            raise late

    def _nap(self, until: float) -> float:
        return max(0.0, min(_ASK_CLIENT, until - self._clock()))

    def _demote(self, ticket: Ticket, now: float) -> QueueFull | None:
        slots = self._lanes[ticket.conditions.lane]
        with self._lock:
            if ticket.state is not State.RUNNING:
                return None
            ticket.late = True
            if self._slow < self._settings.slow_workers:
                self._slow += 1
                slots.demote(ticket, now)
            elif not any(one.doomed for one in slots.under_way):  # else a slow slot comes free in a moment
                self._doom(slots, now)
            return self._crowded() if ticket.doomed else None

    def _doom(self, slots: Slots, now: float) -> None:
        costliest = slots.costliest(now)
        if costliest and slots.pressed(costliest, now, self._settings.queue_wait / 5, self._settings.demote_after):
            costliest.doomed = True

    def _slots(self, size: int, length: float, cap: float) -> Slots:
        little = self._settings.demote_after / self._settings.client_seconds
        long, cost = self._settings.queue_wait / 2, self._budgets.lately
        return Slots(size, length=length, cap=cap, long=long, cost=cost, much=_MUCH * little, little=little)

    # ---- what is told

    def _count(self, lane: Lane, error: TerrinclusError | None) -> None:
        self._metrics.queries.labels(lane.value, error.slug if error else "answered").inc()

    def _full(self) -> QueueFull:
        length = self._settings.queue_length
        said = f"too many queries wait already (queue_length: {length}, half of it for one client)"
        return too_many(said, "queue_length", self._settings)

    def _crowded(self) -> QueueFull:
        said = f"{self._settings.slow_workers} long queries run already (slow_workers) and others wait"
        return too_many(said, "slow_workers", self._settings)

    def _overrun(self, conditions: Conditions, elapsed: float) -> QueryTimeout:
        limit, deadline = conditions.limit, conditions.deadline
        return QueryTimeout(
            f"the query was stopped after {elapsed:.1f} seconds; it was given {deadline:g} ({limit})",
            limit=limit,
            value=deadline,
            elapsed=round(elapsed, 1),
        )


def _account(lane: Lane, client: Client) -> str:
    """Who is charged: strangers in the public lane."""
    return client.name if lane is Lane.PUBLIC and not client.authorised else ""


def _authors(error: TerrinclusError | None) -> bool:
    """Whether an error is the fault of the one who wrote the query, and not of the hour."""
    if isinstance(error, QueryTimeout):
        return error.extra["limit"] != "queue_wait"
    return isinstance(error, _FAULTS) and not isinstance(error, ClientLeft)


def _has_left(gone: Gone | None) -> bool:
    """Whether the client has left. A question that fails is no answer."""
    try:
        return gone is not None and gone()
    except Exception:
        log.exception("client_gone")
        return False
