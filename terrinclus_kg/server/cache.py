"""Answers that are kept: in files that all processes of a state folder share, the latest also in memory.

    home/cache/{release}/{key}     a line of JSON (status, headers, length and checksum of the body), the body

An entry is written beside its place and renamed, so that nobody reads half of one; one that is damaged all the
same is none. Answers are forgotten with their release. The least recently used ones go first when room is needed.
Nothing here raises: where nothing can be written, nothing is kept, and the log says so once.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import shutil
import time
import zlib
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from urllib.parse import quote

from terrinclus_kg.server.interface import Headers

_log = logging.getLogger(__name__)
_BLOCK = 4096  # bytes: what a file takes of a disk is a multiple of it
_REST = 30.0  # seconds before the next try, once writing has failed
_ABANDONED = 60.0  # seconds after which an entry that is still being written has lost its writer
_IN_MEMORY = 8  # the part of all that is kept which a process has in memory: one eighth


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer. ``about``: what the access log says of it."""

    status: str
    headers: Headers
    body: bytes
    about: dict[str, str] = field(default_factory=dict)

    def pack(self) -> bytes:
        """The entry as the bytes of its file."""
        told = [self.status, self.headers, self.about, len(self.body), zlib.crc32(self.body)]
        return json.dumps(told).encode() + b"\n" + self.body

    @classmethod
    def unpack(cls, data: bytes) -> Entry | None:
        """The entry of a file; None for bytes that are none, or not all of one."""
        first, _, body = data.partition(b"\n")
        try:
            status, headers, about, length, checksum = json.loads(first)
            if length == len(body) and checksum == zlib.crc32(body):
                return cls(str(status), [(str(name), str(value)) for name, value in headers], body, dict(about))
        except (ValueError, TypeError):
            pass
        return None


class Cache:
    """What a process sees of the answers that are kept. All methods may be called from any thread.

    Args:
        folder: where the files are.
        size: bytes on disk, all files together; other processes may add a few percent before they notice.
        entry: largest body that is kept, in bytes.
    """

    def __init__(self, folder: Path, size: int, entry: int) -> None:
        self.entry = min(entry, size // 4)
        self._memory = _Memory(size // _IN_MEMORY)
        self._folder = _Folder(folder, size)
        self._release, self._lock = "", Lock()

    def recall(self, release: str, key: str) -> Entry | None:
        """An answer of a release that is in memory. Never waits for a disk."""
        return self._memory.get(key) if release == self._release else None

    def find(self, release: str, key: str) -> Entry | None:
        """An answer of a release, wherever it is."""
        self._turn(release)
        if (entry := self._memory.get(key)) is None and (entry := self._folder.get(key)):
            self._memory.put(key, entry)
        return entry

    def keep(self, release: str, key: str, entry: Entry, *, file: bool = True) -> None:
        """Keeps an answer of a release; in memory only, if it is worth no ``file``."""
        self._turn(release)
        self._memory.put(key, entry)
        if file:
            self._folder.put(key, entry)

    @property
    def size(self) -> int:
        """Bytes on disk, as far as known."""
        return self._folder.size

    def _turn(self, release: str) -> None:
        """Forgets what belongs to other releases."""
        if release != self._release:
            with self._lock:
                if release != self._release:
                    self._memory.clear()
                    self._folder.turn(release)
                    self._release = release


class _Memory:
    """The latest answers, up to so many bytes."""

    def __init__(self, size: int) -> None:
        self._free, self._lock = size, Lock()
        self._largest = size // 4
        self._entries: OrderedDict[str, Entry] = OrderedDict()

    def get(self, key: str) -> Entry | None:
        with self._lock:
            if entry := self._entries.get(key):
                self._entries.move_to_end(key)
            return entry

    def put(self, key: str, entry: Entry) -> None:
        if len(entry.body) > self._largest:
            return
        with self._lock:
            self._drop(key)
            self._entries[key] = entry
            self._free -= len(entry.body) + _BLOCK  # the headers and what Python needs, well reckoned
            while self._free < 0:
                self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        with self._lock:
            for key in list(self._entries):
                self._drop(key)

    def _drop(self, key: str) -> None:
        if entry := self._entries.pop(key, None):
            self._free += len(entry.body) + _BLOCK


class _Folder:
    """The files. ``size`` is what they take as far as this process knows: it looks again now and then."""

    def __init__(self, root: Path, limit: int) -> None:
        self.size = 0
        self._root, self._limit = root, limit
        self._here = root
        self._numbers = itertools.count()
        self._written = limit  # bytes since the last look; with the first entry comes the first look
        self._tidying = Lock()
        self._rest_until = 0.0

    def turn(self, release: str) -> None:
        """Takes the folder of a release, and removes those of others, which may take a while."""
        self._here = self._root / quote(release, safe="")
        Thread(target=_remove, args=[self._root, self._here], name="cache-remover", daemon=True).start()

    def get(self, key: str) -> Entry | None:
        path = self._here / key
        with suppress(OSError):
            data = path.read_bytes()
            if entry := Entry.unpack(data):
                with suppress(OSError):  # not ours to write: it is read all the same
                    os.utime(path)
                return entry
            path.unlink()
        return None

    def put(self, key: str, entry: Entry) -> None:
        if time.monotonic() < self._rest_until:
            return
        data = entry.pack()
        try:
            self._write(self._here / key, data)
        except OSError as error:
            self._rest(error)
            return
        self._rest_until = 0.0
        taken = _taken(len(data))
        self.size += taken
        self._written += taken
        if self._written >= self._limit // 16 and self._tidying.acquire(blocking=False):
            try:
                self._tidy()
            finally:
                self._tidying.release()

    def _write(self, path: Path, data: bytes) -> None:
        beside = path.with_name(f".{os.getpid()}-{next(self._numbers)}")
        try:
            try:
                beside.write_bytes(data)
            except FileNotFoundError:  # the first entry, or somebody has removed the folder
                beside.parent.mkdir(parents=True, exist_ok=True)
                beside.write_bytes(data)
            beside.rename(path)
        except OSError:
            with suppress(OSError):
                beside.unlink()
            raise

    def _rest(self, error: OSError) -> None:
        if not self._rest_until:
            _log.warning("answers cannot be kept on disk: %s", error.strerror)
        self._rest_until = time.monotonic() + _REST

    def _tidy(self) -> None:
        """Looks what there is, and makes room: down to three quarters, so that this is rarely needed."""
        self._written = 0
        found = sorted(self._entries())
        size = sum(taken for _, taken, _ in found)
        if size > self._limit * 7 // 8:
            for _, taken, path in found:
                if size <= self._limit * 3 // 4:
                    break
                with suppress(OSError):
                    os.unlink(path)  # noqa: PTH108 (there may be many)
                size -= taken
        self.size = size

    def _entries(self) -> list[tuple[float, int, str]]:
        """Time of last use, size on disk and path of each entry; what a killed process left half written goes."""
        found = []
        with suppress(OSError), os.scandir(self._here) as files:
            for file in files:
                with suppress(OSError):
                    about = file.stat()
                    if not file.name.startswith("."):
                        found.append((about.st_mtime, _taken(about.st_size), file.path))
                    elif about.st_mtime < time.time() - _ABANDONED:
                        os.unlink(file.path)  # noqa: PTH108 (as above)
        return found


def _remove(root: Path, but: Path) -> None:
    with suppress(OSError):
        for folder in root.iterdir():
            if folder != but:
                shutil.rmtree(folder, ignore_errors=True)


def _taken(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK
