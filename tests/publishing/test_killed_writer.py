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
from terrinclus_kg.ingest.pipeline import Material
from terrinclus_kg.store import layout, verify
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


COMMANDS = ("first build", "build", "load")
CASES = [(command, step) for command in COMMANDS for step in steps()]


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
    scene = Scene(folder, made, old.id, {})
    jobs = []
    for case in CASES:
        if case[0] != "first build":
            shutil.copytree(folder / "old", scene.home(case), symlinks=True)
        arguments = ["load", str(folder / "more.ttl")] if case[0] == "load" else ["build"]
        jobs.append({"home": str(scene.home(case)), "fault": case[1], "arguments": arguments})
    command = [sys.executable, "-m", "tests.publishing.dying", str(folder), json.dumps(jobs)]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, timeout=120, check=True)
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
    assert bool(list(settings.releases.glob(".draft-*"))) is (case[1] not in {"renamed", "switched"})

    monkeypatch.setattr(Material, "default", classmethod(lambda cls: scene.material))
    again = pipeline.load([scene.folder / "more.ttl"], settings) if case[0] == "load" else pipeline.build(settings)
    assert again.fresh is (case[1] != "switched")
    assert layout.current_id(settings.releases) == again.release.id
    assert [path.name for path in settings.releases.iterdir() if path.name.startswith(".")] == []
    lines = small.quads(again.release)
    assert any(b"page 7" in row for row in lines)
    assert any(row.startswith(b"<http://e/s>") for row in lines) is (case[0] == "load")
