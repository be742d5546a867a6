"""A release, loaded into a remote engine graph by graph: resumable, and verified by counts.

    marked as being loaded ── graphs that differ or are gone: dropped ── graphs: put
      ── default graph: dropped, put ── all counted ── marked as this release

The mark is the graph about the release: `release` reads it. Once those that differ are dropped, a graph that
has as many triples as in the release is the one of this release, so a load that was interrupted goes on where it was.
Whichever engine it is, its named graphs under our own base are ours, and so is its default graph where that is not
the union of the named ones: then it is made to hold their merge.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import NotFound, RemoteFailed
from terrinclus_kg.progress import Progress, silent
from terrinclus_kg.rdf.namespaces import BASE, DATASET, DCT, PUBLICATION
from terrinclus_kg.store.releases import dataset, layout
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.releases.snapshot import Snapshot
from terrinclus_kg.store.remote.graphs import STATEMENT, RemoteGraphs
from terrinclus_kg.store.remote.release import LOADING

_NAMED = "SELECT ?identifier WHERE {{ GRAPH {} {{ {} {} ?identifier }} }}".format(
    PUBLICATION, DATASET, DCT["identifier"]
)
_FEW = 100  # triples of a graph that is sent with others, in one update
_AFTER = " after "  # what stands in the mark before that which is to be dropped


@dataclass(frozen=True, slots=True)
class Published:
    """What was done. ``default``: triples in the default graph, None where it is the union of the others."""

    graphs: int
    written: int
    dropped: int
    quads: int
    default: int | None


def publish(settings: Settings, release: Release, progress: Progress = silent) -> Published:
    """Makes the remote engine hold a release. It may be called again after any failure.

    Raises:
        ConfigurationError: there is no address to write to.
        RemoteFailed: the engine fails, or holds other numbers of triples at the end; it is not marked then.
    """
    with tempfile.TemporaryDirectory() as folder, closing(RemoteGraphs(settings)) as remote:
        return _Publication(settings, release, _Grouped(release, Path(folder), progress), remote, progress).run()


class _Grouped:
    """The triples of a release by graph: a file sorted by graph, and what each graph amounts to."""

    def __init__(self, release: Release, folder: Path, progress: Progress) -> None:
        self.release, self.folder = release, folder / release.id
        self.folder.mkdir()
        self.graphs: dict[str, tuple[int, str]] = {}  # number of triples, digest
        self._file = self.folder / "by-graph.nq"
        progress("sort", 0)
        with self._file.open("wb") as out:
            out.writelines(dataset.sort_unique(map(_graph_first, dataset.read(release.dump_path)), self.folder))
        for graph, triples in self.each():
            count, digest = 0, hashlib.sha256()
            for count, triple in enumerate(triples, 1):  # noqa: B007 (the last number is the count)
                digest.update(triple)
            self.graphs[graph] = count, digest.hexdigest()

    def each(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each graph and its triples as lines, which are to be read before the next graph."""
        with self._file.open("rb") as lines:
            for graph, rows in groupby(lines, lambda row: row.split(b" ", 1)[0]):
                yield graph[1:-1].decode(), (row.split(b" ", 1)[1] for row in rows)

    def about(self) -> list[bytes]:
        """The triples of the graph about the release. The dump does not hold it: the digest leaves it out."""
        return list(map(dataset.triple_of, Snapshot(self.release).lines_of(PUBLICATION.value)))

    @cached_property
    def merged_count(self) -> int:
        """How many triples all graphs have together, each counted once."""
        return sum(1 for _ in self.merged())

    def merged(self) -> Iterator[bytes]:
        """The triples of all graphs, each once, in order."""
        return dataset.merge([map(dataset.triple_of, dataset.read(self.release.dump_path)), self.about()])


