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
from terrinclus_kg.store.children import sandbox, wire
from terrinclus_kg.store.children.child import tell
from terrinclus_kg.store.releases import layout


def main(given: str) -> None:
    """Carries out an order; ``given`` is what `dispatch` says as JSON."""
    told = json.loads(given)
    sandbox.die_with_parent(told["parent"])
    try:
        material = Material(*map(Path, told["material"]))
        done = write(order_of(told["order"]), Settings(**told["settings"]), material, wait=told["wait"])
    except TerrinclusError as error:
        tell(error=wire.pack_error(error).decode())
    except Exception as error:
        ours = "the write failed; the fault is ours, and has been noted"
        message = layout.FULL if layout.tells_full(error) else ours
        tell(error=wire.pack_error(TerrinclusError(message)).decode(), trace=traceback.format_exc())
    else:
        tell(done=asdict(done))


if __name__ == "__main__":
    main(sys.stdin.read())
