from __future__ import annotations

import asyncio
import itertools
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from unittest.mock import Mock

import pytest

from terrinclus_kg.server import gateway
from terrinclus_kg.server.connection import Connection
from tests.small_store import until

T = TypeVar("T")
Pair = tuple[Connection, socket.socket, socket.socket]


@pytest.fixture(params=["127.0.0.1", "::1"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """A connection, found by the address of the client's end; the client's end; the server's end."""
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    try:
        listener = socket.create_server((request.param, 0), family=family)
    except OSError:
        pytest.skip(f"no {request.param} on this machine")
    with listener, socket.create_connection(listener.getsockname()[:2]) as client, listener.accept()[0] as server:
        host, port = client.getsockname()[:2]
        connection = Connection(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        connection.find()
        yield connection, client, server
        connection.close()


def test_it_tells_when_the_client_has_left(pair: Pair) -> None:
    connection, client, _ = pair
    assert not connection.gone()
    client.sendall(b"more")
    assert not connection.gone()
    client.close()
    if sys.platform == "linux":  # elsewhere the bytes that nobody has read hide it
        until(connection.gone)


def test_it_tells_even_when_the_server_has_let_go(pair: Pair) -> None:
    connection, client, server = pair
    server.close()
    client.close()
    assert connection.gone()


def test_it_counts_what_the_client_took(pair: Pair) -> None:
    connection, client, server = pair
    before = connection.acknowledged()
    if sys.platform != "linux":
        assert before is None
        return
    assert before is not None
    server.sendall(b"x" * 1000)
    client.recv(1000, socket.MSG_WAITALL)
    until(lambda: (connection.acknowledged() or 0) - before == 1000)


def test_it_cuts(pair: Pair) -> None:
    connection, client, _ = pair
    connection.cut()
    if sys.platform == "linux":
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    else:
        assert client.recv(1) == b""


def test_it_leaves_the_connection_alive_when_it_lets_go(pair: Pair) -> None:
    connection, client, server = pair
    connection.close()
    server.sendall(b"x")
    assert client.recv(1) == b"x"


def test_one_that_is_not_found_is_never_gone() -> None:
    connection = Connection("192.0.2.1:1")
    connection.find()
    assert not connection.gone()
    assert connection.acknowledged() is None
    connection.cut()
    connection.close()


def test_a_client_that_reads_too_slowly_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes a little now and then, so as to hold a thread for ever."""
    monkeypatch.setattr(gateway, "PATIENCE", 0.2)
    taken = itertools.count()
    connection = Mock(acknowledged=lambda: next(taken), gone=lambda: False)
    protocol, part = Mock(), b"x" * gateway.IN_FLIGHT

    def wsgi(_environ: object, start_response: Callable[[str, list[tuple[str, str]]], None]) -> Iterable[bytes]:
        start_response("200 OK", [])
        return itertools.repeat(part, 100)

    gateway._Exchange(protocol, connection).run(wsgi, {})
    connection.cut.assert_called_once_with()
    connection.close.assert_called_once_with()
    assert protocol.response_stream.return_value.send_bytes.call_count < 5


def test_an_answer_that_breaks_at_once_still_tells_its_status() -> None:
    """The server may not have sent the head yet: what is cut then would be a connection without any answer."""
    seen: list[int] = []
    taken = itertools.chain([700, 700, 700], itertools.repeat(701))  # of an answer before it over the same connection

    def acknowledged() -> int:
        seen.append(next(taken))
        return seen[-1]

    def breaks() -> Iterator[bytes]:
        yield b"x"
        raise RuntimeError("too long")

    def wsgi(_environ: object, start_response: Callable[[str, list[tuple[str, str]]], None]) -> Iterable[bytes]:
        start_response("200 OK", [])
        return breaks()

    connection = Mock(acknowledged=acknowledged, gone=lambda: False)
    connection.cut.side_effect = lambda: seen.append(0)
    gateway._Exchange(Mock(), connection).run(wsgi, {})
    assert seen[-2:] == [701, 0]


class _Wire:
    """A request whose body comes in these parts, and then no more."""

    def __init__(self, *parts: bytes, ends: bool = False) -> None:
        self.parts, self.ends = parts, ends
        self.taken = 0
        self.told: list[int] = []

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            self.taken += len(part)
            yield part
        if not self.ends:
            await asyncio.Event().wait()

    def response_str(self, status: int, _headers: object, _text: str) -> None:
        self.told.append(status)

    def response_bytes(self, status: int, _headers: object, _body: bytes) -> None:
        self.told.append(status)


SCOPE = Mock(proto="http", method="POST", path="/sparql", query_string="", client="127.0.0.1:1", server="127.0.0.1:2")
SCOPE.headers.get.return_value = None
SCOPE.headers.items.return_value = []


def _gateway(larger: int = 0) -> gateway.Gateway:
    def app(_environ: object, start_response: Callable[[str, list[tuple[str, str]]], None]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "0")])
        return []

    front = Mock(side_effect=app)
    front.quick.return_value = None
    return gateway.Gateway(front, threads=4, body_limit=100_000, larger=lambda *_: larger)


def finished(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns. In a thread of its own: a browser test may have left a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "ARRIVAL", 0.1)
    for parts in ((), (b"A",), (b"A" * 50_000,)):
        wire = _Wire(*parts)
        finished(_gateway().__rsgi__(SCOPE, wire))
        assert wire.told == [408]


def test_a_body_with_a_token_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "ARRIVAL", 0.1)
    wire = _Wire(b"A")
    with pytest.raises(TimeoutError):
        finished(asyncio.wait_for(_gateway(larger=1_000_000).__rsgi__(SCOPE, wire), 0.5))
    assert wire.told == []


def test_large_bodies_wait_for_each_other_and_small_ones_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "LARGER", 2)

    async def scene() -> list[int]:
        served = _gateway()
        large = [_Wire(b"A" * 9000, b"A" * 50_000) for _ in range(5)]
        held = [asyncio.create_task(served.__rsgi__(SCOPE, wire)) for wire in large]
        await asyncio.sleep(0.1)
        await served.__rsgi__(SCOPE, small := _Wire(b"A" * 8000, ends=True))
        assert small.told == [200]
        for task in held:
            task.cancel()
        return sorted(wire.taken for wire in large)

    assert finished(scene()) == [9000] * 3 + [59_000] * 2
