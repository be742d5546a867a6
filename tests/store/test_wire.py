from __future__ import annotations

import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrinclus_kg.errors import (
    NotAcceptable,
    QueryMemory,
    QuerySyntaxError,
    QueryTimeout,
    QueueFull,
    SourceError,
    TerrinclusError,
    ValidationFailed,
    WorkerDied,
    WriterBusy,
)
from terrinclus_kg.store.children import wire
from terrinclus_kg.store.children.wire import Frame, Kind, WireError

FRAMES = st.builds(Frame, st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=300))


@settings(deadline=None)
@given(st.lists(FRAMES), st.integers(1, 50))
def test_frames_survive_any_cutting(frames: list[Frame], size: int) -> None:
    stream = b"".join(map(wire.encode, frames))
    buffer, found = bytearray(), []
    for start in range(0, len(stream), size):
        buffer += stream[start : start + size]
        while frame := wire.take(buffer):
            found.append(frame)
    assert found == frames
    assert not buffer


@settings(deadline=None)
@given(st.binary())
def test_noise_is_refused_or_waited_for(noise: bytes) -> None:
    buffer = bytearray(noise)
    try:
        while wire.take(buffer):
            pass
    except WireError:
        pass


def test_a_frame_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(WireError):
        wire.encode(Frame(Kind.PART, 1, bytes(wire.LONGEST + 1)))


def test_the_end_of_a_channel_is_told() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            wire.send(theirs, Frame(Kind.PART, 7, b"abc"))
            theirs.sendall(b"\0\0")
        buffer = bytearray()
        assert wire.receive(ours, buffer) == Frame(Kind.PART, 7, b"abc")
        with pytest.raises(EOFError):
            wire.receive(ours, buffer)


@pytest.mark.parametrize(
    "error",
    [
        WorkerDied("x"),
        NotAcceptable("n", extra={"variants": ["text/csv"]}),
        QuerySyntaxError("é", line=3, column=4),
        QueryMemory("m", limit="worker_memory", value=5),
        QueryTimeout("t", limit="public_deadline", value=0.5, elapsed=0.6),
        QueueFull("q", limit="queue_length", value=3, retry_after=5),
        SourceError("gone", file="a.ttl", line=3),
        ValidationFailed("v", "the report"),
        WriterBusy("b", retry_after=7),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_keep_all_that_they_say(error: TerrinclusError) -> None:
    copy = wire.unpack_error(wire.pack_error(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
