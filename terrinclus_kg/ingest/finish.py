"""The last steps of every release, however its draft was filled: dump, counts, labels, index, what the manifest
says."""

from __future__ import annotations

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
from terrinclus_kg.rdf.namespaces import TI
from terrinclus_kg.rdf.queries import read_queries
from terrinclus_kg.store.releases import completion, dataset, layout
from terrinclus_kg.store.releases.census import Census
from terrinclus_kg.store.releases.layout import DUMP, Release
from terrinclus_kg.store.releases.writer import Draft

SMOKE_TEST = "ASK { ?fact a <https://w3id.org/terrinclus/ns#Fact> ; <http://purl.org/dc/terms/source> ?source }"
_FACT, _SOURCE = str(TI["Fact"]).encode(), str(TI["Source"]).encode()
TOOLS = ("pyoxigraph", "rdflib", "pyshacl", "pycountry", "Babel")


def finish(
    draft: Draft, everything: Iterable[bytes], before: Release | None, material: Material, progress: Progress
) -> dict[str, Any]:
    """Writes the dump, how it differs from that of the release before, the labels, the completion and the index of a
    draft whose quads are all there, but what it says of itself.

    Args:
        everything: its sorted lines, for the dump.
        before: the release that is current while it is made.

    Returns:
        What its manifest says of it.
    """
    progress("dump", 0)
    census = Census(draft.path, links())
    digest, quads = dataset.write(census.passing(everything), draft.path / DUMP)
    draft.step("dump")
    built_at = datetime.now(UTC)  # in full: releases of the same second have an order
    compared = None
    if before:
        progress("difference", 0)
        compared = draft.compare(before, layout.identity(digest, built_at))
    draft.step("compared")
    progress("labels", 0)
    words = texts(draft, completion.named(census))
    itself = _of_itself(census, words, publication(built_at, digest, census.triples), material)
    draft.load(itself)
    census.also(itself)
    labels = draft.write_labels(label_rows(draft))
    new = [term for term in completion.named(census) if term not in words]
    completion.write(draft.path, census, {**words, **texts(draft, new)})
    draft.step("labels")
    progress("index", 0)
    indexed = write_index(draft, material.queries)
    draft.step("index")
    return {
        "format": 1,
        "built_at": built_at.isoformat(),
        "digest": digest,
        **({"before": before.id} if before else {}),
        **({"difference": compared} if compared else {}),
        "quads": quads,
        "triples": census.triples,
        "facts": census.classes[_FACT],
        "sources": census.classes[_SOURCE],
        "labels": labels,
        "indexed": indexed,
        "versions": {tool: version(tool) for tool in TOOLS} | {"python": platform.python_version()},
    }


def _of_itself(census: Census, words: completion.Texts, about: Iterable[Quad], material: Material) -> list[bytes]:
    """The graph that tells of the release, as sorted lines."""
    questions = read_queries(material.queries / "questions").values()
    quads = (*about, *void.description(census, words), *executables.of(questions))
    return sorted(map(dataset.line, quads))
