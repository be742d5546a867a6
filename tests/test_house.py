"""Rooms that are not too large, and that say what they are for."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

import terrinclus_kg
from terrinclus_kg import errors

ROOT = Path(terrinclus_kg.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
Function = ast.FunctionDef | ast.AsyncFunctionDef

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))


def public_names(tree: ast.Module) -> list[Function | ast.ClassDef]:
    """Functions and classes of a module that others may use."""
    return [n for n in tree.body if isinstance(n, Function | ast.ClassDef) and not n.name.startswith("_")]


def length(node: Function) -> int:
    """Lines of a function but its docstring: telling more is no fault."""
    assert node.end_lineno
    return node.end_lineno - node.lineno + 1 - len((ast.get_docstring(node, clean=False) or "").splitlines())


@each_file
def test_size(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= 400, "a file over 400 lines: look for the room that wants to be built"
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, Function)]
    assert {node.name: length(node) for node in functions if length(node) > 40} == {}


@each_file
def test_words(file: Path) -> None:
    tree = ast.parse(file.read_text())
    assert ast.get_docstring(tree), "no docstring of the module"
    drawn = file.name == "errors.py"  # where titles and the drawn tree say it
    assert [node.name for node in public_names(tree) if not ast.get_docstring(node) and not drawn] == []


@each_file
def test_nothing_left_behind(file: Path) -> None:
    text = file.read_text()
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text)
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    names = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
    assert names.isdisjoint({"print", "breakpoint"})
    assert str(ROOT.parent) not in text
    assert "/home/" not in text


def test_the_design_tells_every_room() -> None:
    house = (ROOT.parent / "docs" / "design.md").read_text().partition("## 3. ")[2].partition("## 4. ")[0]
    told = set(re.findall(r"\w+", house))
    apart = ("server/views", "cli")  # one file an address, one a command
    rooms = {file.stem for file in FILES if not str(file.parent.relative_to(ROOT)).startswith(apart)}
    assert rooms - told - {"__init__", "__main__"} == set()


def test_errors_are_drawn_as_they_are() -> None:
    drawn: list[tuple[str, str, int]] = []  # name, parent, status
    line: list[str] = []  # from the root to the last one
    statuses: list[int] = []
    for mark, name, status in re.findall(
        r"^    ([│├└─ ]*)([A-Z]\w+)(?: +(\d{3}))?", errors.__doc__ or "", re.MULTILINE
    ):
        depth = len(mark) // 4
        line[depth:], statuses[depth:] = [name], [int(status) if status else statuses[depth - 1]]
        drawn.append((name, line[depth - 1] if depth else "Exception", statuses[-1]))
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    for name, parent, status in drawn:
        kind = getattr(errors, name)
        assert (parent in {base.__name__ for base in kind.__bases__}, kind.status) == (True, status), name
    assert sorted(name for name, _, _ in drawn) == sorted(kind.__name__ for kind in kinds)


def defined(file: Path) -> set[str]:
    """What a module is called, and the names that it makes; not those that it imports."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    made = {node.name for node in nodes if isinstance(node, Function | ast.ClassDef)}
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return made | bound | {node.arg for node in nodes if isinstance(node, ast.arg)} | {file.stem}


def test_what_is_pointed_to_is_there() -> None:
    homes: dict[str, set[str]] = {}  # what stands before a dot: a module, a package, a class
    for file in FILES:
        classes = [node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ClassDef)]
        for home in [file.stem, file.parent.name, *classes]:
            homes.setdefault(home, set()).update(defined(file))
    anywhere = homes.keys() | set().union(*homes.values())
    for file in FILES:
        for path, name in re.findall(r"(?<![`\w])`((?:\w+\.)*)(\w+)`(?!`)", file.read_text()):
            first, home = path.partition(".")[0], path.rstrip(".").rpartition(".")[2]
            if not home or first in homes:  # else it is of a library
                assert name in homes.get(home, anywhere), f"{file.relative_to(ROOT)}: `{path}{name}`"


def test_dependencies_are_those_that_are_imported() -> None:
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text())["project"]
    named = {
        re.split(r"[\[<>=]", each)[0].lower().replace("-", "_")
        for each in [*project["dependencies"], *project["optional-dependencies"]["mcp"]]
    }
    named = {{"pystemmer": "Stemmer"}.get(name, name) for name in named}
    nodes = [node for file in FILES for node in ast.walk(ast.parse(file.read_text()))]
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    found |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in found} - sys.stdlib_module_names - {"terrinclus_kg"} == named
