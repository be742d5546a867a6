"""Queries that name a release which is not the current one."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import NotFound, QueryTimeout, QueueFull, ReleaseDamaged
from terrinclus_kg.rdf.formats import CSV, JSON
from terrinclus_kg.store.reader import Lane, Reader
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.releases.writer import Writer
from terrinclus_kg.store.workers import archive
from terrinclus_kg.store.workers.generation import Generation
from tests.small_store import PREFIX, children, make_release, outcome, reading, until

WHICH = PREFIX + "SELECT ?n { ?s ex:release ?n }"
CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"  # runs for hours
STREAM = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"  # endless, but rows flow


def home_with(path: Path, count: int) -> Path:
    for number in range(count):
        rows = "".join(f"<http://example.org/{i}> <http://example.org/value> {i} .\n" for i in range(200))
        make_release(path, f"r{number}", f"<http://example.org/x> <http://example.org/release> {number} .\n{rows}")
    return path


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with releases r0 to r4, the last one current; not to be changed."""
    return home_with(tmp_path_factory.mktemp("five"), 5)


def number(reader: Reader, release: str = "", **more: object) -> str:
    answer = reader.query(WHICH, CSV, release=release, **more)  # type: ignore[arg-type]
    assert answer.release == (release or reader.release.id)
    return answer.read().split()[1].decode()


def opened(reader: Reader) -> dict[str, Generation]:
    volumes = reader._engine._releases._archive._volumes  # type: ignore[attr-defined]
    return {name: volume.generation for name, volume in volumes.items() if volume.open}


def current(reader: Reader) -> Generation:
    return reader._engine._releases.serving(5)  # type: ignore[attr-defined,no-any-return]


def zygotes(reader: Reader) -> set[int]:
    leaving = reader._engine._releases._archive._leaving  # type: ignore[attr-defined]
    return {generation._process.pid for generation in (current(reader), *opened(reader).values(), *leaving)}


@contextmanager
def streaming(reader: Reader, release: str) -> Iterator[None]:
    """An answer under way from a release."""
    answer = reader.query(STREAM, CSV, release=release, deadline=20)
    next(iter(answer.chunks))
    try:
        yield
    finally:
        answer.close()


@pytest.mark.parametrize("lane", Lane)
def test_a_former_release_answers(five: Path, lane: Lane) -> None:
    with reading(five) as reader:
        assert number(reader) == "4"
        assert number(reader, "r1", lane=lane) == "1"
        assert number(reader, lane=lane) == "4"
        assert number(reader, "r1", lane=lane) == "1"
        assert list(opened(reader)) == ["r1"]


def test_the_current_release_by_its_name_is_not_opened_twice(five: Path) -> None:
    with reading(five) as reader:
        assert number(reader, "r4") == "4"
        assert opened(reader) == {}
        assert zygotes(reader) & set(children(os.getpid())) == {current(reader)._process.pid}


def test_before_anything_else_a_former_release_may_be_asked(five: Path) -> None:
    with reading(five) as reader:
        assert number(reader, "r0") == "0"


def test_unknown_and_impossible_names(five: Path) -> None:
    with reading(five) as reader:
        for name in ("r9", "../five", ".draft-x", "CURRENT", "r1/store", "a\0b", "x" * 5000):
            with pytest.raises(NotFound):
                reader.query(WHICH, CSV, release=name)
        assert opened(reader) == {}
        assert number(reader) == "4"


def test_so_many_are_open_and_the_least_recently_used_goes(five: Path) -> None:
    with reading(five, open_releases=2) as reader:
        for name in ("r0", "r1", "r0", "r2"):
            number(reader, name)
        assert set(opened(reader)) == {"r0", "r2"}
        # the current one, and two; the zygote of r1 has ended
        until(lambda: len(set(children(os.getpid())) & zygotes(reader)) == 3)
        until(lambda: not reader._engine._releases._archive._leaving)  # type: ignore[attr-defined]
        assert number(reader, "r1") == "1"


def test_when_all_are_busy_one_is_told_to_come_back(five: Path) -> None:
    with reading(five, open_releases=1, public_workers=3, public_deadline=20) as reader:
        with streaming(reader, "r0"):
            with pytest.raises(QueueFull) as caught:
                reader.query(WHICH, CSV, release="r1")
            assert caught.value.extra == {"limit": "open_releases", "value": 1}
            assert caught.value.retry_after >= 1
            assert number(reader, "r0") == "0"
            assert number(reader) == "4"
        assert number(reader, "r1") == "1"


def test_a_release_is_closed_after_a_while(five: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "IDLE", 0.2)
    with reading(five, public_deadline=20) as reader:
        with streaming(reader, "r0"):
            (generation,) = opened(reader).values()
            time.sleep(0.5)
            assert list(opened(reader)) == ["r0"]
        until(lambda: not opened(reader))
        until(lambda: generation._process.poll() is not None)
        assert number(reader, "r0") == "0"


def test_the_same_limits_hold(five: Path) -> None:
    with reading(five) as reader:
        with pytest.raises(QueryTimeout) as caught:
            reader.query(CROSS, JSON, release="r2")
        assert caught.value.extra["limit"] == "public_deadline"
        assert number(reader, "r2") == "2"


