"""What the engine writes as XML, made such that every reader gets the same text out of it.

The engine writes the characters of a literal as they are. Some cannot stand in an XML 1.0 document at all
(§2.2, not even as a reference), and one is lost: a parser reads CR, and CR LF, as LF (§2.11).
"""

from __future__ import annotations

import re
from typing import Protocol

from terrinclus_kg.errors import NotAcceptable

# C0 controls but tab, line feed and carriage return; U+FFFE and U+FFFF. In UTF-8 nothing else has these bytes.
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_KEPT = 2  # bytes: the longest beginning of such a character


class Writable(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes) -> int: ...
    def flush(self) -> None: ...


class XmlText:
    """A file for XML. It passes on what it gets, with CR as a reference.

    Raises (from ``write``):
        NotAcceptable: XML has no way to write a character of the answer.
    """

    def __init__(self, file: Writable) -> None:
        self._file = file
        self._end = b""  # of what was written last: a character may come in two parts

    def write(self, data: bytes) -> int:
        data = bytes(data)
        if found := _NOT_XML.search(self._end + data):
            raise NotAcceptable(
                f"a literal of the answer holds the character U+{ord(found[0].decode()):04X}, which XML cannot carry; "
                "ask for another format"
            )
        self._end = data[-_KEPT:]
        self._file.write(data.replace(b"\r", b"&#xD;"))
        return len(data)

    def flush(self) -> None:
        """Part of what the engine asks of a file."""
        self._file.flush()
