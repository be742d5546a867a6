"""Where the time of a query goes, measured in its worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")


class Watch:
    """Takes the time of a query in its worker. Made when the query is handed to the engine."""

    def __init__(self) -> None:
        self.count = 0
        self._began = perf_counter()
        self._prepared = self._first = 0.0
        self._reading = 0.0

    def prepared(self) -> None:
        """The engine is ready to give rows."""
        self._prepared = perf_counter()

    def rows(self, found: Iterable[T]) -> Iterator[T]:
        """The same rows or triples; the time that the engine takes to find them is noted."""
        source, asked = iter(found), perf_counter()
        for row in source:
            now = perf_counter()
            self._reading += now - asked
            self._first = self._first or now - asked
            self.count += 1
            yield row
            asked = perf_counter()
        self._reading += perf_counter() - asked

    def phases(self) -> dict[str, float]:
        """Milliseconds: prepare (reading, planning and what must be done before rows can flow, such as sorting and
        counting), first_row, rows (the others) and serialise (writing all of them)."""
        after = perf_counter() - self._prepared
        return {
            "prepare": _milliseconds(self._prepared - self._began),
            "first_row": _milliseconds(self._first),
            "rows": _milliseconds(self._reading - self._first),
            "serialise": _milliseconds(after - self._reading),
        }


def _milliseconds(seconds: float) -> float:
    return round(max(seconds, 0.0) * 1000, 3)
