"""Small releases and readers with low limits, for the tests of the store and the hostile ones."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyoxigraph import RdfFormat, Store

from terrinclus_kg.config import MIB, Settings
from terrinclus_kg.errors import TerrinclusError
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.ingest.searchable import write_index
from terrinclus_kg.rdf.formats import JSON, Format
from terrinclus_kg.store.engine import Conditions, Lane, Request
from terrinclus_kg.store.reader import Reader
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.releases.excerpt import solutions
from terrinclus_kg.store.releases.layout import Release

PREFIX = "PREFIX ex: <http://example.org/>\n"
# 200 numbers, a chain of 3000 links, one thing in two graphs.
DATA = (
    "@prefix ex: <http://example.org/> .\n"
    + "".join(f"ex:n{i} ex:value {i} .\n" for i in range(200))
    + "".join(f"ex:c{i} ex:next ex:c{i + 1} .\n" for i in range(3000))
    + 'ex:a ex:name "Nord"@fr, "North"@en ; ex:knows ex:b .\n'
    + "GRAPH ex:g1 { ex:a ex:knows ex:b } GRAPH ex:g2 { ex:a ex:knows ex:b }\n"
)
CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"  # runs for hours
MANIFEST = {"built_at": "2026-01-01T00:00:00+00:00", "digest": "", "inputs": {}, "loads": []}
MANIFEST |= dict.fromkeys(("quads", "triples", "facts", "sources"), 0)
LOW = {
    "public_workers": 1,
    "trusted_workers": 2,
    "slow_workers": 2,
    "public_deadline": 0.5,
    "trusted_deadline": 5.0,
    "demote_after": 0.1,
    "queue_length": 8,
    "queue_wait": 5.0,
    "worker_memory": 128 * MIB,
    "answer_size": MIB,
    "client_seconds": 1e6,  # tests come from one address
    "client_errors": 1e6,
}


def make_release(home: Path, name: str, data: str = DATA, labels: dict[str, dict[str, str]] | None = None) -> Release:
    """Writes a release and makes it the current one."""
    path = home / "releases" / name
    path.mkdir(parents=True)
    store = Store(str(path / "store"))
    store.bulk_load(data.encode(), format=RdfFormat.TRIG)
    store.flush()
    del store
    if labels is not None:
        _write_labels(path / "labels.db", labels)
        write_index(_Draft(path, labels), Material.default())  # type: ignore[arg-type]
    (path / "manifest.json").write_text(json.dumps(MANIFEST))
    layout.switch(home / "releases", name)
    return layout.read(home / "releases", name)


class _Draft:
    """As much of a draft as the index is made of."""

    def __init__(self, path: Path, labels: dict[str, dict[str, str]]) -> None:
        self.path, self._labels = path, labels

    def select(self, query: str) -> Iterator[dict[str, Any]]:
        return solutions(Store.read_only(str(self.path / "store")), query)

    def labels(self) -> Iterator[tuple[str, str, str]]:
        for iri, texts in self._labels.items():
            yield from ((iri, language, text) for language, text in texts.items())


def _write_labels(path: Path, labels: dict[str, dict[str, str]]) -> None:
    table = sqlite3.connect(path)
    table.execute("CREATE TABLE label(iri TEXT, language TEXT, text TEXT, PRIMARY KEY(iri, language)) WITHOUT ROWID")
    rows = [(iri, language, text) for iri, texts in labels.items() for language, text in texts.items()]
    table.executemany("INSERT INTO label VALUES (?, ?, ?)", rows)
    table.commit()
    table.close()


@contextmanager
def reading(home: Path, **limits: object) -> Iterator[Reader]:
    """A reader with low limits; it is closed at the end."""
    reader = Reader(Settings(**{**LOW, "home": home, **limits}))  # type: ignore[arg-type]
    try:
        yield reader
    finally:
        reader.close()


def bypass(reader: Reader, text: str, syntax: Format = JSON, deadline: float | None = None) -> bytes:
    """Asks a worker without the guard: the wall alone."""
    settings = reader._settings
    request = Request(text, syntax.slug, settings.answer_size, settings.worker_memory)
    _, parts = reader._engine.run(request, Conditions(Lane.PUBLIC, deadline or settings.public_deadline))
    return b"".join(parts)


def outcome(ask: Callable[[], bytes]) -> str:
    """ "answered", or the name of the error that was told. Any other exception is a fault."""
    try:
        ask()
    except TerrinclusError as error:
        return type(error).__name__
    return "answered"


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Waits for a state."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the state was not reached"
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    """Processes that a process has started and that live."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(folder.name))
    return found
