"""Real engines that are not ours, started for tests: `oxigraph serve` and Virtuoso."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.service import free_port

_INI = """\
[Database]
DatabaseFile = virtuoso.db
TransactionFile = virtuoso.trx
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DirsAllowed = .
NumberOfBuffers = 10000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
ServerThreads = 20
[SPARQL]
ResultSetMaxRows = {rows}
MaxQueryExecutionTime = 20
"""
ROWS = 50_000  # after which Virtuoso cuts an answer


@dataclass(frozen=True)
class Engine:
    """A running engine: the settings that lead to it, and its port."""

    name: str
    port: int
    query: str
    update: str
    graph_store: str

    def settings(self, **more: object) -> dict[str, object]:
        """By name, as `Settings` and `tests.service.running` take them."""
        return {
            "remote_engine": self.name,
            "remote_query": self.query,
            "remote_update": self.update,
            "remote_graph_store": self.graph_store,
            **more,
        }


@contextmanager
def oxigraph(folder: Path, port: int = 0) -> Iterator[Engine]:
    """`oxigraph serve` over the files in a folder, which it leaves there. Its own time limit ends what we gave up."""
    port = port or free_port()
    binary = Path(sys.executable).parent / "oxigraph"
    command = [str(binary), "serve", "--location", str(folder), "--bind", f"127.0.0.1:{port}", "--timeout-s", "4"]
    with _process(command, folder.parent, port):
        url = f"http://127.0.0.1:{port}"
        yield Engine("oxigraph", port, f"{url}/query", f"{url}/update", f"{url}/store")


@contextmanager
def virtuoso(folder: Path) -> Iterator[Engine]:
    """Virtuoso with an empty database in a folder. Skips, or fails under CI, where it is not installed."""
    binary, isql = shutil.which("virtuoso-t"), shutil.which("isql-vt")
    if binary is None or isql is None:
        packages = "virtuoso-opensource-7-bin virtuoso-opensource-7-common"
        reason = f"Virtuoso is missing: install it (apt install {packages}) to run these tests"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder.mkdir(parents=True, exist_ok=True)
    sql, port = free_port(), free_port()
    (folder / "virtuoso.ini").write_text(_INI.format(sql=sql, http=port, rows=ROWS))
    start = [binary, "+foreground", "+configfile", "virtuoso.ini"]
    # Sets the password and ends, with a status that says nothing.
    subprocess.run([*start, "+pwdold", "dba", "+pwddba", "dba"], cwd=folder, capture_output=True, timeout=60)
    with _process(start, folder, sql, port):
        grant = 'exec=GRANT SPARQL_UPDATE TO "SPARQL";'
        subprocess.run([isql, f"127.0.0.1:{sql}", "dba", "dba", grant], check=True, capture_output=True, timeout=60)
        url = f"http://127.0.0.1:{port}"
        yield Engine("virtuoso", port, f"{url}/sparql", f"{url}/sparql", f"{url}/sparql-graph-crud")


@contextmanager
def _process(command: list[str], folder: Path, *ports: int) -> Iterator[None]:
    log = folder / "output.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
    try:
        for port in ports:
            _wait_for(port, process, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the engine did not start")
