"""Releases on disk: where they lie, which one is current, how the current one changes.

    home/releases/{id}/store/         Oxigraph, read-only once published
    home/releases/{id}/labels.db      the label table (SQLite)
    home/releases/{id}/search.db      the index of words and facets (SQLite); old releases have none
    home/releases/{id}/dataset.nq.gz  the dump: all its quads, sorted
    home/releases/{id}/manifest.json  counts, sha256 of inputs, digest, versions
    home/releases/{id}/…              the dump in other formats (see `dumps.files`); how it differs from the one
                                      before (see `difference`)
    home/releases/CURRENT -> {id}     the one shared mutable thing: changed by one rename

A reader holds a shared lock on ``{id}/manifest.json`` as long as it uses the release; `prune` leaves
such a release alone.
"""

from __future__ import annotations

import errno
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from terrinclus_kg.errors import ConfigurationError, NoRelease, NotFound, ReleaseDamaged
from terrinclus_kg.rdf.namespaces import BASE

CURRENT = "CURRENT"
DUMP = "dataset.nq.gz"
INDEX = "search.db"
FILES = "files.json"  # of files made after a release was published: stands for the list in its manifest
FULL = "no space is left in the state folder (setting home)"  # what people are told then
_LONGEST_ID = 200  # characters; a file name may have 255
_NEEDED = frozenset({"built_at", "digest", "quads", "triples", "facts", "sources", "inputs", "loads"})


@dataclass(frozen=True, slots=True)
class Release:
    """A published release. ``manifest`` is the content of its manifest.json.

    One that a remote engine holds has the same id, and the same ``path`` if it lies here too; else nothing is there,
    and the manifest has only what the engine could tell.
    """

    id: str
    path: Path
    manifest: dict[str, Any]

    @property
    def store_path(self) -> Path:
        return self.path / "store"

    @property
    def labels_path(self) -> Path:
        return self.path / "labels.db"

    @property
    def index_path(self) -> Path:
        return self.path / INDEX

    @property
    def manifest_path(self) -> Path:
        return self.path / "manifest.json"

    @property
    def dump_path(self) -> Path:
        return self.path / DUMP

    @property
    def built_at(self) -> datetime:
        """When it was built (UTC), to the microsecond: releases of one second have an order."""
        return datetime.fromisoformat(self.manifest["built_at"])


def identity(digest: str, built_at: datetime) -> str:
    """The id that a release gets: when it was built, and the beginning of its digest."""
    return f"{built_at.strftime('%Y%m%dT%H%M%S')}-{digest[:8]}"


def current_id(releases: Path) -> str | None:
    """The id of the current release, or None. Costs one readlink."""
    try:
        return str((releases / CURRENT).readlink())
    except OSError:
        return None


def current(releases: Path) -> Release:
    """The current release.

    Raises:
        NoRelease: nothing has been published yet, or somebody removed the folder.
        ReleaseDamaged: its manifest cannot be read.
        ConfigurationError: it is of another dataset.
    """
    release_id = current_id(releases)
    if release_id is None:
        raise NoRelease("no release has been built yet: run `terrinclus-kg build`")
    try:
        release = read(releases, release_id)
    except NotFound:
        raise NoRelease(f"the current release {release_id} is gone: run `terrinclus-kg build`") from None
    if (base := release.manifest.get("dataset", BASE)) != BASE:  # old releases do not say it
        raise ConfigurationError(
            f"the current release is of the dataset {base}, and this is the program of {BASE}: "
            "let TERRINCLUS_DATASET name the folder of the one, or TERRINCLUS_HOME the releases of the other"
        )
    return release


def read(releases: Path, release_id: str) -> Release:
    """One release by its id.

    Raises:
        NotFound: no release has this id.
        ReleaseDamaged: its manifest cannot be read.
    """
    path = releases / release_id
    if not is_id(release_id) or not path.is_dir():
        raise NotFound(f"no release {release_id}")
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ReleaseDamaged(f"the manifest of release {release_id} cannot be read") from None
    if not _is_complete(manifest):
        raise ReleaseDamaged(f"the manifest of release {release_id} is not complete")
    with suppress(OSError, ValueError):
        manifest["files"] = json.loads((path / FILES).read_text(encoding="utf-8"))
    return Release(release_id, path, manifest)


def find(releases: Path, release_id: str) -> Release:
    """One release by its id, "" the current one. Raises as `read` and `current`."""
    return read(releases, release_id) if release_id else current(releases)


def _is_complete(manifest: object) -> bool:
    if not isinstance(manifest, dict) or not manifest.keys() >= _NEEDED:
        return False
    return isinstance(manifest["built_at"], str) and isinstance(manifest["loads"], list)


def is_id(name: str) -> bool:
    """Whether a name may be that of a release. Drafts and what is being removed start with a dot. Strangers name
    releases too: anything may come."""
    plain = name.isascii() and name.isprintable() and "/" not in name and 0 < len(name) <= _LONGEST_ID
    return plain and not name.startswith(".") and name != CURRENT


def all_releases(releases: Path) -> list[Release]:
    """All releases that are not `damaged`, oldest first."""
    found = [release for release in _published(releases).values() if release]
    return sorted(found, key=lambda release: (release.manifest["built_at"], release.id))


def damaged(releases: Path) -> list[str]:
    """The ids of the releases whose manifest cannot be read."""
    return sorted(release_id for release_id, release in _published(releases).items() if release is None)


def _published(releases: Path) -> dict[str, Release | None]:
    """By id; None for a damaged one. Folders without a manifest are unfinished work and left out."""
    found: dict[str, Release | None] = {}
    for entry in releases.iterdir() if releases.is_dir() else ():
        if is_id(entry.name) and entry.is_dir() and (entry / "manifest.json").exists():
            try:
                found[entry.name] = read(releases, entry.name)
            except ReleaseDamaged:
                found[entry.name] = None
    return found


def switch(releases: Path, release_id: str) -> None:
    """Makes a release the current one, by one rename; durable when it returns.

    Raises:
        NotFound: no release has this id.
    """
    read(releases, release_id)
    beside = releases / f".{CURRENT}.{os.getpid()}"
    beside.unlink(missing_ok=True)
    beside.symlink_to(release_id)
    beside.rename(releases / CURRENT)
    sync(releases)


def tells_full(error: Exception) -> bool:
    """Whether an error is that of a full disk; the engine and SQLite say it in words only."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return True
    return "No space left" in str(error) or "disk is full" in str(error)


def sync(path: Path) -> None:
    """fsync of a file or a folder: what has been written, or a rename in it, is durable afterwards."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
