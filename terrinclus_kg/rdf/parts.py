"""Bytes that come in parts, as the file that parsers read."""

from __future__ import annotations

from collections.abc import Iterable


class PartsFile:
    """A file to read from. What ``parts`` raise, `read` raises."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts, self._left = iter(parts), b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most ``size`` of them (-1: as many as there are at hand); none at the end."""
        while not self._left:
            part = next(self._parts, None)
            if part is None:
                return b""
            self._left = part
        size = len(self._left) if size < 0 else size
        found, self._left = self._left[:size], self._left[size:]
        return found
