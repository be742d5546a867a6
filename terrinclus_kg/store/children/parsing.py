"""Parses foreign RDF inside the wall: in a child with a memory cap, a deadline and no network.

A hostile file (nesting, entities, bombs) can at worst end the child; the caller gets a `SourceError`
that says which limit was met. Blank nodes become IRIs (RDF 1.1 Concepts §3.5), numbered in the order of
the file, so that the same file always gives the same quads.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import SourceError, SourceTooLarge
from terrinclus_kg.progress import Progress, silent
from terrinclus_kg.rdf.formats import BY_SUFFIX, JSON_LD, RDF_XML, Format
from terrinclus_kg.store.children import child
from terrinclus_kg.store.children.parser import Job

_SUFFIXES = BY_SUFFIX | {"owl": RDF_XML, "xml": RDF_XML, "json": JSON_LD}


def format_of(file: Path) -> Format:
    """The format that a file name tells (``data.ttl``, ``data.nt.gz``).

    Raises:
        SourceError: the name tells none.
    """
    name = file.name.lower().removesuffix(".gz")
    try:
        return _SUFFIXES[name.rpartition(".")[2]]
    except KeyError:
        known = ", ".join("." + suffix for suffix in _SUFFIXES)
        reason = f"unknown format; the name should end with one of {known} (and .gz)"
        raise SourceError(reason, file=file.name) from None


def parse_foreign(
    file: Path,
    out: Path,
    settings: Settings,
    *,
    graph: str,
    skolem: str,
    base: str = "",
    most: int = 0,
    progress: Progress = silent,
) -> int:
    """Parses ``file`` and writes its quads to ``out`` as canonical N-Quads lines, unsorted.

    Args:
        graph: IRI of the graph for triples of the default graph.
        skolem: IRI prefix of what blank nodes become.
        base: IRI that relative ones in the file are resolved against; "" none: then they are faults.
        most: bytes that ``out`` may have; 0 any number.

    Returns:
        The number of quads.

    Raises:
        SourceTooLarge: over ``load_inflated`` or ``most``.
        SourceError: with line and reason, or the limit that was met.
    """
    job = Job(
        file=str(file),
        format=format_of(file).slug,
        gzip=file.name.lower().endswith(".gz"),
        graph=graph,
        skolem=skolem,
        out=str(out),
        memory=settings.load_memory,
        inflated=settings.load_inflated,
        parent=os.getpid(),
        base=base,
        most=most,
    )

    def listen(told: dict[str, Any]) -> None:
        if "quads" in told:
            progress("parse", told["quads"])

    done = child.run(
        "terrinclus_kg.store.children.parser", json.dumps(asdict(job)), deadline=settings.load_deadline, listen=listen
    )
    return _outcome(done.last, done.status, done.late, file.name, settings)


def _outcome(last: dict[str, Any], status: int, late: bool, name: str, settings: Settings) -> int:
    if "error" in last:
        kind = SourceTooLarge if last.get("large") else SourceError
        raise kind(last["error"], file=name, line=last.get("line"))
    if last.get("done"):
        return int(last["quads"])
    if late:
        raise SourceError(f"parsing took longer than load_deadline = {settings.load_deadline:g} s", file=name)
    raise SourceError(
        f"the parser died (status {status}): the file nests too deeply, or needs more than "
        f"load_memory = {settings.load_memory} bytes",
        file=name,
    )
