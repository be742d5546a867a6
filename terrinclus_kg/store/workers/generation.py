"""A release being served: the zygote that holds it open, and the workers forked from it."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock

from terrinclus_kg.config import bare_environment
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.workers.zygote import NUMBER, ORDER, READY, Order

_PATIENCE = 5.0  # seconds for a reply to an order; they take milliseconds


def _readable(channel: socket.socket) -> bool:
    """Whether there is something to read, or the end. By poll: select knows 1024 descriptors, and clients take many."""
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    return bool(poll.poll(0))


@dataclass(eq=False, slots=True)
class Worker:
    """A worker process as its user sees it. ``queries`` counts those it was asked; ``waited``: it has been idle."""

    generation: Generation
    pid: int
    channel: socket.socket
    buffer: bytearray = field(default_factory=bytearray)
    queries: int = 0
    waited: bool = False

    def alive(self) -> bool:
        """Whether an idle worker still waits: a readable channel means that it has gone."""
        return not _readable(self.channel)

    def discard(self) -> None:
        """Ends a worker that nobody reads from any more."""
        self.generation.kill(self)
        self.channel.close()


class Generation:
    """Starts at once, is usable when `ready` says so. All methods may be called from any thread.

    Make it in a thread that lives as long as it should: on Linux the zygote dies with that thread.
    ``running`` is the pool's count of queries under way. A ``quiet`` one writes nothing to standard error: it was
    tried before, and what it would say is known.
    """

    def __init__(self, release: Release, worker_memory: int, *, quiet: bool = False) -> None:
        self.release = release
        self.running = 0
        self._sending, self._asking = Lock(), Lock()  # the second is held until the reply is there
        self._broken = False
        self._control, theirs = socket.socketpair()
        self._control.settimeout(_PATIENCE)
        paths = (str(release.store_path.resolve()), str(release.manifest_path.resolve()))
        arguments = (str(theirs.fileno()), str(os.getpid()), *paths, str(worker_memory))
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                [sys.executable, "-P", "-W", "ignore", "-m", "terrinclus_kg.store.workers.zygote", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL if quiet else None,
                env=bare_environment(),
                pass_fds=[theirs.fileno()],
                process_group=0,
            )

    def ready(self) -> bool | None:
        """True: it can fork. None: not yet. False: it could not open the release. Asked until it is not None."""
        if not _readable(self._control):
            return None
        return self._control.recv(len(READY)) == READY

    def alive(self) -> bool:
        """Whether it can still fork."""
        return not self._broken and self._process.poll() is None

    def fork(self) -> Worker:
        """A new worker. Raises OSError if the zygote is gone."""
        reply, descriptors = self._ask(Order.FORK, 0)
        return Worker(self, NUMBER.unpack(reply)[0], socket.socket(fileno=descriptors[0]))

    def end(self, worker: Worker) -> int:
        """The wait status of a worker that closed its channel. Raises OSError if the zygote is gone."""
        reply, _ = self._ask(Order.END, worker.pid)
        return int(NUMBER.unpack(reply)[0])

    def kill(self, worker: Worker) -> None:
        """Ends a worker at once. Whoever waits on its channel sees the end of it, and closes it."""
        with suppress(OSError):
            self._send(Order.KILL, worker.pid)
        with suppress(OSError):
            worker.channel.shutdown(socket.SHUT_RDWR)

    def demote(self, worker: Worker) -> None:
        """Lets a worker run only when others leave the processor."""
        with suppress(OSError):
            self._send(Order.NICE, worker.pid)

    def close(self) -> None:
        """Ends the zygote and all its workers."""
        self._control.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE)
            return
        self._process.kill()
        self._process.wait()

    def _ask(self, order: Order, pid: int) -> tuple[bytes, list[int]]:
        with self._asking:
            try:
                self._send(order, pid)
                reply, descriptors, _, _ = socket.recv_fds(self._control, NUMBER.size, 1)
                if len(reply) < NUMBER.size or (order is Order.FORK and not descriptors):
                    raise ConnectionError("the zygote is gone")
            except OSError:
                self._broken = True  # after a late reply no other could be trusted
                raise
        return reply, descriptors

    def _send(self, order: Order, pid: int) -> None:
        with self._sending:
            self._control.sendall(ORDER.pack(order.value, pid))


class Idle:
    """The idle workers of one lane, of all releases that are open. Not for several threads at a time."""

    def __init__(self) -> None:
        self._workers: list[Worker] = []  # idle for longest first

    def __len__(self) -> int:
        return len(self._workers)

    def take(self, generation: Generation) -> Worker | None:
        """A worker of this generation, alive; the last that was used. Dead ones are dropped."""
        for worker in reversed(self._workers.copy()):
            if worker.generation is generation:
                self._workers.remove(worker)
                if worker.alive():
                    return worker
                worker.discard()
        return None

    def put(self, worker: Worker) -> None:
        """Keeps a worker for the next query."""
        worker.waited = True
        self._workers.append(worker)

    def trim(self, most: int) -> None:
        """Drops dead ones, and ends those idle for longest until there are at most so many."""
        for worker in [worker for worker in self._workers if not worker.alive()]:
            self._workers.remove(worker)
            worker.discard()
        while len(self._workers) > most:
            self._workers.pop(0).discard()
