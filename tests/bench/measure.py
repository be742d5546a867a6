"""Cells: one mix, so many clients, all engines in turns."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.bench.clients import Connection, Sample, crowd, wire
from tests.bench.engines import RDFLIB, Engine
from tests.bench.mixes import Ask

ROUNDS = 3  # turns of each engine in a cell: what disturbs the machine for a while disturbs all


@dataclass(frozen=True)
class Cell:
    """What one engine did with one mix and so many clients.

    Times in seconds, memory in bytes; ``queries``: name → (p50, p50 of the first byte).
    """

    size: int
    mix: str
    clients: int
    engine: str
    asked: int
    p50: float
    p99: float
    throughput: float
    memory: int
    faults: list[str] = field(default_factory=list)
    queries: dict[str, tuple[float, float]] = field(default_factory=dict)


Requests = dict[str, list[tuple[str, bytes, int]]]


def checked(engines: Sequence[Engine], mix: str, asks: Sequence[Ask], say: Callable[[str], None]) -> Requests:
    """Asks each engine everything once and compares how many rows came.

    Returns:
        by engine, its requests with the length that their answers must have from now on. A request that an engine
        answers otherwise than the first one is said, and counted as a fault each time.
    """
    expected: list[int] = []
    found: Requests = {}
    for engine in engines:
        kept, requests = Connection(engine.url), []
        for number, ask in enumerate(asks):
            request = wire(engine.endpoint, ask)
            rows, size = _answer(kept, request, ask)
            if engine is engines[0]:
                expected.append(rows)
            if not _agree(ask, rows, expected[number]):
                say(f"{mix}: {engine.name} answers {ask.name} otherwise than {engines[0].name}")
                size = -2  # no answer has this length
            requests.append((ask.name, request, size))
        kept.close()
        found[engine.name] = requests
    return found


def _agree(ask: Ask, rows: int, expected: int) -> bool:
    """Whether two engines tell the same; what a DESCRIBE adds to a thing's own triples is theirs to choose."""
    return 0 <= expected <= rows if ask.query.count("DESCRIBE") else rows == expected >= 0


def _answer(connection: Connection, request: bytes, ask: Ask) -> tuple[int, int]:
    """Rows and bytes of an answer; -1 rows if there is none."""
    status, body, _ = connection.ask(request)
    if status != 200:
        return -1, len(body)
    if ask.graph:
        return len(set(body.splitlines())), len(body)
    answer = json.loads(body)
    return int(answer["boolean"]) if "boolean" in answer else len(answer["results"]["bindings"]), len(body)


def cell(
    engines: Sequence[Engine], requests: Requests, size: int, mix: str, clients: int, seconds: float
) -> list[Cell]:
    """Measures engines in turns, each for so many seconds in all."""
    samples: dict[str, list[Sample]] = {engine.name: [] for engine in engines}
    memory: dict[str, int] = {}
    for turn in range(ROUNDS):
        for engine in _turned(engines, turn):
            asked = requests[engine.name]
            at, least = turn * len(asked) // ROUNDS, -(-len(asked) // (ROUNDS * clients))  # all are asked once
            samples[engine.name] += crowd(engine.url, asked[at:] + asked[:at], clients, seconds / ROUNDS, least)
            memory[engine.name] = max(memory.get(engine.name, 0), engine.memory())
    return [_cell(size, mix, clients, name, found, seconds, memory[name]) for name, found in samples.items() if found]


def _turned(engines: Sequence[Engine], turn: int) -> list[Engine]:
    """In another order each turn; the slow one always last, so that it disturbs nobody."""
    quick = [engine for engine in engines if engine.name != RDFLIB]
    at = turn % len(quick)
    return quick[at:] + quick[:at] + [engine for engine in engines if engine.name == RDFLIB]


def _cell(size: int, mix: str, clients: int, name: str, samples: list[Sample], seconds: float, memory: int) -> Cell:
    whole = [sample for sample in samples if not sample.fault]
    times = sorted(sample.total for sample in whole) or [float("nan")]
    by_query: dict[str, list[Sample]] = {}
    for sample in whole:
        by_query.setdefault(sample.name, []).append(sample)
    # An answer may end after the bell: what counts is the time that clients have spent waiting.
    waited = max(seconds, sum(sample.total for sample in samples) / clients)
    return Cell(
        size,
        mix,
        clients,
        name,
        len(samples),
        quantile(times, 0.5),
        quantile(times, 0.99),
        len(whole) / waited,
        memory,
        _faults(samples),
        {
            query: (median(s.total for s in found), median(s.first for s in found))
            for query, found in sorted(by_query.items())
        },
    )


def _faults(samples: list[Sample]) -> list[str]:
    counted = Counter((sample.name, sample.fault) for sample in samples if sample.fault)
    return [f"{name}: {fault}, {count} times" for (name, fault), count in sorted(counted.items())]


def quantile(times: Sequence[float], share: float) -> float:
    """Of sorted times: the one that so many are not above."""
    return times[min(len(times) - 1, int(share * len(times)))]
