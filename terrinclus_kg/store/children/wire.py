"""Frames between a pool and its workers, over a unix socket; and how any child packs an error for its parent.

A frame is a header (length of the payload, request id, kind) and a payload. The worker echoes the id
of the request in every frame of the answer, so an answer can never be taken for another one's.

    pool → worker   REQUEST  JSON, see `engine.Request`
    worker → pool   PART     bytes of the answer, more will follow
                    LAST     the last bytes of the answer: only now it is whole
                    ERROR    JSON: an error of `terrinclus_kg.errors`, instead of LAST
"""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import dataclass
from enum import IntEnum

from terrinclus_kg import errors
from terrinclus_kg.errors import TerrinclusError

LONGEST = 64 * 1024**2  # of one payload, in bytes; far above any request or part
_HEADER = struct.Struct("!IIB")
_RECEIVE = 256 * 1024


class Kind(IntEnum):
    """What a frame is; see above."""

    REQUEST = 1
    PART = 2
    LAST = 3
    ERROR = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame. ``id`` is that of the request, which every frame of its answer repeats."""

    kind: Kind
    id: int
    payload: bytes


class WireError(Exception):
    """The other side does not speak this protocol, or not any more."""


def encode(frame: Frame) -> bytes:
    """A frame as bytes. Raises WireError if it is too long."""
    if len(frame.payload) > LONGEST:
        raise WireError(f"a payload of {len(frame.payload)} bytes")
    return _HEADER.pack(len(frame.payload), frame.id, frame.kind) + frame.payload


def take(buffer: bytearray) -> Frame | None:
    """Takes the first frame out of a buffer; None if it is not whole yet.

    Raises:
        WireError: the bytes are no frame.
    """
    if len(buffer) < _HEADER.size:
        return None
    length, request, kind = _HEADER.unpack_from(buffer)
    if length > LONGEST or kind not in Kind.__members__.values():
        raise WireError(f"no frame: length {length}, kind {kind}")
    end = _HEADER.size + length
    if len(buffer) < end:
        return None
    payload = bytes(memoryview(buffer)[_HEADER.size : end])
    del buffer[:end]
    return Frame(Kind(kind), request, payload)


def send(channel: socket.socket, frame: Frame) -> None:
    """Sends a frame. Raises OSError when the other side is gone."""
    channel.sendall(encode(frame))


def receive(channel: socket.socket, buffer: bytearray) -> Frame:
    """The next frame; ``buffer`` keeps what came beyond it.

    Raises:
        EOFError: the other side is gone.
        WireError: the bytes are no frame.
    """
    while (frame := take(buffer)) is None:
        try:
            received = channel.recv(_RECEIVE)
        except ConnectionError:
            received = b""
        if not received:
            raise EOFError
        buffer += received
    return frame


def pack_error(error: TerrinclusError) -> bytes:
    """An error as the payload of an ERROR frame."""
    return json.dumps([type(error).__name__, vars(error)]).encode()


def unpack_error(payload: bytes) -> TerrinclusError:
    """The error of an ERROR frame: same class, message and members. No constructor is called: each has its own way."""
    name, members = json.loads(payload)
    kind: type[TerrinclusError] = getattr(errors, name)
    error = kind.__new__(kind, members["message"])
    vars(error).update(members)
    return error
