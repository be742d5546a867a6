"""A client that others wrote answers whole queries over our fragments, over our endpoint, and over both."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.service import Service, fetch, running

HERE = Path(__file__).parent
CLIENT = HERE / "comunica"
Rows = list[tuple[tuple[str, str], ...]]
Ask = Callable[..., Rows]

PREFIXES = """
PREFIX dct: <http://purl.org/dc/terms/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX ti: <https://w3id.org/terrinclus/ns#> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
JOIN = """SELECT ?project ?label ?place ?name WHERE {
  ?project a ti:CooperationProject ; skos:prefLabel ?label ; dct:spatial ?place .
  ?place skos:prefLabel ?name
  FILTER(LANG(?label) = "fr" && LANG(?name) = "fr")
}"""
FACTS = """SELECT ?project ?fact ?source WHERE {
  GRAPH ?fact { ?project a ti:CooperationProject } ?fact dct:source ?source ; ti:status ?status
}"""
TYPED = """SELECT ?place ?o WHERE { ?place dct:identifier "44" . ?place skos:prefLabel ?o }"""
SHARED = """SELECT DISTINCT ?project ?place WHERE { ?project a ti:CooperationProject ; dct:spatial ?place }"""


@pytest.fixture(scope="module")
def service(home: Path) -> Iterator[Service]:
    with running(home) as service:
        yield service


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Asks Comunica a query over sources."""
    if not (CLIENT / "node_modules" / ".installed").is_file():
        reason = "Comunica is not installed: run `python web/build.py --packages tests/fragments/comunica`"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    node, _ = builder().find_node()
    command = [node, str(CLIENT / "client.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=CLIENT) as process:
        assert process.stdin
        assert process.stdout

        def call(query: str, *sources: str) -> Rows:
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps({"query": PREFIXES + query, "sources": sources}).encode() + b"\n")
            process.stdin.flush()
            rows = json.loads(process.stdout.readline())
            assert isinstance(rows, list), rows
            return sorted(tuple(sorted(row.items())) for row in rows)

        yield call
        process.stdin.close()


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("web_build", HERE.parents[1] / "web" / "build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def asked(service: Service, query: str) -> Rows:
    """The rows that the endpoint itself answers."""
    answer = fetch(
        f"{service.url}/sparql",
        data=(PREFIXES + query).encode(),
        Content_Type="application/sparql-query",
        Accept="text/tab-separated-values",
    )
    names, *lines = answer.text.splitlines()
    columns = [name.removeprefix("?") for name in names.split("\t")]
    return sorted(tuple(sorted(zip(columns, line.split("\t"), strict=True))) for line in lines)


@pytest.mark.parametrize("query", [JOIN, TYPED], ids=["join", "literal"])
def test_fragments_alone_answer_a_join(service: Service, ask: Ask, query: str) -> None:
    rows = ask(query, f"{service.url}/fragments")
    assert rows == asked(service, query)
    assert rows


def test_quad_fragments_answer_who_says_so(service: Service, ask: Ask) -> None:
    rows = ask(FACTS, f"{service.url}/fragments/quads")
    assert rows == asked(service, FACTS)
    assert rows


def test_the_endpoint_is_found_to_be_one(service: Service, ask: Ask) -> None:
    assert ask(JOIN, f"{service.url}/sparql") == asked(service, JOIN)


def test_both_answer_as_a_federation(service: Service, ask: Ask) -> None:
    rows = ask(SHARED, f"{service.url}/fragments", f"{service.url}/sparql")
    assert rows == asked(service, SHARED)
    assert rows
