"""Each clause has a test, and none is dropped in silence."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.writes.clauses import CLAUSES

FILES = ("test_update.py", "test_graph_store.py", "test_tokens.py")


def named(file: Path) -> set[str]:
    """The clauses that the decorators of a file's tests name."""
    calls = [
        decorator
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "clause"
    ]
    return {ast.literal_eval(argument) for call in calls for argument in call.args}


def test_the_number_of_clauses() -> None:
    assert len(CLAUSES) == 49


def test_each_clause_has_a_test() -> None:
    assert set().union(*(named(Path(__file__).parent / file) for file in FILES)) == set(CLAUSES)
