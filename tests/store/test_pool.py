"""The pool: turns, limits, deaths, releases. Each test waits for states, none measures speed."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from terrinclus_kg.errors import BadRequest, QueryTimeout, QueueFull, ReleaseDamaged, TerrinclusError, WorkerDied
from terrinclus_kg.rdf.formats import CSV, JSON
from terrinclus_kg.store.fairness.lanes import State
from terrinclus_kg.store.reader import Client, Lane, Reader
from terrinclus_kg.store.workers.generation import Worker
from terrinclus_kg.store.workers.pool import Pool, Run
from tests.small_store import CROSS, PREFIX, children, make_release, outcome, reading, until

SHORT = "SELECT (1 AS ?one) {}"
STREAM = "SELECT * { ?a ?b ?c . ?d ?e ?f }"  # endless, but rows flow


def pool_of(reader: Reader) -> Pool:
    return reader._engine


def runs(reader: Reader) -> list[Run]:
    return list(pool_of(reader)._runs)


def zygote(reader: Reader) -> int:
    return pool_of(reader)._releases.serving(5)._process.pid


def waiting(reader: Reader) -> int:
    return pool_of(reader)._admission.waiting(Lane.PUBLIC)


def idle(reader: Reader) -> list[Worker]:
    return list(pool_of(reader)._idle[Lane.TRUSTED]._workers)


def background(ask: Callable[[], bytes]) -> tuple[threading.Thread, list[str]]:
    """Runs a question in a thread; the list gets its outcome."""
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(outcome(ask)))
    thread.start()
    return thread, found


def test_a_long_query_does_not_block_short_ones(small_home: Path) -> None:
    with reading(small_home, public_deadline=5) as reader:
        long, found = background(lambda: reader.query(CROSS, JSON).read())
        until(lambda: runs(reader))
        for _ in range(20):
            assert reader.query(SHORT, JSON).read()
        assert [run.ticket.state for run in runs(reader)] == [State.SLOW]
        assert found == []
        long.join()
        assert found == ["QueryTimeout"]


def test_the_next_query_finds_a_worker_ready(small_home: Path) -> None:
    """A worker for it starts when a long query is demoted, not when it comes."""
    with reading(small_home, public_deadline=5) as reader:
        long, found = background(lambda: reader.query(CROSS, JSON).read())
        until(lambda: runs(reader))
        busy = runs(reader)[0].worker.pid
        until(lambda: len(children(zygote(reader))) == 2)
        workers = set(children(zygote(reader)))
        assert busy in workers
        assert reader.query(SHORT, JSON).read()
        assert set(children(zygote(reader))) == workers
        long.join()
    assert found == ["QueryTimeout"]


def test_a_worker_that_is_killed_while_it_waits_costs_nobody_an_answer(small_home: Path) -> None:
    """Even one that has had no query yet, and that has not quite gone when it gets its first."""
    with reading(small_home, public_deadline=5) as reader:
        long, _ = background(lambda: reader.query(CROSS, JSON).read())
        until(lambda: runs(reader))
        busy = runs(reader)[0].worker.pid
        until(lambda: len(children(zygote(reader))) == 2)
        (ready,) = set(children(zygote(reader))) - {busy}
        os.kill(ready, signal.SIGSTOP)
        short, found = background(lambda: reader.query(SHORT, JSON).read())
        until(lambda: any(run.worker.pid == ready for run in runs(reader)))
        os.kill(ready, signal.SIGKILL)
        short.join()
        assert found == ["answered"]
        long.join()


def test_a_demoted_worker_is_nice_and_not_used_again(small_home: Path) -> None:
    with reading(small_home, public_deadline=5) as reader:
        text = PREFIX + "SELECT (COUNT(*) AS ?n) { ?a ex:value ?x . ?b ex:value ?y . ?c ex:value ?z FILTER(?z < 10) }"
        long, found = background(lambda: reader.query(text, JSON).read())
        until(lambda: any(run.ticket.state is State.SLOW for run in runs(reader)) or found)
        if not found:  # else this machine was too quick to be demoted
            (run,) = runs(reader)
            pid = run.worker.pid
            until(lambda: _niceness(pid) == {15} or found)
            del run
            long.join()
            until(lambda: pid not in children(zygote(reader)))
        long.join()


def _niceness(pid: int) -> set[int]:
    tasks = Path(f"/proc/{pid}/task")
    return {os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in tasks.iterdir()}


def test_trusted_queries_are_not_demoted(small_home: Path) -> None:
    with reading(small_home) as reader:
        with pytest.raises(QueryTimeout):
            reader.query(CROSS, JSON, lane=Lane.TRUSTED, deadline=0.4)
        assert pool_of(reader)._admission._slow == 0


def test_a_full_queue_says_when_to_come_back(small_home: Path) -> None:
    with reading(small_home, queue_length=1, demote_after=60, public_deadline=60) as reader:
        first = background(lambda: reader.query(CROSS, JSON).read())[0]
        until(lambda: runs(reader))
        second = background(lambda: reader.query(CROSS, JSON).read())[0]
        until(lambda: waiting(reader) == 1)
        with pytest.raises(QueueFull) as caught:
            reader.query(SHORT, JSON)
        assert caught.value.extra == {"limit": "queue_length", "value": 1}
        assert caught.value.retry_after >= 1
        assert reader.ask("ASK {}")
        reader.close()
        first.join()
        second.join()


def test_waiting_has_an_end(small_home: Path) -> None:
    with reading(small_home, queue_wait=0.3, demote_after=60, public_deadline=60) as reader:
        long = background(lambda: reader.query(CROSS, JSON).read())[0]
        until(lambda: runs(reader))
        with pytest.raises(QueryTimeout) as caught:
            reader.query(SHORT, JSON)
        assert caught.value.extra["limit"] == "queue_wait"
        assert caught.value.retry_after  # it has not run: another time it may
        reader.close()
        long.join()


def test_those_who_wait_are_served_in_turn(small_home: Path) -> None:
    with reading(small_home, demote_after=60, public_deadline=60, queue_wait=60) as reader:
        order: list[int] = []
        answer = reader.query(STREAM, CSV)
        threads = []
        for number in range(5):

            def ask(number: int = number) -> None:
                reader.query(SHORT, JSON).read()
                order.append(number)

            threads.append(threading.Thread(target=ask))
            threads[-1].start()
            until(lambda number=number: waiting(reader) == number + 1)
        answer.close()
        for thread in threads:
            thread.join()
        assert order == sorted(order)


def test_short_queries_go_on_under_any_number_of_long_ones(small_home: Path) -> None:
    with reading(small_home, public_deadline=20, queue_wait=1, queue_length=100) as reader:
        attackers = [background(lambda: reader.query(CROSS, JSON).read()) for _ in range(8)]
        until(lambda: pool_of(reader)._admission._slow == 2)
        served = [outcome(lambda: reader.query(SHORT, JSON).read()) for _ in range(5)]
        assert served.count("answered") >= 4
        assert reader.ask("ASK {}")
        assert "QueueFull" in {name for _, found in attackers for name in found}
        reader.close()
        for thread, _ in attackers:
            thread.join()


def test_a_client_that_goes_away_frees_its_worker(small_home: Path) -> None:
    with reading(small_home, public_deadline=60) as reader:
        with pytest.raises(BadRequest, match="client went away"):
            reader.query(CROSS, JSON, client=Client(gone=lambda: True))
        assert runs(reader) == []
        assert pool_of(reader)._admission._slow == 0


def test_a_client_that_goes_away_while_it_waits_leaves_the_queue(small_home: Path) -> None:
    with reading(small_home, demote_after=60, public_deadline=60, queue_wait=60) as reader:
        long = background(lambda: reader.query(CROSS, JSON, deadline=3).read())[0]
        until(lambda: runs(reader))
        with pytest.raises(BadRequest, match="was not run"):
            reader.query(SHORT, JSON, client=Client(gone=lambda: True))
        assert waiting(reader) == 0
        thread, found = background(lambda: reader.query(SHORT, JSON, client=Client(gone=lambda: 1 / 0 > 1)).read())
        thread.join()
        assert found == ["answered"]
        long.join()


def test_a_question_about_the_client_that_fails_harms_nobody(small_home: Path) -> None:
    with reading(small_home, public_deadline=1) as reader, pytest.raises(QueryTimeout):
        reader.query(CROSS, JSON, client=Client(gone=lambda: 1 / 0 > 1))


def test_closing_an_answer_ends_its_query(small_home: Path) -> None:
    with reading(small_home, public_deadline=60) as reader:
        for _ in range(5):
            answer = reader.query(STREAM, CSV)
            next(iter(answer.chunks))
            (run,) = runs(reader)
            pid = run.worker.pid
            answer.close()
            answer.close()
            assert runs(reader) == []
            until(lambda pid=pid: pid not in children(zygote(reader)))
        assert reader.query(SHORT, JSON).read()


def test_an_answer_that_nobody_reads_ends_at_its_deadline(small_home: Path) -> None:
    with reading(small_home) as reader:
        answer = reader.query(STREAM, CSV)
        until(lambda: not runs(reader))
        with pytest.raises(QueryTimeout):
            answer.read()


def test_a_stopped_worker_is_killed_at_the_deadline(small_home: Path) -> None:
    with reading(small_home, public_deadline=1) as reader:
        thread, found = background(lambda: reader.query(CROSS, JSON).read())
        until(lambda: runs(reader))
        os.kill(runs(reader)[0].worker.pid, signal.SIGSTOP)
        thread.join()
        assert found == ["QueryTimeout"]
        assert reader.query(SHORT, JSON).read()


def test_kill_of_a_working_worker(small_home: Path) -> None:
    with reading(small_home, public_deadline=20) as reader:
        thread, found = background(lambda: reader.query(CROSS, JSON).read())
        until(lambda: runs(reader))
        os.kill(runs(reader)[0].worker.pid, signal.SIGKILL)
        thread.join()
        assert found == ["WorkerDied"]
        assert reader.query(SHORT, JSON).read()


def test_kill_of_a_worker_in_the_middle_of_an_answer(small_home: Path) -> None:
    with reading(small_home, public_deadline=20) as reader:
        answer = reader.query(STREAM, JSON)
        next(iter(answer.chunks))
        os.kill(runs(reader)[0].worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerDied):
            answer.read()


def test_kill_of_an_idle_worker_is_not_noticed(small_home: Path) -> None:
    with reading(small_home) as reader:
        assert reader.ask("ASK {}")
        (worker,) = idle(reader)
        os.kill(worker.pid, signal.SIGKILL)
        until(lambda: not worker.alive())
        assert reader.ask("ASK {}")


def test_kill_of_the_zygote(small_home: Path) -> None:
    with reading(small_home, public_deadline=20) as reader:
        thread, found = background(lambda: reader.query(CROSS, JSON).read())
        until(lambda: runs(reader))
        before = zygote(reader)
        workers = children(before)
        os.kill(before, signal.SIGKILL)
        thread.join()
        assert found == ["WorkerDied"]
        assert reader.ask("ASK {}")
        assert zygote(reader) != before
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def test_kill_of_an_idle_zygote_is_not_noticed(small_home: Path) -> None:
    with reading(small_home) as reader:
        for _ in range(3):
            assert reader.ask("ASK {}")
            waiters = idle(reader)
            os.kill(zygote(reader), signal.SIGKILL)
            until(lambda waiters=waiters: not any(worker.alive() for worker in waiters))
        assert reader.ask("ASK {}")


def test_a_worker_is_replaced_after_its_queries(small_home: Path) -> None:
    with reading(small_home, worker_queries=3) as reader:
        seen = set()
        for _ in range(7):
            reader.ask("ASK {}")
            seen |= set(children(zygote(reader)))
        assert len(seen) >= 3
        until(lambda: len(children(zygote(reader))) <= 1)


def test_nobody_gets_the_answer_of_another(small_home: Path) -> None:
    """Many threads, some queries cut off at their deadline, others given up: each answer is to its own question."""
    with reading(small_home, public_workers=2, queue_length=100, slow_workers=4, public_deadline=20) as reader:

        def ask(number: int) -> bool:
            if number % 7 == 0:
                return outcome(lambda: reader.query(CROSS, JSON, deadline=0.15).read()) != "answered"
            if number % 5 == 0:
                reader.query(STREAM, CSV).close()
                return True
            data = reader.query(f"SELECT ({number} AS ?n) {{}}", JSON).read()
            return bool(json.loads(data)["results"]["bindings"][0]["n"]["value"] == str(number))

        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(ask, range(150)))


def test_the_number_of_threads_is_constant(small_home: Path) -> None:
    with reading(small_home) as reader:
        reader.ask("ASK {}")
        before = threading.active_count()
        seen = set()
        for number in range(300):
            reader.ask("ASK {}")
            if number % 100 == 0:
                outcome(lambda: reader.query(CROSS, JSON, deadline=0.15).read())
            seen.add(threading.active_count())
        assert seen == {before}


def test_descriptors_do_not_pile_up(small_home: Path) -> None:
    with reading(small_home, worker_queries=2) as reader:
        reader.ask("ASK {}")
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(100):
            reader.ask("ASK {}")
        assert len(list(Path("/proc/self/fd").iterdir())) <= before + 4


def test_releases_switch_under_load(tmp_path: Path) -> None:
    """Ten switches, several hundred answers: no error, each whole and from one release."""

    def data(number: int) -> str:
        return "".join(f"<http://example.org/{i}> <http://example.org/release> {number} .\n" for i in range(500))

    make_release(tmp_path, "r0", data(0))
    text = PREFIX + "SELECT ?n { ?s ex:release ?n }"
    wrong: list[object] = []
    counts = {Lane.PUBLIC: 0, Lane.TRUSTED: 0}
    stop = threading.Event()
    with reading(tmp_path, public_workers=2, public_deadline=20) as reader:

        def load(lane: Lane) -> None:
            while not stop.wait(0.002):
                try:
                    answer = reader.query(text, CSV, lane=lane)
                    values = answer.read().split()[1:]
                except TerrinclusError as error:
                    wrong.append(error)
                    return
                if len(values) != 500 or {f"r{int(v)}" for v in set(values)} != {answer.release}:
                    wrong.append((answer.release, len(values), set(values)))
                counts[lane] += 1

        threads = [threading.Thread(target=load, args=(lane,)) for lane in Lane]
        for thread in threads:
            thread.start()
        for number in range(1, 11):
            make_release(tmp_path, f"r{number}", data(number))
            until(lambda number=number: reader.release.id == f"r{number}")
        until(lambda: sum(counts.values()) >= 200)
        stop.set()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert min(counts.values()) > 0
        until(lambda: not pool_of(reader)._releases._former)


def test_a_query_under_way_finishes_on_its_release(tmp_path: Path) -> None:
    make_release(tmp_path, "one")
    with reading(tmp_path, public_deadline=30, answer_size=2**30) as reader:
        answer = reader.query(PREFIX + "SELECT * { ?a ex:value ?x . ?b ex:value ?y }", CSV)
        next(iter(answer.chunks))
        make_release(tmp_path, "two")
        until(lambda: reader.release.id == "two")
        assert len(answer.read()) > 0
        assert answer.release == "one"
        assert reader.query(SHORT, JSON).release == "two"
        until(lambda: len(pool_of(reader)._releases._former) == 0)


def test_a_release_that_does_not_open_is_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = make_release(tmp_path, "one")
    shutil.rmtree(broken.store_path)
    with reading(tmp_path) as reader:
        failures: list[float] = []
        for _ in range(3):
            with pytest.raises(ReleaseDamaged) as caught:
                reader.ask("ASK {}")
            assert caught.value.status == 503
            failed = pool_of(reader)._releases._failed
            assert failed
            failures.append(failed[1])
            until(lambda: pool_of(reader)._releases._failed[1] > failures[-1])
        make_release(tmp_path, "two")
        until(lambda: reader.ready())
    assert [record.getMessage() for record in caplog.records if "opened" in record.getMessage()] == [
        "release one cannot be opened"
    ]
    assert capfd.readouterr().err.count("Traceback") <= 1


SCRIPT = """
import signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell inherits it ignored
from pathlib import Path
from terrinclus_kg.config import Settings
from terrinclus_kg.rdf.formats import JSON
from terrinclus_kg.store.reader import Reader
reader = Reader(Settings(home=Path(sys.argv[1]), public_deadline=600))
threading.Thread(target=lambda: reader.query(sys.argv[2], JSON), daemon=True).start()
reader.ask("ASK {}")
while not [run for run in reader._engine._runs]:
    time.sleep(0.01)
