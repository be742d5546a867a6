"""The last steps of every release, however its draft was filled: dump, counts, labels, index, what the manifest
says."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from pyoxigraph import Quad

from terrinclus_kg.ingest import executables, void
from terrinclus_kg.ingest.describe import label_rows, publication, texts
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.ingest.searchable import write_index
from terrinclus_kg.progress import Progress
from terrinclus_kg.rdf.links import links
from terrinclus_kg.rdf.namespaces import BASE, TI
from terrinclus_kg.rdf.queries import read_queries
from terrinclus_kg.store.releases import completion, dataset, layout
from terrinclus_kg.store.releases.census import Census
from terrinclus_kg.store.releases.dumps.files import dataset_files
from terrinclus_kg.store.releases.layout import DUMP, Release
from terrinclus_kg.store.releases.writer import Draft

SMOKE_TEST = "ASK { ?fact a <https://w3id.org/terrinclus/ns#Fact> ; <http://purl.org/dc/terms/source> ?source }"
_FACT, _SOURCE = str(TI["Fact"]).encode(), str(TI["Source"]).encode()
TOOLS = ("pyoxigraph", "rdflib", "pyshacl", "pycountry", "Babel")


def finish(
    draft: Draft,
    everything: Iterable[bytes],
    before: Release | None,
    material: Material,
    progress: Progress,
    *,
    most: float = math.inf,
) -> dict[str, Any]:
    """Writes the dump, how it differs from that of the release before, the labels, the completion and the index of a
    draft whose quads are all there, but what it says of itself.

    Args:
        everything: its sorted lines, for the dump.
        before: the release that is current while it is made.
        most: quads up to which its dump is made in all formats; of more there is sorted N-Quads alone.

    Returns:
        What its manifest says of it.
    """
    progress("dump", 0)
    census = Census(draft.path, links())
    digest, quads = dataset.write(census.passing(everything), draft.path / DUMP)
    draft.step("dump")
    built_at = datetime.now(UTC)  # in full: releases of the same second have an order
    release_id, complete = layout.identity(digest, built_at), quads <= most
    compared = _compared(draft, before, release_id, progress)
    progress("labels", 0)
    dumps = [f"releases/{release_id}/{name}" for name in dataset_files(all_of_them=complete)]
    _describe(draft, census, publication(built_at, digest, census.triples), dumps, material)
    labels = draft.write_labels(label_rows(draft))
    draft.step("labels")
    files = _files(draft, progress, all_of_them=complete)
    progress("index", 0)
    indexed = write_index(draft, material)
    draft.step("index")
    return {
        "format": 1,
        "dataset": BASE,
        "built_at": built_at.isoformat(),
        "digest": digest,
        **compared,
        "quads": quads,
        "triples": census.triples,
        "facts": census.classes[_FACT],
        "sources": census.classes[_SOURCE],
        "files": files,
        "labels": labels,
        "indexed": indexed,
        "versions": {tool: version(tool) for tool in TOOLS} | {"python": platform.python_version()},
    }


def _describe(draft: Draft, census: Census, about: Iterable[Quad], dumps: Iterable[str], material: Material) -> None:
    """Adds to a draft what it says of itself, and writes the file of its terms, which are then all there."""
    words = texts(draft, completion.named(census))
    questions = read_queries(material.asked("questions")).values()
    quads = (*about, *void.description(census, words, dumps), *executables.of(questions))
    itself = sorted(map(dataset.line, quads))
    draft.load(itself)
    census.also(itself)
    new = [term for term in completion.named(census) if term not in words]
    completion.write(draft.path, census, {**words, **texts(draft, new)})


def _compared(draft: Draft, before: Release | None, release_id: str, progress: Progress) -> dict[str, Any]:
    """What the manifest says of the release before and of the difference to it."""
    if before is None:
        return {}
    progress("difference", 0)
    found = draft.compare(before, release_id)
    draft.step("compared")
    return {"before": before.id, **({"difference": found} if found else {})}


def _files(draft: Draft, progress: Progress, *, all_of_them: bool) -> list[dict[str, Any]]:
    """Makes the files that people take away."""
    progress("files", 0)
    made = draft.files(all_of_them=all_of_them)
    draft.step("files")
    return made
