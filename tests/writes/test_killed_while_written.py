"""kill -9 of any process while sixteen clients query and others write: no acknowledged write is lost, none is half
there, and no later query goes unanswered."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from random import Random
from urllib.parse import quote

import pytest

from terrinclus_kg.config import Settings
from terrinclus_kg.store.releases import layout, verify
from tests.server.test_killed_service import CLIENTS, MANY_CLIENTS, Client
from tests.service import Service, fetch, running
from tests.small_store import children, until
from tests.writes.test_service import command, descendants
from tests.writing import SECRET, UPDATE, built

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
WRITERS = 3
BEARER = {"Authorization": f"Bearer {SECRET}", "Content_Type": UPDATE}
START = "INSERT DATA { GRAPH <http://e/c> { <http://e/counter> <http://e/value> 0 } }"
ONE_MORE = """
    DELETE { GRAPH <http://e/c> { <http://e/counter> <http://e/value> ?old } }
    INSERT { GRAPH <http://e/c> { <http://e/counter> <http://e/value> ?new . <http://e/RECEIPT> a <http://e/Receipt> } }
    WHERE { GRAPH <http://e/c> { <http://e/counter> <http://e/value> ?old } BIND(?old + 1 AS ?new) }
"""
LOOK = """
    SELECT ?value (GROUP_CONCAT(REPLACE(STR(?receipt), "http://e/", "")) AS ?receipts) {
        GRAPH <http://e/c> { <http://e/counter> <http://e/value> ?value . OPTIONAL { ?receipt a <http://e/Receipt> } }
    } GROUP BY ?value
"""
KINDS: dict[str, Callable[[Service], list[int]]] = {
    "worker": lambda service: [pid for zygote in KINDS["zygote"](service) for pid in children(zygote)],
    "zygote": lambda service: named(service, "workers.zygote", outermost=True),
    "writer": lambda service: named(service, "ingest.scribe"),
    "update": lambda service: named(service, "children.updater"),
    "web": lambda service: [pid for pid in children(service.process.pid) if children(pid)],
}
ORDER = ("writer", "worker", "update", "web", "zygote", "writer", "web", "update", "worker", "writer")


def named(service: Service, module: str, *, outermost: bool = False) -> list[int]:
    """The processes that run a module; ``outermost``: without their forks."""
    found = [pid for pid in descendants(service.process.pid) if module in command(pid)]
    forks = {child for pid in found for child in children(pid)} if outermost else set()
    return [pid for pid in found if pid not in forks]


@dataclass
class Writer:
    """Raises one counter time and again, with a receipt for each try; what is not acknowledged may be there or not."""

    service: Service
    number: int
    stop: threading.Event
    tried: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def run(self) -> None:
        while not self.stop.is_set():
            receipt = f"{self.number}-{len(self.tried)}"
            self.tried.append(receipt)
            self.write(receipt)

    def write(self, receipt: str) -> None:
        try:
            text = ONE_MORE.replace("RECEIPT", receipt).encode()
            answer = fetch(f"{self.service.url}/update", data=text, **BEARER)
        except (OSError, HTTPException):
            time.sleep(0.2)
            return
        if answer.status == 204:
            self.acknowledged.append(receipt)
        elif answer.status not in {500, 503}:
            self.wrong.append(answer.text)


def look(service: Service) -> tuple[int, set[str]] | None:
    """The counter and the receipts, as one query sees them; None when it is not answered."""
    try:
        answer = fetch(f"{service.url}/sparql?format=csv&query={quote(LOOK)}", X_Forwarded_For="198.51.100.200")
    except (OSError, HTTPException):
        return None
    if answer.status != 200:
        return None
    value, _, receipts = answer.text.splitlines()[1].partition(",")
    return int(value), set(receipts.split())


def watch(service: Service, writers: list[Writer], stop: threading.Event, wrong: list[str]) -> None:
    """Looks all the time: what had been acknowledged when it asked is there, and every receipt has been counted."""
    while not stop.is_set():
        known = {receipt for writer in writers for receipt in writer.acknowledged}
        if (seen := look(service)) and (seen[0] != len(seen[1]) or known - seen[1]):
            wrong.append(f"{seen[0]} counted, {len(seen[1])} receipts, lost: {sorted(known - seen[1])}")
        time.sleep(0.05)


def kill_one(service: Service, kind: str, random: Random) -> None:
    """kill -9 of a process of this kind, at some moment of its life."""
    killed = False
    until_then = time.monotonic() + 60
    while not killed:
        assert time.monotonic() < until_then, f"no {kind} to be killed"
        if found := KINDS[kind](service):
            time.sleep(random.random() / 2)
            with suppress(ProcessLookupError):
                os.kill(random.choice(found), signal.SIGKILL)
                killed = True
        time.sleep(0.005)


def test_no_acknowledged_write_and_no_later_query_is_lost(tmp_path: Path) -> None:
    built(tmp_path, real_ontology=True)
    home = tmp_path / "home"
    options = {**MANY_CLIENTS, "token": f"anna {SECRET}", "write_wait": 20}
    random, stop, done, wrong = Random(5), threading.Event(), threading.Event(), list[str]()
    with running(home, **options) as service:
        assert fetch(f"{service.url}/update", data=START.encode(), **BEARER).status == 204
        clients = [Client(service, number, stop) for number in range(1, CLIENTS + 1)]
        writers = [Writer(service, number, done) for number in range(WRITERS)]
        asking = [threading.Thread(target=client.run) for client in clients]
        writing = [threading.Thread(target=writer.run) for writer in writers]
        writing.append(threading.Thread(target=watch, args=[service, writers, done, wrong]))
        for thread in (*asking, *writing):
            thread.start()
        try:
            for kind in ORDER:
                kill_one(service, kind, random)
                go_on(clients, writers)
            join(stop, asking)
            kill_one(service, "writer", random)
            service.process.kill()  # the last one: the process that starts all others
        finally:
            join(stop, asking)
            join(done, writing)
        assert wrong == []
        assert [each.wrong for each in (*clients, *writers) if each.wrong] == []
    with running(home, **options) as service:
        tried, acknowledged = ({r for w in writers for r in getattr(w, kept)} for kept in ("tried", "acknowledged"))
        seen = look(service)
        assert seen
        assert seen[0] == len(seen[1])
        assert acknowledged <= seen[1] <= tried
        assert all(Client(service, number, stop).ask(0) for number in range(1, CLIENTS + 1))
    verify.verify(layout.current(Settings(home=home).releases))


def go_on(clients: list[Client], writers: list[Writer]) -> None:
    """Waits until each client has had another answer, and some writer another acknowledgement."""
    asked, written = [client.answered for client in clients], acknowledgements(writers)
    until(lambda: all(c.answered > before or c.wrong for c, before in zip(clients, asked, strict=True)), 90)
    until(lambda: acknowledgements(writers) > written, 90)


def acknowledgements(writers: list[Writer]) -> int:
    return sum(len(writer.acknowledged) for writer in writers)


def join(event: threading.Event, threads: list[threading.Thread]) -> None:
    event.set()
    for thread in threads:
        thread.join()