print("running", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_the_web_process(small_home: Path, number: signal.Signals) -> None:
    web = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(small_home), CROSS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with web:
        assert web.stdout
        assert web.stdout.readline() == b"running\n"
        (parent,) = children(web.pid)
        workers = children(parent)
        assert len(workers) >= 2
        web.send_signal(number)
        web.wait()
    until(lambda: not any(_lives(pid) for pid in (parent, *workers)))


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_closing_ends_all_processes_at_once(small_home: Path) -> None:
    reader_children = set(children(os.getpid()))
    with reading(small_home, public_deadline=60) as reader:
        thread, found = background(lambda: reader.query(CROSS, JSON).read())
        until(lambda: runs(reader))
        started = time.monotonic()
    thread.join()
    assert found == ["WorkerDied"]
    assert time.monotonic() - started < 30
    assert set(children(os.getpid())) <= reader_children


def test_no_process_that_reads_queries_has_settings_in_its_environment(
    small_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERRINCLUS_TOKEN", "a-secret-of-the-operator")
    others = children(os.getpid())
    with reading(small_home, public_deadline=60) as reader:
        thread, _ = background(lambda: reader.query(CROSS, JSON).read())
        until(lambda: runs(reader))
        zygotes = [pid for pid in children(os.getpid()) if pid not in others]
        family = [*zygotes, *itertools.chain(*map(children, zygotes))]
        assert len(family) >= 2
        assert not [pid for pid in family if b"TERRINCLUS_" in Path(f"/proc/{pid}/environ").read_bytes()]
    thread.join()
