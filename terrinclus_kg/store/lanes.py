"""Who may run when: a lane has so many slots, and those who wait for one are served in their order."""

from __future__ import annotations

import logging
import math
from collections import deque
from dataclasses import dataclass
from threading import Condition, RLock
from time import monotonic

from terrinclus_kg.errors import BadRequest, QueryTimeout, QueueFull
from terrinclus_kg.store.engine import Gone
from terrinclus_kg.store.generation import Generation, Worker

log = logging.getLogger(__name__)

ASK_CLIENT = 0.25  # seconds between two questions whether the client is still there


def has_left(gone: Gone | None) -> bool:
    """Whether the client has left. A question that fails is no answer."""
    try:
        return gone is not None and gone()
    except Exception:
        log.exception("client_gone")
        return False


@dataclass(eq=False, slots=True)
class _Ticket:
    """One who waits. ``granted``: a slot has been passed on to it."""

    wake: Condition
    since: float
    granted: bool = False


class Slots:
    """The slots of one lane, and its idle workers. All state is guarded by the pool's lock.

    Args:
        lock: the pool's lock.
        size: how many queries may run in the lane.
        queue_length: how many may wait; infinite for the trusted lane, whose callers are our own threads.
        queue_wait: how long one waits, in seconds.
    """

    def __init__(self, lock: RLock, size: int, queue_length: float, queue_wait: float) -> None:
        self.idle: list[Worker] = []
        self._lock, self._free = lock, size
        self._queue_length, self._queue_wait = queue_length, queue_wait
        self._queue: deque[_Ticket] = deque()

    def enter(self, patience: float = math.inf, gone: Gone | None = None) -> None:
        """Takes a slot, in turn; waits no longer than ``patience`` seconds, if that is less than ``queue_wait``.

        Raises:
            BadRequest: the client has left meanwhile.
            QueueFull: too many wait already.
            QueryTimeout: none came free within ``queue_wait``.
        """
        with self._lock:
            if self._free:
                self._free -= 1
                return
            if len(self._queue) >= self._queue_length:
                raise QueueFull(
                    f"too many queries wait already (queue_length: {self._queue_length}); ask again in a moment",
                    limit="queue_length",
                    value=self._queue_length,
                    retry_after=math.ceil(self._queue_wait),
                )
            self._wait(_Ticket(Condition(self._lock), monotonic()), min(patience, self._queue_wait), gone)

    def leave(self) -> None:
        """Gives a slot back: to the first in the queue, if there is one."""
        with self._lock:
            if self._queue:
                first = self._queue.popleft()
                first.granted = True
                first.wake.notify()
            else:
                self._free += 1

    def idle_worker(self, generation: Generation) -> Worker | None:
        """An idle worker of this generation, alive; those of former ones are dropped."""
        while self.idle:
            worker = self.idle.pop()
            if worker.generation is generation and worker.alive():
                return worker
            worker.discard()
        return None

    def clear(self) -> None:
        """Drops all idle workers."""
        while self.idle:
            self.idle.pop().discard()

    def waited(self) -> float:
        """Seconds that the first in the queue has waited."""
        with self._lock:
            return monotonic() - self._queue[0].since if self._queue else 0.0

    def _wait(self, ticket: _Ticket, patience: float, gone: Gone | None) -> None:
        self._queue.append(ticket)
        until = monotonic() + patience
        while not ticket.wake.wait_for(lambda: ticket.granted, min(ASK_CLIENT, until - monotonic())):
            if has_left(gone):
                self._queue.remove(ticket)
                raise BadRequest("the client went away; the query was not run")
            if monotonic() >= until:
                self._queue.remove(ticket)
                raise QueryTimeout(
                    f"no worker came free within {self._queue_wait:g} seconds (queue_wait); the query was not run",
                    limit="queue_wait",
                    value=self._queue_wait,
                )
