"""Releases loaded into an engine that is not ours: whole, resumed, renewed, or told to be wrong."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Quad, RdfFormat, Store, parse

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ConfigurationError, NotFound, RemoteFailed
from terrinclus_kg.ingest import pipeline
from terrinclus_kg.rdf.namespaces import DATASET, DCT, PUBLICATION
from terrinclus_kg.store.reader import Reader
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.remote import graphs as remote_graphs
from terrinclus_kg.store.remote import publication
from terrinclus_kg.store.remote.graphs import RemoteGraphs
from terrinclus_kg.store.remote.publication import publish
from tests.remote.engines import Engine, oxigraph
from tests.service import fetch
from tests.small import FACTS, PREFIXES, SOURCE, material, write

FOREIGN = "http://elsewhere.example/graph"
NEXT = (
    PREFIXES
    + """
fait:Z01 ti:locator "page 1"@fr ; ti:status c-statut:enonce ;
  dct:description "Le journal est une organisation"@fr , "The journal is an organisation"@en .
fait:Z01 { acteur:journal a org:Organization ; skos:prefLabel "Gazette"@fr , "Gazette"@en . }

fait:Z03 ti:locator "page 3"@fr ; ti:status c-statut:enonce ;
  dct:description "Le journal a un autre nom"@fr , "The journal has another name"@en .
