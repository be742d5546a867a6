"""Clients that abuse connections instead of queries: others are answered all the while."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from terrinclus_kg.config import KIB, MIB
from tests.server.conftest import small_release
from tests.service import Service, fetch, running
from tests.small_store import children, until

ORDINARY = ["/health/ready", "/fr/projet/essai", "/data/projet/essai.ttl", "/sparql?format=json&query=ASK%7B%7D"]
POST = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("connections")
    small_release(home)
    with running(home, client_errors=10_000, client_seconds=10_000) as service:
        yield service


@pytest.fixture(autouse=True)
def _others_are_answered(service: Service) -> Iterator[None]:
    yield
    for path in ORDINARY:
        assert fetch(service.url + path).status == 200


def connect(service: Service, data: bytes = b"") -> socket.socket:
    parts = urlsplit(service.url)
    line = socket.create_connection((parts.hostname or "", parts.port or 0), 20)
    with suppress(ConnectionError):
        line.sendall(data)
    return line


def say(service: Service, data: bytes) -> bytes:
    """All that is answered to these bytes, until the other side closes or says nothing for a while."""
    with connect(service, data) as line:
        line.settimeout(3)
        answer = b""
        with suppress(OSError):
            line.shutdown(socket.SHUT_WR)
            while part := line.recv(65536):
                answer += part
        return answer


def resident(pid: int) -> int:
    """Memory of a process, in bytes."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


