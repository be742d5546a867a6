"""A gzip file that knows its size and its digest when it is written."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

_BUFFER = 1024**2  # bytes compressed at a time
_READ = 4 * 1024**2  # bytes


class _Packed(io.RawIOBase):
    """Compresses in a thread of its own, beside what makes the next bytes."""

    def __init__(self, out: gzip.GzipFile, beside: ThreadPoolExecutor) -> None:
        super().__init__()
        self._out, self._beside = out, beside
        self._written: Future[int] = beside.submit(int)

    def writable(self) -> bool:
        return True

    def write(self, text: Any, /) -> int:
        part = bytes(text)
        self._written.result()
        self._written = self._beside.submit(self._out.write, part)
        return len(part)

    def finish(self) -> None:
        self._written.result()


@contextmanager
def packed(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, whose bytes go into ``path`` as gzip, without name and time: equal bytes make equal files."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 3, raw, mtime=0) as out, ThreadPoolExecutor(1) as beside:
        into = _Packed(out, beside)
        buffer = io.BufferedWriter(into, _BUFFER)
        yield buffer
        buffer.flush()
        into.finish()


def described(path: Path, media_type: str) -> dict[str, Any]:
    """What a list of files says of one: name, type of what is in it, bytes and sha256 of the file itself."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_READ):
            digest.update(part)
    return {
        "name": path.name,
        "media_type": media_type,
        "bytes": path.stat().st_size,
        "sha256": digest.hexdigest(),
    }
