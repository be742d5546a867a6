"""How fast data come in: `terrinclus-kg load` and `oxigraph load`, the same file."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

from tests.bench.engines import OURS, PEER, Spent, ours, program, run

TWICE = "oxigraph load, what we store"  # each triple in its graph and in the default graph, as a release holds it


@dataclass(frozen=True)
class Load:
    """What loading one file has cost; ``disk`` in bytes."""

    size: int
    engine: str
    seconds: float
    cpu: float
    memory: int
    disk: int


def load_ours(home: Path, file: Path, size: int) -> Load:
    """Adds the file to the release of the project's own data."""
    spent = run(ours("load", file), home)
    return _load(size, OURS, spent, home / "releases" / "CURRENT")


def load_peer(store: Path, file: Path, size: int, name: str = PEER) -> Load:
    """Fills a new store."""
    return _load(size, name, run([program("oxigraph") or "", "load", "-l", str(store), "-f", str(file)]), store)


def stored(home: Path, file: Path) -> Path:
    """Writes all that our release stores (its dump, and the same in the default graph) as N-Quads."""
    with gzip.open(home / "releases/CURRENT/dataset.nq.gz", "rb") as lines, file.open("wb") as out:
        for line in lines:
            out.write(line)
            out.write(line.rsplit(b" ", 2)[0] + b" .\n")
    return file


def _load(size: int, name: str, spent: Spent, folder: Path) -> Load:
    disk = sum(entry.stat().st_size for entry in folder.resolve().rglob("*") if entry.is_file())
    return Load(size, name, spent.seconds, spent.cpu, spent.memory, disk)
