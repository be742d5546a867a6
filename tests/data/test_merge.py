"""The default graph is what all graphs say; without a source, it is that less what this source alone says."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from terrinclus_kg.config import Settings
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.ingest.pipeline import read_material
from terrinclus_kg.ingest.source import Source
from terrinclus_kg.rdf.namespaces import GRAPH
from terrinclus_kg.store.releases import dataset
from terrinclus_kg.store.releases.writer import Writer

# Graphs that are not read from files: what rules infer, and what a release says of itself.
MADE = {GRAPH["infere"].value, GRAPH["publication"].value}


@pytest.fixture(scope="session")
def material() -> list[Source]:
    """All sources as they are read, the ontology among them."""
    return read_material(Material.default())


@pytest.fixture(scope="session")
def sayers(content: Any) -> dict[Any, set[str]]:
    """Triple → who says it: the keys of sources, or a graph of no source."""
    found: dict[Any, set[str]] = defaultdict(set)
    for graph, triples in content.graphs.items():
        key = content.source_of(graph) or graph
        for triple in triples:
            found[triple].add(key)
    return found


def lines(sources: list[Source]) -> list[bytes]:
    return sorted({dataset.line(quad) for source in sources for quad in source.quads})


def test_the_default_graph_is_the_merge_of_all_graphs(content: Any, sayers: dict[Any, set[str]]) -> None:
    assert content.default == set(sayers)
    assert len(content.default) < sum(map(len, content.graphs.values())), (
        "no triple is said twice: the test proves nothing"
    )


@pytest.mark.parametrize(
    "key", ["villes-de-france-ondes-urbaines-460", "lianes-guide-methodologique", "atlas-14395", "odd", "noms"]
)
def test_a_store_without_a_source_lacks_what_it_alone_says(
    key: str, material: list[Source], content: Any, sayers: dict[Any, set[str]], tmp_path: Path
) -> None:
    rest = [source for source in material if source.key != key]
    assert len(rest) == len(material) - 1
    with Writer(Settings(home=tmp_path)) as writer:
        draft = writer.draft()
        draft.load(lines(rest))
        left = _default_graph(draft)
    before = {triple for triple, who in sayers.items() if who - MADE}
    alone = {triple for triple in before if sayers[triple] - MADE == {key}}
    assert alone
    assert left == {_text(triple) for triple in before - alone}


@pytest.mark.parametrize("key", sorted(path.name for path in (Material.default().data).glob("*/*") if path.is_dir()))
def test_dropping_any_source_takes_away_what_it_alone_says(
    key: str, material: list[Source], sayers: dict[Any, set[str]], everything: dict[str, int]
) -> None:
    """By counting, on what the files say: no triple of another source goes, and none stays that only this one says."""
    own = {_text((q.subject, q.predicate, q.object)) for source in material if source.key == key for q in source.quads}
    alone = sum(everything[triple] == 1 for triple in own)
    by_graphs = sum(who - MADE == {key} for who in sayers.values())
    assert alone == by_graphs


@pytest.fixture(scope="session")
def everything(material: list[Source]) -> dict[str, int]:
    """Triple → how many sources say it, counted on the files."""
    counts: dict[str, int] = defaultdict(int)
    keys: dict[str, set[str]] = defaultdict(set)
    for source in material:
        keys[source.key] |= {_text((q.subject, q.predicate, q.object)) for q in source.quads}
    for triples in keys.values():
        for triple in triples:
            counts[triple] += 1
    return counts


def _text(triple: Any) -> str:
    subject, predicate, value = triple
    return f"{subject} {predicate} {value}"


def _default_graph(draft: Any) -> set[str]:
    rows = draft.select("SELECT ?s ?p ?o { ?s ?p ?o }")
    return {_text((row["s"], row["p"], row["o"])) for row in rows}
