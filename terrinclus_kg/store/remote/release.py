"""Which release a remote engine holds: what the dataset says of itself, asked again every few seconds.

A dataset that `publication` has loaded names its digest and its time of building, which make the same id as in the
folder of releases. While it is being loaded, and for data that are not ours, there is no such name: then the id is
made up, so that validators of answers (ETag) do not outlive what they vouch for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from threading import Condition
from time import monotonic
from typing import Any

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import NotFound, ReleaseDamaged, TerrinclusError
from terrinclus_kg.rdf.namespaces import DATASET, DCT, PUBLICATION, TI, VOID
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.releases.layout import Release, identity

LOADING = "loading "  # what the identifier of a dataset begins with while it is being loaded
_FRESH = 5.0  # seconds
_AFTER_FAILURE = 1.0  # seconds in which a failure is told again without asking
_DIGEST = re.compile("[0-9a-f]{64}")
_ITSELF = f"""SELECT ?identifier ?modified ?triples WHERE {{ GRAPH {PUBLICATION} {{
    {DATASET} {DCT["identifier"]} ?identifier .
    OPTIONAL {{ {DATASET} {DCT["modified"]} ?modified }} OPTIONAL {{ {DATASET} {VOID["triples"]} ?triples }} }} }}"""
_COUNTS = (
    "SELECT (COUNT(DISTINCT ?fact) AS ?facts) (COUNT(DISTINCT ?source) AS ?sources) "
    f"WHERE {{ ?fact a {TI['Fact']} ; {DCT['source']} ?source }}"
)

Select = Callable[[str], list[dict[str, Any]]]  # the rows of a small SELECT


class RemoteRelease:
    """The release that a remote engine holds. All methods may be called from any thread; one of them asks."""

    def __init__(self, settings: Settings, select: Select) -> None:
        self._settings, self._select = settings, select
        self._started = datetime.now(UTC)
        self._changed = Condition()
        self._asking = False
        self._known: Release | None = None
        self._failed: TerrinclusError | None = None
        self._asked = float("-inf")

    @property
    def current(self) -> Release:
        """The release. Raises RemoteFailed, QueryTimeout."""
        with self._changed:
            while self._asking and self._known is None:
                self._changed.wait()
            if self._asking or self._is_fresh():
                return self._told()
            self._asking = True
        try:
            self._learn()
        finally:
            with self._changed:
                self._asking = False
                self._changed.notify_all()
        return self._told()

    @property
    def serving(self) -> str:
        """Its id if answers may be kept under it: asked for just now, and such that other data have another one."""
        known = self._known
        named = known is not None and "digest" in known.manifest
        return known.id if known and named and not self._failed and self._is_fresh() else ""

    def named(self, release_id: str) -> Release:
        """The release of this id, "" the current one. Raises NotFound: the engine holds another one."""
        release = self.current
        if release_id not in ("", release.id):
            raise NotFound(f"the remote engine does not hold the release {release_id}, but {release.id}")
        return release

    def _is_fresh(self) -> bool:
        return monotonic() - self._asked < (_AFTER_FAILURE if self._failed else _FRESH)

    def _told(self) -> Release:
        if self._failed or self._known is None:
            raise self._failed or NotFound("the remote engine holds no release")
        return self._known

    def _learn(self) -> None:
        try:
            rows = self._select(_ITSELF)
            known = self._described(rows[0]) if rows else self._foreign()
        except TerrinclusError as error:
            self._failed = error
        else:
            self._known, self._failed = known, None
        self._asked = monotonic()

    def _described(self, row: dict[str, Any]) -> Release:
        digest = row["identifier"].value
        if digest.startswith(LOADING) or "modified" not in row or not _DIGEST.fullmatch(digest):
            return self._made(f"loading-{datetime.now(UTC).strftime('%Y%m%dT%H%M%S')}", datetime.now(UTC))
        modified = datetime.fromisoformat(row["modified"].value)
        release_id = identity(digest, modified)
        if self._known and self._known.id == release_id:
            return self._known
        with suppress(NotFound, ReleaseDamaged):  # it was built here
            return layout.read(self._settings.releases, release_id)
        (counts,) = self._select(_COUNTS)
        numbers = {name: int(value.value) for name, value in counts.items()}
        if "triples" in row:
            numbers["triples"] = int(row["triples"].value)
        return self._made(release_id, modified, digest=digest, **numbers)

    def _foreign(self) -> Release:
        address = hashlib.sha256(self._settings.remote_query.encode()).hexdigest()[:8]
        return self._made(f"remote-{self._started.strftime('%Y%m%dT%H%M%S')}-{address}", self._started)

    def _made(self, release_id: str, built_at: datetime, **known: object) -> Release:
        """With the folder that it has if it was built here; else there is none, and no dump."""
        manifest = {"built_at": built_at.isoformat(), "loads": [], **known}
        return Release(release_id, self._settings.releases / release_id, manifest)
