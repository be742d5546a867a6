"""The writer's process, which `dispatch` starts: one order on standard input, one outcome on standard output."""

from __future__ import annotations

import json
import sys
import traceback
from dataclasses import asdict
from pathlib import Path

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import TerrinclusError
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.ingest.order import order_of
from terrinclus_kg.ingest.writing import write
from terrinclus_kg.store import layout, sandbox, wire


def main(given: str) -> None:
    """Carries out an order; ``given`` is what `dispatch` says as JSON."""
    told = json.loads(given)
    sandbox.die_with_parent(told["parent"])
    try:
        material = Material(*map(Path, told["material"]))
        done = write(order_of(told["order"]), Settings(**told["settings"]), material, wait=told["wait"])
    except TerrinclusError as error:
        _tell(error=wire.pack_error(error).decode())
    except Exception as error:
        full = "no space is left in the state folder (setting home)"
        message = full if layout.tells_full(error) else "the write failed; the fault is ours, and has been noted"
        _tell(error=wire.pack_error(TerrinclusError(message)).decode(), trace=traceback.format_exc())
    else:
        _tell(done=asdict(done))


def _tell(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.stdin.read())
