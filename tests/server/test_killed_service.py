"""What is left of a service whose processes are killed one after the other."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import urllib.error
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from random import Random
from urllib.parse import quote

import pytest

from tests.service import Service, fetch, running
from tests.small_store import children, until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


def web_process(service: Service) -> int:
    """The process that granian answers requests in: the child that has children of its own."""
    (found,) = [pid for pid in children(service.process.pid) if children(pid)]
    return found


def ready(service: Service) -> bool:
    try:
        return fetch(f"{service.url}/health/ready").status == 200
    except (urllib.error.URLError, OSError):
        return False


def test_a_killed_web_process_is_replaced(small_home: Path) -> None:
    with running(small_home) as service:
        first = web_process(service)
        os.kill(first, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{first}").exists())
        until(lambda: ready(service))
        assert service.process.poll() is None
        assert web_process(service) != first


def test_nothing_outlives_the_main_process(small_home: Path) -> None:
    with running(small_home) as service:
        web = web_process(service)
        family = [web, *children(web), *(pid for child in children(web) for pid in children(child))]
        started = time.monotonic()
        service.process.kill()
        service.process.wait()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), 10)
        assert not ready(service)
        assert time.monotonic() - started < 10


# ---- while sixteen clients ask

CLIENTS = 16
MANY_CLIENTS = {
    "public_workers": 4,
    "queue_wait": 30,
    "public_deadline": 30,
    "queue_length": 64,
    "proxies": 1,
    "client_seconds": 10_000,
    "client_errors": 10_000,
}
CLEAR = {429, 500, 503}  # what one whose query was under way may be told; 500 of a worker that died only


@dataclass
class Client:
    """Asks one sum after the other; a query that fails is asked again until it is answered."""

    service: Service
    number: int
    stop: threading.Event
    answered: int = 0
    failed: int = 0
    wrong: list[str] = field(default_factory=list)

    def run(self) -> None:
        while not self.stop.is_set() and not self.wrong:
            until_then = time.monotonic() + 60
            while not self.ask(self.answered):
                self.failed += 1
                if time.monotonic() > until_then:
                    self.wrong.append("never answered")
                    return
                time.sleep(0.1)
            self.answered += 1

    def ask(self, count: int) -> bool:
        """Whether the answer came, and was right."""
        text = f"SELECT ({self.number} * 100000 + {count} AS ?n) (COUNT(*) AS ?m) {{ ?s ?p ?o }}"
        url = f"{self.service.url}/sparql?format=json&query={quote(text)}"
        try:
            answer = fetch(url, X_Forwarded_For=f"198.51.100.{self.number}")
        except (OSError, HTTPException):
            return False
        if answer.status == 200:
            (row,) = json.loads(answer.body)["results"]["bindings"]
            if int(row["n"]["value"]) != self.number * 100_000 + count or row["m"]["value"] == "0":
                self.wrong.append(answer.text)
            return True
        if answer.status not in CLEAR or (answer.status == 500 and "query-worker-died" not in answer.text):
            self.wrong.append(answer.text)
        return False


def a_process(service: Service, kind: str, random: Random) -> int | None:
    """One of this kind: worker, zygote or web."""
    webs = [pid for pid in children(service.process.pid) if children(pid)]
    zygotes = [pid for web in webs for pid in children(web)]
    found = {"web": webs, "zygote": zygotes, "worker": [pid for zygote in zygotes for pid in children(zygote)]}[kind]
    return random.choice(found) if found else None


def test_no_later_query_is_lost(small_home: Path) -> None:
    """kill -9 of any process: queries under way may fail, with a clear word; all that come later are answered."""
    random, stop = Random(3), threading.Event()
    with running(small_home, **MANY_CLIENTS) as service:
        clients = [Client(service, number, stop) for number in range(1, CLIENTS + 1)]
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        killed = []
        for kind in ["worker", "zygote", "worker", "web", "worker", "zygote", "web", "worker"]:
            until(lambda kind=kind: a_process(service, kind, random), 60)  # type: ignore[misc]
            process = a_process(service, kind, random)
            with suppress(ProcessLookupError, TypeError):
                os.kill(process, signal.SIGKILL)  # type: ignore[arg-type]
                killed.append(kind)
            seen = [client.answered for client in clients]
            until(lambda seen=seen: all(c.answered > n or c.wrong for c, n in zip(clients, seen, strict=True)), 60)  # type: ignore[misc]
            time.sleep(random.random())
        stop.set()
        for thread in threads:
            thread.join()
        assert [client.wrong for client in clients if client.wrong] == []
        assert {"worker", "zygote", "web"} <= set(killed)
        until(lambda: ready(service))
        assert all(client.ask(client.answered + more) for more in range(5) for client in clients)
        assert all(client.answered for client in clients)
