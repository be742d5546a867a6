from __future__ import annotations

import itertools
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from unittest.mock import Mock

import pytest

from terrinclus_kg.server import gateway
from terrinclus_kg.server.connection import Connection
from tests.small_store import until

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
