"""Releases on disk: list, show, switch, verify, prune; one writer at a time."""

from __future__ import annotations

import errno
import fcntl
import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from terrinclus_kg.cli import group
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import NoRelease, NotFound, ReleaseDamaged, SourceError, WriterBusy
from terrinclus_kg.ingest import pipeline
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.releases.verify import verify
from terrinclus_kg.store.releases.writer import Writer
from tests import small

COUNT = 4


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Material]:
    """A home with four releases of the same facts."""
    folder = tmp_path_factory.mktemp("releases")
    made = small.material(folder)
    for _ in range(COUNT):
        pipeline.build(Settings(home=folder / "home"), made, force=True)
    return folder / "home", made


@pytest.fixture
def settings(built: tuple[Path, Material], tmp_path: Path) -> Settings:
    """A copy of that home, to be spoilt."""
    shutil.copytree(built[0], tmp_path / "home", symlinks=True)
    return Settings(home=tmp_path / "home", keep_releases=3)


@pytest.fixture
def current(settings: Settings) -> Release:
    return layout.current(settings.releases)


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(group, ["release", *arguments], obj=settings)


def ids(settings: Settings) -> list[str]:
    return [release.id for release in layout.all_releases(settings.releases)]


# Commands


def test_list(settings: Settings, current: Release) -> None:
    lines = run(settings, "list").output.splitlines()
    assert [line.split()[-4] for line in lines] == ids(settings)
    assert len(lines) == COUNT
    assert [line for line in lines if line.startswith("*")] == lines[-1:]
    assert current.id in lines[-1]


def test_list_of_nothing(tmp_path: Path) -> None:
    assert run(Settings(home=tmp_path / "none"), "list").output == ""


def test_drafts_are_not_releases(settings: Settings, current: Release) -> None:
    for name in (".draft-1", ".draft-removed-x"):
        shutil.copytree(current.path, settings.releases / name)
    assert len(run(settings, "list").output.splitlines()) == COUNT
    for name in (".draft-1", ".", "..", "CURRENT", "", "../releases", "a\0b"):
        with pytest.raises(NotFound):
            layout.read(settings.releases, name)


def test_show(settings: Settings, current: Release) -> None:
    shown = json.loads(run(settings, "show").output)
    assert shown == {"id": current.id, **current.manifest}
    first = ids(settings)[0]
    assert json.loads(run(settings, "show", first).output)["id"] == first
    assert isinstance(run(settings, "show", "nothing").exception, NotFound)


def test_switch(settings: Settings, current: Release) -> None:
    first = ids(settings)[0]
    assert run(settings, "switch", first).output == f"Current release: {first}\n"
    assert layout.current_id(settings.releases) == first
    assert isinstance(run(settings, "switch", "nothing").exception, NotFound)
    assert layout.current_id(settings.releases) == first
    assert sorted(path.name for path in settings.releases.iterdir()) == sorted(["CURRENT", *ids(settings)])


@pytest.mark.parametrize("part", ["store", "labels.db"])
def test_switching_to_a_damaged_release(settings: Settings, current: Release, part: str) -> None:
    first = layout.all_releases(settings.releases)[0]
    shutil.rmtree(first.store_path) if part == "store" else first.labels_path.unlink()
    assert isinstance(run(settings, "switch", first.id).exception, ReleaseDamaged)
    assert layout.current_id(settings.releases) == current.id


def test_switching_to_a_release_without_facts(settings: Settings, current: Release) -> None:
    first = layout.all_releases(settings.releases)[0]
    store = Store(first.store_path)
    store.clear()
    store.flush()
    del store
    assert isinstance(run(settings, "switch", first.id).exception, ReleaseDamaged)
    assert layout.current_id(settings.releases) == current.id


@pytest.mark.parametrize("content", ["", "{", "[]", '{"digest": "x"}'])
def test_a_damaged_old_manifest_stops_neither_list_nor_prune(
    settings: Settings, current: Release, content: str
) -> None:
    first, *others = ids(settings)
    (settings.releases / first / "manifest.json").write_text(content)
    lines = run(settings, "list").output.splitlines()
    assert lines[0] == f"  {first}  damaged"
    assert [line[2:].split()[0] for line in lines] == [first, *others]
    kept = settings.home / "loads" / "x.nq.gz"
    kept.parent.mkdir()
    kept.write_bytes(b"")
    assert run(settings, "prune").output == f"removed {first}\n1 release removed\n"
    assert kept.exists()  # the damaged release may have held it
    assert "1 loaded files forgotten" in run(settings, "prune").output
    assert ids(settings) == others


def test_prune_leaves_a_damaged_release_that_is_not_old(settings: Settings, current: Release) -> None:
    (settings.releases / ids(settings)[2] / "manifest.json").write_text("")
    current.manifest_path.write_text("{}")
    assert run(settings, "prune", "--keep", "1").exit_code == 0
    assert len(layout.damaged(settings.releases)) == 2
    assert f"* {current.id}  damaged" in run(settings, "list").output


def test_prune(settings: Settings, current: Release) -> None:
    before = ids(settings)
    output = run(settings, "prune").output
    assert output == f"removed {before[0]}\n1 release removed\n"
    assert ids(settings) == before[1:]
    run(settings, "prune", "--keep", "1")
    assert ids(settings) == [current.id]


