"""Starts a process of ours for one job, and follows what it tells. The child itself speaks by `tell`.

A child speaks in JSON lines on its standard output; the last one is its outcome. It runs in a process of its
own because it may meet what ends it (foreign text), or because this process must not open what it opens.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from terrinclus_kg.config import bare_environment


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: the last thing it told (nothing if it broke off), its status, and whether it was stopped for
    being late."""

    last: dict[str, Any]
    status: int
    late: bool


def tell(**message: object) -> None:
    """Tells the parent something, from within the child."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def run(
    module: str,
    *arguments: str,
    given: bytes = b"",
    deadline: float,
    listen: Callable[[dict[str, Any]], None] = lambda _: None,
) -> Ended:
    """Runs a module to its end. It has no settings in its environment: there are secrets among them.

    Args:
        module: a module of ours that runs as a program, and its arguments.
        given: what it reads on standard input.
        deadline: seconds after which it is killed.
        listen: called with each thing it tells.
    """
    child = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=bare_environment(),
    )
    late = threading.Event()

    def overrun() -> None:
        late.set()
        child.kill()

    watch = threading.Timer(deadline, overrun)
    watch.start()
    try:
        last = _follow(child, given, listen)
    finally:
        watch.cancel()
        child.kill()
        child.wait()
    return Ended(last, child.returncode, late.is_set())


def _follow(child: subprocess.Popen[bytes], given: bytes, listen: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    assert child.stdin is not None
    assert child.stdout is not None
    last: dict[str, Any] = {}
    with child.stdout:
        try:
            with child.stdin:
                child.stdin.write(given)
        except BrokenPipeError:  # it has died: its status says how
            pass
        for text in child.stdout:
            try:
                last = json.loads(text)
            except ValueError:  # it has died in the middle of a line
                last = {}
                break
            listen(last)
    child.wait()
    return last
