"""Rooms that are not too large, and that say what they are for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import terrinclus_kg

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
    errors = file.name == "errors.py"  # where titles and the drawn tree say it
    assert [node.name for node in public_names(tree) if not ast.get_docstring(node) and not errors] == []


@each_file
def test_nothing_left_behind(file: Path) -> None:
    text = file.read_text()
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text)
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    names = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
    assert names.isdisjoint({"print", "breakpoint"})
    assert str(ROOT.parent) not in text
    assert "/home/" not in text
