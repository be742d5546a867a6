"""A service that is told to stop: answers under way end, new requests are refused, nothing is left, in bounded time."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from tests.service import Service, fetch, free_port, running
from tests.small_store import children, make_release, until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")

ROWS = 3000
STREAMED = "SELECT * { ?s ?p ?o . ?a ?b ?c FILTER(?o < 20) } ORDER BY ?o"  # some seconds, then megabytes
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
# `terrinclus-kg serve`, but with less patience.
HURRIED = "from terrinclus_kg.cli import main, serve; serve.GRACE = 2; main()"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stopping")
    make_release(folder, "one", "".join(f"<http://e.test/s{i}> <http://e.test/p> {i} .\n" for i in range(ROWS)), {})
    return folder


def ask(service: Service, query: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(service.url.removeprefix("http://"), timeout=60)
    connection.request("GET", "/sparql?" + urlencode({"query": query, "format": "json"}, quote_via=quote))
    return connection


def family(pid: int) -> list[int]:
    return [pid, *(one for child in children(pid) for one in family(child))]


def refused(service: Service) -> bool:
    try:
        fetch(f"{service.url}/health/live")
    except (urllib.error.URLError, OSError):
        return True
    return False


def gone(pids: list[int]) -> bool:
    return not any(_lives(pid) for pid in pids)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_answers_under_way_end_well_and_new_requests_are_refused(home: Path) -> None:
    with running(home, public_deadline=60) as service, closing(ask(service, STREAMED)) as connection:
        answer = connection.getresponse()
        begun = answer.read(1000)
        everyone = family(service.process.pid)
        service.process.send_signal(signal.SIGTERM)
        until(lambda: refused(service))
        assert len(json.loads(begun + answer.read())["results"]["bindings"]) == 20 * ROWS
        assert service.process.wait(30) == 0
        until(lambda: gone(everyone), 10)


@contextmanager
def hurried(home: Path) -> Iterator[Service]:
    port = free_port()
    environment = {**os.environ, "TERRINCLUS_HOME": str(home), "TERRINCLUS_PUBLIC_DEADLINE": "600"}
    process = subprocess.Popen([sys.executable, "-c", HURRIED, "serve", "--port", str(port)], env=environment)
    service = Service(f"http://127.0.0.1:{port}", process)
    try:
        until(lambda: not refused(service), 60)
        yield service
    finally:
        process.kill()
        process.wait()


def test_one_that_does_not_end_is_given_up(home: Path) -> None:
    with hurried(home) as service, closing(ask(service, RUNAWAY)) as connection:
        until(lambda: len(family(service.process.pid)) > 3)  # its worker runs
        everyone = family(service.process.pid)
        service.process.send_signal(signal.SIGTERM)
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            connection.getresponse()
        service.process.wait(30)  # far below the deadline of the query
        until(lambda: gone(everyone), 10)
