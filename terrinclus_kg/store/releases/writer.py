"""The one writer: holds the lock, fills a draft, and publishes it as the next release.

    with Writer(settings) as writer:
        draft = writer.draft()          a new store, beside the releases (or a copy of that of a release)
        draft.load(lines)               quads, into their graphs and into the default graph
        draft.construct(query, graph)   what a rule infers
        release = draft.publish(…)      verified, renamed, switched to

Whatever happens before the switch, readers have noticed nothing. A draft that was left behind by a
killed writer is swept away by the next one.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import signal
import socket
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pyoxigraph import DefaultGraph, NamedNode, Quad, QueryTriples, RdfFormat, Store, Triple, parse

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ReleaseDamaged, WriterBusy
from terrinclus_kg.progress import Progress, silent
from terrinclus_kg.store.releases import comparing, dataset, history, layout, recording, verify
from terrinclus_kg.store.releases.dumps import files
from terrinclus_kg.store.releases.excerpt import solutions

_TICK = 0.02  # seconds between two looks at the lock


class Writer:
    """Exclusive right to publish. A context manager; not to be shared between threads."""

    def __init__(self, settings: Settings, task: str = "write", *, wait: float = 0) -> None:
        """``task``: what others are told who find it busy. ``wait``: seconds until it gives up waiting for others."""
        self._settings = settings
        self._task = task
        self._until = time.monotonic() + wait
        self._lock: int | None = None
        self._draft: Draft | None = None

    def __enter__(self) -> Self:
        """Raises WriterBusy: another process is at work; the message says which."""
        home = self._settings.home
        self._settings.releases.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(home / "writer.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._wait()
            self._sign()
            self._sweep()
            recording.record(home)  # what a writer that was killed has left out
        except BaseException:
            os.close(self._lock)
            raise
        return self

    def _wait(self) -> None:
        assert self._lock is not None
        while True:
            try:
                return fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= self._until:
                    holder = os.pread(self._lock, 4096, 0).decode("utf-8", "replace").strip()
                    raise WriterBusy(f"another writer holds the lock: {holder or 'unknown'}") from None
                time.sleep(_TICK)

    def _sign(self) -> None:
        """Says in the lock file who holds the lock."""
        assert self._lock is not None
        started = datetime.now(UTC).isoformat(timespec="seconds")
        text = f"{self._task[:500]}, process {os.getpid()} on {socket.gethostname()}, since {started}\n"
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, text.encode("utf-8", "backslashreplace"), 0)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._lock is not None
        if self._draft:
            self._draft.close()
        with suppress(OSError):  # what stays is swept away by the next writer
            self._sweep()
        os.close(self._lock)
        if isinstance(error, OSError | sqlite3.Error) and layout.tells_full(error):
            raise OSError(errno.ENOSPC, "no space is left", str(self._settings.home)) from error

    def draft(self, of: layout.Release | None = None) -> Draft:
        """A draft of the next release: empty, or with the store of another release to begin with."""
        path = self._settings.releases / f".draft-{os.getpid()}"
        path.mkdir()
        if of:
            checkpoint(of, path / "store")
        self._draft = Draft(path, self._settings)
        return self._draft

    def prune(self, keep: int) -> list[str]:
        """Removes the oldest releases but ``keep``, the current one, and those a reader still uses.

        A release with a damaged manifest goes if its id is older than those of all that are kept. Of the others
        `history` keeps what outlives them.

        Returns:
            The ids that were removed.
        """
        releases = layout.all_releases(self._settings.releases)
        current = layout.current_id(self._settings.releases)
        first = min((release.id for release in releases[-keep:]), default="")
        old = [release_id for release_id in layout.damaged(self._settings.releases) if release_id < first]
        old += [release.id for release in releases[: max(0, len(releases) - keep)]]
        return [
            release_id
            for release_id in old
            if release_id != current and _remove_unless_used(self._settings.releases / release_id)
        ]

    def dump(self, release: layout.Release) -> layout.Release:
        """Makes the files of a release that has not all of them, and lists them; see `dumps.files`."""
        with tempfile.TemporaryDirectory(dir=self._settings.releases, prefix=".draft-files-") as folder:
            beside = Path(folder)
            for name in (layout.DUMP, "labels.db"):
                os.link(release.path / name, beside / name)
            entries = files.write(beside)
            (beside / layout.FILES).write_text(json.dumps(entries, indent=2) + "\n")
            _sync(beside)
            for name in (*(entry["name"] for entry in entries), files.SUMS, layout.FILES):  # the list comes last
                (beside / name).replace(release.path / name)
        layout.sync(release.path)
        return layout.read(self._settings.releases, release.id)

    def switch(self, release_id: str, smoke_test: str) -> None:
        """Makes a release the current one, if its store opens and answers and its labels and index can be read.

        Raises:
            NotFound: no release has this id.
            ReleaseDamaged: nothing has been changed.
        """
        release = layout.read(self._settings.releases, release_id)
        _verify(release.store_path, smoke_test)
        verify.check_labels(release)
        verify.check_index(release)
        layout.switch(self._settings.releases, release_id)
        recording.record(self._settings.home)

    def _sweep(self) -> None:
        for left in self._settings.releases.glob(".draft-*"):
            shutil.rmtree(left)


def checkpoint(release: layout.Release, path: Path) -> None:
    """Makes a store at ``path`` that holds what a release holds and may be written to. Its files are shared by hard
    links until they change, so this takes milliseconds.

    Raises:
        ReleaseDamaged: the store of the release cannot be opened.
    """
    try:
        store = Store.read_only(str(release.store_path))
    except (OSError, RuntimeError) as error:
        raise ReleaseDamaged(f"the store of release {release.id} does not open: {error}") from error
    store.backup(str(path))


def _remove_unless_used(release: Path) -> bool:
    with (release / "manifest.json").open("rb") as manifest:
        try:
            fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        with suppress(ReleaseDamaged):
            history.keep(layout.read(release.parent, release.name))
        doomed = release.with_name(f".draft-removed-{release.name}")
        release.rename(doomed)
    shutil.rmtree(doomed)
    return True


class Draft:
    """The next release while it is being made."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path = path
        self._settings = settings
        self._store = Store(path / "store")

    def close(self) -> None:
        """Closes the store, whose threads would go on writing; the draft can only be published or swept away."""
        self.__dict__.pop("_store", None)

    def step(self, name: str) -> None:
        """Marks a step; a test may have the process killed here."""
        if self._settings.fault == name:
            os.kill(os.getpid(), signal.SIGKILL)

    def load(self, lines: Iterable[bytes], progress: Progress = silent) -> int:
        """Loads canonical N-Quads lines of named graphs, and the same triples into the default graph.

        Returns:
            The number of quads in named graphs.
        """
        file, count = self.path / "load.nq", 0
        with file.open("wb") as out:
            for block in dataset.blocks(lines):
                out.writelines(block)
                out.write(dataset.triples_of(block))
                count += len(block)
                if count % 100_000 == 0:
                    progress("lines", count)
        progress("store", count)
        if count:
            # The engine itself wrote these terms: it need not check them again.
            self._store.bulk_load(path=str(file), format=RdfFormat.N_QUADS, lenient=True)
        file.unlink()
        return count

    def revise(self, removed: Iterable[bytes], added: Iterable[bytes]) -> None:
        """Removes lines of named graphs and loads others. The default graph stays the merge of the named ones."""
        gone: set[Triple] = set()
        for quad in parse(b"".join(removed), format=RdfFormat.N_QUADS, lenient=True):
            self._store.remove(quad)
            gone.add(quad.triple)
        self.load(added)
        for triple in gone:
            quads = self._store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
            if all(isinstance(quad.graph_name, DefaultGraph) for quad in quads):
                self._store.remove(Quad(triple.subject, triple.predicate, triple.object))

    def compact(self) -> None:
        """Puts the store into the shape that is read fastest, by a fifth. For a store that has just been filled: it
        rewrites all of it."""
        self._store.optimize()

    def construct(self, query: str, graph: NamedNode) -> list[bytes]:
        """The triples that a CONSTRUCT query makes of the default graph, as lines in ``graph``; they
        are not loaded yet. Triples that are already there are left out."""
        answer = self._store.query(query)
        assert isinstance(answer, QueryTriples)
        here = DefaultGraph()
        return sorted(
            {
                dataset.line(Quad(t.subject, t.predicate, t.object, graph))
                for t in answer
                if next(self._store.quads_for_pattern(t.subject, t.predicate, t.object, here), None) is None
            }
        )

    def select(self, query: str) -> Iterator[dict[str, Any]]:
        """Solutions of a SELECT over the draft, as variable → term (unbound ones are None)."""
        return solutions(self._store, query)

    def write_labels(self, rows: Iterable[tuple[str, str, str]]) -> int:
        """Writes the label table: IRI, language ("" for none), text. The first row of a pair wins.

        Returns:
            The number of labels.
        """
        with closing(sqlite3.connect(self.path / "labels.db")) as table, table:
            table.execute(
                "CREATE TABLE label (iri TEXT, language TEXT, text TEXT, PRIMARY KEY (iri, language)) WITHOUT ROWID"
            )
            table.executemany("INSERT OR IGNORE INTO label VALUES (?, ?, ?)", rows)
            (count,) = table.execute("SELECT count(*) FROM label").fetchone()
        return int(count)

    def labels(self) -> Iterator[tuple[str, str, str]]:
        """The rows of the label table."""
        with closing(sqlite3.connect(self.path / "labels.db")) as table:
            yield from table.execute("SELECT iri, language, text FROM label")

    def files(self, *, all_of_them: bool) -> list[dict[str, Any]]:
        """Makes the files that people take away, from the dump and the labels, which are written; see `dumps.files`."""
        return files.write(self.path) if all_of_them else files.write_dump_only(self.path)

    def compare(self, before: layout.Release, release_id: str) -> dict[str, object] | None:
        """Finds how the draft, whose dump is written, differs from the release before; see `comparing.write`."""
        return comparing.write(self.path, release_id, before, self._store)

    def publish(self, manifest: dict[str, Any], smoke_test: str) -> layout.Release:
        """Makes the draft the current release.

        Args:
            manifest: what manifest.json shall say; must hold ``built_at`` (ISO 8601) and ``digest``.
            smoke_test: an ASK that must be true of the finished release.

        Raises:
            ReleaseDamaged: the finished store does not open or fails the smoke test.
        """
        self._store.flush()
        self.close()
        self.step("store")
        (self.path / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
        _sync(self.path)
        self.step("manifest")
        _verify(self.path / "store", smoke_test)
        release_id = layout.identity(manifest["digest"], datetime.fromisoformat(manifest["built_at"]))
        while (final := self._settings.releases / release_id).exists():
            release_id += "b"  # the same content, published twice within a second
        self.path.rename(final)
        layout.sync(self._settings.releases)
        self.step("renamed")
        layout.switch(self._settings.releases, release_id)
        self.step("switched")
        recording.record(self._settings.home)
        return layout.read(self._settings.releases, release_id)


def _verify(path: Path, smoke_test: str) -> None:
    try:
        answer = Store.read_only(str(path)).query(smoke_test)
    except (OSError, RuntimeError, ValueError, SyntaxError) as error:
        raise ReleaseDamaged(f"the store does not open: {error}") from error
    if not answer:
        raise ReleaseDamaged("the store does not answer the smoke test")


def _sync(path: Path) -> None:
    for entry in [*path.rglob("*"), path]:
        layout.sync(entry)