class _Publication:
    """One run of it."""

    def __init__(
        self, settings: Settings, release: Release, ours: _Grouped, remote: RemoteGraphs, progress: Progress
    ) -> None:
        self._settings, self._release, self._ours = settings, release, ours
        self._remote, self._progress = remote, progress
        self._mark = f"{LOADING}{release.id}"
        self._filling = f"{self._mark} default"
        self._sent = self._written = 0

    def run(self) -> Published:
        held, base = self._remote.counts(), self._base()
        held.pop(PUBLICATION.value, None)
        union = self._remote.default_is_union()
        dropped = self._clear(held, base)
        self._put_graphs(held)
        if not union:
            self._put_default(base)
        default = self._verify(union)
        self._remote.put(PUBLICATION.value, self._ours.about())
        quads = sum(count for count, _ in self._ours.graphs.values())
        return Published(len(self._ours.graphs), self._written, dropped, quads, default)

    # ---- what is there already

    def _base(self) -> str:
        """What the engine holds: the mark of a load of this release that goes on, a digest, or "" if nobody knows."""
        found = [row["identifier"].value for row in self._remote.select(_NAMED)]
        base = str(found[0]) if len(found) == 1 else ""
        if base.startswith(self._mark + _AFTER):
            return base.removeprefix(self._mark + _AFTER)
        return "" if base.startswith(LOADING) and not self._goes_on(base) else base

    def _goes_on(self, base: str) -> bool:
        return base in (self._mark, self._filling)

    def _clear(self, held: dict[str, int], base: str) -> int:
        """Marks the dataset as being loaded, and drops what must not stay; ``held`` is what it holds, and follows."""
        doomed = sorted(self._doomed(held, base))
        if not self._goes_on(base):
            self._set_mark(f"{self._mark}{_AFTER}{base}")
        for number, graph in enumerate(doomed):
            self._progress("drop", number)
            self._remote.drop(graph)
            held.pop(graph)
        if not self._goes_on(base):
            self._set_mark(self._mark)
        return len(doomed)

    def _doomed(self, held: dict[str, int], base: str) -> set[str]:
        """The graphs that have to go before anything can be told from counts."""
        wanted = {graph: digest for graph, (_, digest) in self._ours.graphs.items()}
        same = self._goes_on(base) or base == self._release.manifest["digest"]
        former = wanted if same else self._former(base)
        known = {graph for graph in held if graph.startswith(BASE) or graph in former or graph in wanted}
        return {graph for graph in known if graph not in wanted or former.get(graph) != wanted[graph]}

    def _former(self, digest: str) -> dict[str, str]:
        """The graphs of the release that the engine holds, by their digests, if it is among ours."""
        for release in layout.all_releases(self._settings.releases):
            if release.manifest["digest"] == digest and release.dump_path.is_file():
                found = _Grouped(release, self._ours.folder, self._progress)
                return {graph: one for graph, (_, one) in found.graphs.items()}
        return {}

    def _set_mark(self, text: str) -> None:
        self._remote.put(PUBLICATION.value, [f'{DATASET} {DCT["identifier"]} "{text}" .\n'.encode()])

    # ---- what is put

    def _put_graphs(self, held: dict[str, int]) -> None:
        batch, size = [], 0
        for graph, triples in self._ours.each():
            count, _ = self._ours.graphs[graph]
            if held.get(graph) == count:
                continue
            if self._remote.takes_many and count <= _FEW:
                batch.append((graph, b"".join(self._counted(triples))))
                size += len(batch[-1][1])
            else:
                self._remote.put(graph, self._counted(triples))
            self._written += 1
            if size >= STATEMENT:
                self._remote.put_small(batch)
                batch, size = [], 0
        if batch:
            self._remote.put_small(batch)

    def _put_default(self, base: str) -> None:
        """The default graph comes last: until then it is that of the release before, and as good as ever."""
        if base not in (self._filling, self._release.manifest["digest"]):
            self._remote.drop(None)
            self._set_mark(self._filling)
        if self._remote.default_count() != self._ours.merged_count:
            self._remote.put(None, self._counted(self._ours.merged()))

    def _counted(self, triples: Iterator[bytes]) -> Iterator[bytes]:
        for triple in triples:
            self._sent += 1
            if self._sent % 1000 == 0:
                self._progress("graphs", self._sent)
            yield triple

    # ---- what is there at the end

    def _verify(self, union: bool) -> int | None:
        """Compares numbers of triples; returns that of the default graph."""
        self._progress("verify", 0)
        held = self._remote.counts()
        held.pop(PUBLICATION.value, None)
        wanted = {graph: count for graph, (count, _) in self._ours.graphs.items()}
        wrong = [f"{g}: {held.get(g, 0)}, not {n}" for g, n in wanted.items() if held.get(g, 0) != n]
        wrong += [f"{g}: not in the release" for g in held if g.startswith(BASE) and g not in wanted]
        default = None if union else self._remote.default_count()
        if default is not None and default != self._ours.merged_count:
            wrong.append(f"default graph: {default}, not {self._ours.merged_count}")
        if wrong:
            shown = "; ".join(sorted(wrong)[:10]) + (" …" if len(wrong) > 10 else "")
            raise RemoteFailed(
                f"the remote engine holds other numbers of triples than release {self._release.id} "
                f"({len(wrong)} graphs): {shown}"
            )
        return default


def _graph_first(line: bytes) -> bytes:
    subject_to_object, graph, end = line.rsplit(b" ", 2)
    return b" ".join((graph, subject_to_object, end))


def find(settings: Settings, release_id: str) -> Release:
    """The release of this id, "" the current one, with its dump. Raises NoRelease, NotFound, ReleaseDamaged."""
    release = layout.find(settings.releases, release_id)
    if not release.dump_path.is_file():
        raise NotFound(f"the release {release.id} has no dump: build it again")
    return release
