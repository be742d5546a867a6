"""Who answers: engines as processes on loopback, with their data loaded by their own commands."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.clients import Connection, get
from tests.service import free_port

OURS, CACHED, PEER, RDFLIB = "terrinclus-kg", "terrinclus-kg, cached", "oxigraph serve", "rdflib-endpoint"


@dataclass(frozen=True)
class Engine:
    """A running engine."""

    name: str
    url: str
    endpoint: str
    process: subprocess.Popen[bytes]

    def memory(self) -> int:
        """Bytes that all its processes hold, pages that several share counted once (PSS)."""
        return sum(_pss(pid) for pid in _family(self.process.pid))


@dataclass(frozen=True)
class Spent:
    """What a command has cost: seconds by the clock and of processors, bytes of its largest process."""

    seconds: float
    cpu: float
    memory: int


def program(name: str) -> str | None:
    """Where a command of this environment is; None if it is not installed."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


def ours(*arguments: str | Path) -> list[str]:
    """A command of ours."""
    return [sys.executable, "-m", "terrinclus_kg", *map(str, arguments)]


def run(command: list[str], home: Path | None = None) -> Spent:
    """Runs a command to its end.

    Raises:
        RuntimeError: it failed; holds what it said.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    said = process.stderr.read()
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {said[-2000:]}")
    return Spent(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def environment(home: Path | None, **settings: object) -> Mapping[str, str]:
    """That of our commands: no settings from outside."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TERRINCLUS_")}
    named = {"config": os.devnull, "home": home or os.devnull, **settings}
    return kept | {f"TERRINCLUS_{name.upper()}": str(value) for name, value in named.items()}


@contextmanager
def serving(name: str, data: Path) -> Iterator[Engine]:
    """An engine that answers, until the block ends. ``data``: a home of ours, a store of oxigraph, or a file."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command, path = _command(name, data, port)
    process = subprocess.Popen(
        command,
        env=environment(data, **({"cache_size": 0} if name == OURS else {})),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        engine = Engine(name, url, url + path, process)
        _wait(engine)
        yield engine
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _command(name: str, data: Path, port: int) -> tuple[list[str], str]:
    if name in (OURS, CACHED):
        return ours("serve", "--host", "127.0.0.1", "--port", str(port)), "/sparql"
    if name == PEER:
        return [program("oxigraph") or "", "serve", "-l", str(data), "-b", f"127.0.0.1:{port}"], "/query"
    return [program("rdflib-endpoint") or "", "serve", "--host", "127.0.0.1", "--port", str(port), str(data)], "/"


def _wait(engine: Engine) -> None:
    until = time.monotonic() + 300
    request = get(f"{engine.endpoint}?query=ASK%7B%7D", "application/sparql-results+json")
    while time.monotonic() < until:
        if engine.process.poll() is not None:
            raise RuntimeError(f"{engine.name} ended")
        try:
            connection = Connection(engine.url)
            status, _, _ = connection.ask(request)
            connection.close()
            if status == 200:
                return
        except (OSError, ValueError):
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{engine.name} did not answer")


def _family(pid: int) -> list[int]:
    """A process and all that it has started, and they."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
    found = [pid]
    for member in found:
        found += [child for child, parent in parents.items() if parent == member]
    return found


def _pss(pid: int) -> int:
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(row.split()[1]) * 1024 for row in rows if row.startswith("Pss:"))
