"""The writer's process, which `dispatch` starts: one order on standard input, one outcome on standard output."""

from __future__ import annotations

import json
import sys
import traceback
from dataclasses import asdict
from pathlib import Path

from terrinclus_kg.config import GIB, Settings
from terrinclus_kg.errors import TerrinclusError
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.ingest.order import order_of
from terrinclus_kg.ingest.writing import write
from terrinclus_kg.store.children import sandbox, wire
from terrinclus_kg.store.children.child import tell
from terrinclus_kg.store.children.updater import out_of_memory
from terrinclus_kg.store.releases import layout

_STARTING = 1 * GIB  # bytes of addresses, most of them never used, that the engine's threads and libraries take


def main(given: str) -> None:
    """Carries out an order; ``given`` is what `dispatch` says as JSON."""
    told = json.loads(given)
    sandbox.die_with_parent(told["parent"])
    settings = Settings(**told["settings"])
    sandbox.cap(_STARTING + settings.load_memory)
    try:
        material = Material(*map(Path, told["material"]))
        done = write(order_of(told["order"]), settings, material, wait=told["wait"])
    except TerrinclusError as error:
        tell(error=wire.pack_error(error).decode())
    except MemoryError:
        tell(error=wire.pack_error(out_of_memory(settings.load_memory)).decode())
    except Exception as error:
        ours = "the write failed; the fault is ours, and has been noted"
        message = layout.FULL if layout.tells_full(error) else ours
        tell(error=wire.pack_error(TerrinclusError(message)).decode(), trace=traceback.format_exc())
    else:
        tell(done=asdict(done))


if __name__ == "__main__":
    main(sys.stdin.read())
