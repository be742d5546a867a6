"""Large answers over HTTP: the first bytes leave early, memory stays flat, a broken one is broken in any coding."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlencode

import brotli
import pytest
import zstandard

from terrinclus_kg.config import MIB
from tests.server.test_coding import decode, decode_some
from tests.service import Service, running
from tests.small_store import children, make_release, until

ROWS = 2000
PAIRS = "SELECT ?a ?c ?d ?f { ?a <http://e.test/p> ?c . ?d <http://e.test/p> ?f }"  # 4 million rows
# A row of a kilobyte every few milliseconds, for half a minute.
SLOW = (
    "SELECT ?c ?pad { ?a ?b ?c . ?d ?e ?f "
    "FILTER(STRLEN(SHA512(SHA512(STR(?c * ?f)))) = 128 && ?c + ?f = 1999) "
    f"BIND(CONCAT(STR(?c), '{'x' * 1000}') AS ?pad) }}"
)
ALLOWED_GROWTH = 50 * MIB
CODINGS = ["", "gzip", "br", "zstd"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("large")
    make_release(home, "one", "".join(f"<http://e.test/s{i}> <http://e.test/p> {i} .\n" for i in range(ROWS)), {})
    with running(home, answer_size=100 * MIB, public_deadline=120, client_queries=8) as found:
        yield found


def ask(service: Service, query: str, coding: str = "") -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(service.url.removeprefix("http://"), timeout=120)
    path = "/sparql?" + urlencode({"query": query, "format": "json"}, quote_via=quote)
    connection.request("GET", path, headers={"Accept-Encoding": coding or "identity"})
    return connection


def web_process(service: Service) -> int:
    (found,) = [pid for pid in children(service.process.pid) if children(pid)]
    return found


def peak(pid: int) -> int:
    """Most memory that a process has ever had, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


@pytest.mark.parametrize("coding", CODINGS)
def test_a_broken_answer_is_broken_in_every_coding(service: Service, coding: str) -> None:
    with closing(ask(service, PAIRS, coding)) as connection:
        answer = connection.getresponse()
        assert answer.status == 200
        assert (answer.getheader("Content-Encoding") or "") == coding
        assert answer.getheader("Content-Length") is None
        with pytest.raises((http.client.IncompleteRead, ConnectionError)) as caught:
            answer.read()
    if coding and isinstance(caught.value, http.client.IncompleteRead):  # a client that did not mind the missing end
        with pytest.raises((EOFError, brotli.error)):
            decode(coding, caught.value.partial)


@pytest.mark.parametrize("coding", CODINGS)
def test_the_first_bytes_leave_before_the_last_row_exists(service: Service, coding: str) -> None:
    with closing(ask(service, SLOW, coding)) as connection:
        some = connection.getresponse().read1(65536)
        assert (decode_some(coding, some) if coding else some).startswith(b'{"head":{"vars":["c","pad"]}')
        spent = ticks(service)
        until(lambda: ticks(service) > spent)  # a worker goes on with it


@pytest.mark.parametrize("coding", CODINGS)
def test_a_whole_answer_is_the_same_in_every_coding(service: Service, coding: str) -> None:
    with closing(ask(service, "SELECT * { ?s ?p ?o } ORDER BY ?o", coding)) as connection:
        answer = connection.getresponse()
        body = answer.read()
        assert answer.getheader("Transfer-Encoding") == "chunked"
    text = decode(coding, body) if coding else body
    assert text.count(b'"s":') == ROWS
    assert text.endswith(b"]}}")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.parametrize("coding", ["", "zstd"])
@pytest.mark.parametrize("pause", [0.0, 0.02])
def test_memory_stays_flat_for_fast_and_slow_readers(service: Service, coding: str, pause: float) -> None:
    whole = f"{PAIRS} LIMIT 250000"  # over 60 MB
    web = web_process(service)
    with closing(ask(service, "ASK {}")) as connection:
        connection.getresponse().read()
    before, size, slow_until = peak(web), 0, time.monotonic() + 1.5
    reading = zstandard.ZstdDecompressor().decompressobj()
    with closing(ask(service, whole, coding)) as connection:
        answer = connection.getresponse()
        while part := answer.read(128 * 1024):
            size += len(reading.decompress(part)) if coding else len(part)
            if pause and time.monotonic() < slow_until:
                time.sleep(pause)
    assert size > 60 * MIB
    assert peak(web) - before < ALLOWED_GROWTH


def test_nothing_is_left_running(service: Service) -> None:
    """Comes last: those who left in the middle of the answers above have freed their workers."""

    def idle() -> bool:
        spent = ticks(service)
        time.sleep(0.5)
        return ticks(service) == spent

    until(idle, 30)


def ticks(service: Service) -> int:
    """Processor time that the workers which live have used, in ticks."""
    return sum(_ticks(pid) for child in children(web_process(service)) for pid in children(child))


def _ticks(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])
    except OSError:
        return 0
