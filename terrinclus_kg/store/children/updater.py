"""The child that `updating.run_update` starts: an update text runs on a store of its own, whose quads are written out.

It is given a `Job` as JSON on standard input, and tells its parent ``{"done": true}`` or ``{"error": …}``: an error
as `wire` packs it. It has no network, capped memory and a deep stack; it may die of its text at any time.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

from pyoxigraph import RdfFormat, Store

from terrinclus_kg.errors import BadRequest, LimitMet, QueryMemory, TerrinclusError
from terrinclus_kg.store.children import sandbox, wire
from terrinclus_kg.store.children.child import tell
from terrinclus_kg.store.queries.faults import explain
from terrinclus_kg.store.releases import layout


@dataclass(frozen=True, slots=True)
class Job:
    """What the child is told.

    ``base``: what relative IRIs of the text are resolved against.
    ``store``: folder of the store; "" one in memory, whose default graph is the N-Triples file ``triples``.
    ``out``: file for the quads of the store after the update, as N-Quads in no order.
    """

    text: str
    base: str
    store: str
    triples: str
    out: str
    memory: int
    parent: int


def main(given: str) -> None:
    """Runs one update; ``given`` is a `Job` as JSON."""
    job = Job(**json.loads(given))
    sandbox.die_with_parent(job.parent)
    sandbox.run_inside(job.memory, _run, job)


def _run(job: Job) -> None:
    try:
        store = Store(job.store) if job.store else Store()
        if job.triples:
            store.bulk_load(path=job.triples, format=RdfFormat.N_TRIPLES, lenient=True)
        _update(store, job)
        store.dump(job.out, format=RdfFormat.N_QUADS)
    except TerrinclusError as error:
        tell(error=wire.pack_error(error).decode())
    except Exception as error:
        tell(error=wire.pack_error(_harmless(error, job)).decode())
    else:
        tell(done=True)


def _update(store: Store, job: Job) -> None:
    try:
        store.update(job.text, base_iri=job.base)
    except Exception as error:
        if layout.tells_full(error):
            raise
        raise _explained(error, job) from error


def _explained(error: Exception, job: Job) -> TerrinclusError:
    told = explain(error, job.text, job.memory)
    if isinstance(told, QueryMemory):
        return out_of_memory(job.memory)
    return BadRequest(told.message.replace("the query", "the update")) if type(told) is BadRequest else told


def out_of_memory(limit: int) -> LimitMet:
    """The error of a write that needs more memory than it may have; ``limit`` in bytes."""
    message = f"the write needs more memory than one may have (load_memory: {limit} bytes)"
    return QueryMemory(message, limit="load_memory", value=limit)


def _harmless(error: Exception, job: Job) -> TerrinclusError:
    if isinstance(error, MemoryError):
        return out_of_memory(job.memory)
    return TerrinclusError(
        layout.FULL if layout.tells_full(error) else "the update could not be run; the fault is ours"
    )


if __name__ == "__main__":
    main(sys.stdin.read())
