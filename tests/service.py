"""A real service for tests: `terrinclus-kg serve` in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Service:
    """A running service: its address and its process."""

    url: str
    process: subprocess.Popen[bytes]


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(home: Path, log: Path | None = None, **settings: object) -> Iterator[Service]:
    """Serves the current release of ``home`` until the block ends. ``settings`` are by name: ``public_deadline=1``."""
    port = free_port()
    environment = {
        **os.environ,
        "TERRINCLUS_HOME": str(home),
        "TERRINCLUS_CLIENT_SECONDS": "1e6",  # tests come from one address
        "TERRINCLUS_CLIENT_ERRORS": "1e6",
        **{f"TERRINCLUS_{name.upper()}": str(value) for name, value in settings.items()},
    }
    command = [sys.executable, "-m", "terrinclus_kg", "serve", "--host", "127.0.0.1", "--port", str(port)]
    with open(log or os.devnull, "wb") as told:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=told)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, process)
        yield Service(url, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "the service ended"
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the service did not become ready")


@dataclass(frozen=True)
class Response:
    """Status, headers (lower-case names) and body of an answer; redirects are not followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def fetch(url: str, *, data: bytes | None = None, method: str | None = None, **headers: str) -> Response:
    """One request; header names are given with underscores (``Accept_Language="fr"``)."""
    request = urllib.request.Request(
        url, data=data, method=method, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        answer = opener.open(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return Response(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())


def follow(url: str, **headers: str) -> Response:
    """Like `fetch`, following redirects within the service, five at the most."""
    base = "/".join(url.split("/")[:3])
    for _ in range(5):
        answer = fetch(url, **headers)
        if answer.status not in {301, 302, 303, 307, 308}:
            return answer
        location = answer.headers["location"]
        url = location if location.startswith("http") else base + location
    raise AssertionError("too many redirects")
