"""Progress for people: a line with step, count, rate and time, once a command takes over two seconds."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_PATIENCE = 2.0  # seconds
_STEPS = {
    "read": "Reading sources",
    "parse": "Parsing",
    "sort": "Sorting",
    "change": "Finding what changes",
    "validate": "Validating shapes",
    "lines": "Preparing the store",
    "store": "Loading the store",
    "infer": "Inferring",
    "dump": "Writing the dump",
    "difference": "Comparing with the release before",
    "labels": "Writing labels",
    "files": "Writing the dump in all formats",
    "index": "Indexing words and facets",
    "publish": "Verifying and publishing",
    "drop": "Dropping graphs that differ",
    "graphs": "Sending triples",
    "verify": "Counting",
    "copy": "Writing pages",
    "links": "Following links",
}


class StepProgress:
    """A context manager whose value is called with the name of a step and how far it is."""

    def __init__(self) -> None:
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("Starting", total=None, count="")
        self._step_began = time.monotonic()
        self._step = ""
        # By the clock: a long step that tells nothing is shown as well.
        self._patience = threading.Timer(_PATIENCE, self._bar.start)
        self._patience.daemon = True

    def __enter__(self) -> Self:
        self._patience.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._patience.cancel()
        self._patience.join()
        if self._bar.live.is_started:
            self._bar.stop()

    def __call__(self, step: str, done: int, total: int = 0) -> None:
        now = time.monotonic()
        if step != self._step:
            self._step, self._step_began = step, now
        spent = now - self._step_began
        rate = f" – {done / spent:,.0f}/s" if done and spent > 0.5 else ""
        of = f" of {total:,}" if total else ""
        rest = f" – {_minutes((total - done) * spent / done)} left" if rate and total > done else ""
        count = f"{done:,}{of}{rate}{rest}" if done else ""
        self._bar.update(self._task, description=_STEPS.get(step, step), count=count)


def _minutes(seconds: float) -> str:
    return f"{seconds // 60:.0f}:{seconds % 60:02.0f}"
