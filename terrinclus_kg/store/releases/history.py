"""Releases that were: what stays of one when `prune` removes it, and how the releases follow each other.

    home/history/{id}/manifest.json   when it was built, digest, counts, the release before
    home/history/{id}/difference.db   per thing what it created, changed and removed

The files are small, and never change. A release that is there has its own, which are the same.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from terrinclus_kg.errors import NotFound, ReleaseDamaged
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.releases.difference import TABLE
from terrinclus_kg.store.releases.layout import Release

_ESSENTIAL = ("format", "built_at", "digest", "quads", "triples", "facts", "sources", "before", "difference")


FOLDER = "history"


def folder(releases: Path) -> Path:
    """Where it is kept, beside the releases."""
    return releases.parent / FOLDER


def keep(release: Release) -> None:
    """Keeps what outlives a release; durable when it returns. For the one writer."""
    kept = folder(release.path.parent) / release.id
    beside = kept.with_name(f".{release.id}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    manifest = {name: release.manifest[name] for name in _ESSENTIAL if name in release.manifest}
    (beside / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    if (release.path / TABLE).exists():
        os.link(release.path / TABLE, beside / TABLE)
    for entry in (*beside.iterdir(), beside):
        layout.sync(entry)
    shutil.rmtree(kept, ignore_errors=True)
    beside.rename(kept)
    layout.sync(kept.parent)


def find(releases: Path, release_id: str) -> Release:
    """One release, kept or not; of one that is not there any more, what is known of it.

    Raises:
        NotFound: no release of this id is known.
        ReleaseDamaged: its manifest cannot be read.
    """
    try:
        return layout.read(releases, release_id)
    except NotFound:
        return _former(releases, release_id)


def line(releases: Path, release_id: str = "") -> Iterator[Release]:
    """A release ("" the current one) and those that it goes back to, the newest first: each was current when the one
    after it was built. The line begins with the first release that is known, or that says which was before it.

    Raises as `find` and `layout.current`, of the first of them.
    """
    release = find(releases, release_id) if release_id else layout.current(releases)
    yield release
    while before := release.manifest.get("before"):
        try:
            release = find(releases, before)
        except (NotFound, ReleaseDamaged):
            return
        yield release


def _former(releases: Path, release_id: str) -> Release:
    path = folder(releases) / release_id
    if not layout.is_id(release_id) or not path.is_dir():
        raise NotFound(f"no release {release_id}")
    try:
        return Release(release_id, path, json.loads((path / "manifest.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise ReleaseDamaged(f"what is kept of release {release_id} cannot be read") from None
