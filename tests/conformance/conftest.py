"""A running service over a small release with every kind of term, asked over HTTP."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Quad, RdfFormat, parse, serialize

from tests.conformance.asking import Endpoint
from tests.server import conftest as small
from tests.service import running
from tests.small_store import make_release

PREFIXES = """\
@prefix ex: <http://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
# Each kind of term, and two graphs that a dataset can be made of.
TERMS = (
    PREFIXES
    + r"""
GRAPH ex:g1 {
  ex:s ex:p1 ex:o ; ex:p2 "plain" ; ex:p3 "été"@fr ; ex:p4 "2015"^^xsd:gYear ; ex:p5 42 ; ex:p6 "" .
  ex:only ex:in "g1" .
}
GRAPH ex:g2 { ex:only ex:in "g2" . }
GRAPH ex:g3 { ex:only ex:in "g3" . }
"""
)


def _quads() -> list[Quad]:
    """A graph as ours are, and each kind of term; then their merge as default graph."""
    named = [quad for quad in small.quads() if quad.graph_name != DefaultGraph()]
    named += parse(TERMS, format=RdfFormat.TRIG)
    return named + [Quad(*quad.triple) for quad in named]


@pytest.fixture(scope="session")
def conformance_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with a former release and a current one, which has a dump and true counts."""
    home = tmp_path_factory.mktemp("conformance")
    make_release(home, "former", PREFIXES + 'ex:only ex:in "former" .')
    quads = set(_quads())
    release = make_release(home, "current", serialize(quads, format=RdfFormat.TRIG).decode(), small.labels())
    lines = sorted(f"{quad} .\n" for quad in quads if quad.graph_name != DefaultGraph())
    (release.path / "dataset.nq.gz").write_bytes(gzip.compress("".join(lines).encode()))
    triples = len({quad.triple for quad in quads})
    manifest = release.manifest | {"quads": len(lines), "triples": triples, "facts": 3, "digest": "ab" * 32}
    release.manifest_path.write_text(json.dumps(manifest))
    return home


@pytest.fixture(scope="session")
def endpoint(conformance_home: Path) -> Iterator[Endpoint]:
    with running(conformance_home, public_deadline=5, query_size_get=4000, query_size=20_000) as service:
        yield Endpoint(f"{service.url}/sparql")