fait:Z03 { acteur:journal foaf:name "La Gazette" . }
"""
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with oxigraph(tmp_path_factory.mktemp("published") / "store") as running:
        yield running


@pytest.fixture
def empty(engine: Engine) -> Engine:
    """The engine without any triple."""
    fetch(engine.update, data=b"DROP ALL", Content_Type="application/sparql-update")
    return engine


@pytest.fixture
def settings(tmp_path: Path, empty: Engine) -> Settings:
    return Settings(home=tmp_path / "home", **empty.settings())  # type: ignore[arg-type]


@pytest.fixture
def build(tmp_path: Path, settings: Settings) -> Callable[[str], Release]:
    """``build(FACTS)``: a release of the small sources with these facts."""
    made = material(tmp_path / "material")

    def build(facts: str) -> Release:
        write(made.data / "sources/journal", SOURCE, facts)
        return pipeline.build(settings, made).release

    return build


def held(engine: Engine) -> set[Quad]:
    """All that the engine holds."""
    body = fetch(engine.graph_store, Accept="application/n-quads").body
    return set(parse(body, format=RdfFormat.N_QUADS))


def of(release: Release) -> set[Quad]:
    return set(Store.read_only(str(release.store_path)))


def told(settings: Settings) -> str:
    """The id that a service over the engine tells; answers may be kept under that of a release only."""
    reader = Reader(settings.model_copy(update={"store": "remote"}))
    try:
        assert reader._engine.serving == ""  # type: ignore[attr-defined]
        release = reader.release.id
        assert reader._engine.serving == ("" if release.startswith("loading-") else release)  # type: ignore[attr-defined]
        return release
    finally:
        reader.close()


def test_the_engine_holds_the_release_quad_by_quad(
    settings: Settings, empty: Engine, build: Callable[[str], Release]
) -> None:
    release = build(FACTS)
    done = publish(settings, release)
    assert held(empty) == of(release)
    assert told(settings) == release.id
    assert done.quads == release.manifest["quads"]
    assert done.default == sum(1 for quad in of(release) if isinstance(quad.graph_name, DefaultGraph))


@pytest.mark.parametrize("without", ["remote_update", "remote_graph_store"])
def test_one_way_to_write_is_enough(
    settings: Settings, empty: Engine, build: Callable[[str], Release], without: str
) -> None:
    release = build(FACTS)
    publish(settings.model_copy(update={without: ""}), release)
    assert held(empty) == of(release)


def test_a_large_graph_goes_in_several_requests(
    settings: Settings, empty: Engine, build: Callable[[str], Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_graphs, "BODY", 500)
    monkeypatch.setattr(publication, "STATEMENT", 500)
    monkeypatch.setattr(publication, "_FEW", 1)
    release = build(FACTS)
    publish(settings, release)
    assert held(empty) == of(release)


def test_published_again_nothing_is_written(settings: Settings, build: Callable[[str], Release]) -> None:
    release = build(FACTS)
    publish(settings, release)
    again = publish(settings, release)
    assert (again.written, again.dropped) == (0, 0)


def test_the_next_release_takes_the_place_of_the_former(
    settings: Settings, empty: Engine, build: Callable[[str], Release]
) -> None:
    """A fact that has as many triples as before, but others, is one that has changed."""
    first = build(FACTS)
    publish(settings, first)
    second = build(NEXT)
    done = publish(settings, second)
    assert held(empty) == of(second) != of(first)
    assert told(settings) == second.id
    assert 0 < done.written < done.graphs  # what has not changed stays
    publish(settings, first)
    assert held(empty) == of(first)


def test_what_is_ours_goes_and_what_is_not_stays(
    settings: Settings, empty: Engine, build: Callable[[str], Release]
) -> None:
    for graph in (FOREIGN, "https://w3id.org/terrinclus/id/fait/Z99"):
        body = b"<urn:a> <urn:b> <urn:c> ."
        fetch(f"{empty.graph_store}?graph={graph}", data=body, method="PUT", Content_Type="application/n-triples")
    release = build(FACTS)
    publish(settings, release)
    assert {str(quad.graph_name) for quad in held(empty) - of(release)} == {f"<{FOREIGN}>"}


@pytest.mark.parametrize("former", [False, True])
@pytest.mark.parametrize("step", range(1, 9))
def test_interrupted_and_run_again_it_goes_on(
    settings: Settings,
    empty: Engine,
    build: Callable[[str], Release],
    monkeypatch: pytest.MonkeyPatch,
    step: int,
    former: bool,
) -> None:
    """At whichever write it is interrupted, and whatever was there before."""
    if former:
        publish(settings, build(FACTS))
    release = build(NEXT)
    monkeypatch.setattr(publication, "_FEW", 0)  # a request for each graph
    _interrupt(monkeypatch, step)
    with pytest.raises(KeyboardInterrupt):
        publish(settings, release)
    monkeypatch.undo()
    if step > 3:  # the mark has been set; before it is the probe for the kind of default graph
        assert told(settings).startswith("loading-")
    publish(settings, release)
    assert held(empty) == of(release)
    assert told(settings) == release.id


def test_however_often_it_is_interrupted_it_comes_to_its_end(
    settings: Settings, empty: Engine, build: Callable[[str], Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(settings, build(FACTS))
    release = build(NEXT)
    attempts = 0
    while attempts < 40:
        attempts += 1
        with monkeypatch.context() as patch:
            patch.setattr(publication, "_FEW", 0)
            _interrupt(patch, 5)  # two of these find out about the default graph
            try:
                publish(settings, release)
            except KeyboardInterrupt:
                continue
            break
    assert 3 < attempts < 40
    assert held(empty) == of(release)
    assert told(settings) == release.id


def _interrupt(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Ends the next load at a write."""
    writes, send = count(1), RemoteGraphs._send

    def interrupted(self: RemoteGraphs, method: str, url: str, *rest: object, **more: object) -> object:
        if not url.endswith("/query") and next(writes) == step:
            raise KeyboardInterrupt
        return send(self, method, url, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(RemoteGraphs, "_send", interrupted)


def test_after_a_bulk_load_only_the_rest_is_sent(
    settings: Settings, empty: Engine, build: Callable[[str], Release]
) -> None:
    """As docs/scale.md tells: the engine's own loader, and the mark that the load of this release goes on."""
    release = build(FACTS)
    dump = gzip.decompress((release.path / "dataset.nq.gz").read_bytes())
    fetch(empty.graph_store, data=dump, method="POST", Content_Type="application/n-quads")
    mark = f'{DATASET} {DCT["identifier"]} "loading {release.id}" .'.encode()
    about = f"{empty.graph_store}?graph={PUBLICATION.value}"
    fetch(about, data=mark, method="PUT", Content_Type="application/n-triples")
    done = publish(settings, release)
    assert (done.written, done.dropped) == (0, 0)
    assert held(empty) == of(release)
    assert told(settings) == release.id


def test_other_counts_are_told_and_the_release_is_not_marked(
    settings: Settings, build: Callable[[str], Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = build(FACTS)
    put = RemoteGraphs.put_small

    def lossy(self: RemoteGraphs, graphs: list[tuple[str, bytes]]) -> None:
        put(self, graphs[1:])

    monkeypatch.setattr(RemoteGraphs, "put_small", lossy)
    with pytest.raises(RemoteFailed, match=r": 0, not \d+"):
        publish(settings, release)
    assert told(settings).startswith("loading-")
    monkeypatch.undo()
    publish(settings, release)
    assert told(settings) == release.id


@pytest.mark.parametrize("missing", ["remote_query", "remote_update remote_graph_store"])
def test_the_addresses_are_needed(settings: Settings, build: Callable[[str], Release], missing: str) -> None:
    with pytest.raises(ConfigurationError, match="remote_query"):
        publish(settings.model_copy(update=dict.fromkeys(missing.split(), "")), build(FACTS))


def test_a_release_without_dump_is_refused(settings: Settings, build: Callable[[str], Release]) -> None:
    release = build(FACTS)
    (release.path / "dataset.nq.gz").unlink()
    with pytest.raises(NotFound, match="dump"):
        publication.find(settings, release.id)


def command(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    ours = {"home": settings.home, "remote_engine": "oxigraph", "remote_query": settings.remote_query}
    ours |= {"remote_update": settings.remote_update, "remote_graph_store": settings.remote_graph_store}
    environment = os.environ | {f"TERRINCLUS_{name.upper()}": str(value) for name, value in ours.items()}
    return subprocess.run(
        [sys.executable, "-m", "terrinclus_kg", "publish", "--to", "remote", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_by_command(settings: Settings, empty: Engine, build: Callable[[str], Release]) -> None:
    first, second = build(FACTS), build(NEXT)
    done = command(settings)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    assert f"Release {second.id} is in the remote engine" in done.stdout
    assert held(empty) == of(second)
    assert command(settings, "--release", first.id).returncode == 0
    assert held(empty) == of(first)
    assert command(settings, "--release", "none").returncode == 1
    away = settings.model_copy(update={"remote_query": "http://127.0.0.1:9/query"})
    failed = command(away)
    assert failed.returncode == 1
    assert failed.stderr.strip() == "terrinclus-kg: the remote engine cannot be reached"
