"""When the service gives itself up: not as long as there is hope."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from terrinclus_kg.cli.serve import _DEATHS, _Births


def young(births: _Births) -> bool:
    """Whether granian would find that a process has died too early, and end: it asks like this."""
    births[0] = time.monotonic()
    return time.monotonic() - births.get(0, 0) <= 5.5


def test_a_process_that_dies_young_now_and_then_is_replaced() -> None:
    births = _Births()
    assert not any(young(births) for _ in range(_DEATHS - 1))


def test_one_that_cannot_live_ends_the_service() -> None:
    births = _Births()
    assert [young(births) for _ in range(_DEATHS)][-1]


def test_a_token_that_is_not_fit_is_told_before_anything_starts(home: Path) -> None:
    command = [sys.executable, "-m", "terrinclus_kg", "serve", "--port", "0"]
    environment = {**os.environ, "TERRINCLUS_HOME": str(home), "TERRINCLUS_TOKEN": "anna too-short"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("terrinclus-kg: token: the secret of anna needs")
    assert ended.stderr.count("\n") == 1
