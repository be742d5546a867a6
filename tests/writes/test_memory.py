"""The writer's process has a cap of its own, beside that of the child that runs what was written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from terrinclus_kg.config import MIB, Settings
from terrinclus_kg.errors import QueryMemory
from terrinclus_kg.ingest.order import UPDATE, Order
from terrinclus_kg.store.children import wire

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is capped on Linux only")

# More than a writer may have that starts with one gigabyte.
GREEDY = "bytearray(4 << 30)"
SCRIBE = """
import sys
from terrinclus_kg.ingest import scribe
from terrinclus_kg.ingest.order import Outcome
def write(*_, **__):
    {}
    return Outcome("one")
scribe.write = write
scribe.main({!r})
"""


def told(tmp_path: Path, work: str) -> dict[str, str]:
    """What a writer's process says at last that does this work."""
    settings = Settings(home=tmp_path, load_memory=64 * MIB)
    given = {
        "order": asdict(Order(UPDATE, "anna", "")),
        "settings": settings.model_dump(mode="json", exclude={"token", "remote_password", "remote_token"}),
        "material": [str(tmp_path)] * 3,
        "wait": 0,
        "parent": os.getpid(),
    }
    code = SCRIBE.format(work, json.dumps(given))
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    found: dict[str, str] = json.loads(ended.stdout.splitlines()[-1])
    return found


def test_a_writer_that_needs_more_is_told_so(tmp_path: Path) -> None:
    error = wire.unpack_error(told(tmp_path, GREEDY)["error"].encode())
    assert isinstance(error, QueryMemory)
    assert (error.status, error.extra["limit"], error.extra["value"]) == (503, "load_memory", 64 * MIB)


def test_what_it_starts_has_a_cap_of_its_own(tmp_path: Path) -> None:
    """It may raise the cap that it inherits: else `updater` could not set the one that the settings say."""
    raised = "__import__('resource').setrlimit(9, (8 << 30, 8 << 30))"
    child = f"__import__('subprocess').run([sys.executable, '-c', {raised!r}], check=True)"
    assert "done" in told(tmp_path, child)
