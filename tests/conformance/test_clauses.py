"""Each clause has a test, and none is dropped in silence."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.conformance.clauses import CLAUSES

HERE = Path(__file__).parent
FILES = ("test_protocol.py", "test_description.py", "test_results.py", "test_negotiation.py")


def named(file: Path) -> list[str]:
    """The clauses that the decorators of a file's tests name."""
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            calls = [d for d in node.decorator_list if isinstance(d, ast.Call) and ast.unparse(d.func) == "clause"]
            assert len(calls) == 1, f"{file.name}: {node.name} names no clause"
            found += [ast.literal_eval(argument) for argument in calls[0].args]
    return found


def test_the_number_of_clauses() -> None:
    assert len(CLAUSES) == 78


def test_each_clause_has_a_test() -> None:
    tested = {one for file in FILES for one in named(HERE / file)}
    assert tested == set(CLAUSES)