@pytest.fixture
def many_files() -> Iterator[int]:
    """Lets this process open many connections; gives how many it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = hard if hard > 0 else 65536
    if most < 4096:
        pytest.skip("this system lets a process open too few files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), hard))
    yield min(most, 8192)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    "data",
    [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX: ", f"{POST}Content-Length: 100\r\n\r\nA".encode()],
    ids=["silent", "half of the headers", "a byte of the body"],
)
def test_a_thousand_connections_that_do_not_end(service: Service, many_files: int, data: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(1300):
            stack.enter_context(connect(service, data))
        for path in ORDINARY * 3:
            assert fetch(service.url + path).status == 200


def test_bodies_that_lack_a_byte_take_little_memory(service: Service, many_files: int) -> None:
    (web,) = [pid for pid in children(service.process.pid) if children(pid)]
    before = resident(web)
    body = b"A" * 200_000
    with ExitStack() as stack:
        for _ in range(1300):
            line = stack.enter_context(connect(service, f"{POST}Content-Length: {len(body) + 1}\r\n\r\n".encode()))
            line.setblocking(False)
            with suppress(BlockingIOError):
                line.send(body)
        assert fetch(service.url + ORDINARY[-1]).status == 200
        post = fetch(f"{service.url}/sparql", data=b"ASK {}", Content_Type="application/sparql-query")
        assert post.status == 200
        assert resident(web) - before < 1300 * 200 * KIB  # all of them twice: they are copied once


def test_headers_of_many_connections_take_little_memory(service: Service, many_files: int) -> None:
    (web,) = [pid for pid in children(service.process.pid) if children(pid)]
    before = resident(web)
    with ExitStack() as stack:
        for _ in range(1300):
            line = stack.enter_context(connect(service, b"GET / HTTP/1.1\r\nHost: x\r\nX: "))
            line.setblocking(False)
            with suppress(OSError):
                line.send(b"y" * 300_000)
        assert fetch(service.url + ORDINARY[-1]).status == 200
        assert resident(web) - before < 150 * MIB  # all of them are 370


def test_http_2_is_not_spoken(service: Service) -> None:
    answer = say(service, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


def test_a_zygote_dies_while_descriptors_are_many(service: Service, many_files: int) -> None:
    """Its successor gets numbers beyond those that select(2) knows."""
    with ExitStack() as stack:
        for _ in range(1300):
            stack.enter_context(connect(service))
        assert fetch(service.url + "/health/ready").status == 200
        (zygote,) = [z for web in children(service.process.pid) for z in children(web)]
        os.kill(zygote, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{zygote}").exists())
        until(lambda: fetch(service.url + "/health/ready").status == 200)
        assert fetch(service.url + ORDINARY[-1]).status == 200


def test_connections_that_come_and_go(service: Service) -> None:
    for number in range(1000):
        connect(service, b"GET /fr/ HTTP/1.1\r\nHost: x\r\n\r\n" if number % 2 else b"G").close()


@pytest.mark.parametrize(
    "head",
    [
        "".join(f"X-{i}: y\r\n" for i in range(5000)),
        f"X: {'y' * 1_000_000}\r\n",
        f"{'x' * 1_000_000}: y\r\n",
        "X" * 1_000_000,
    ],
    ids=["many", "long value", "long name", "endless name"],
)
def test_headers_without_measure(service: Service, head: str) -> None:
    answer = say(service, f"GET /fr/ HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode())
    assert answer == b"" or answer.split()[1] in (b"400", b"431")


def test_a_url_without_measure(service: Service) -> None:
    answer = say(service, f"GET /sparql?query={'x' * 1_000_000} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert answer == b"" or answer.split()[1] in (b"400", b"414", b"431")


@pytest.mark.parametrize("length", ["99999999999", "10000000", "18446744073709551616", "-1", "1e3", "0x10", "5, 6"])
def test_lengths_that_cannot_be_meant(service: Service, length: str) -> None:
    body = b"A" * 1_000_000
    answer = say(service, f"{POST}Content-Length: {length}\r\n\r\n".encode() + body)
    assert answer == b"" or answer.split()[1] in (b"400", b"413")


def test_a_body_without_end(service: Service) -> None:
    with connect(service, f"{POST}Transfer-Encoding: chunked\r\n\r\n".encode()) as line:
        with suppress(OSError):
            for _ in range(2000):
                line.sendall(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
        with suppress(ConnectionError):
            assert line.recv(100).split()[1] == b"413"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x"])
def test_bodies_in_a_coding_are_not_inflated(service: Service, coding: str) -> None:
    answer = fetch(
        f"{service.url}/sparql",
        data=b"\x1f\x8b" + b"\0" * 1000,
        Content_Type="application/sparql-query",
        Content_Encoding=coding,
    )
    assert answer.status == 415


SMUGGLED = "ASK {}\r\n\r\nGET /fr/ HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "data",
    [
        f"{POST}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SMUGGLED}",
        f"{POST}Content-Length: 6\r\nContent-Length: 7\r\n\r\n{SMUGGLED}",
        f"{POST}Transfer-Encoding: xchunked\r\n\r\n{SMUGGLED}",
        f"{POST}Transfer-Encoding: chunked, identity\r\n\r\n{SMUGGLED}",
        f"{POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{SMUGGLED}",
        f"{POST}Transfer-Encoding: chunked\r\n\r\n-1\r\n{SMUGGLED}",
        f"{POST}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{SMUGGLED}",
        "GET /fr/ HTTP/1.1\r\n\r\n",
        "GET /fr/ HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET /fr/ HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        "GET /fr/ HTTP/9.9\r\nHost: x\r\n\r\n",
        "GET /fr/\r\n\r\n",
        "GET  /fr/  HTTP/1.1\r\nHost: x\r\n\r\n",
        "\0GET /fr/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\0" * 100,
        "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + "\0" * 500,
        "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n",
    ],
)
def test_requests_that_are_none(service: Service, data: str) -> None:
    """Refused, passed over, or answered as one plain request: no second one comes out, and nothing breaks."""
    answer = say(service, data.encode("latin-1"))
    assert answer.count(b"HTTP/1.1 200") <= 1
    assert b" 500 " not in answer.split(b"\r\n")[0]
    assert service.process.poll() is None


def test_bodies_that_drip_hold_no_thread(service: Service) -> None:
    """More of them than there are threads, each with a byte now and then."""
    with ExitStack() as stack:
        head = f"{POST}Content-Length: 1000\r\n\r\n".encode()
        lines = [stack.enter_context(connect(service, head)) for _ in range(150)]
        began = time.monotonic()
        while time.monotonic() - began < 2:
            for line in lines:
                line.sendall(b"A")
            for path in ORDINARY:
                assert fetch(service.url + path).status == 200
