"""Processes that write a copy together: each has the application to itself, and does one batch after another."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from threading import Thread
from typing import TypeVar

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ExportFailed
from terrinclus_kg.export.checking import Checker
from terrinclus_kg.export.copying import Copyist
from terrinclus_kg.export.rewriting import ORIGIN, Site

T = TypeVar("T")
_AHEAD = 4  # batches that wait for each process
_PATIENCE = 60.0  # seconds that a page may ask: nobody waits for it


@dataclass(frozen=True, slots=True)
class Work:
    """What a process needs to know. ``app``: where a function lies that makes the application of settings."""

    app: str
    settings: Settings
    folder: Path
    site: Site


@dataclass(frozen=True, slots=True)
class Hands:
    """What a process writes and follows links with."""

    copyist: Copyist
    checker: Checker


class Pool:
    """A few processes at one work. Made by `processes`."""

    def __init__(self, executor: ProcessPoolExecutor, size: int) -> None:
        self._executor, self._most = executor, _AHEAD * size

    def each(self, do: Callable[[Hands, list[str]], T], batches: Iterable[list[str]]) -> Iterator[tuple[int, T]]:
        """What ``do``, a function of a module, gives for each batch, as they end, with the length of the batch.

        Raises:
            ExportFailed: a process has died.
        """
        under_way: dict[Future[T], int] = {}
        for batch in batches:
            under_way[self._executor.submit(_do, do, batch)] = len(batch)
            if len(under_way) >= self._most:
                yield from _ended(under_way)
        while under_way:
            yield from _ended(under_way)


@contextmanager
def processes(work: Work) -> Iterator[Pool]:
    """As many processes as there are processors. When the block ends early, they leave off what they do."""
    size = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    with ProcessPoolExecutor(size, mp_context=context, initializer=_begin, initargs=(work, stop)) as executor:
        try:
            yield Pool(executor, size)
        except BrokenProcessPool:
            raise ExportFailed("a process that writes pages has died: is there memory enough?") from None
        finally:
            stop.set()
            executor.shutdown(wait=True, cancel_futures=True)


def _ended(under_way: dict[Future[T], int]) -> list[tuple[int, T]]:
    done, _ = wait(under_way, return_when=FIRST_COMPLETED)
    return [(under_way.pop(future), future.result()) for future in done]


_hands: list[Hands] = []  # of this process, once it has begun


def _begin(work: Work, stop: Event) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then says when to stop
    Thread(target=_end_with, args=[multiprocessing.parent_process()], daemon=True).start()
    module, _, name = work.app.partition(":")
    app = getattr(importlib.import_module(module), name)(_patient(work.settings))
    copyist = Copyist(app, work.folder, work.site, stop.is_set)
    _hands.append(Hands(copyist, Checker(work.folder, work.site.base, work.site.told)))


def _end_with(parent: multiprocessing.process.BaseProcess | None) -> None:
    if parent:
        parent.join()
        os._exit(1)


def _do(do: Callable[[Hands, list[str]], T], batch: list[str]) -> T:
    return do(_hands[0], batch)


def _patient(settings: Settings) -> Settings:
    """Settings for one client who may wait, in a process of which there are others."""
    return settings.model_copy(
        update={
            "public_url": ORIGIN,
            "cache_size": 0,
            "public_workers": 1,
            "trusted_workers": 1,
            "client_seconds": 1e9,
            "client_errors": 1e9,
            "public_deadline": max(settings.public_deadline, _PATIENCE),
            "trusted_deadline": max(settings.trusted_deadline, _PATIENCE),
        }
    )
