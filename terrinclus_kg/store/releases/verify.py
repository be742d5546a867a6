"""Is a release what its manifest says? Reads all of it."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from pyoxigraph import DefaultGraph, Store

from terrinclus_kg.errors import ReleaseDamaged
from terrinclus_kg.rdf.namespaces import PUBLICATION
from terrinclus_kg.store.releases import dataset
from terrinclus_kg.store.releases.dumps import files
from terrinclus_kg.store.releases.labels import open_table
from terrinclus_kg.store.releases.layout import Release, tells_full
from terrinclus_kg.store.search.index import sound

_NOT_IN_DIGEST = f" {PUBLICATION} .\n".encode()


def verify(release: Release) -> None:
    """Compares the dump, the store, the labels, the index, the files to take away and the manifest of a release.

    Raises:
        ReleaseDamaged: says which of them differ.
    """
    if _dump_digest(release) != release.manifest["digest"]:
        raise ReleaseDamaged(f"the dump of release {release.id} does not have the digest of its manifest")
    _check_store(release)
    check_labels(release)
    check_index(release)
    if damaged := [*files.faults(release.path, release.manifest.get("files", []))]:
        raise ReleaseDamaged(f"files of release {release.id} are not what its manifest says: {', '.join(damaged)}")


def _dump_digest(release: Release) -> str:
    try:
        return _digest(dataset.read(release.dump_path))
    except (OSError, EOFError, zlib.error) as error:
        raise ReleaseDamaged(f"the dump of release {release.id} cannot be read: {error}") from None


def _check_store(release: Release) -> None:
    try:
        with tempfile.TemporaryDirectory() as folder:
            named, default = Path(folder) / "named.nq", Path(folder) / "default.nq"
            _split(Store.read_only(str(release.store_path)), named, default)
            stated = _digest(row for row in _sorted(named) if not row.endswith(_NOT_IN_DIGEST))
            merged = _digest(_sorted(named, dataset.triple_of))
            plain = _digest(_sorted(default, dataset.triple_of))
    except (OSError, RuntimeError) as error:
        if tells_full(error):  # the temporary folder, not the release
            raise
        raise ReleaseDamaged(f"the store of release {release.id} cannot be read: {error}") from None
    if stated != release.manifest["digest"]:
        raise ReleaseDamaged(f"the store of release {release.id} does not hold what its manifest says")
    if plain != merged:
        raise ReleaseDamaged(f"the default graph of release {release.id} is not the merge of its facts")


def check_labels(release: Release) -> None:
    """Compares the labels and the manifest of a release.

    Raises:
        ReleaseDamaged: they differ.
    """
    try:
        with closing(open_table(release)) as table:
            (state,) = table.execute("PRAGMA integrity_check(1)").fetchone()
            (count,) = table.execute("SELECT count(*) FROM label").fetchone()
    except sqlite3.Error as error:
        raise ReleaseDamaged(f"the labels of release {release.id} cannot be read: {error}") from None
    if state != "ok" or count != release.manifest["labels"]:
        raise ReleaseDamaged(f"the labels of release {release.id} are not what its manifest says")


def check_index(release: Release) -> None:
    """Compares the index and the manifest of a release; one made before there were indexes has none.

    Raises:
        ReleaseDamaged: they differ.
    """
    try:
        if "indexed" in release.manifest and sound(release.index_path) != release.manifest["indexed"]:
            raise ReleaseDamaged(f"the index of release {release.id} is not what its manifest says")
    except sqlite3.Error as error:
        raise ReleaseDamaged(f"the index of release {release.id} cannot be read: {error}") from None


def _split(store: Store, named: Path, default: Path) -> None:
    with named.open("wb") as stated, default.open("wb") as plain:
        for quad in store:
            (plain if isinstance(quad.graph_name, DefaultGraph) else stated).write(dataset.line(quad))


def _sorted(file: Path, part: Callable[[bytes], bytes] | None = None) -> Iterator[bytes]:
    with file.open("rb") as lines:
        yield from dataset.sort_unique(map(part, lines) if part else lines, file.parent)


def _digest(rows: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for row in rows:
        found.update(row)
    return found.hexdigest()
