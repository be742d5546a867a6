"""SERVICE with real endpoints: the answer is what an engine gives that calls them itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Store, parse_query_results

from terrinclus_kg.rdf.formats import JSON, N_TRIPLES
from terrinclus_kg.store.reader import Reader
from tests.endpoints import oxigraph
from tests.small_store import make_release, reading

HERE = """\
@prefix ex: <http://example.org/> .
ex:a ex:name "a" ; ex:size 1 . ex:b ex:name "b" ; ex:size 2 . ex:c ex:name "c" ; ex:size 3 .
GRAPH ex:g { ex:a ex:in ex:g . ex:b ex:in ex:g }
"""
NORTH = """\
@prefix ex: <http://example.org/> .
ex:a ex:population 10 ; ex:motto "vide"@fr, "empty"@en . ex:b ex:population 20 . ex:d ex:population 40 .
ex:a ex:population 10 .
GRAPH ex:g { ex:c ex:in ex:g }
"""
SOUTH = """\
@prefix ex: <http://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:b ex:near ex:a . ex:c ex:near ex:b, ex:d . ex:c ex:seen "2020-01-01T00:00:00"^^xsd:dateTime .
"""
PREFIX = "PREFIX ex: <http://example.org/>\n"

QUERIES = {
    "alone": "SELECT * { SERVICE <NORTH> { ?x ex:population ?n } }",
    "joined": "SELECT * { ?x ex:name ?name . SERVICE <NORTH> { ?x ex:population ?n } }",
    "joined from the other side": "SELECT * { SERVICE <NORTH> { ?x ex:population ?n } ?x ex:name ?name }",
    "two endpoints": "SELECT * { SERVICE <NORTH> { ?x ex:population ?n } SERVICE <SOUTH> { ?x ex:near ?y } }",
    "the same one twice": "SELECT * { SERVICE <NORTH> { ?x ex:population ?n } SERVICE <NORTH> { ?x ex:motto ?m } }",
    "in OPTIONAL": "SELECT * { ?x ex:name ?name OPTIONAL { SERVICE <NORTH> { ?x ex:population ?n } } }",
    "OPTIONAL with a filter": (
        "SELECT * { ?x ex:size ?s OPTIONAL { SERVICE <NORTH> { ?x ex:population ?n } FILTER(?n > ?s * 10) } }"
    ),
    "in UNION": "SELECT * { { ?x ex:name ?n } UNION { SERVICE <NORTH> { ?x ex:population ?n } } }",
    "in MINUS": "SELECT * { ?x ex:name ?name MINUS { SERVICE <NORTH> { ?x ex:population ?n } } }",
    "MINUS with nothing shared": "SELECT * { ?x ex:name ?name MINUS { SERVICE <NORTH> { ?y ex:population ?n } } }",
    "in EXISTS": "SELECT * { ?x ex:name ?name FILTER EXISTS { SERVICE <NORTH> { ?x ex:population ?n } } }",
    "in NOT EXISTS": "SELECT * { ?x ex:name ?name FILTER NOT EXISTS { SERVICE <SOUTH> { ?x ex:near ?y } } }",
    "in a sub-SELECT": (
        "SELECT * { ?x ex:name ?name { SELECT ?x (SUM(?n) AS ?all) { SERVICE <NORTH> { ?x ex:population ?n } } "
        "GROUP BY ?x } }"
    ),
    "with a sub-SELECT": (
        "SELECT * { SERVICE <NORTH> { SELECT ?x (COUNT(*) AS ?many) { ?x ?p ?o } GROUP BY ?x } ?x ex:name ?name }"
    ),
    "with OPTIONAL inside": (
        "SELECT * { SERVICE <NORTH> { ?x ex:population ?n OPTIONAL { ?x ex:motto ?m } } ?x ex:name ?name }"
    ),
    "unbound joins with all": (
        "SELECT * { ?x ex:name ?name SERVICE <SOUTH> { ?x ex:near ?y OPTIONAL { ?y ex:name ?name } } }"
    ),
    "GRAPH inside": "SELECT * { SERVICE <NORTH> { GRAPH ?g { ?x ex:in ?g } } ?x ex:name ?name }",
    "BIND behind it": "SELECT * { SERVICE <NORTH> { ?x ex:population ?n } BIND(?n * 2 AS ?twice) }",
    "no variable, true": "SELECT * { ?x ex:name ?name SERVICE <NORTH> { ex:a ex:population 10 } }",
    "no variable, false": "SELECT * { ?x ex:name ?name SERVICE <NORTH> { ex:a ex:population 11 } }",
    "no solution": "SELECT * { ?x ex:name ?name SERVICE <NORTH> { ?x ex:nothing ?n } }",
    "duplicates stay": "SELECT ?x { SERVICE <NORTH> { ?x ?p ?o } }",
    "aggregate": "SELECT (COUNT(*) AS ?many) (SAMPLE(?y) AS ?one) { SERVICE <SOUTH> { ?x ex:near ?y } }",
    "silent and well": "SELECT * { SERVICE SILENT <NORTH> { ?x ex:population ?n } }",
    "prefixed name": "PREFIX n: <NORTH> SELECT * { SERVICE n: { ?x ex:population ?n } }",
    "without blanks": "SELECT*{SERVICE<NORTH>{?x ex:population ?n}}",
    "comments": "SELECT * { SERVICE # }\n <NORTH> # {\n { # } }\n ?x ex:population ?n } }",
    "braces in strings": "SELECT * { SERVICE <NORTH> { ?x ex:motto ?m FILTER(?m != '}' && ?m != \"{ SERVICE\") } }",
    "blank nodes as variables": "SELECT * { SERVICE <NORTH> { ?x ex:motto [] ; ex:population _:n } }",
    "date times": "SELECT * { SERVICE <SOUTH> { ?x ex:seen ?when } }",
    "ASK": "ASK { ?x ex:name 'b' SERVICE <SOUTH> { ?x ex:near ex:a } }",
    "CONSTRUCT": "CONSTRUCT { ?x ex:near ?y } WHERE { ?x ex:name ?n SERVICE <SOUTH> { ?x ex:near ?y } }",
    "DESCRIBE": "DESCRIBE ?x { SERVICE <SOUTH> { ?x ex:near ex:a } }",
}


@pytest.fixture(scope="module")
def endpoints() -> Iterator[dict[str, str]]:
    with oxigraph(NORTH) as north, oxigraph(SOUTH) as south:
        yield {"NORTH": north, "SOUTH": south}


@pytest.fixture(scope="module")
def reader(endpoints: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    home = tmp_path_factory.mktemp("federated")
    make_release(home, "one", HERE)
    with reading(home, service_endpoints=tuple(endpoints.values()), public_deadline=20) as reader:
        yield reader


@pytest.fixture(scope="module")
def oracle() -> Store:
    store = Store()
    store.load(HERE.encode(), format=RdfFormat.TRIG)
    return store


def rows(results: object) -> list[str]:
    """What an answer says, in one order."""
    if isinstance(results, QuerySolutions):
        names = [variable.value for variable in results.variables]
        return sorted(names) + sorted(str({name: str(row[name]) for name in sorted(names)}) for row in results)
    return [str(bool(results))]


@pytest.mark.parametrize("name", QUERIES)
def test_as_the_engine_does(reader: Reader, endpoints: dict[str, str], oracle: Store, name: str) -> None:
    text = PREFIX + QUERIES[name]
    for word, url in endpoints.items():
        text = text.replace(word, url)
    expected = oracle.query(text)
    if name in ("CONSTRUCT", "DESCRIBE"):
        lines = reader.query(text, N_TRIPLES).read().decode().splitlines()
        assert sorted(lines) == sorted({f"{triple} ." for triple in expected})  # type: ignore[union-attr]
        assert lines
        return
    found = parse_query_results(reader.query(text, JSON).read(), format=QueryResultsFormat.JSON)
    assert rows(found) == rows(expected)


def test_in_graph_the_endpoint_is_asked_for_its_own_default_graph(reader: Reader, endpoints: dict[str, str]) -> None:
    """SPARQL 1.1 Federated Query §2.4; the engine itself passes GRAPH on, which the specification does not say."""
    clause = f"SERVICE <{endpoints['NORTH']}> {{ ?x ex:population ?n }}"
    text = f"{PREFIX}SELECT ?x ?n {{ GRAPH ?g {{ ?x ex:in ?g {clause} }} }}"
    found = json.loads(reader.query(text, JSON).read())["results"]["bindings"]
    assert sorted(row["n"]["value"] for row in found) == ["10", "20"]


def test_most_queries_have_rows(oracle: Store, endpoints: dict[str, str]) -> None:
    """The comparison above means something."""
    texts = [text for text in QUERIES.values() if text.startswith("SELECT")]
    filled = [t.replace("NORTH", endpoints["NORTH"]).replace("SOUTH", endpoints["SOUTH"]) for t in texts]
    many = [len(rows(oracle.query(PREFIX + text))) for text in filled]
    assert sum(count > 1 for count in many) > len(many) * 0.8


def test_a_base_and_prefixes_go_along(reader: Reader, endpoints: dict[str, str]) -> None:
    north = endpoints["NORTH"].removesuffix("query")
    text = f"""VERSION "1.2" BASE <{north}> PREFIX e: <http://example.org/> PREFIX : <query>
    SELECT ?x {{ SERVICE <query> {{ ?x e:population 10 }} SERVICE : {{ ?x e:population 10 }} }}"""
    found = json.loads(reader.query(text, JSON).read())
    assert [row["x"]["value"] for row in found["results"]["bindings"]] == ["http://example.org/a"]


def test_answers_are_volatile(reader: Reader, endpoints: dict[str, str]) -> None:
    text = f"ASK {{ SERVICE <{endpoints['NORTH']}> {{ ?s ?p ?o }} }}"
    answer = reader.query(text, JSON)
    assert b"true" in answer.read()
    assert answer.volatile
    still = reader.query("ASK {}", JSON)
    assert still.read()
    assert not still.volatile


def test_a_fault_behind_a_clause_is_told_in_its_line(reader: Reader, endpoints: dict[str, str]) -> None:
    text = f"ASK {{\n SERVICE <{endpoints['NORTH']}>\n {{\n ?s ?p ?o }}\n FILTER(1 +) }}"
    with pytest.raises(Exception, match="line 5"):
        reader.query(text, JSON)


def test_many_solutions(reader: Reader, tmp_path: Path) -> None:
    data = "".join(f'<http://example.org/t{i}> <http://example.org/v> "{i}é" .\n' for i in range(20_000))
    make_release(tmp_path, "one", HERE)
    text = "SELECT (COUNT(DISTINCT ?v) AS ?n) { SERVICE <%s> { ?t <http://example.org/v> ?v } }"
    with oxigraph(data) as url, reading(tmp_path, service_endpoints=(url,), public_deadline=20) as many:
        assert '"20000"' in many.query(text % url, JSON).read().decode()
