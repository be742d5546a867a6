"""Bytes that come in parts, as the file that parsers read."""

from __future__ import annotations

from collections.abc import Iterable


class PartsFile:
    """A file to read from. What ``parts`` raise, `read` raises."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts, self._part, self._at = iter(parts), b"", 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most ``size`` of them (-1: as many as there are at hand); none at the end."""
        while self._at == len(self._part):
            part = next(self._parts, None)
            if part is None:
                return b""
            self._part, self._at = part, 0
        start, end = self._at, len(self._part) if size < 0 else self._at + size
        found = self._part[start:end]
        self._at = start + len(found)
        return found
