"""kill -9 at any step leaves the old release or the new one, whole, and nothing in the way of the next."""

from __future__ import annotations

import ast
import json
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import terrinclus_kg
from terrinclus_kg.config import Settings
from terrinclus_kg.ingest import pipeline
from terrinclus_kg.ingest.changes import forget_unused
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.ingest.order import Order
from terrinclus_kg.ingest.writing import write
from terrinclus_kg.store.releases import layout, verify
from tests import small

PACKAGE = Path(terrinclus_kg.__file__).parent


def steps() -> list[str]:
    """All names that the program gives to a step."""
    return [
        node.args[0].value
        for file in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "step"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]


COMMANDS = ("first build", "build", "load", "update")
# A write reads no sources, a build makes no change, and before the first one there is none to compare with.
_CHANGE = {"changed", "kept"}
_NOT_OF = {"update": {"read", "validate"}, "first build": {"compared", *_CHANGE}}
CASES = [(command, step) for command in COMMANDS for step in steps() if step not in _NOT_OF.get(command, _CHANGE)]
UPDATE = "INSERT DATA { GRAPH <http://e/g> { <http://e/s> <http://e/p> 1 } }"


@dataclass(frozen=True)
class Scene:
    """What is left after all the killings: a home for each case."""

    folder: Path
    material: Material
    before: str
    ends: dict[tuple[str, str], int]

    def home(self, case: tuple[str, str]) -> Path:
        return self.folder / "-".join(case).replace(" ", "-")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("killed")
    made = small.material(folder)
    old = pipeline.build(Settings(home=folder / "old"), made).release
    small.write(made.data / "sources/journal", facts=small.FACTS.replace("page 1", "page 7"))
    (folder / "more.ttl").write_text("<http://e/s> <http://e/p> [ <http://e/q> 1 ] .")
    (folder / "more.ru").write_text(UPDATE)
    scene = Scene(folder, made, old.id, {})
    jobs = []
    for case in CASES:
        if case[0] != "first build":
            shutil.copytree(folder / "old", scene.home(case), symlinks=True)
        files = {"load": "more.ttl", "update": "more.ru"}
        arguments = [case[0], str(folder / files[case[0]])] if case[0] in files else ["build"]
        jobs.append({"home": str(scene.home(case)), "fault": case[1], "arguments": arguments})
    command = [sys.executable, "-m", "tests.publishing.dying", str(folder), json.dumps(jobs)]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, timeout=600, check=True)
    scene.ends.update(zip(CASES, json.loads(done.stdout), strict=True))
    return scene


def test_the_steps_are_found() -> None:
    assert len(set(steps())) == len(steps()) >= 8


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_killed(case: tuple[str, str], scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    assert scene.ends[case] == -signal.SIGKILL
    settings = Settings(home=scene.home(case))
    old = None if case[0] == "first build" else scene.before
    current = layout.current_id(settings.releases)
    assert (current == old) is (case[1] != "switched")
    for release in layout.all_releases(settings.releases):
        verify.verify(release)
    assert len(layout.all_releases(settings.releases)) == bool(old) + (case[1] in {"renamed", "switched"})
    swept = case[0] != "update" and case[1] in {"renamed", "switched"}  # an update has scratch files to the end
    assert bool(list(settings.releases.glob(".draft-*"))) is not swept

    monkeypatch.setattr(Material, "default", classmethod(lambda cls: scene.material))
    again = finish(case[0], scene, settings)
    assert (again != current) is (case[1] != "switched")
    assert layout.current_id(settings.releases) == again
    assert [path.name for path in settings.releases.iterdir() if path.name.startswith(".")] == []
    lines = small.quads(layout.current(settings.releases))
    assert any(b"page 7" in row for row in lines) is (case[0] != "update")  # which reads no sources
    assert any(row.startswith(b"<http://e/s>") for row in lines) is (case[0] in {"load", "update"})
    orphans = case[0] == "update" and case[1] in {"kept", "store", "manifest"}
    assert forget_unused(settings) == orphans
    assert forget_unused(settings) == 0


def finish(command: str, scene: Scene, settings: Settings) -> str:
    """Does again what was interrupted; returns the id of the release that holds it."""
    if command == "load":
        return pipeline.load([scene.folder / "more.ttl"], settings).release.id
    if command == "update":
        return write(Order("update", "tester", UPDATE), settings).release
    return pipeline.build(settings).release.id
