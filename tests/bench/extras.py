"""What is asked once: how fast pages are while runaway queries run, and how fast lookups of the peer are then."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.bench.clients import Connection, Sample, crowd, get, wire
from tests.bench.engines import Engine
from tests.bench.measure import quantile
from tests.bench.mixes import Ask

RUNAWAYS = 6  # public_workers + slow_workers: a runaway query in each public slot
PAGES = ("/fr/projet/terrinclus", "/en/projet/terrinclus", "/fr/acteur/adf", "/fr/projet", "/fr")
_RUNAWAY = Ask("runaway", "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")


@dataclass(frozen=True)
class Beside:
    """Seconds of what an engine answers, idle and beside runaway queries; ``share``: of requests that failed then."""

    size: int
    engine: str
    what: str
    idle_p50: float
    idle_p99: float
    busy_p50: float
    busy_p99: float
    share: float


def pages(url: str) -> list[tuple[str, bytes, int]]:
    """Requests for pages of ours, those that this release has."""
    found = []
    for path in PAGES:
        connection = Connection(url)
        request = get(url + path, "text/html")
        if connection.ask(request)[0] == 200:
            found.append((path, request, -1))
        connection.close()
    if not found:
        raise RuntimeError("no page answers")
    return found


def beside_runaways(
    engine: Engine, size: int, what: str, requests: Sequence[tuple[str, bytes, int]], seconds: float
) -> Beside:
    """Measures one client, idle and then while runaway queries run. The engine should be ended afterwards."""
    listed = list(requests)
    crowd(engine.url, listed, 1, min(1.0, seconds))
    idle = crowd(engine.url, listed, 1, seconds)
    with _runaways(engine):
        busy = crowd(engine.url, listed, 1, seconds)
    failed = sum(bool(sample.fault) for sample in busy)
    return Beside(size, engine.name, what, *_times(idle), *_times(busy), failed / max(1, len(busy)))


def _times(samples: Sequence[Sample]) -> tuple[float, float]:
    times = sorted(sample.total for sample in samples if not sample.fault) or [float("nan")]
    return quantile(times, 0.5), quantile(times, 0.99)


@contextmanager
def _runaways(engine: Engine) -> Iterator[None]:
    kept = [Connection(engine.url) for _ in range(RUNAWAYS)]
    try:
        for connection in kept:
            connection.send(wire(engine.endpoint, _RUNAWAY))
            time.sleep(0.3)  # one after the other, so that each finds a slot
        yield
    finally:
        for connection in kept:
            connection.close()
