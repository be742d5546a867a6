"""Which releases are open: the new one is opened beside the current one, and takes over when it can answer.

Queries under way finish on the release they began with; its zygote is closed after the last of them. A former one
that a query names is opened again, see `archive`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Condition, RLock
from time import monotonic

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import NoRelease, ReleaseDamaged, TerrinclusError
from terrinclus_kg.metrics import Metrics
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.workers.archive import Archive
from terrinclus_kg.store.workers.generation import Generation

log = logging.getLogger(__name__)

_RETRY = 1.0  # seconds before a release that did not open is tried again


class Succession:
    """The generations of a pool. State is guarded by the pool's lock; `follow` is for the watcher alone, which
    ``wake`` makes look at once."""

    def __init__(self, settings: Settings, metrics: Metrics, lock: RLock, wake: Callable[[], None]) -> None:
        self._settings, self._metrics = settings, metrics
        self._lock, self._changed = lock, Condition(lock)
        self._archive = Archive(settings, self._changed, wake)
        self._current: Generation | None = None  # new queries go here
        self._coming: Generation | None = None  # being opened
        self._former: list[Generation] = []  # still busy with their last queries
        self._failed: tuple[str, float, TerrinclusError] | None = None  # release, when, why it did not open

    def serving(self, patience: float, release: str = "") -> Generation:
        """The generation that serves a release, the current one if none is named, after a wait of at most
        ``patience`` seconds for it to open.

        Raises:
            NotFound: no release has this name.
            ReleaseDamaged: the release cannot be opened.
            QueueFull: too many former releases are being asked.
            NoRelease: it is not open yet.
        """
        with self._lock:
            if release and release != self._current_id():
                return self._archive.serving(release, patience)
            self._changed.wait_for(lambda: self._current or self._failed, patience)
            if self._current is None:
                raise self._failed[2] if self._failed else NoRelease("the release is not open yet; ask again")
            return self._current

    @property
    def serving_id(self) -> str:
        """The id of the release that serves, "" while none does."""
        current = self._current
        return current.release.id if current else ""

    def serves(self, generation: Generation) -> bool:
        """Whether new queries may go to this generation."""
        return generation is self._current or self._archive.serves(generation)

    def opening(self) -> bool:
        """Whether somebody waits for a release to open."""
        return self._coming is not None or self._archive.opening()

    def lost(self, generation: Generation) -> None:
        """A zygote does not answer: the watcher starts another."""
        with self._lock:
            self._archive.lost(generation)
            if self._current is generation:
                log.warning("the zygote of release %s is gone; another one is started", generation.release.id)
                self._former.append(generation)
                self._current = None

    def follow(self) -> None:
        """One look: starts what is wanted, switches to what has opened, closes what is done."""
        if self._coming:
            self._receive(self._coming)
        if self._current and not self._current.alive():
            self.lost(self._current)
        self._want(layout.current_id(self._settings.releases))
        self._archive.follow()
        self._clear()

    def close(self) -> None:
        """Ends all zygotes and their workers."""
        with self._lock:
            generations = [g for g in (self._current, self._coming, *self._former) if g] + self._archive.close()
            self._current = self._coming = None
            self._former = []
            self._failed = "", monotonic(), NoRelease("the service is stopping")
            self._changed.notify_all()
        for generation in generations:
            generation.close()

    def _current_id(self) -> str | None:
        return self._current.release.id if self._current else layout.current_id(self._settings.releases)

    def _want(self, release: str | None) -> None:
        served = self._current.release.id if self._current else None
        if release in (None, served) or self._coming or self._failed_lately(release):
            return
        try:
            found = layout.read(self._settings.releases, str(release))
            self._coming = Generation(found, self._settings.worker_memory, quiet=self._failed_before(release))
        except (TerrinclusError, OSError) as error:
            self._fail(str(release), error)

    def _receive(self, coming: Generation) -> None:
        ready = coming.ready()
        if ready is None:
            return
        self._coming = None
        if not ready:
            coming.close()
            self._fail(coming.release.id, None)
            return
        with self._lock:
            if self._current:
                self._former.append(self._current)
            self._current, self._failed = coming, None
            self._changed.notify_all()
        self._metrics.serves(coming.release.id)

    def _fail(self, release: str, error: Exception | None) -> None:
        """Remembers why a release does not open; it is tried again and again, and told of once."""
        told = error if isinstance(error, ReleaseDamaged) else ReleaseDamaged(f"release {release} cannot be opened")
        if not self._failed_before(release):
            log.error("release %s cannot be opened", release, exc_info=error)
        with self._lock:
            self._failed = release, monotonic(), told
            self._changed.notify_all()

    def _failed_lately(self, release: str | None) -> bool:
        return self._failed is not None and self._failed_before(release) and monotonic() - self._failed[1] < _RETRY

    def _failed_before(self, release: str | None) -> bool:
        return self._failed is not None and self._failed[0] == release

    def _clear(self) -> None:
        """Closes former generations that nobody uses any more; their idle workers end with them."""
        with self._lock:
            done = [g for g in self._former if g.running == 0]
            self._former = [g for g in self._former if g.running]
        for generation in done:
            generation.close()
