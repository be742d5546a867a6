"""Former releases, opened for queries that name them: a few at a time, closed when nobody has asked for a while.

A thread that wants one leaves a wish, and waits; the watcher opens it, since a zygote dies with the thread that
started it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from time import monotonic

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import NoRelease, ReleaseDamaged, TerrinclusError
from terrinclus_kg.store.queries.faults import too_many
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.workers.generation import Generation

log = logging.getLogger(__name__)

IDLE = 60.0  # seconds that a former release stays open after its last query
_RETRY = 1.0  # seconds before one that did not open is tried again


@dataclass(eq=False, slots=True)
class _Volume:
    """A former release: wished for (no generation yet), being opened, open, or failed. ``wanted``: who waits for it."""

    release: Release
    used: float
    generation: Generation | None = None
    open: bool = False
    error: TerrinclusError | None = None
    wanted: int = 0

    def busy(self) -> bool:
        return self.wanted > 0 or (self.generation is not None and self.generation.running > 0)


class Archive:
    """The former releases that are open. To be called under the lock of ``changed``, but for `follow` and `opening`,
    which are for the watcher alone.

    Args:
        settings: where releases are, and how many may be open.
        changed: told when a release has been opened, or could not be.
        wake: makes the watcher look at once.
    """

    def __init__(self, settings: Settings, changed: Condition, wake: Callable[[], None]) -> None:
        self._settings, self._changed, self._wake = settings, changed, wake
        self._volumes: dict[str, _Volume] = {}  # by release, least recently used first
        self._leaving: list[Generation] = []  # to be closed after their last queries
        self._told: set[str] = set()  # that could not be opened
        self._closed = False

    def serving(self, release_id: str, patience: float) -> Generation:
        """The generation of this release, after a wait of at most ``patience`` seconds for it to open.

        Raises:
            NotFound: there is no such release.
            ReleaseDamaged: it cannot be opened.
            QueueFull: as many as may be open are busy.
            NoRelease: it is not open yet.
        """
        volume = self._volumes.get(release_id) or self._wish(release_id)
        self._volumes[release_id] = self._volumes.pop(release_id)
        volume.wanted += 1
        try:
            self._changed.wait_for(lambda: volume.open or volume.error, patience)
        finally:
            volume.wanted -= 1
        if volume.error:
            raise volume.error
        volume.used = monotonic()
        if not volume.open or volume.generation is None:
            raise NoRelease(f"release {release_id} is not open yet; ask again")
        return volume.generation

    def serves(self, generation: Generation) -> bool:
        """Whether queries may still go to this generation."""
        volume = self._volumes.get(generation.release.id)
        return volume is not None and volume.generation is generation

    def lost(self, generation: Generation) -> None:
        """A zygote does not answer: the next query opens its release anew."""
        if self.serves(generation):
            log.warning("the zygote of former release %s is gone", generation.release.id)
            self._drop(generation.release.id)

    def opening(self) -> bool:
        """Whether there is something to look at often."""
        with self._changed:
            return any(not volume.open and not volume.error for volume in self._volumes.values())

    def follow(self) -> None:
        """One look: starts what is wanted, tells what has opened, closes what is done."""
        with self._changed:
            wished = [volume for volume in self._volumes.values() if not volume.generation and not volume.error]
        for volume in wished:
            self._open(volume)
        with self._changed:
            for volume in list(self._volumes.values()):
                self._look(volume, monotonic())
            done = [g for g in self._leaving if g.running == 0]
            self._leaving = [g for g in self._leaving if g.running]
        for generation in done:
            generation.close()

    def close(self) -> list[Generation]:
        """Gives all up. Returns the generations, for the caller to close."""
        self._closed = True
        for release_id in list(self._volumes):
            self._volumes[release_id].error = _stopping()
            self._drop(release_id)
        self._changed.notify_all()
        return self._leaving

    def _wish(self, release_id: str) -> _Volume:
        if self._closed:
            raise _stopping()
        volume = _Volume(layout.read(self._settings.releases, release_id), monotonic())
        self._make_room()
        self._volumes[release_id] = volume
        self._wake()
        return volume

    def _make_room(self) -> None:
        limit = self._settings.open_releases
        held = [volume for volume in self._volumes.values() if not volume.error]
        if len(held) < limit:
            return
        idle = next((volume for volume in held if not volume.busy()), None)
        if idle is None:
            said = f"{limit} former releases are being asked already (open_releases)"
            raise too_many(said, "open_releases", self._settings)
        self._drop(idle.release.id)

    def _look(self, volume: _Volume, now: float) -> None:
        generation = volume.generation
        if volume.error:
            if now - volume.used > _RETRY:
                self._drop(volume.release.id)
        elif generation is None:
            return
        elif volume.open:
            if not generation.alive():
                self.lost(generation)
            elif not volume.busy() and now - volume.used > IDLE:
                self._drop(volume.release.id)
        elif (ready := generation.ready()) is not None:
            volume.open = ready
            if not ready:
                self._fail(volume, None)
            self._changed.notify_all()

    def _open(self, volume: _Volume) -> None:
        try:
            generation = Generation(volume.release, self._settings.worker_memory, quiet=True)
        except OSError as error:
            with self._changed:
                self._fail(volume, error)
            return
        with self._changed:
            if self._volumes.get(volume.release.id) is volume:
                volume.generation = generation
            else:  # given up meanwhile
                self._leaving.append(generation)

    def _fail(self, volume: _Volume, error: OSError | None) -> None:
        release_id = volume.release.id
        try:
            layout.read(self._settings.releases, release_id)
            volume.error = ReleaseDamaged(f"release {release_id} cannot be opened")
        except TerrinclusError as gone:  # pruned meanwhile
            volume.error = gone
        volume.used = monotonic()
        if release_id not in self._told:
            self._told.add(release_id)
            log.error("former release %s cannot be opened", release_id, exc_info=error)
        self._changed.notify_all()

    def _drop(self, release_id: str) -> None:
        volume = self._volumes.pop(release_id)
        if volume.generation:
            self._leaving.append(volume.generation)


def _stopping() -> NoRelease:
    return NoRelease("the service is stopping")
