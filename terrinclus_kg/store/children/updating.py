"""Runs update texts inside the wall, in a child with a memory cap, a deadline and no network (`updater`).

The engine has no option for the dataset of an update (SPARQL 1.1 Protocol §2.2.3), so `with_dataset` writes it
into the text, as the USING clauses of each operation.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import BadRequest, QueryTimeout, WorkerDied
from terrinclus_kg.rdf.iri import absolute
from terrinclus_kg.rdf.namespaces import ENDPOINT
from terrinclus_kg.store.children import child, wire
from terrinclus_kg.store.children.updater import Job, out_of_memory
from terrinclus_kg.store.queries.tokens import tokens

ABORTED = -6  # so ends a failed allocation


def run_update(
    text: str,
    out: Path,
    settings: Settings,
    *,
    base: str = ENDPOINT,
    store: Path | None = None,
    triples: Path | None = None,
) -> None:
    """Runs an update and writes all quads that are there afterwards to ``out``, as N-Quads in no order.

    Args:
        text: screened, see `guard.screen_update`.
        base: what its relative IRIs are resolved against.
        store: folder of the store that it changes; without it a store in memory.
        triples: N-Triples that are first put into the default graph.

    Raises:
        QuerySyntaxError, BadRequest, FeatureRefused: what the engine says of the text.
        QueryTimeout, QueryMemory: over ``write_deadline`` or ``load_memory``.
        WorkerDied: the text ended the child.
    """
    job = Job(text, base, str(store or ""), str(triples or ""), str(out), settings.load_memory, os.getpid())
    given = json.dumps(asdict(job)).encode()
    deadline = settings.write_deadline
    done = child.run("terrinclus_kg.store.children.updater", given=given, deadline=deadline)
    if "error" in done.last:
        raise wire.unpack_error(done.last["error"].encode())
    if done.last.get("done"):
        return
    if done.late:
        message = f"the update was stopped after {deadline:g} seconds, the limit (write_deadline)"
        raise QueryTimeout(message, limit="write_deadline", value=deadline, elapsed=deadline)
    raise out_of_memory(settings.load_memory) if done.status == ABORTED else WorkerDied("the update ended its process")


def with_dataset(text: str, default_graphs: Sequence[str], named_graphs: Sequence[str]) -> str:
    """An update whose WHERE clauses see these graphs (SPARQL 1.1 Protocol §2.2.3).

    Raises:
        BadRequest: a graph is no IRI, or the text itself says USING, USING NAMED or WITH.
    """
    if not default_graphs and not named_graphs:
        return text
    clauses = [f"USING {absolute(iri, 'a graph of the dataset')} " for iri in default_graphs] + [
        f"USING NAMED {absolute(iri, 'a graph of the dataset')} " for iri in named_graphs
    ]
    inserted, parts, last = "".join(clauses), [], 0
    for position, new in _places(text, inserted):
        parts += [text[last:position], new]
        last = position
    return "".join([*parts, text[last:]])


def _places(text: str, clauses: str) -> Iterator[tuple[int, str]]:
    """Where in an update what is inserted: the clauses before each WHERE that stands in no group.

    ``DELETE WHERE { pattern }`` has no room for them; ``DELETE { pattern } WHERE { pattern }`` says the same.
    """
    depth, previous, group, short = 0, "", 0, -1
    for token in tokens(text):
        word = token[0].upper()
        if token.lastgroup == "open":
            group = group if depth else token.start()
            depth += 1
        elif token.lastgroup == "close":
            depth -= 1
            if depth == 0 and short >= 0:
                yield short, f"{text[group : token.end()]} {clauses}"
                short = -1
        elif depth == 0 and token.lastgroup == "word":
            if word in ("USING", "WITH"):
                reason = f"the update says {word} itself: then it has no using-graph-uri and no using-named-graph-uri"
                raise BadRequest(reason)
            if word == "WHERE" and previous == "DELETE":
                short = token.start()
            elif word == "WHERE":
                yield token.start(), clauses
        previous = word
