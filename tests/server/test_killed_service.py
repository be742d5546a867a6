"""What is left of a service whose processes are killed one after the other."""

from __future__ import annotations

import os
import signal
import time
import urllib.error
from pathlib import Path

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
