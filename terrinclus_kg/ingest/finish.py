"""The last steps of every release, however its draft was filled: dump, counts, labels, index, what the manifest
says."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from terrinclus_kg.ingest import rules
from terrinclus_kg.ingest.describe import label_rows, publication, texts
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.ingest.searchable import write_index
from terrinclus_kg.progress import Progress
from terrinclus_kg.store.releases import completion, dataset, layout
from terrinclus_kg.store.releases.layout import DUMP, Release
from terrinclus_kg.store.releases.writer import Draft

SMOKE_TEST = "ASK { ?fact a <https://w3id.org/terrinclus/ns#Fact> ; <http://purl.org/dc/terms/source> ?source }"
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
    census = completion.Census()
    digest, quads = dataset.write(census.passing(everything), draft.path / DUMP)
    draft.step("dump")
    built_at = datetime.now(UTC)  # in full: releases of the same second have an order
    compared = None
    if before:
        progress("difference", 0)
        compared = draft.compare(before, layout.identity(digest, built_at))
    draft.step("compared")
    counted = rules.counts(draft)
    itself = publication(built_at, digest, counted["triples"])
    draft.load(itself)
    census.also(itself)
    progress("labels", 0)
    labels = draft.write_labels(label_rows(draft))
    completion.write(draft.path, census, texts(draft, census.terms()))
    draft.step("labels")
    progress("index", 0)
    indexed = write_index(draft, material)
    draft.step("index")
    return {
        "format": 1,
        "built_at": built_at.isoformat(),
        "digest": digest,
        **({"before": before.id} if before else {}),
        **({"difference": compared} if compared else {}),
        "quads": quads,
        **counted,
        "labels": labels,
        "indexed": indexed,
        "versions": {tool: version(tool) for tool in TOOLS} | {"python": platform.python_version()},
    }
