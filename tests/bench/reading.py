"""How long pages of things take on a graph in the project's own model: see `atlas`.

``python -m tests.bench.reading 100000 1000000`` measures that alone.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from terrinclus_kg.config import Settings
from tests.bench import atlas
from tests.bench.clients import Connection, get
from tests.bench.engines import OURS, serving
from tests.bench.measure import quantile

ASKED = 30  # pages of a kind


@dataclass(frozen=True)
class Reading:
    """Pages of one kind, each asked once of a service that keeps no answers. Seconds; ``bytes`` of the largest."""

    size: int
    page: str
    p50: float
    p99: float
    bytes: int


def measured(size: int, scratch: Path) -> list[Reading]:
    """Builds an atlas of about so many triples, serves it, and asks its pages.

    Raises:
        RuntimeError: a page does not answer.
    """
    home = scratch / f"atlas-{size}"
    count = atlas.build(Settings(home=home), size)
    with serving(OURS, home) as engine:
        connection = Connection(engine.url)
        try:
            return [_reading(count, name, paths, connection, engine.url) for name, paths in atlas.pages(size).items()]
        finally:
            connection.close()


def _reading(count: int, name: str, paths: Sequence[str], connection: Connection, url: str) -> Reading:
    times, largest = [], 0
    for number in range(ASKED + 3):
        path = f"/{('fr', 'en')[number % 2]}/{paths[number % len(paths)]}"
        began = time.perf_counter()
        status, body, _ = connection.ask(get(url + path, "text/html"))
        times.append(time.perf_counter() - began)
        largest = max(largest, len(body))
        if status != 200:
            raise RuntimeError(f"{path} answers {status}")
    times = sorted(times[3:])  # the first ones wake the workers
    return Reading(count, name, quantile(times, 0.5), quantile(times, 0.99), largest)


def main() -> None:
    """Measures the sizes that the arguments name, in triples."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        for size in map(int, sys.argv[1:]):
            for found in measured(size, Path(scratch)):
                told = f"p50 {found.p50 * 1e3:.1f} ms, p99 {found.p99 * 1e3:.1f} ms, {found.bytes / 1e3:.0f} kB"
                sys.stderr.write(f"{found.size} triples, {found.page}: {told}\n")


if __name__ == "__main__":
    main()
