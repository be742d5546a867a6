"""The answers that are kept: on disk, whole or not at all, within their bound, for their release only."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrinclus_kg.config import KIB, MIB
from terrinclus_kg.server.cache import Cache, Entry
from tests.small_store import until

KEY = "a" * 64


def entry(body: bytes = b"body") -> Entry:
    return Entry("200 OK", [("ETag", '"é"')], body, {"query": "ASK {}"})


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def another(tmp_path: Path, size: int = MIB) -> Cache:
    """The same cache as another process sees it."""
    return Cache(tmp_path / "cache", size, 100 * KIB)


@given(st.binary(), st.lists(st.tuples(st.text(), st.text())))
def test_an_entry_survives_its_file(body: bytes, headers: list[tuple[str, str]]) -> None:
    kept = Entry("200 OK", headers, body, {"query": "ASK {}"})
    assert Entry.unpack(kept.pack()) == kept


@given(st.data())
def test_a_damaged_entry_is_none(data: st.DataObject) -> None:
    packed = bytearray(entry(b"0123456789" * 5).pack())
    start = packed.index(b"\n")
    place = data.draw(st.integers(start, len(packed) - 1))
    packed[place] ^= data.draw(st.integers(1, 255))
    assert Entry.unpack(bytes(packed)) is None


@given(st.binary())
def test_any_bytes_are_an_entry_or_none(data: bytes) -> None:
    assert Entry.unpack(data) is None


@pytest.mark.parametrize("line", [b"null", b"[]", b"1", b'["200 OK", 1, {}, 0, 0]', b'["200 OK", [1], {}, 0, 0]'])
def test_a_line_of_another_shape_is_none(line: bytes) -> None:
    assert Entry.unpack(line + b"\n") is None


def test_what_one_process_keeps_another_finds(tmp_path: Path) -> None:
    another(tmp_path).keep("one", KEY, entry())
    other = another(tmp_path)
    assert other.recall("one", KEY) is None  # not in its memory
    assert other.find("one", KEY) == entry()
    assert other.recall("one", KEY) == entry()


def test_every_cut_file_is_a_miss(tmp_path: Path) -> None:
    another(tmp_path).keep("one", KEY, entry())
    (file,) = (tmp_path / "cache" / "one").iterdir()
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert another(tmp_path).find("one", KEY) is None
        assert not file.exists()


def test_a_folder_in_the_place_of_an_entry_is_a_miss(tmp_path: Path) -> None:
    (tmp_path / "cache" / "one" / KEY).mkdir(parents=True)
    cache = another(tmp_path)
    assert cache.find("one", KEY) is None
    cache.keep("one", KEY, entry())
    assert cache.find("one", KEY) == entry()  # in memory


def test_answers_are_forgotten_with_their_release(tmp_path: Path) -> None:
    cache = another(tmp_path)
    cache.keep("one", KEY, entry())
    assert cache.find("two", KEY) is None
    assert cache.recall("one", KEY) is None
    until(lambda: not (tmp_path / "cache" / "one").exists())
    cache.keep("two", KEY, entry(b"new"))
    assert another(tmp_path).find("two", KEY) == entry(b"new")


def test_a_release_id_never_leaves_the_folder(tmp_path: Path) -> None:
    cache = another(tmp_path)
    cache.keep("../../up", KEY, entry())
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
    assert cache.find("../../up", KEY) == entry()


def test_a_flood_of_answers_stays_within_the_bound(tmp_path: Path) -> None:
    limit = 512 * KIB
    writers = [another(tmp_path, limit) for _ in range(2)]
    for number in range(1000):
        writers[number % 2].keep("one", f"{number:064}", entry(b"x" * 3000))
    assert 0 < size_of(tmp_path) <= limit
    assert 0 < writers[0].size <= limit * 9 // 8
    reader = another(tmp_path, limit)
    assert reader.find("one", f"{999:064}")
    assert reader.find("one", f"{0:064}") is None


def test_what_is_used_stays_longest(tmp_path: Path) -> None:
    limit = 512 * KIB
    cache = another(tmp_path, limit)
    cache.keep("one", KEY, entry())
    for number in range(500):
        cache.keep("one", f"{number:064}", entry(b"x" * 3000))
        assert another(tmp_path, limit).find("one", KEY), number
    assert another(tmp_path, limit).find("one", f"{0:064}") is None


def test_memory_is_bounded_too(tmp_path: Path) -> None:
    cache = another(tmp_path, MIB)
    for number in range(200):
        cache.keep("one", f"{number:064}", entry(b"x" * 10_000))
    held = sum(1 for number in range(200) if cache.recall("one", f"{number:064}"))
    assert 0 < held * 10_000 < MIB // 8


def test_an_answer_replaces_the_one_before(tmp_path: Path) -> None:
    cache = another(tmp_path)
    cache.keep("one", KEY, entry(b"first"))
    cache.keep("one", KEY, entry(b"second"))
    assert cache.recall("one", KEY) == another(tmp_path).find("one", KEY) == entry(b"second")


def test_where_nothing_can_be_written_nothing_is_kept_and_it_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file, where a folder should be")
    cache = another(tmp_path)
    with caplog.at_level(logging.WARNING):
        for number in range(5):
            cache.keep("one", str(number), entry())
            assert cache.find("one", "unknown") is None
    assert len([record for record in caplog.records if "cannot be kept" in record.message]) == 1


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    cache = another(tmp_path)
    cache.keep("one", KEY, entry())
    monkeypatch.setattr(Path, "write_bytes", full)
    cache.keep("one", "b" * 64, entry())
    assert [file.name for file in (tmp_path / "cache" / "one").iterdir()] == [KEY]


WRITER = """
import sys
from pathlib import Path
from terrinclus_kg.server.cache import Cache, Entry
cache = Cache(Path(sys.argv[1]), 1 << 30, 1 << 23)
number = 0
while True:
    cache.keep("one", f"{number % 8:064}", Entry("200 OK", [], bytes([number % 256]) * (1 << 22)))
    number += 1
"""


def test_a_writer_killed_in_the_middle_leaves_no_half_entry(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    for _ in range(5):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)])
        half = lambda: [file for file in (folder / "one").glob(".*") if _size(file)]  # noqa: E731
        until(half)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        cache = Cache(folder, 1 << 30, 1 << 23)
        files = [file for file in (folder / "one").iterdir() if not file.name.startswith(".")]
        assert all(Entry.unpack(file.read_bytes()) for file in files)
    (folder / "one" / ".1-0").write_bytes(b"half")  # what a slower disk would surely have left
    left = list((folder / "one").glob(".*"))
    for file in left:
        os.utime(file, (time.time() - 100, time.time() - 100))
    cache.keep("one", KEY, entry())  # the first entry of a process comes with a look around
    assert [file for file in left if file.exists()] == []


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
