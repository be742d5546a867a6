"""The recipes of docs/researchers.md, run as they stand there, with the tools they name, against a live service.

Each block of code is a recipe; the block after it is what it prints, in which ``…`` stands for anything.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from tests.service import Service, running

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "researchers.md"
ADDRESS = "http://127.0.0.1:8000"
_BLOCK = re.compile(r"^#{2,3} ([^\n]+)$|^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = {"sh": ("bash", "-euo", "pipefail"), "python": (sys.executable,), "r": ("Rscript", "--vanilla")}


@dataclass(frozen=True)
class Recipe:
    """A recipe: where it stands, in which language, and what it prints."""

    name: str
    language: str
    code: str
    printed: str


def recipes() -> list[Recipe]:
    found: list[Recipe] = []
    heading, number = "", 0
    for match in _BLOCK.finditer(DOCUMENT.read_text(encoding="utf-8")):
        title, language, code = match.groups()
        if title:
            heading, number = re.sub(r"\W+", "-", title.lower()).strip("-"), 0
        elif language == "text":
            last = found[-1]
            assert not last.printed, f"two outputs of {last.name}"
            found[-1] = Recipe(last.name, last.language, last.code, code)
        else:
            number += 1
            found.append(Recipe(f"{heading}-{number}", language, code, ""))
    return found


RECIPES = recipes()


@pytest.fixture(scope="module")
def service(home: Path) -> Iterator[Service]:
    """One client asks much here."""
    with running(home, public_deadline=2, client_seconds=3600, client_errors=1000) as service:
        yield service


def run(recipe: Recipe, address: str, home: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a recipe in a folder of its own, with the tools of the environment that the tests run in."""
    file = folder / f"recipe.{recipe.language}"
    file.write_text(recipe.code.replace(ADDRESS, address), encoding="utf-8")
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": tools, "TERRINCLUS_HOME": str(home), "LC_ALL": "C.UTF-8", "COLUMNS": "100"}
    command = [*COMMANDS[recipe.language], str(file)]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False
    )


def fits(printed: str, expected: str) -> bool:
    """Whether an output is the expected one; blanks at the end of lines, and empty lines, count for nothing."""

    def plain(text: str) -> str:
        return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())

    pattern = ".*?".join(map(re.escape, plain(expected).split("…")))
    return re.fullmatch(pattern, plain(printed), re.DOTALL) is not None


def needs(recipe: Recipe) -> None:
    """R is not everywhere: without it its recipes are skipped loudly, and fail under CI."""
    if recipe.language == "r" and shutil.which("Rscript") is None:
        reason = "R is missing: install it (apt install r-base-core) to run its recipes"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipe_does_what_it_says(recipe: Recipe, service: Service, home: Path, tmp_path: Path) -> None:
    needs(recipe)
    done = run(recipe, service.url, home, tmp_path)
    assert done.returncode == 0, done.stderr
    assert fits(done.stdout.replace(service.url, ADDRESS), recipe.printed), done.stdout + done.stderr


def test_every_recipe_shows_what_it_prints() -> None:
    assert [recipe.name for recipe in RECIPES if not recipe.printed] == []
    assert {recipe.language for recipe in RECIPES} == COMMANDS.keys()
    assert len(RECIPES) >= 20


@pytest.mark.parametrize(
    ("printed", "expected", "same"),
    [("a\n", "a\n", True), ("a \n\nb\n", "a\nb\n", True), ("ab\n", "a\n", False), ("a 12 b", "a … b", True),
     ("a.b", "a…c", False), ("", "a", False)],
)  # fmt: skip
def test_outputs_are_compared(printed: str, expected: str, same: bool) -> None:
    assert fits(printed, expected) is same


class _Busy(BaseHTTPRequestHandler):
    """An endpoint that has no time at first, and then never the time for one kind of question."""

    turned_away: ClassVar[int] = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.turned_away < 2:
            type(self).turned_away += 1
            self._say(429, "application/problem+json", b'{"detail": "slow down"}')
        elif b"Region" in body:
            self._say(503, "application/problem+json", b'{"detail": "it took too long"}')
        else:
            self._say(200, "text/csv", b"n\r\n101\r\n")

    def _say(self, status: int, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_the_polite_script_waits_and_gives_up_where_waiting_is_no_help(home: Path, tmp_path: Path) -> None:
    (recipe,) = [recipe for recipe in RECIPES if "Retry-After" in recipe.code]
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Busy)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        done = run(recipe, f"http://127.0.0.1:{server.server_port}", home, tmp_path)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert done.stdout == "Departement 101\n"
    assert done.stderr == "503: it took too long\n"
    assert (done.returncode, _Busy.turned_away) == (1, 2)
