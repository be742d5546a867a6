"""Other people's endpoints, for tests: real ones (`oxigraph serve`) and ones that misbehave."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import SSLContext
from tempfile import TemporaryDirectory
from threading import Thread

from tests.service import free_port

RESULTS = "application/sparql-results+json"


@contextmanager
def oxigraph(data: str) -> Iterator[str]:
    """A real endpoint over some TriG; gives the address for queries."""
    port = free_port()
    with TemporaryDirectory() as folder:
        (Path(folder) / "data.trig").write_text(data)
        program = str(Path(sys.executable).with_name("oxigraph"))
        subprocess.run(
            [program, "load", "--location", f"{folder}/store", "--file", f"{folder}/data.trig"],
            check=True,
            capture_output=True,
        )
        process = subprocess.Popen(
            [program, "serve-read-only", "--location", f"{folder}/store", "--bind", f"127.0.0.1:{port}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(f"http://127.0.0.1:{port}/query?query=ASK%7B%7D", process)
            yield f"http://127.0.0.1:{port}/query"
        finally:
            process.terminate()
            process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        assert process.poll() is None, "the endpoint ended"
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.05)
    raise AssertionError("the endpoint did not start")


@dataclass
class Asked:
    """A request as an endpoint got it."""

    path: str
    headers: dict[str, str]
    body: bytes


Answering = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Odd:
    """An endpoint that answers as it is told, and remembers who came."""

    answering: Answering
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/sparql"


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # those that sleep are not waited for

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that breaks off is what these tests are about."""


@contextmanager
def odd(answering: Answering, tls: SSLContext | None = None) -> Iterator[Odd]:
    """Starts such an endpoint on loopback; all its threads end with the block."""
    endpoint = Odd(answering, scheme="https" if tls else "http")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            endpoint.asked.append(Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.close_connection = True
            with suppress(OSError):
                endpoint.answering(self)

        do_GET = do_POST  # noqa: N815 (as above)

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    endpoint.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def saying(body: bytes | str, status: int = 200, **headers: str) -> Answering:
    """One that answers with this, always. Header names are given with underscores."""
    content = body.encode() if isinstance(body, str) else body

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", RESULTS)
        handler.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def endless(first: bytes, more: bytes, pause: float = 0.0) -> Answering:
    """One that never ends: headers and ``first``, then ``more`` again and again until the other side leaves."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", RESULTS)
        handler.end_headers()
        handler.wfile.write(first)
        while True:
            handler.wfile.write(more)
            time.sleep(pause)

    return answer
