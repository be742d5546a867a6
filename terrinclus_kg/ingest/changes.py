"""Changes: what writers who hold a token have added and removed, kept like loads.

A change is a set of canonical lines that it removed and a set that it added, provenance included. It lies in the
state folder, and is listed in the manifest of each release that holds it. A later build or load applies the changes
of the current release again, in their order (to remove what is not there is no fault); switching back to an earlier
release takes a change back too.

    home/changes/{key}/delta.gz   "+ " or "- " and a line, sorted by the line
    home/changes/{key}/text.gz    the update as it was written, if it was one
"""

from __future__ import annotations

import gzip
import hashlib
import heapq
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import NotFound, SourceError
from terrinclus_kg.store.releases import dataset, layout
from terrinclus_kg.store.releases.layout import Release

ADDED, REMOVED = b"+ ", b"- "
_MOST_GRAPHS = 1000  # that a record names; beyond, it is taken to have changed all


@dataclass(frozen=True, slots=True)
class Change:
    """A change as the manifest records it.

    ``at``: when (UTC, ISO 8601). ``method``: as in `order.Order`. ``graph``: IRI that a Graph Store write names.
    ``sha256``, ``size``: of the update text or of the body. ``added``, ``removed``: statements, without provenance.
    ``on``: id of the release that it was made on. ``graphs``: those it touched; ``["*"]`` too many to name.
    ``undoes``: key of the change that it takes back. ``left``: what it could not take back.
    """

    key: str
    agent: str
    at: str
    method: str
    graph: str
    sha256: str
    size: int
    added: int
    removed: int
    on: str
    graphs: list[str]
    undoes: str = ""
    left: int = 0


def changes_of(release: Release | None) -> tuple[Change, ...]:
    """The changes that a release holds, in the order in which they were made."""
    return tuple(Change(**entry) for entry in release.manifest.get("changes", [])) if release else ()


def find(release: Release, key: str) -> Change:
    """One change of a release. Raises NotFound."""
    for change in changes_of(release):
        if change.key == key:
            return change
    raise NotFound(f"release {release.id} holds no change {key[:80]}")


def undone(changes: Iterable[Change]) -> frozenset[str]:
    """The keys of changes that a later one has taken back, unless that has been taken back too."""
    found: set[str] = set()
    for change in reversed(tuple(changes)):
        if change.undoes and change.key not in found:
            found.add(change.undoes)
    return frozenset(found)


def version(release: Release, graph: str) -> str:
    """What tells the content of a graph in a release from others: it changes when a change touches the graph, and
    with each build and load. ``graph``: IRI; "" the default graph."""
    base = release.manifest.get("base", release.id)
    touching = [c.key for c in changes_of(release) if not graph or graph in c.graphs or c.graphs == ["*"]]
    return hashlib.sha256(f"{base} {touching[-1:]} {graph}".encode()).hexdigest()[:24]


def named(graphs: Collection[str]) -> list[str]:
    """Graphs as a record names them."""
    return sorted(graphs) if len(graphs) <= _MOST_GRAPHS else ["*"]


def keep(
    change: Change, removed: Iterable[bytes], added: Iterable[bytes], text: str, scratch: Path, settings: Settings
) -> None:
    """Keeps what a change did; durable when it returns. For the one writer.

    Args:
        removed, added: sorted lines.
        scratch: a folder in the state folder.
    """
    beside, folder = scratch / "kept", settings.home / "changes"
    beside.mkdir()
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(beside / "delta.gz", "wb", 3) as out:
        out.writelines((ADDED if new else REMOVED) + row for new, row in dataset.difference(removed, added))
    if text:
        with gzip.open(beside / "text.gz", "wt", 3, encoding="utf-8", newline="") as out:
            out.write(text)
    for entry in (*beside.iterdir(), beside):
        layout.sync(entry)
    beside.rename(folder / change.key)
    layout.sync(folder)


def delta(key: str, settings: Settings) -> Iterator[tuple[bool, bytes]]:
    """The lines that a change added (True) or removed (False), sorted.

    Raises:
        SourceError: the kept file is gone.
    """
    file = settings.home / "changes" / key / "delta.gz"
    if not file.exists():
        raise SourceError("the kept copy of this change is missing: restore the folder changes/", file=key)
    return ((row.startswith(ADDED), row[len(ADDED) :]) for row in dataset.read(file))


def text_of(key: str, settings: Settings) -> str:
    """The update of a change as it was written; "" if it was none."""
    file = settings.home / "changes" / key / "text.gz"
    return gzip.decompress(file.read_bytes()).decode() if file.exists() else ""


def applied(base: Iterable[bytes], changes: tuple[Change, ...], settings: Settings) -> Iterator[bytes]:
    """Sorted lines with changes applied in their order. Memory is bounded."""
    if not changes:
        yield from base
        return
    with tempfile.TemporaryDirectory() as scratch:
        net = dataset.sort_unique(_tagged(changes, settings), Path(scratch))
        last = (list(group)[-1] for _, group in groupby(net, key=lambda row: row.rpartition(b"\t")[0]))
        yield from _merged(base, last)


def forget_unused(settings: Settings) -> int:
    """Removes what is kept of changes that no release names any more. For the one writer.

    Returns:
        Their number.
    """
    named_ones = {c.key for release in layout.all_releases(settings.releases) for c in changes_of(release)}
    unused = [folder for folder in (settings.home / "changes").glob("*") if folder.name not in named_ones]
    for folder in unused:
        shutil.rmtree(folder)
    return len(unused)


def record(change: Change) -> dict[str, Any]:
    """A change as the manifest writes it."""
    return asdict(change)


def _tagged(changes: tuple[Change, ...], settings: Settings) -> Iterator[bytes]:
    """Each line with the number of the change and what that did: sorted, the last one of a line decides."""
    for number, change in enumerate(changes):
        for new, row in delta(change.key, settings):
            yield b"%s\t%08d%s\n" % (row[:-1], number, b"+" if new else b"-")


def _merged(base: Iterable[bytes], net: Iterable[bytes]) -> Iterator[bytes]:
    plain = ((row[:-1], b"=") for row in base)
    decided = ((row.rpartition(b"\t")[0], row[-2:-1]) for row in net)
    for row, signs in groupby(heapq.merge(plain, decided), key=lambda pair: pair[0]):
        if not any(sign == b"-" for _, sign in signs):
            yield row + b"\n"
