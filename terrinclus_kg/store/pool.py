"""The workers of one web process: who runs, for how long, on which release.

    public lane   ── slots ──┐                     after demote_after: niced, moved to a slow slot
    trusted lane  ── slots ──┴─ workers ─ zygote   at its deadline: killed
                                                   CURRENT moved: a new zygote beside, then the switch

One thread (`_watch`) looks around every few milliseconds and does all that time brings about; callers
only wait for a slot and read frames. A worker that was demoted, killed or interrupted is never used
again, nor is its channel.

When every slow slot is taken, an overlong public query stays in its slot, niced, as long as nobody has
to wait for it. Once the first in the queue has waited a fifth of queue_wait, the query that has overstayed
longest is ended with QueueFull. So short queries go on under any number of long ones, and the trusted
lane has slots and processor time of its own.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import signal
from collections.abc import Iterable, Iterator
from threading import Event, RLock, Thread
from time import monotonic

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import (
    BadRequest,
    QueryTimeout,
    QueueFull,
    TerrinclusError,
    WorkerDied,
)
from terrinclus_kg.metrics import Metrics
from terrinclus_kg.store import layout, wire
from terrinclus_kg.store.engine import START, Conditions, Lane
from terrinclus_kg.store.faults import memory_error
from terrinclus_kg.store.generation import Worker
from terrinclus_kg.store.labels import LabelTables
from terrinclus_kg.store.lanes import ASK_CLIENT, Slots, has_left
from terrinclus_kg.store.layout import Release
from terrinclus_kg.store.succession import Succession
from terrinclus_kg.store.wire import Frame, Kind
from terrinclus_kg.store.worker import Request

log = logging.getLogger(__name__)

_TICK = 0.05  # seconds between two looks of the watcher, at most


class Run:
    """A query under way. For one reader at a time; made by `Pool.run`."""

    def __init__(self, pool: Pool, worker: Worker, request: Request, conditions: Conditions) -> None:
        self.worker, self.request, self.conditions = worker, request, conditions
        self.lane = conditions.lane
        self.started = self.asked = monotonic()
        self.niced = self.demoted = False
        self.reason: TerrinclusError | None = None
        self._pool = pool
        self._over = False

    @property
    def release(self) -> Release:
        return self.worker.generation.release

    def elapsed(self) -> float:
        return monotonic() - self.started

    def start(self) -> Iterator[bytes]:
        """Sends the request and waits for the first part of the answer.

        Returns:
            all parts, the first included.

        Raises:
            TerrinclusError: what went wrong; later on the parts raise it.
        """
        self.worker.queries += 1
        try:
            wire.send(self.worker.channel, Frame(Kind.REQUEST, self.worker.queries, self.request.pack()))
        except OSError:
            raise self._death() from None
        first, last = self._next()
        return iter([first] if first else []) if last else self._parts(first)

    def close(self) -> None:
        """Gives up the answer if it is not whole yet: its worker is ended."""
        self._end(reusable=False)

    def _end(self, *, reusable: bool) -> None:
        if not self._over:
            self._over = True
            if not self._pool.finish(self, reusable=reusable):
                self.worker.channel.close()

    def _parts(self, part: bytes) -> Iterator[bytes]:
        last = False
        try:
            while not last:
                yield part
                part, last = self._next()
            yield part
        finally:
            self.close()

    def _next(self) -> tuple[bytes, bool]:
        """The next part, and whether it is the last."""
        try:
            frame = wire.receive(self.worker.channel, self.worker.buffer)
        except (EOFError, OSError, wire.WireError):
            raise self._death() from None
        if frame.id != self.worker.queries:
            self.close()
            raise WorkerDied("the worker answered another question")
        if frame.kind is Kind.ERROR:
            error = wire.unpack_error(frame.payload)
            self._end(reusable=error.status < 500)  # a worker that met a limit or a panic may be the worse for it
            raise error
        if frame.kind is Kind.LAST:
            self._end(reusable=True)
        return frame.payload, frame.kind is Kind.LAST

    def _death(self) -> TerrinclusError:
        """Why the worker has closed its channel."""
        reason = self.reason or self._pool.inquest(self)
        self.close()
        return self.reason or reason


class Pool:
    """Starts with its first query. All public methods may be called from any thread."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings, self._metrics = settings, metrics
        self._lock = RLock()
        self._closed = Event()
        self._watcher: Thread | None = None
        self._releases = Succession(settings, self._lock)
        self._labels = LabelTables()
        self._runs: set[Run] = set()
        self._slow = 0
        self._lanes = {
            Lane.PUBLIC: Slots(self._lock, settings.public_workers, settings.queue_length, settings.queue_wait),
            Lane.TRUSTED: Slots(self._lock, settings.trusted_workers, math.inf, settings.queue_wait),
        }

    @property
    def release(self) -> Release:
        """The release that new queries are asked of. Raises NoRelease, ReleaseDamaged."""
        self._start()
        return self._releases.serving(START).release

    @property
    def serving(self) -> str:
        """The id of the release that new queries are asked of, "" while there is none. Never waits, never raises."""
        return self._releases.serving_id

    def labels(self, iris: Iterable[str]) -> dict[str, dict[str, str]]:
        """Labels of all these things at once: IRI → language tag (or "") → label. Things without one are absent."""
        return self._labels.of(self.release, iris)

    def run(self, request: Request, conditions: Conditions) -> tuple[Run, Iterator[bytes]]:
        """Asks a worker.

        Returns:
            the run, and the parts of its answer. Nothing has been sent if this raises.

        Raises:
            NoRelease, QueueFull, QueryTimeout, QueryMemory, WorkerDied, and what the worker reports.
        """
        self._start()
        lane, patience = conditions.lane, conditions.patience
        self._releases.serving(patience)
        self._lanes[lane].enter(patience, conditions.client.gone)
        try:
            worker = self._worker(lane, patience)
        except BaseException:
            self._lanes[lane].leave()
            raise
        run = Run(self, worker, request, conditions)
        with self._lock:
            self._runs.add(run)
        return run, run.start()

    def close(self) -> None:
        """Ends all workers. Queries under way fail with WorkerDied."""
        self._closed.set()
        if self._watcher:
            self._watcher.join()
        with self._lock:
            for slots in self._lanes.values():
                slots.clear()
        self._releases.close()

    # ---- what a run tells the pool

    def finish(self, run: Run, *, reusable: bool) -> bool:
        """A run is over: its slot is free, its worker idle again (True) or ended (False)."""
        with self._lock:
            if run not in self._runs:
                return False
            self._runs.discard(run)
            if run.demoted:
                self._slow -= 1
            worker = run.worker
            worker.generation.running -= 1
            reusable = reusable and not run.niced and self._fit(worker)
            if reusable:
                self._lanes[run.lane].idle.append(worker)
            if not run.demoted:
                self._lanes[run.lane].leave()
            if not reusable:
                worker.generation.kill(worker)
            return reusable

    def inquest(self, run: Run) -> TerrinclusError:
        """What a worker has died of."""
        try:
            status = run.worker.generation.end(run.worker)
        except OSError:
            status = 0
        digest = hashlib.sha256(run.request.query.encode()).hexdigest()[:16]
        log.warning("worker %d died of query %s, wait status %d", run.worker.pid, digest, status)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT:  # so ends a failed allocation
            return memory_error(self._settings.worker_memory)
        return WorkerDied("the query ended its worker process; all other queries go on")

    def _fit(self, worker: Worker) -> bool:
        """Whether a worker may have another query."""
        young = worker.queries < self._settings.worker_queries
        return young and not worker.buffer and self._releases.serves(worker.generation)

    # ---- workers

    def _start(self) -> None:
        with self._lock:
            if self._watcher is None and not self._closed.is_set():
                layout.current(self._settings.releases)
                self._watcher = Thread(target=self._watch, name="pool-watcher", daemon=True)
                self._watcher.start()

    def _worker(self, lane: Lane, patience: float) -> Worker:
        """An idle worker of the serving generation, or a new one. It counts as running."""
        for _ in range(3):  # a zygote may have died unnoticed
            with self._lock:
                generation = self._releases.serving(patience)
                generation.running += 1
                if worker := self._lanes[lane].idle_worker(generation):
                    return worker
            try:
                return generation.fork()
            except OSError:
                with self._lock:
                    generation.running -= 1
                self._releases.lost(generation)
        raise WorkerDied("no worker could be started")

    # ---- the watcher

    def _watch(self) -> None:
        tick = min(_TICK, self._settings.demote_after / 2)
        while True:
            try:
                self._releases.follow()
                self._police()
            except Exception:
                log.exception("pool watcher")
            if self._closed.wait(tick):
                return

    def _police(self) -> None:
        with self._lock:
            runs = sorted(self._runs, key=lambda run: run.started)
        for run in runs:
            self._judge(run)

    def _judge(self, run: Run) -> None:
        elapsed = run.elapsed()
        deadline = run.conditions.deadline
        if elapsed >= deadline:
            self._stop(run, _overrun(elapsed, deadline, run.lane))
        elif elapsed >= self._settings.demote_after:
            if self._client_gone(run):
                self._stop(run, BadRequest("the client went away; the query was stopped"))
            elif run.lane is Lane.PUBLIC and not run.demoted:
                self._demote(run)

    def _client_gone(self, run: Run) -> bool:
        now = monotonic()
        if now - run.asked < ASK_CLIENT:
            return False
        run.asked = now
        return has_left(run.conditions.client.gone)

    def _demote(self, run: Run) -> None:
        with self._lock:
            if run not in self._runs:
                return
            if not run.niced:
                run.niced = True
                run.worker.generation.demote(run.worker)
            if self._slow < self._settings.slow_workers:
                self._slow += 1
                run.demoted = True
                self._lanes[run.lane].leave()
            elif self._lanes[run.lane].waited() > self._settings.queue_wait / 5:
                self._stop(run, self._crowded())

    def _crowded(self) -> QueueFull:
        limit, seconds = self._settings.slow_workers, self._settings.queue_wait
        return QueueFull(
            f"{limit} long queries run already (slow_workers) and others wait; ask again in a moment",
            limit="slow_workers",
            value=limit,
            retry_after=math.ceil(seconds),
        )

    def _stop(self, run: Run, reason: TerrinclusError) -> None:
        """Ends a run; its reader is told the reason."""
        with self._lock:
            if run in self._runs:
                run.reason = reason
                self.finish(run, reusable=False)


def _overrun(elapsed: float, deadline: float, lane: Lane) -> QueryTimeout:
    limit = f"{lane.value}_deadline"
    return QueryTimeout(
        f"the query was stopped after {elapsed:.1f} seconds; the limit ({limit}) is {deadline:g} seconds",
        limit=limit,
        value=deadline,
        elapsed=round(elapsed, 1),
    )
