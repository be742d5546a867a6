"""A server on loopback waits for visitors: no query may bring it one, with or without the guard."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from terrinclus_kg.errors import FeatureRefused
from terrinclus_kg.rdf.formats import JSON
from terrinclus_kg.store.children.sandbox import network_wall
from terrinclus_kg.store.engine import Lane
from terrinclus_kg.store.reader import Reader
from tests.small_store import bypass, outcome


class Trap:
    """Counts those who connect."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.visits = 0
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            visitor, _ = self._listener.accept()
            with visitor:
                if visitor.recv(4) == b"stop":
                    return
                self.visits += 1

    def close(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"stop")
        self._thread.join()
        self._listener.close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    trap = Trap()
    yield trap
    trap.close()
    assert trap.visits == 0


SPELLINGS = [
    "SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}",
    "SELECT*{{service<{url}>{{?s ?p ?o}}}}",
    "SELECT * {{ SERVICE#here\n<{url}> {{ ?s ?p ?o }} }}",
    "ASK {{ FILTER EXISTS {{ SERVICE <{url}> {{ ?s ?p ?o }} }} }}",
    "PREFIX t: <{url}> SELECT * {{ SERVICE t:x {{ ?s ?p ?o }} }}",
    "PREFIX : <{url}> SELECT * {{SERVICE:x{{?s ?p ?o}}}}",
    "BASE <{url}> SELECT * {{ SERVICE <y> {{ ?s ?p ?o }} }}",
    "SELECT * {{ \\u0053ERVICE <{url}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ ?s ?p trueSERVICE<{url}>{{?s ?p ?o}} }}",
    "SELECT * {{ FILTER(1<2&&'a'!='>' ) SERVICE <{url}> {{ ?s ?p ?o }} #'\n}}",
    "CONSTRUCT {{ ?s ?p ?o }} WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
    "LOAD <{url}>",
    "LOAD SILENT <{url}> INTO GRAPH <x:g>",
    "INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("lane", Lane)
def test_the_guard_refuses(reader: Reader, trap: Trap, spelling: str, lane: Lane) -> None:
    text = spelling.format(url=f"http://127.0.0.1:{trap.port}/")
    with pytest.raises(FeatureRefused, match="calls no other server"):
        reader.query(text, JSON, lane=lane)


@pytest.mark.skipif(not network_wall(), reason="this system has no seccomp")
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_wall_holds_without_the_guard(reader: Reader, trap: Trap, spelling: str, host: str) -> None:
    text = spelling.format(url=f"http://{host}:{trap.port}/")
    told = {"FeatureRefused", "QuerySyntaxError", "BadRequest", "WorkerDied"} | {"answered"}
    assert outcome(lambda: bypass(reader, text)) in told


def test_from_fetches_nothing(reader: Reader, trap: Trap) -> None:
    url = f"http://127.0.0.1:{trap.port}/"
    assert reader.query(f"SELECT * FROM <{url}> FROM NAMED <{url}> {{ ?s ?p ?o }}", JSON).read()
    assert reader.query("SELECT * { ?s ?p ?o }", JSON, default_graphs=[url], named_graphs=[url]).read()


def test_the_trap_works() -> None:
    trap = Trap()
    with socket.create_connection(("127.0.0.1", trap.port)) as visitor:
        visitor.sendall(b"GET ")
    trap.close()
    assert trap.visits == 1
