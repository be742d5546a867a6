"""Who may import whom: arrows only go down (docs/design.md, the house)."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

import terrinclus_kg

ROOT = Path(terrinclus_kg.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

LEVELS = (
    {"", "errors", "config", "resources", "progress", "metrics"},
    {"rdf", "drawing"},
    {"store"},
    {"ingest", "resource", "questions", "results", "export", "reconciliation"},
    {"mcp", "configuration"},
    {"server", "cli"},
    {"__main__"},
)
LEVEL = {name: height for height, names in enumerate(LEVELS) for name in names}
# The rooms of the store, likewise.
ROOMS = (
    {"search"},
    {"releases", "queries"},
    {"children"},
    {"tuning", "engine"},
    {"fairness"},
    {"workers"},
    {"remote"},
    {"reader"},
)
ROOM = {name: height for height, names in enumerate(ROOMS) for name in names}

# library, or a name in it → the only places that may use it
OWNERS = {
    "flask": ("server/",),
    "flask_babel": ("server/",),
    "werkzeug": ("server/",),
    "jinja2": ("server/",),
    "click": ("cli/",),
    "rich": ("cli/",),
    "mcp": ("mcp/door.py",),
    "granian": ("cli/serve.py",),
    "rdflib": ("ingest/", "store/tuning/"),
    "pyshacl": ("ingest/",),
    "pyoxigraph.Store": ("store/",),
    "sqlite3": ("store/",),
    "prometheus_client": ("metrics.py", "server/views/service.py"),
    "urllib3": ("store/",),
    "selectolax": ("export/",),
    "Stemmer": ("store/search/text.py",),
    "pyroaring": ("store/search/",),
    "rapidfuzz": ("reconciliation/likeness.py",),
    "subprocess": ("store/children/child.py", "store/workers/generation.py"),
    "os.environ": ("config.py", "resources.py"),
    "os.getenv": ("config.py",),
}


def room(place: str) -> str:
    """``store/reader.py`` → store; ``errors.py`` → errors; the package itself → empty."""
    return place.split("/")[0].removesuffix(".py").replace("__init__", "")


def used(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Dotted names that a module imports or takes from a module it imported, with their lines."""
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                modules[alias.asname or alias.name] = alias.name
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.module
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                modules[alias.asname or alias.name] = name
                yield name, node.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield f"{modules[node.value.id]}.{node.attr}", node.lineno


def violations(place: str, text: str) -> list[str]:
    """What a file does that its room does not allow. ``place`` is relative to the package."""
    tree = ast.parse(text)
    if any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree)):
        return [f"{place}: relative import"]
    here, found = room(place), []
    for name, line in used(tree):
        if name.split(".")[0] == "terrinclus_kg":
            there = [*name.split("."), ""][1]
            there = there if there in LEVEL else ""
            if there != here and not LEVEL[there] < LEVEL[here] and LEVEL[here]:
                found.append(f"{place}:{line}: {here} imports {there}")
            if not LEVEL[here] and LEVEL[there]:
                found.append(f"{place}:{line}: {here or 'the package'} imports {there}")
            if here == there == "store":
                ours, theirs = place.split("/")[1].removesuffix(".py"), [*name.split("."), "", ""][2]
                if theirs != ours and not ROOM.get(theirs, 0) < ROOM.get(ours, math.inf):
                    found.append(f"{place}:{line}: {ours} imports {theirs}")
        for owned, owners in OWNERS.items():
            if f"{name}.".startswith(f"{owned}.") and not place.startswith(owners):
                found.append(f"{place}:{line}: {name} belongs to {', '.join(owners)}")
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_only_go_down(file: Path) -> None:
    assert violations(str(file.relative_to(ROOT)), file.read_text()) == []


def test_every_module_has_a_level() -> None:
    assert {room(str(file.relative_to(ROOT))) for file in FILES} == LEVEL.keys()
    assert {path.stem for path in (ROOT / "store").iterdir() if not path.stem.startswith("__")} == ROOM.keys()


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("errors.py", "from terrinclus_kg.rdf import iri"),
        ("rdf/iri.py", "from terrinclus_kg.store.releases.layout import Release"),
        ("rdf/iri.py", "def late():\n    import terrinclus_kg.store"),
        ("store/releases/writer.py", "from terrinclus_kg.ingest import pipeline"),
        ("store/releases/writer.py", "from terrinclus_kg import questions"),
        ("questions.py", "from terrinclus_kg.ingest import pipeline"),
        ("resource.py", "from terrinclus_kg.server import render"),
        ("server/wsgi.py", "from terrinclus_kg.cli import main"),
        ("cli/serve.py", "from terrinclus_kg.server.wsgi import app"),
        ("ingest/source.py", "from pyoxigraph import Store"),
        ("ingest/source.py", "import pyoxigraph as ox\nox.Store('x')"),
        ("questions.py", "import flask"),
        ("questions.py", "from werkzeug.http import quote_etag"),
        ("server/views.py", "import click"),
        ("cli/build.py", "from granian import Granian"),
        ("store/releases/layout.py", "from rdflib import Graph"),
        ("store/releases/layout.py", "import subprocess"),
        ("store/releases/layout.py", "import os\nos.environ['X']"),
        ("store/releases/layout.py", "from os import environ"),
        ("store/releases/layout.py", "import os\nos.getenv('X')"),
        ("resource.py", "import sqlite3"),
        ("store/releases/layout.py", "from terrinclus_kg.store.workers.pool import Pool"),
        ("store/queries/guard.py", "from terrinclus_kg.store.releases import layout"),
        ("store/workers/pool.py", "from terrinclus_kg.store.reader import Reader"),
        ("rdf/labels.py", "from .iri import Kind"),
    ],
)
def test_the_checker_sees_a_violation(place: str, text: str) -> None:
    assert len(violations(place, text)) >= 1


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("config.py", "from terrinclus_kg.errors import ConfigurationError"),
        ("store/releases/writer.py", "from pyoxigraph import Store\nfrom terrinclus_kg.store.releases import layout"),
        ("cli/doctor.py", "from terrinclus_kg import __version__, resources"),
        ("ingest/source.py", "from pyoxigraph import Quad"),
        ("store/releases/writer.py", "import os\nos.kill(1, 9)"),
    ],
)
def test_the_checker_lets_the_rest_pass(place: str, text: str) -> None:
    assert violations(place, text) == []
