"""What the pool counts: outcomes, kills by cause, releases."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from terrinclus_kg.errors import TerrinclusError
from terrinclus_kg.rdf.formats import CSV, JSON
from terrinclus_kg.store.reader import Client, Lane, Reader
from tests.small_store import CROSS, make_release, outcome, reading, until

STREAM = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
MEMORY = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i"


def value(reader: Reader, name: str, **labels: str) -> float:
    return reader.metrics.registry.get_sample_value(name, labels) or 0.0


def queries(reader: Reader, found: str, lane: str = "public") -> float:
    return value(reader, "terrinclus_queries_total", lane=lane, outcome=found)


def kills(reader: Reader, cause: str) -> float:
    return value(reader, "terrinclus_worker_kills_total", cause=cause)


def test_answers_by_lane(small_home: Path) -> None:
    with reading(small_home) as reader:
        for _ in range(3):
            reader.query("ASK {}", JSON).read()
        reader.ask("ASK {}")
        reader.rows("SELECT (1 AS ?one) {}")
        assert queries(reader, "answered") == 3
        assert queries(reader, "answered", "trusted") == 2
        assert value(reader, "terrinclus_query_seconds_count", lane="public") == 3
        assert value(reader, "terrinclus_query_seconds_bucket", lane="public", le="+Inf") == 3
        assert kills(reader, "died") == 0


def test_screened_queries_are_counted(small_home: Path) -> None:
    with reading(small_home) as reader:
        outcome(lambda: reader.query("LOAD <x:y>", JSON).read())
        outcome(lambda: reader.query("ASK " + "{" * 500 + "}" * 500, JSON).read())
        outcome(lambda: reader.query("SELECT", JSON, client=Client("a")).read())
        assert queries(reader, "feature-refused") == 1
        assert queries(reader, "query-too-deep") == 1
        assert queries(reader, "query-syntax") + queries(reader, "bad-request") == 1


def killed(reader: Reader) -> None:
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(outcome(lambda: reader.query(CROSS, JSON).read())))
    thread.start()
    runs = reader._engine._runs  # type: ignore[attr-defined]
    until(lambda: any(run.ticket.late for run in list(runs)))
    os.kill(next(iter(runs)).worker.pid, signal.SIGKILL)
    thread.join()
    assert found == ["WorkerDied"]


def given_up(reader: Reader) -> None:
    answer = reader.query(STREAM, CSV)
    next(iter(answer.chunks))
    answer.close()


def broken_off(reader: Reader) -> None:
    with pytest.raises(TerrinclusError):
        reader.query(CROSS, JSON, client=Client(gone=lambda: True))


@pytest.mark.parametrize(
    ("ask", "limits", "found", "cause"),
    [
        (lambda r: outcome(lambda: r.query(CROSS, JSON).read()), {}, "query-timeout", "deadline"),
        (
            lambda r: outcome(lambda: r.query(MEMORY, JSON).read()),
            {"public_deadline": 60, "worker_memory": 64 * 1024**2},
            "query-memory",
            "memory",
        ),
        (
            lambda r: outcome(lambda: r.query(STREAM, CSV).read()),
            {"public_deadline": 60, "answer_size": 1000},
            "answer-too-large",
            "answer-size",
        ),
        (killed, {"public_deadline": 60}, "query-worker-died", "died"),
        (given_up, {"public_deadline": 60}, "client-gone", "client-gone"),
        (broken_off, {"public_deadline": 60}, "client-gone", "client-gone"),
    ],
    ids=["deadline", "memory", "answer size", "died", "given up", "gone"],
)
def test_kills_by_cause(small_home: Path, ask: object, limits: dict[str, object], found: str, cause: str) -> None:
    with reading(small_home, **limits) as reader:
        ask(reader)  # type: ignore[operator]
        assert queries(reader, found) == 1
        assert kills(reader, cause) == 1
        assert value(reader, "terrinclus_queries_running", lane=Lane.PUBLIC.value) == 0


def test_an_overstaying_query_that_is_ended_was_crowded_out(small_home: Path) -> None:
    limits = {"slow_workers": 1, "public_deadline": 30, "queue_wait": 60}
    with reading(small_home, **limits) as reader:
        names = ("a", "b")
        threads = [
            threading.Thread(
                target=lambda name=name: outcome(lambda: reader.query(CROSS, JSON, client=Client(name)).read())
            )
            for name in names
        ]
        for thread in threads:
            thread.start()
        until(lambda: value(reader, "terrinclus_queries_running", lane="public") == 2)
        assert reader.query("ASK {}", JSON, client=Client("c")).read()
        assert kills(reader, "crowded") == 1
        assert queries(reader, "queue-full") == 1
        reader.close()
        for thread in threads:
            thread.join()


def test_releases_taken_into_service(tmp_path: Path) -> None:
    make_release(tmp_path, "one")
    with reading(tmp_path) as reader:
        reader.ask("ASK {}")
        assert value(reader, "terrinclus_release_info", release="one") == 1
        assert value(reader, "terrinclus_release_switches_total") == 1
        os.kill(reader._engine._releases.serving(5)._process.pid, signal.SIGKILL)  # type: ignore[attr-defined]
        assert reader.ask("ASK {}")
        assert value(reader, "terrinclus_release_switches_total") == 1
        make_release(tmp_path, "two")
        until(lambda: reader.release.id == "two")
        until(lambda: value(reader, "terrinclus_release_switches_total") == 2)
        assert value(reader, "terrinclus_release_info", release="two") == 1
        assert value(reader, "terrinclus_release_info", release="one") == 0
