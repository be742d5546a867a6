"""Is a release what its manifest says? Reads all of it."""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from pathlib import Path

from pyoxigraph import DefaultGraph, Store

from terrinclus_kg.errors import ReleaseDamaged
from terrinclus_kg.store import dataset
from terrinclus_kg.store.layout import Release

_NOT_IN_DIGEST = b" <https://w3id.org/terrinclus/graph/publication> .\n"


def verify(release: Release) -> None:
    """Compares the dump, the store and the manifest of a release.

    Raises:
        ReleaseDamaged: says which of them differ.
    """
    digest = release.manifest["digest"]
    if _dump_digest(release) != digest:
        raise ReleaseDamaged(f"the dump of release {release.id} does not have the digest of its manifest")
    if _store_digest(release) != digest:
        raise ReleaseDamaged(f"the store of release {release.id} does not hold what its manifest says")


def _dump_digest(release: Release) -> str:
    found = hashlib.sha256()
    try:
        for row in dataset.read(release.path / "dataset.nq.gz"):
            found.update(row)
    except (OSError, EOFError, zlib.error) as error:
        raise ReleaseDamaged(f"the dump of release {release.id} cannot be read: {error}") from None
    return found.hexdigest()


def _store_digest(release: Release) -> str:
    found = hashlib.sha256()
    try:
        store = Store.read_only(str(release.store_path))
        named = (
            row
            for quad in store
            if not isinstance(quad.graph_name, DefaultGraph)
            and not (row := dataset.line(quad)).endswith(_NOT_IN_DIGEST)
        )
        with tempfile.TemporaryDirectory() as scratch:
            for row in dataset.sort_unique(named, Path(scratch)):
                found.update(row)
    except (OSError, RuntimeError) as error:
        raise ReleaseDamaged(f"the store of release {release.id} cannot be read: {error}") from None
    return found.hexdigest()
