"""The parent of the workers of one release: opens its store once, forks a worker when told to.

`generation` starts it by exec, so it is single-threaded and fork is safe. It speaks with its parent over
one socket, in orders of five bytes (a letter and a process id):

    fork  → process id (4 bytes) and, by SCM_RIGHTS, the channel of the new worker
    kill    ends a worker now; no reply
    end   → wait status (4 bytes) of a worker that is dead or dying
    nice    demotes a worker; no reply

Only a parent may name a process by its id without fear that it is another's by now, so it is the zygote
that kills. When the socket closes, or the parent dies, it ends and takes all its workers along.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import struct
import sys
from contextlib import suppress
from enum import Enum

import pyoxigraph as ox

from terrinclus_kg.rdf.namespaces import prefixes
from terrinclus_kg.store.children import sandbox
from terrinclus_kg.store.workers import worker

ORDER = struct.Struct("!cI")
NUMBER = struct.Struct("!I")
READY = b"ready"
CACHE = 32 * 1024**2  # bytes; the block cache of the engine, which fills as it reads
DEMOTED = 15  # niceness of a demoted worker


class Order(Enum):
    """What a pool may ask of a zygote; see above."""

    FORK = b"f"
    KILL = b"k"
    END = b"e"
    NICE = b"n"


class _Zygote:
    def __init__(self, control: socket.socket, store: ox.Store, memory: int) -> None:
        self._control, self._store, self._memory = control, store, memory
        self._workers: set[int] = set()
        self._dying: set[int] = set()

    def run(self) -> None:
        """Obeys until the parent is gone."""
        while len(order := self._control.recv(ORDER.size, socket.MSG_WAITALL)) == ORDER.size:
            letter, pid = ORDER.unpack(order)
            match Order(letter):
                case Order.FORK:
                    self._fork()
                case Order.KILL:
                    self._kill(pid)
                case Order.END:
                    self._kill(pid)  # changes nothing for one that is dying
                    self._control.sendall(NUMBER.pack(self._status(pid)))
                case Order.NICE if pid in self._workers:
                    os.setpriority(os.PRIO_PGRP, pid, DEMOTED)  # of the group: all threads of it
            self._reap()

    def _fork(self) -> None:
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            ours.close()
            self._control.close()
            _be_worker(theirs, self._store, self._memory, parent)
        with suppress(OSError):  # the child does the same: whoever comes first
            os.setpgid(pid, pid)
        with ours, theirs:
            socket.send_fds(self._control, [NUMBER.pack(pid)], [ours.fileno()])
        self._workers.add(pid)

    def _kill(self, pid: int) -> None:
        if pid in self._workers:
            os.kill(pid, signal.SIGKILL)
            self._workers.discard(pid)
            self._dying.add(pid)

    def _status(self, pid: int) -> int:
        if pid not in self._dying:
            return 0
        self._dying.discard(pid)
        return os.waitpid(pid, 0)[1]

    def _reap(self) -> None:
        """Forgets those that have died by now; the memory of a big one takes a while to go."""
        self._dying = {pid for pid in self._dying if not os.waitpid(pid, os.WNOHANG)[0]}


def _be_worker(channel: socket.socket, store: ox.Store, memory: int, parent: int) -> None:
    """The life of a worker, from fork to exit."""
    try:
        os.setpgid(0, 0)
        sandbox.die_with_parent(parent)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # last words of the engine: not for our log
        sandbox.run_inside(CACHE + memory, worker.serve, channel, store)
    finally:
        os._exit(0)


def main(arguments: list[str]) -> None:
    """Arguments: number of the control socket, parent's id, store folder, file to lock, worker memory in bytes."""
    control_number, parent, store_path, lock_path, memory = arguments
    sandbox.die_with_parent(int(parent))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes the socket
    lock = os.open(lock_path, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_SH)
    control = socket.socket(fileno=int(control_number))
    store = ox.Store.read_only(store_path)
    prefixes()  # read once, for all workers to come
    with suppress(ConnectionError):  # the parent is gone already, or goes
        control.sendall(READY)
        _Zygote(control, store, int(memory)).run()
    os._exit(0)  # the workers follow: their parent-death signal, and their channels close


if __name__ == "__main__":
    main(sys.argv[1:])