def test_prune_leaves_the_current_one_and_those_in_use(settings: Settings) -> None:
    first, second, *_, last = ids(settings)
    run(settings, "switch", first)
    script = "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_SH); print(); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(settings.releases / second / "manifest.json")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout
        holder.stdout.readline()
        run(settings, "prune", "--keep", "1")
        assert ids(settings) == [first, second, last]
    finally:
        holder.communicate(b"\n")
    run(settings, "prune", "--keep", "1")
    assert ids(settings) == [first, last]
    verify(layout.current(settings.releases))


def test_no_release(tmp_path: Path) -> None:
    with pytest.raises(NoRelease, match="terrinclus-kg build"):
        layout.current(tmp_path)


def test_a_current_release_that_somebody_removed(
    settings: Settings, current: Release, built: tuple[Path, Material]
) -> None:
    shutil.rmtree(current.path)
    with pytest.raises(NoRelease, match=f"{current.id} is gone"):
        layout.current(settings.releases)
    assert pipeline.build(settings, built[1]).fresh
    verify(layout.current(settings.releases))


# Verifying


def test_a_whole_release(settings: Settings, current: Release) -> None:
    assert f"Release {current.id} is whole" in run(settings, "verify").output


def damage(settings: Settings) -> str:
    result = run(settings, "verify")
    assert result.exit_code == 1
    assert isinstance(result.exception, ReleaseDamaged)
    return result.exception.message


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_flipped_byte_in_the_dump(settings: Settings, current: Release, place: float) -> None:
    dump = current.path / "dataset.nq.gz"
    data = bytearray(dump.read_bytes())
    data[int(len(data) * place)] ^= 1
    dump.write_bytes(data)
    assert "the dump of release" in damage(settings)


def test_another_dump(settings: Settings, current: Release) -> None:
    lines = small.quads(current)
    (current.path / "dataset.nq.gz").write_bytes(gzip.compress(b"".join(lines[1:])))
    assert "does not have the digest" in damage(settings)
    (current.path / "dataset.nq.gz").unlink()
    assert "cannot be read" in damage(settings)


def test_damaged_labels(settings: Settings, current: Release) -> None:
    with closing(sqlite3.connect(current.labels_path)) as table, table:
        table.execute("DELETE FROM label WHERE iri IN (SELECT iri FROM label LIMIT 1)")
    assert "the labels of release" in damage(settings)
    current.labels_path.write_bytes(b"nothing")
    assert "cannot be read" in damage(settings)
    current.labels_path.unlink()
    assert "cannot be read" in damage(settings)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"digest": "x"}', None])
def test_a_damaged_manifest(settings: Settings, current: Release, content: str | None) -> None:
    text = current.manifest_path.read_text()
    current.manifest_path.write_text(text[: len(text) // 2] if content is None else content)
    assert current.id in damage(settings)


FACT = NamedNode("https://w3id.org/terrinclus/id/fait/Z02")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("a fact loses a triple", "does not hold what its manifest says"),
        ("a fact gains a triple", "does not hold what its manifest says"),
        ("the merge loses a triple", "is not the merge of its facts"),
        ("the merge gains a triple", "is not the merge of its facts"),
    ],
)
def test_a_store_that_was_changed(settings: Settings, current: Release, change: str, reason: str) -> None:
    store = Store(current.store_path)
    graph = FACT if "fact" in change.split() else DefaultGraph()
    if "loses" in change:
        store.remove(next(store.quads_for_pattern(None, None, None, graph)))
    else:
        store.add(Quad(FACT, FACT, Literal("x"), graph))
    store.flush()
    del store
    assert reason in damage(settings)


def test_a_store_that_does_not_open(settings: Settings, current: Release) -> None:
    for file in current.store_path.glob("MANIFEST-*"):
        file.unlink()
    assert "the store of release" in damage(settings)


def test_a_full_disk_is_no_damage(current: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("terrinclus_kg.store.releases.verify._split", fail)
    with pytest.raises(OSError, match="No space left"):
        verify(current)


# One writer


def test_a_second_writer_is_told_who_holds_the_lock(settings: Settings) -> None:
    with Writer(settings, "load atlas.nt"):
        result = run(settings, "switch", ids(settings)[0])
        assert isinstance(result.exception, WriterBusy)
        assert f"load atlas.nt, process {os.getpid()} on " in result.exception.message
        command = [sys.executable, "-m", "terrinclus_kg", "release", "prune"]
        environment = {**os.environ, "TERRINCLUS_HOME": str(settings.home)}
        other = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
        assert other.returncode == 1
        assert "another writer holds the lock: load atlas.nt, process" in other.stderr
        assert "Traceback" not in other.stderr
    assert run(settings, "switch", ids(settings)[0]).exit_code == 0


def test_readers_do_not_keep_a_writer_waiting(
    settings: Settings, current: Release, built: tuple[Path, Material]
) -> None:
    with current.manifest_path.open() as manifest:
        fcntl.flock(manifest, fcntl.LOCK_SH)
        assert pipeline.build(settings, built[1], force=True).fresh


def test_the_lock_is_free_after_a_failure(settings: Settings, built: tuple[Path, Material], tmp_path: Path) -> None:
    nothing = Material(tmp_path / "nothing", built[1].ontology, built[1].queries)
    for _ in range(2):
        with pytest.raises(SourceError):
            pipeline.build(settings, nothing)


def test_drafts_left_behind_are_swept(settings: Settings) -> None:
    (settings.releases / ".draft-1" / "store").mkdir(parents=True)
    (settings.releases / ".draft-removed-x").mkdir()
    with Writer(settings):
        assert [path.name for path in settings.releases.glob(".*")] == []
