"""What is installed: the console script, each command's help, and the wheel."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import terrinclus_kg
from terrinclus_kg.cli import group

ROOT = Path(terrinclus_kg.__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of a command and all below it."""
    yield path
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, (*path, name))


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)


def test_the_console_script() -> None:
    module, _, name = PROJECT["scripts"]["terrinclus-kg"].partition(":")
    assert callable(getattr(import_module(module), name))
    (installed,) = entry_points(group="console_scripts", name="terrinclus-kg")
    assert installed.load() is getattr(import_module(module), name)


def test_as_a_module() -> None:
    assert python("-m", "terrinclus_kg", "--version").stdout.split()[-1] == PROJECT["version"]
    assert "Commands:" in python("-m", "terrinclus_kg", "--help").stdout


def test_the_commands() -> None:
    assert {path[0] for path in commands(group) if path} == {
        "build", "validate", "load", "release", "query", "question", "serve", "mcp", "doctor",
        "changes", "publish", "undo", "update", "export",
    }  # fmt: skip
    assert {path[1] for path in commands(group) if path[:1] == ("release",) and path[1:]} == {
        "list", "show", "switch", "verify", "prune", "dump",
    }  # fmt: skip


@pytest.mark.parametrize("path", list(commands(group)), ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(path: tuple[str, ...], option: str) -> None:
    result = CliRunner().invoke(group, [*path, option])
    assert result.exit_code == 0
    assert f"Usage: {' '.join(['group', *path])}" in result.output
    command: click.Command = group
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    python("-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    (file,) = folder.glob("*.whl")
    return zipfile.ZipFile(file)


def test_the_wheel_has_all_it_needs(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    web = ("templates", "translations", "static", "src/css", "prose")  # sources of scripts stay in the sdist
    for folder in ("ontology", "data", "queries", *(f"web/{name}" for name in web)):
        files = {str(file.relative_to(ROOT)) for file in (ROOT / folder).rglob("*") if file.is_file()}
        assert {f"terrinclus_kg/{file}" for file in files} <= names, folder
    assert {"terrinclus_kg/py.typed", "terrinclus_kg/cli/__init__.py", "terrinclus_kg/ontology/prefixes.ttl"} <= names
    assert {"terrinclus_kg/web/pages.toml", "terrinclus_kg/web/site.toml", "terrinclus_kg/web/colours.css"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_has_nothing_else(wheel: zipfile.ZipFile) -> None:
    strange = re.compile(r"(^|/)(tests?|docs|\.git|\.venv|__pycache__|node_modules|var)/|\.pyc$|conftest")
    assert [name for name in wheel.namelist() if strange.search(name)] == []
    assert {name.split("/")[0].split("-")[0] for name in wheel.namelist()} == {"terrinclus_kg"}


def test_the_wheel_tells_its_entry_point_and_version(wheel: zipfile.ZipFile) -> None:
    (entry,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "terrinclus-kg = terrinclus_kg.__main__:main" in wheel.read(entry).decode()
    assert f"-{PROJECT['version']}-" in str(wheel.filename)
    wheel.close()
