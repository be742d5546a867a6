"""Counts more keys than memory holds: what is too much is put down sorted, and merged in the end.

tally = Tally(folder)
tally.add(b"key")
for key, count in tally.sorted(): …     each key once, in byte order
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

HELD = 500_000  # keys in memory at a time, about 100 MB


class Tally:
    """How often each key came. Keys hold no line feed and no tab."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder``: where files may be written, which nobody else sees; by default that of the system."""
        self._folder = folder
        self._held: Counter[bytes] = Counter()
        self._files: list[IO[bytes]] = []

    def add(self, key: bytes) -> None:
        """Counts a key."""
        self._held[key] += 1
        if len(self._held) > HELD:
            self._put_down()

    def sorted(self) -> Iterator[tuple[bytes, int]]:
        """Each key with its count, in byte order. Nothing can be added afterwards."""
        if not self._files:
            yield from sorted(self._held.items())
            return
        self._put_down()
        parts = heapq.merge(*map(_read, self._files))
        for key, counts in groupby(parts, key=lambda pair: pair[0]):
            yield key, sum(count for _, count in counts)
        for file in self._files:
            file.close()

    def _put_down(self) -> None:
        file = TemporaryFile(dir=self._folder)  # noqa: SIM115 (it lives as long as the tally)
        file.writelines(b"%s\t%d\n" % pair for pair in sorted(self._held.items()))
        file.seek(0)
        self._files.append(file)
        self._held.clear()


def _read(file: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    for row in file:
        key, _, count = row.rpartition(b"\t")
        yield key, int(count)
