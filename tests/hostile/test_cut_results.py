"""An answer that is cut under way cannot be mistaken for a whole one: whatever cut it, the format, the client."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from SPARQLWrapper import SPARQLWrapper

from terrinclus_kg.config import MIB
from tests.service import Service, running
from tests.small_store import children, make_release, until

ROWS = 3000
PAIRS = "{ ?a ?b ?c . ?d ?e ?f }"  # 9 million rows
# Eight kilobytes every ten milliseconds: it goes on long after the first byte has been seen.
SLOW = (
    "{ ?a ?b ?c . ?d ?e ?f FILTER(STRLEN(SHA512(SHA512(STR(?c * ?f)))) = 128 && ?c + ?f = 2999) "
    f"BIND('{'x' * 1000}' AS ?x) BIND(CONCAT(STR(?c){', ?x' * 8}) AS ?pad) }}"
)
SELECT = ["json", "xml", "csv", "tsv"]
GRAPHS = ["turtle", "n-triples", "rdf-xml", "json-ld", "trig", "n-quads"]
FORMATS = [*SELECT, *GRAPHS]
LIMITS = {
    "public_workers": 2,
    "slow_workers": 8,
    "client_queries": 16,
    "client_seconds": 10_000,
    "client_errors": 10_000,
    "public_deadline": 2,
    "answer_size": MIB,
    "worker_memory": 256 * MIB,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("cut")
    make_release(home, "one", "".join(f"<http://e.test/s{i}> <http://e.test/p> {i} .\n" for i in range(ROWS)), {})
    return home


@pytest.fixture(scope="module")
def service(home: Path) -> Iterator[Service]:
    with running(home, **LIMITS) as service:
        yield service


@pytest.fixture(scope="module")
def generous(home: Path) -> Iterator[Service]:
    """One that lets answers be long, and cuts them by time only."""
    with running(home, **LIMITS | {"answer_size": 256 * MIB, "public_deadline": 4}) as service:
        yield service


def address(service: Service, name: str, pattern: str) -> str:
    """A query whose answer in this format will be cut."""
    form = (
        "SELECT *"
        if name in SELECT
        else f"CONSTRUCT {{ ?a <http://e.test/near> {'?pad' if 'pad' in pattern else '?d'} }}"
    )
    return f"{service.url}/sparql?" + urlencode({"query": f"{form} {pattern}", "format": name})


def read(url: str, version: str = "HTTP/1.1", **headers: str) -> tuple[int, bytes, bool]:
    """Status, what came of the body, and whether it ended well, for a client that knows HTTP only."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection._http_vsn_str = version  # type: ignore[attr-defined]
    with closing(connection):
        connection.request("GET", url[url.index("/sparql") :], headers=headers)
        answer = connection.getresponse()
        try:
            return answer.status, answer.read(), True
        except http.client.IncompleteRead as error:
            return answer.status, error.partial, False
        except ConnectionError:
            return answer.status, b"", False


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.0"])
@pytest.mark.parametrize("name", FORMATS)
def test_the_size_limit_is_met(service: Service, name: str, version: str) -> None:
    status, _, whole = read(address(service, name, PAIRS), version)
    assert status == 200
    assert not whole


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
@pytest.mark.parametrize("name", ["csv", "json", "n-triples"])
def test_in_a_content_coding(service: Service, name: str, coding: str) -> None:
    status, _, whole = read(address(service, name, PAIRS), Accept_Encoding=coding)
    assert status == 200
    assert not whole


def test_the_deadline_comes_under_way(generous: Service) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda name: read(address(generous, name, SLOW)), FORMATS))
    for name, (status, body, whole) in zip(FORMATS, answers, strict=True):
        assert not whole or (status == 503 and b"public_deadline" in body), name
    assert [status for status, _, _ in answers].count(200) >= len(SELECT), "rows leave before the last one exists"


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.0"])
@pytest.mark.parametrize("name", SELECT)
def test_the_worker_is_killed_under_way(generous: Service, name: str, version: str) -> None:
    parts = urlsplit(address(generous, name, SLOW))
    request = f"GET {parts.path}?{parts.query} {version}\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.create_connection((parts.hostname, parts.port), 60) as line:
        line.sendall(request.encode())
        body = line.recv(100)
        assert body.split()[1] == b"200"
        for worker in workers(generous):
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        with suppress(ConnectionError):
            while part := line.recv(65536):
                body += part
            assert version == "HTTP/1.1", "the end of the connection is a good end for HTTP/1.0"
    assert not body.endswith(b"0\r\n\r\n")
    until(lambda: read(f"{generous.url}/sparql?query=ASK%7B%7D")[2])


def workers(service: Service) -> list[int]:
    """The processes that run queries."""
    return [w for web in children(service.process.pid) for zygote in children(web) for w in children(zygote)]


# ---- clients that people use

CURL = shutil.which("curl")


@pytest.mark.skipif(CURL is None, reason="no curl on this machine")
@pytest.mark.parametrize("options", [[], ["--http1.0"], ["--compressed"]])
@pytest.mark.parametrize("name", FORMATS)
def test_curl_fails(service: Service, tmp_path: Path, name: str, options: list[str]) -> None:
    command = [str(CURL), "--silent", "--fail", *options, "--output", str(tmp_path / "answer")]
    done = subprocess.run([*command, address(service, name, PAIRS)], timeout=60, check=False)
    assert done.returncode in (18, 56), "partial file, or failure in receiving"


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_sparqlwrapper_fails(service: Service, name: str) -> None:
    client = SPARQLWrapper(f"{service.url}/sparql", returnFormat=name)
    client.setQuery(f"SELECT * {PAIRS}")
    with pytest.raises((http.client.IncompleteRead, ConnectionError, ValueError)):
        client.query().convert()


def test_urllib_fails(service: Service) -> None:
    with (
        pytest.raises((http.client.IncompleteRead, ConnectionError)),
        urllib.request.urlopen(address(service, "csv", PAIRS), timeout=60) as answer,
    ):
        answer.read()


def test_whole_answers_end_well(service: Service) -> None:
    """While others are cut: none is taken for broken that is not."""
    stop = threading.Event()

    def cut() -> None:
        while not stop.is_set():
            read(address(service, "csv", PAIRS))

    thread = threading.Thread(target=cut)
    thread.start()
    began = time.monotonic()
    try:
        while time.monotonic() - began < 2:
            for version in ("HTTP/1.1", "HTTP/1.0"):
                url = f"{service.url}/sparql?" + urlencode({"query": "SELECT * { ?s ?p ?o }", "format": "json"})
                status, body, whole = read(url, version)
                assert whole, status
                assert len(json.loads(body)["results"]["bindings"]) == ROWS
    finally:
        stop.set()
        thread.join()
