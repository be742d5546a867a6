"""Queries that nobody has thought of, over real HTTP, at a service with low limits that others use meanwhile."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import quote, urlencode, urlsplit

import pytest
from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat, Store, parse, parse_query_results

from terrinclus_kg.config import MIB
from tests.hostile.generator import SHAPES, Grammar, hostile
from tests.server.conftest import small_release
from tests.service import Service, fetch, running
from tests.small_store import children, make_release, until

ROUNDS = 6  # of each shape
DEADLINE, WAIT, GRACE = 3.0, 5.0, 30.0  # the last one is for a machine that is busy with other tests
WORKERS = 2  # of each lane
LOW = {
    "public_workers": WORKERS,
    "trusted_workers": WORKERS,
    "slow_workers": 2,
    "public_deadline": DEADLINE,
    "queue_wait": WAIT,
    "worker_memory": 128 * MIB,
    "answer_size": MIB,
    "proxies": 1,
    "client_seconds": 10_000,
    "client_errors": 10_000,
}
ACCEPT = [
    "*/*",
    "application/sparql-results+json, */*;q=0.1",
    "text/csv, text/turtle",
    "text/turtle",
    "text/html, */*",
    "",
]
# What may be told of a query that is not answered; anything else would be our fault.
TOLD = {400, 403, 405, 406, 413, 414, 429, 503}
DATA = "@prefix ex: <http://example.org/> .\n" + "".join(
    f'ex:s{i} ex:p ex:s{(i + 1) % 6} ; ex:q {i % 4}, "un" ; ex:r ex:s{i * i % 5} ; ex:name "n{i}"@fr .\n'
    for i in range(6)
)
DATA += "GRAPH ex:g1 { ex:s1 ex:p ex:s2 . ex:s2 ex:q 2 } GRAPH ex:g2 { ex:s2 ex:p ex:s3 ; ex:r true }\n"


@dataclass
class Answer:
    """What a client saw: a status, 0 if there was none, and a body, None if it broke off."""

    status: int
    body: bytes | None
    seconds: float
    type: str = ""


def ask(service: Service, body: bytes, seed: int) -> Answer:
    """Asks as one of many clients: by GET, by a form, directly."""
    headers = {"Accept": ACCEPT[seed % len(ACCEPT)], "X-Forwarded-For": f"198.51.100.{seed % 7}"}
    connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=DEADLINE + WAIT + GRACE)
    began = time.monotonic()
    try:
        if seed % 3 == 0 and len(body) < 4000:
            connection.request("GET", "/sparql?query=" + quote(body), headers=headers)
        elif seed % 3 == 1:
            form = "application/x-www-form-urlencoded"
            connection.request("POST", "/sparql", urlencode({"query": body}), headers | {"Content-Type": form})
        else:
            connection.request("POST", "/sparql", body, headers | {"Content-Type": "application/sparql-query"})
        answer = connection.getresponse()
        kind = answer.headers.get("Content-Type", "")
        try:
            return Answer(answer.status, answer.read(), time.monotonic() - began, kind)
        except (http.client.IncompleteRead, ConnectionError):
            return Answer(answer.status, None, time.monotonic() - began, kind)
    finally:
        connection.close()


@dataclass
class Visitors:
    """Ordinary people, each asking again and again: a page, a document, a small query."""

    service: Service
    stop: threading.Event = field(default_factory=threading.Event)
    seen: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def visit(self, name: str, path: str) -> None:
        while not self.stop.is_set():
            try:
                answer = fetch(self.service.url + path, X_Forwarded_For=f"203.0.113.{len(name)}")
            except OSError as error:
                self.failed.append(f"{path}: {error!r}")
                return
            if answer.status == 200 and answer.body:
                self.seen[name] += 1
            else:
                self.failed.append(f"{path}: {answer.status} {answer.text[:300]}")
            self.stop.wait(0.05)


ORDINARY = {
    "page": "/fr/projet/essai",
    "data": "/data/projet/essai.ttl",
    "query": "/sparql?format=json&query=" + quote("SELECT * { ?s ?p ?o } LIMIT 3"),
    "readiness": "/health/ready",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("hostile")
    small_release(home)
    with running(home, **LOW) as service:
        yield service


@pytest.fixture
def visitors(service: Service) -> Iterator[Visitors]:
    """They are there as long as the test runs, and every one of their requests is answered."""
    visitors = Visitors(service)
    threads = [threading.Thread(target=visitors.visit, args=item) for item in ORDINARY.items()]
    for thread in threads:
        thread.start()
    yield visitors
    visitors.stop.set()
    for thread in threads:
        thread.join()
    assert visitors.failed == []
    assert set(visitors.seen) == set(ORDINARY)


def family(service: Service) -> list[int]:
    """All processes of the service but the first."""
    found = children(service.process.pid)
    return found + [
        pid for child in found for pid in [*children(child), *itertools.chain(*map(children, children(child)))]
    ]


def check(answer: Answer, text: bytes) -> None:
    """A client is told the truth, in time."""
    about = f"{answer} {text[:300]!r}"
    assert answer.seconds < DEADLINE + WAIT + GRACE, about
    if answer.status == 500:
        assert answer.body
        assert b"query-worker-died" in answer.body or b"ended its worker" in answer.body, about
    elif answer.status != 200:
        assert answer.status in TOLD, about
        assert answer.body, about
    elif answer.body is not None and "json" in answer.type:
        json.loads(answer.body)


@pytest.mark.parametrize("first", [0, 3 * len(SHAPES)])
def test_generated_queries_in_a_row(service: Service, visitors: Visitors, first: int) -> None:
    """At least fifty, four at a time; ordinary requests are answered meanwhile, and the service is as it was before."""
    before = family(service)
    seeds = range(first, first + ROUNDS * len(SHAPES) // 2)
    texts = {seed: hostile(seed) for seed in seeds}
    with ThreadPoolExecutor(4) as clients:
        answers = dict(zip(seeds, clients.map(lambda seed: ask(service, texts[seed], seed), seeds), strict=True))
    for seed, answer in answers.items():
        check(answer, texts[seed])
    statuses = Counter(answer.status for answer in answers.values())
    assert len(statuses) >= 3, statuses  # they are not all the same: some are answered, some refused, some stopped
    assert fetch(service.url + "/health/ready").status == 200
    assert service.process.poll() is None
    until(lambda: len(family(service)) < len(before) + 2 * WORKERS)  # one was there: the one that was asked first


def test_they_are_at_least_fifty_and_reproducible() -> None:
    texts = [hostile(seed) for seed in range(ROUNDS * len(SHAPES))]
    assert len(set(texts)) >= 50
    assert texts == [hostile(seed) for seed in range(ROUNDS * len(SHAPES))]


# ---- what is answered is right


@pytest.fixture(scope="module")
def small_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("compared")
    make_release(home, "one", DATA)
    with running(home, **LOW | {"public_deadline": 20, "answer_size": 64 * MIB, "worker_memory": 512 * MIB}) as service:
        yield service


@pytest.fixture(scope="module")
def store() -> Store:
    store = Store()
    store.load(DATA.encode(), format=RdfFormat.TRIG)
    return store


FORMATS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "tsv": QueryResultsFormat.TSV,
}


def said(results: object) -> object:
    """What an answer says, in one order."""
    if isinstance(results, QuerySolutions):
        names = sorted(variable.value for variable in results.variables)
        return names, sorted(" ".join(str(row[name]) for name in names) for row in results)
    if isinstance(results, QueryBoolean):
        return bool(results)
    return sorted({str(triple) for triple in results})  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", range(120))
def test_answers_are_those_of_the_engine(small_service: Service, store: Store, seed: int) -> None:
    random = Random(seed)
    text = Grammar(random, 2).query()
    expected = said(store.query(text))
    if "CONSTRUCT" in text:
        answer = fetch(small_service.url + "/sparql?" + urlencode({"query": text, "format": "nt"}))
        found = sorted({str(quad.triple) for quad in parse(answer.body, format=RdfFormat.N_TRIPLES)})
    else:
        name = random.choice(list(FORMATS)[: 2 if "ASK" in text else 3])
        answer = fetch(small_service.url + "/sparql?" + urlencode({"query": text, "format": name}))
        assert answer.status == 200, answer.text
        found = said(parse_query_results(answer.body, format=FORMATS[name]))  # type: ignore[assignment]
    assert answer.status == 200, answer.text
    assert found == expected


def test_the_compared_queries_have_answers(store: Store, tmp_path: Path) -> None:
    """Most of them: the comparison above means something."""
    found = [said(store.query(Grammar(Random(seed), 2).query())) for seed in range(120)]
    assert sum(bool(answer if not isinstance(answer, tuple) else answer[1]) for answer in found) > 40