def test_kill_of_the_zygote_of_a_former_release(five: Path) -> None:
    with reading(five, public_deadline=20) as reader:
        number(reader, "r2")
        for _ in range(3):
            (generation,) = opened(reader).values()
            os.kill(generation._process.pid, signal.SIGKILL)
            assert number(reader, "r2") == "2"
        found: list[str] = []
        thread = threading.Thread(
            target=lambda: found.append(outcome(lambda: reader.query(CROSS, JSON, release="r2").read()))
        )
        thread.start()
        runs = reader._engine._runs  # type: ignore[attr-defined]
        until(lambda: any(time.monotonic() - run.started > 1.1 for run in list(runs)))
        os.kill(opened(reader)["r2"]._process.pid, signal.SIGKILL)
        thread.join()
        assert found == ["WorkerDied"]
        assert number(reader, "r2") == "2"
        assert number(reader) == "4"


def test_a_damaged_release_harms_only_those_who_ask_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    home = home_with(tmp_path, 3)
    shutil.rmtree(home / "releases" / "r0" / "store")
    (home / "releases" / "r1" / "manifest.json").write_text("{")
    with reading(home) as reader:
        for name in ("r0", "r1", "r0"):
            with pytest.raises(ReleaseDamaged):
                reader.query(WHICH, CSV, release=name)
            assert number(reader) == "2"
        told = [record for record in caplog.records if "r0" in record.getMessage()]
        assert len(told) == 1
        assert "Traceback" not in capfd.readouterr().err
        shutil.rmtree(home / "releases" / "r0")
        until(lambda: outcome(lambda: reader.query(WHICH, CSV, release="r0").read()) == "NotFound")


def test_a_damaged_release_that_was_repaired_is_tried_again(tmp_path: Path) -> None:
    home = home_with(tmp_path, 2)
    store = home / "releases" / "r0" / "store"
    store.rename(home / "aside")
    with reading(home) as reader:
        with pytest.raises(ReleaseDamaged):
            reader.query(WHICH, CSV, release="r0")
        (home / "aside").rename(store)
        until(lambda: outcome(lambda: reader.query(WHICH, CSV, release="r0").read()) == "answered")


def test_prune_leaves_open_releases_alone(tmp_path: Path) -> None:
    home = home_with(tmp_path, 4)
    with reading(home) as reader:
        number(reader, "r0")
        settings = Settings(home=home)
        with Writer(settings) as writer:
            assert writer.prune(2) == ["r1"]
        assert number(reader, "r0") == "0"
        with pytest.raises(NotFound):
            reader.query(WHICH, CSV, release="r1")


def test_the_former_release_becomes_the_current_one_again(tmp_path: Path) -> None:
    home = home_with(tmp_path, 2)
    with reading(home) as reader:
        assert number(reader, "r0") == "0"
        layout.switch(home / "releases", "r0")
        until(lambda: reader.release.id == "r0")
        assert number(reader) == "0"
        assert number(reader, "r1") == "1"


def test_workers_of_all_releases_together_are_bounded(five: Path) -> None:
    """As many idle workers as slots, whichever release they are of."""
    with reading(five, public_workers=2, trusted_workers=1, open_releases=3) as reader:
        for _ in range(4):
            for name in ("", "r0", "r1", "r2"):
                number(reader, name)
                reader.ask("ASK {}")
        until(lambda: sum(len(children(pid)) for pid in zygotes(reader)) <= 3)


def test_nothing_is_left_of_releases_that_were_closed(five: Path) -> None:
    with reading(five, open_releases=1) as reader:
        number(reader, "r0")
        before = len(list(Path("/proc/self/fd").iterdir()))
        threads = threading.active_count()
        for _ in range(4):
            for name in ("r1", "r2", "r0"):
                assert number(reader, name) == name[1:]
        until(lambda: not reader._engine._releases._archive._leaving)  # type: ignore[attr-defined]
        number(reader)
        assert len(list(Path("/proc/self/fd").iterdir())) <= before + 4
        assert threading.active_count() == threads


def test_many_ask_many_releases(five: Path) -> None:
    """Sixteen threads, five releases, two of them open: each answer is its release's own, or tells to come back."""
    with reading(five, public_workers=3, queue_length=100, public_deadline=20) as reader:
        wrong: list[object] = []
        answered = [0] * 5

        def ask(seed: int) -> None:
            for step in range(12):
                which = (seed + step) % 5
                try:
                    found = number(reader, f"r{which}")
                except QueueFull as error:
                    if error.extra["limit"] != "open_releases":
                        wrong.append(error)
                    continue
                except Exception as error:
                    wrong.append(error)
                    return
                answered[which] += 1
                if found != str(which):
                    wrong.append((which, found))

        threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert min(answered) > 0
        assert set(opened(reader)) <= {f"r{n}" for n in range(5)}


def test_closing_ends_the_zygotes_of_former_releases(five: Path) -> None:
    with reading(five) as reader:
        number(reader, "r0")
        (generation,) = opened(reader).values()
    assert generation._process.poll() is not None
    with pytest.raises(Exception, match="stopping"):
        reader.query(WHICH, CSV, release="r1")
