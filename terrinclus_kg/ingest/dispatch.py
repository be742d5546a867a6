"""Hands orders to a writer's process, one after the other: a process that serves neither opens a store nor writes.

The process ends with each order, and with the thread that started it; what it has not published then never was.
"""

from __future__ import annotations

import json
import logging
import math
import os
import time
from dataclasses import asdict, astuple
from threading import BoundedSemaphore, Lock

from pydantic import SecretStr

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import TerrinclusError, WriterBusy
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.ingest.order import Order, Outcome
from terrinclus_kg.store.children import child, wire
from terrinclus_kg.store.children.updater import out_of_memory
from terrinclus_kg.store.children.updating import ABORTED

_WAITING = 20  # orders that may wait in a process: each holds a thread that pages could use
_PUBLISHING = 3600.0  # seconds that the steps after the update may take
# What a writer need not know is blank, so that no settings file in its working folder fills it in.
_BLANK = {
    "token": SecretStr(""),
    "token_file": None,
    "remote_user": "",
    "remote_password": SecretStr(""),
    "remote_token": SecretStr(""),
}
_log = logging.getLogger(__name__)


class Dispatcher:
    """The way to the writer for one application. All methods may be called from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turn, self._room = Lock(), BoundedSemaphore(_WAITING)

    def submit(self, order: Order) -> Outcome:
        """Carries out an order; it is durable when this returns.

        Raises:
            WriterBusy: too many wait, or others took longer than ``write_wait``; says when to come back.
            TerrinclusError: others, see `writing.write`.
        """
        until = time.monotonic() + self._settings.write_wait
        if not self._room.acquire(blocking=False):
            raise self._busy()
        try:
            if not self._turn.acquire(timeout=self._settings.write_wait):
                raise self._busy()
            try:
                return self._run(order, max(0.0, until - time.monotonic()))
            finally:
                self._turn.release()
        finally:
            self._room.release()

    def _busy(self) -> WriterBusy:
        soon = max(1, math.ceil(self._settings.write_wait))
        return WriterBusy("other writes are under way; send it again", retry_after=soon)

    def _run(self, order: Order, wait: float) -> Outcome:
        settings, material = self._settings, Material.default()
        given = {
            "order": asdict(order),
            "settings": settings.model_copy(update=_BLANK).model_dump(mode="json"),
            "material": [str(folder) for folder in astuple(material) if folder],
            "wait": wait,
            "parent": os.getpid(),
        }
        longest = wait + settings.write_deadline + _PUBLISHING
        text = json.dumps(given).encode()
        done = child.run("terrinclus_kg.ingest.scribe", given=text, deadline=longest)
        if "done" in done.last:
            return Outcome(**done.last["done"])
        if "error" not in done.last and done.status == ABORTED:
            raise out_of_memory(settings.load_memory)
        if "error" not in done.last:
            _log.error("the writer's process died, status %d", done.status)
            raise TerrinclusError("the write failed: its process died; nothing has been published")
        if trace := done.last.get("trace"):
            _log.error("a write failed: %s", trace)
        error = wire.unpack_error(done.last["error"].encode())
        raise self._busy() if isinstance(error, WriterBusy) else error
