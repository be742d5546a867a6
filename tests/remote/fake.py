"""An engine that misbehaves on demand: what real ones do on their bad days."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import parse_qs

from tests.remote.engines import Engine

JSON = "application/sparql-results+json"
ROWS = b'{"head":{"vars":["s"]},"results":{"bindings":[%s]}}'
ROW = b'{"s":{"type":"uri","value":"http://example.org/a"}}'
EMPTY = ROWS % b""
_XML = "application/sparql-results+xml"
_EMPTY_XML = b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head/><results/></sparql>'

Act = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Fake:
    """What was asked, what is answered next, and whether the other side has hung up meanwhile."""

    engine: Engine
    acts: list[Act] = field(default_factory=list)
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    hung_up: Event = field(default_factory=Event)

    def next(self, *acts: Act) -> None:
        """Answers to the next questions; afterwards all rows are empty."""
        self.acts += acts

    def questions(self) -> list[str]:
        """The queries asked so far, but for what the dataset says of itself."""
        return [fields["query"][0] for fields in self.asked if "identifier" not in fields["query"][0]]


@contextmanager
def fake_engine(name: str = "sparql") -> Iterator[Fake]:
    """A running one."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            fake.asked.append(fields)
            fake.headers.append(dict(self.headers))
            itself = "identifier" in fields["query"][0]
            act = _nothing if itself or not fake.acts else fake.acts.pop(0)
            act(self)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    url = f"http://127.0.0.1:{server.server_port}"
    fake = Fake(Engine(name, server.server_port, f"{url}/query", f"{url}/update", f"{url}/store"))
    thread = Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer(body: bytes, status: int = 200, content_type: str = JSON, **headers: str) -> Act:
    """A whole answer."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        _head(handler, status, content_type, {"Content-Length": str(len(body)), **_named(headers)})
        handler.wfile.write(body)

    return act


def _nothing(handler: BaseHTTPRequestHandler) -> None:
    """No rows, in the format that is asked for."""
    xml = "xml" in handler.headers["Accept"].partition(",")[0]
    answer(_EMPTY_XML if xml else EMPTY, content_type=_XML if xml else JSON)(handler)


def drop(handler: BaseHTTPRequestHandler) -> None:
    """Hangs up without a word."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def half(body: bytes, *, chunked: bool) -> Act:
    """Half of an answer, then hangs up."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        framing = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(2 * len(body))}
        _head(handler, 200, JSON, framing)
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(body), body) if chunked else body)
        drop(handler)

    return act


def without_end(body: bytes) -> Act:
    """An answer that ends with the connection: nobody knows whether it is whole."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        _head(handler, 200, JSON, {"Connection": "close"})
        handler.wfile.write(body)
        handler.close_connection = True

    return act


def silent(fake: Fake, start: bytes = b"") -> Act:
    """Begins to answer, if at all, and goes on only when the other side has hung up."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        if start:
            _head(handler, 200, JSON, {"Transfer-Encoding": "chunked"})
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(start), start))
        if handler.connection.recv(1) == b"":
            fake.hung_up.set()
        handler.close_connection = True

    return act


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _head(handler: BaseHTTPRequestHandler, status: int, content_type: str, headers: dict[str, str]) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
