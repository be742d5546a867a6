"""The workers of one web process: who runs, for how long, on which release.

    public lane   ── slots ──┐                     after demote_after: niced, moved to a slow slot
    trusted lane  ── slots ──┴─ workers ─ zygote   at its deadline: killed
                                                   CURRENT moved: a new zygote beside, then the switch

One thread (`_watch`) looks around every few milliseconds and does all that time brings about; callers
only wait for a slot and read frames. A worker that was demoted, killed or interrupted is never used
again, nor is its channel. Who gets a slot, and which query must end, is decided by `admission`; which
releases are open by `succession`.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from threading import Event, RLock, Thread
from time import monotonic

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ClientLeft, TerrinclusError, WorkerDied
from terrinclus_kg.metrics import Metrics
from terrinclus_kg.store.children import wire
from terrinclus_kg.store.children.wire import Frame, Kind
from terrinclus_kg.store.engine import START, Client, Conditions, Lane, Request, digest
from terrinclus_kg.store.fairness.admission import Admission
from terrinclus_kg.store.fairness.lanes import Ticket
from terrinclus_kg.store.queries.faults import memory_error
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.releases.labels import LabelTables
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.workers.generation import Generation, Idle, Worker
from terrinclus_kg.store.workers.succession import Succession

log = logging.getLogger(__name__)

_TICK = 0.05  # seconds between two looks of the watcher, at most
_DYING = 1.0  # seconds that a killed process may take to go on a busy machine
_OPENING = 0.005  # the same while somebody waits for a release to open


class Run:
    """A query under way. For one reader at a time; made by `Pool.run`."""

    def __init__(self, pool: Pool, worker: Worker, request: Request, ticket: Ticket) -> None:
        self.worker, self.request, self.ticket = worker, request, ticket
        self.started = monotonic()
        self.niced = self.killed = False
        self.reason: TerrinclusError | None = None
        self._pool = pool
        self._over = False

    @property
    def release(self) -> Release:
        return self.worker.generation.release

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
        self._end(ClientLeft("nobody has read the answer to its end"))

    def _end(self, error: TerrinclusError | None = None, *, reusable: bool = False) -> None:
        if not self._over:
            self._over = True
            if not self._pool.finish(self, error, reusable=reusable):
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
            stray = WorkerDied("the worker answered another question")
            self._end(stray)
            raise stray
        if frame.kind is Kind.ERROR:
            error = wire.unpack_error(frame.payload)
            self._end(error, reusable=error.status < 500)  # one that met a limit or a panic may be the worse for it
            raise error
        if frame.kind is Kind.LAST:
            self._end(reusable=True)
        return frame.payload, frame.kind is Kind.LAST

    def _death(self) -> TerrinclusError:
        """Why the worker has closed its channel."""
        reason = self.reason or self._pool.inquest(self)
        self._end(reason)
        return self.reason or reason


class Pool:
    """Starts with its first query. All public methods may be called from any thread."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings, self._metrics = settings, metrics
        self._lock = RLock()
        self._closed, self._bell = Event(), Event()
        self._watcher: Thread | None = None
        self._admission = Admission(settings, metrics)
        self._releases = Succession(settings, metrics, self._lock, self._bell.set)
        self._labels = LabelTables()
        self._runs: set[Run] = set()
        self._idle = {lane: Idle() for lane in Lane}

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
            BudgetSpent, QueueFull, QueryTimeout, ClientLeft: see `Admission`.
            NotFound, NoRelease, ReleaseDamaged: see `Succession.serving`.
            QueryMemory, WorkerDied, and what the worker reports.
        """
        self._start()
        if not conditions.release:
            self._releases.serving(conditions.patience)
        while True:
            run = self._begin(request, conditions)
            try:
                return run, run.start()
            except WorkerDied:
                if not (run.killed and run.worker.waited and monotonic() - run.started < _DYING):
                    raise  # else somebody killed an idle worker, and it had not quite gone when it was taken

    def _begin(self, request: Request, conditions: Conditions) -> Run:
        """Waits for a slot, and takes a worker."""
        ticket = self._admission.enter(conditions)
        try:
            worker = self._worker(conditions)
        except BaseException as error:
            self._admission.leave(ticket, error if isinstance(error, TerrinclusError) else WorkerDied(str(error)))
            raise
        self._admission.begin(ticket)
        run = Run(self, worker, request, ticket)
        with self._lock:
            self._runs.add(run)
        return run

    def aside(self, lane: Lane, client: Client) -> AbstractContextManager[None]:
        """What is done for a query before it comes here, see `Admission.aside`."""
        return self._admission.aside(lane, client)

    def close(self) -> None:
        """Ends all workers. Queries under way fail with WorkerDied."""
        self._closed.set()
        self._bell.set()
        if self._watcher:
            self._watcher.join()
        with self._lock:
            for idle in self._idle.values():
                idle.trim(0)
        self._releases.close()

    # ---- what a run tells the pool

    def finish(self, run: Run, error: TerrinclusError | None, *, reusable: bool) -> bool:
        """A run is over: its slot is free, its worker idle again (True) or ended (False)."""
        with self._lock:
            if run not in self._runs:
                return False
            self._runs.discard(run)
            worker, lane = run.worker, run.ticket.conditions.lane
            worker.generation.running -= 1
            reusable = reusable and not run.niced and self._fit(worker)
            if reusable:
                self._idle[lane].put(worker)
            self._admission.leave(run.ticket, error)
            if not reusable:
                worker.generation.kill(worker)
        self._metrics.stopped(error)
        return reusable

    def inquest(self, run: Run) -> TerrinclusError:
        """What a worker has died of."""
        try:
            status = run.worker.generation.end(run.worker)
        except OSError:
            status = 0
        log.warning("worker %d died of query %s, wait status %d", run.worker.pid, digest(run.request.query), status)
        run.killed = not status or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL)
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

    def _worker(self, conditions: Conditions) -> Worker:
        """An idle worker of the generation that is asked, or a new one. It counts as running."""
        lane = conditions.lane
        for _ in range(3):  # a zygote may have died unnoticed
            with self._lock:
                generation = self._releases.serving(conditions.patience, conditions.release)
                generation.running += 1
                if worker := self._idle[lane].take(generation):
                    return worker
                self._idle[lane].trim(self._admission.free(lane))  # one a slot, whichever release it is of
            if worker := self._fork(generation):
                return worker
        raise WorkerDied("no worker could be started")

    def _fork(self, generation: Generation) -> Worker | None:
        try:
            return generation.fork()
        except OSError:
            with self._lock:
                generation.running -= 1
            self._releases.lost(generation)
            return None

    # ---- the watcher

    def _watch(self) -> None:
        tick = min(_TICK, self._settings.demote_after / 2)
        while not self._closed.is_set():
            try:
                self._releases.follow()
                self._police()
            except Exception:
                log.exception("pool watcher")
            self._bell.wait(_OPENING if self._releases.opening() else tick)
            self._bell.clear()

    def _police(self) -> None:
        for _ in range(2):  # who is doomed by another's turn makes room for it at once
            with self._lock:
                runs = sorted(self._runs, key=lambda run: run.ticket.started)
            for run in runs:
                self._judge(run)
            if not any(run.ticket.doomed for run in runs):
                return

    def _judge(self, run: Run) -> None:
        if reason := self._admission.judge(run.ticket):
            self._stop(run, reason)
        elif run.ticket.late and not run.niced:
            self._nice(run)

    def _nice(self, run: Run) -> None:
        with self._lock:
            if run not in self._runs:
                return
            run.niced = True
            run.worker.generation.demote(run.worker)
        self._replace(run)

    def _replace(self, run: Run) -> None:
        """Starts the worker that the next query needs, since a demoted one is never used again."""
        generation, lane = run.worker.generation, run.ticket.conditions.lane
        with self._lock:
            if not self._releases.serves(generation) or len(self._idle[lane]) >= self._admission.free(lane):
                return
            generation.running += 1
        if worker := self._fork(generation):
            with self._lock:
                generation.running -= 1
                self._idle[lane].put(worker)
                self._idle[lane].trim(self._admission.free(lane))

    def _stop(self, run: Run, reason: TerrinclusError) -> None:
        """Ends a run; its reader is told the reason."""
        with self._lock:
            if run in self._runs:
                run.reason = reason
                self.finish(run, reason, reusable=False)
