"""Under the real server: answers stream, a broken one never looks whole, a client that leaves frees its worker."""

from __future__ import annotations

import http.client
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from terrinclus_kg.config import MIB
from tests.service import free_port
from tests.small_store import children, make_release, until

ROWS = 3000
CROSS = "SELECT * { ?a ?b ?c . ?d ?e ?f }"  # 9 million rows: far more than an answer may hold
LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
# A row of a kilobyte every few milliseconds, for half a minute.
SLOW = (
    "SELECT ?c ?pad { ?a ?b ?c . ?d ?e ?f "
    "FILTER(STRLEN(SHA512(SHA512(STR(?c * ?f)))) = 128 && ?c + ?f = 2999) "
    f"BIND(CONCAT(STR(?c), '{'x' * 1000}') AS ?pad) }}"
)
LIMITS = {
    "public_workers": 1,
    "trusted_workers": 1,
    "slow_workers": 2,
    "public_deadline": 60,
    "queue_wait": 60,
    "worker_memory": 256 * MIB,
    "answer_size": 3 * MIB,
    "client_errors": 1e6,
    "proxies": 1,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """Port and process of a service under granian, over a release of its own."""
    home = tmp_path_factory.mktemp("streaming")
    make_release(home, "one", "".join(f"<http://e.test/s{i}> <http://e.test/p> {i} .\n" for i in range(ROWS)), {})
    port = free_port()
    environment = {**os.environ, "TERRINCLUS_HOME": str(home)}
    environment |= {f"TERRINCLUS_{name.upper()}": str(value) for name, value in LIMITS.items()}
    command = [sys.executable, "-m", "granian", "--interface", "rsgi", "--host", "127.0.0.1", "--port", str(port)]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([*command, "terrinclus_kg.server.wsgi:app"], env=environment, stdout=log, stderr=log)
    try:
        until(lambda: process.poll() is not None or _answers(port), 60)
        assert process.poll() is None, (home / "log").read_text()
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        return ask(port, "/health/ready")[0] == 200
    except OSError:
        return False


def connect(port: int, path: str, **headers: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers=headers)
    return connection


def ask(port: int, path: str, **headers: str) -> tuple[int, bytes]:
    with closing(connect(port, path, **headers)) as connection:
        answer = connection.getresponse()
        return answer.status, answer.read()


def sparql(query: str, **more: str) -> str:
    return "/sparql?" + urlencode({"query": query, **more}, quote_via=quote)


@pytest.mark.parametrize("form", ["json", "csv", "tsv", "xml"])
def test_a_broken_answer_never_looks_whole(server: tuple[int, int], form: str) -> None:
    with closing(connect(server[0], sparql(CROSS, format=form))) as connection:
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.getheader("Transfer-Encoding") == "chunked"
        with pytest.raises((http.client.IncompleteRead, ConnectionError)) as caught:
            answer.read()
    if form == "json" and isinstance(caught.value, http.client.IncompleteRead):
        with pytest.raises(json.JSONDecodeError):
            json.loads(caught.value.partial)


def test_a_broken_graph_never_looks_whole(server: tuple[int, int]) -> None:
    query = "CONSTRUCT { ?a <http://e.test/near> ?d } { ?a ?b ?c . ?d ?e ?f }"
    with closing(connect(server[0], sparql(query, format="n-triples"))) as connection:
        answer = connection.getresponse()
        assert answer.status == 200
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            answer.read()


def test_a_large_answer_arrives_whole(server: tuple[int, int]) -> None:
    status, body = ask(server[0], sparql("SELECT * { ?s ?p ?o }"))
    assert status == 200
    assert len(body) > 3 * 64 * 1024
    assert len(json.loads(body)["results"]["bindings"]) == ROWS


def test_an_error_before_the_first_bytes_is_a_clean_problem(server: tuple[int, int]) -> None:
    status, body = ask(server[0], sparql("SELECT * { ?s ?p }"))
    assert status == 400
    assert json.loads(body)["column"]


def test_the_connection_is_kept_after_an_answer_of_known_length(server: tuple[int, int]) -> None:
    with closing(connect(server[0], "/health/live")) as connection:
        connection.getresponse().read()
        used = connection.sock
        connection.request("GET", sparql("ASK {}"))
        assert json.loads(connection.getresponse().read())["boolean"]
        assert connection.sock is used


def test_a_client_that_leaves_while_its_query_runs_frees_its_worker(server: tuple[int, int]) -> None:
    port, _ = server
    before = _used(server)
    runaways = [connect(port, sparql(LONG)) for _ in range(2)]
    until(lambda: _at_work(server, before), 60)
    at_work = _at_work(server, before)
    for runaway in runaways:
        runaway.close()
    until(lambda: not at_work & set(_used(server)), 30)  # below their deadline of 60 s
    assert ask(port, sparql("ASK {}"))[0] == 200


def test_a_client_that_leaves_in_the_middle_of_its_answer_frees_its_worker(server: tuple[int, int]) -> None:
    port, _ = server
    before = _used(server)
    with closing(connect(port, sparql(SLOW))) as connection:
        assert len(connection.getresponse().read(1000)) == 1000
        until(lambda: _at_work(server, before), 60)
        at_work = _at_work(server, before)
    until(lambda: not at_work & set(_used(server)), 30)


def _at_work(server: tuple[int, int], before: dict[int, int]) -> set[int]:
    """The workers that have used the processor for more than a tenth of a second since."""
    return {pid for pid, ticks in _used(server).items() if ticks - before.get(pid, 0) > 10}


def _used(server: tuple[int, int]) -> dict[int, int]:
    """The workers that live, and the processor time that each has used, in ticks."""
    workers = [pid for web in children(server[1]) for zygote in children(web) for pid in children(zygote)]
    return {pid: _ticks(pid) for pid in workers}


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def test_bodies_without_length_are_read_to_the_limit_only(server: tuple[int, int]) -> None:
    head = "POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    head += "Content-Type: application/sparql-query\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server[0]), 30) as sock:
        sock.sendall(head.encode())
        chunk = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"
        try:
            for _ in range(200):
                sock.sendall(chunk)
            sock.sendall(b"0\r\n\r\n")
        except OSError:
            pass
        assert b" 413 " in sock.recv(100)
    query = "ASK {}"
    with socket.create_connection(("127.0.0.1", server[0]), 30) as sock:
        sock.sendall(f"{head}{len(query):x}\r\n{query}\r\n0\r\n\r\n".encode())
        assert b" 200 " in sock.recv(100)


def test_strange_bytes_in_a_path(server: tuple[int, int]) -> None:
    for path in ("/id/projet/%ff", "/%00", "/%e2%80%ae", "/id/projet/%252e", "//evil.test", "/\xff"):
        with socket.create_connection(("127.0.0.1", server[0]), 30) as sock:
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n".encode("latin-1"))
            answer = sock.recv(4000)
        assert answer.split()[1] in (b"400", b"404")
        assert b"evil" not in answer


def test_pages_are_answered_however_many_queries_wait(server: tuple[int, int]) -> None:
    """Comes last: it leaves a full queue behind."""
    port, _ = server
    # 3 run or lag, 32 wait, 10 are refused at once
    crowd = [connect(port, sparql(LONG), **{"X-Forwarded-For": f"203.0.113.{n % 3}"}) for n in range(45)]
    try:
        assert ask(port, "/health/live")[0] == 200
        assert ask(port, "/health/ready")[0] == 200
        answered, _, _ = select.select([connection.sock for connection in crowd], [], [], 0)
        assert len(answered) < len(crowd)  # the others still wait: we did not have to wait for them
    finally:
        for connection in crowd:
            connection.close()
