"""Runs commands that are killed on the way, each in a process of its own.

    python -m tests.publishing.dying FOLDER JOBS

``FOLDER`` holds a small material, ``JOBS`` is a JSON list of objects with home, fault and arguments. Prints the
JSON list of how each process ended (``os.waitstatus_to_exitcode``). This process itself opens no store, so that
it may fork.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from terrinclus_kg import cli
from terrinclus_kg.ingest.material import Material


def run(job: dict[str, str]) -> int:
    """How the process of one job ended."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.environ["TERRINCLUS_HOME"] = job["home"]
    os.environ["TERRINCLUS_FAULT"] = job["fault"]
    sys.argv = ["terrinclus-kg", *job["arguments"]]
    sys.stdout = sys.stderr
    try:
        cli.main()
    except SystemExit as end:
        os._exit(int(end.code or 0))
    os._exit(99)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    material = Material(folder / "data", folder / "ontology", folder / "queries")
    Material.default = classmethod(lambda cls: material)  # type: ignore[assignment, method-assign]
    jobs = json.loads(sys.argv[2])
    ends = [run(job) for job in jobs]
    sys.stdout.write(json.dumps(ends))
