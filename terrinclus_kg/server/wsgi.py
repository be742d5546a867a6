"""What an HTTP server loads: ``granian --interface rsgi terrinclus_kg.server.wsgi:app``.

Other WSGI servers take the same object. Settings come from the environment and the settings file.
"""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import os
import sys
from functools import partial
from threading import Thread

from terrinclus_kg.config import load_settings
from terrinclus_kg.ingest.tokens import read_tokens
from terrinclus_kg.server import create_app, log, security, writes
from terrinclus_kg.server.cached import Cached
from terrinclus_kg.server.coding import Coding
from terrinclus_kg.server.gateway import Gateway
from terrinclus_kg.store.reader import Reader


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    """Ends this process when the one that granian runs in has gone: nobody could stop it then."""
    parent.join()
    os._exit(1)


if _parent := multiprocessing.parent_process():
    Thread(target=_end_with, args=[_parent], name="parent-watcher", daemon=True).start()

# Threads here wait for workers most of the time; with the default of 5 ms a cheap answer waits for a costly one.
sys.setswitchinterval(0.0005)
log.configure()
_settings = load_settings()
_reader = Reader(_settings)
atexit.register(_reader.close)
_flask = create_app(_settings, _reader)
app = Gateway(
    Cached(Coding(_flask.wsgi_app), _settings, lambda: _reader.serving, _reader.metrics),
    threads=_settings.threads,
    body_limit=security.body_limit(_settings.query_size),
    larger=partial(writes.larger, read_tokens(_settings), _settings),
)
gc.collect()
gc.freeze()  # what is loaded now stays: to look through it again takes as long as dozens of answers
