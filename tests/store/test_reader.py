"""The face of the store, on a real release with real workers."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pyoxigraph as ox
import pytest

from terrinclus_kg.config import MIB, Settings
from terrinclus_kg.errors import (
    AnswerTooLarge,
    BadRequest,
    FeatureRefused,
    MethodNotAllowed,
    NoRelease,
    NotAcceptable,
    QueryTimeout,
    ReleaseDamaged,
)
from terrinclus_kg.rdf.formats import (
    CSV,
    JSON,
    JSON_LD,
    N_QUADS,
    N_TRIPLES,
    RDF_FORMATS,
    RDF_XML,
    RESULT_FORMATS,
    TRIG,
    TSV,
    TURTLE,
    XML,
    Format,
)
from terrinclus_kg.rdf.namespaces import prefixes
from terrinclus_kg.store.reader import Lane, Reader
from terrinclus_kg.store.releases import layout
from tests.small_store import CROSS, LOW, PREFIX, make_release, outcome, reading, until

A, B = ox.NamedNode("http://example.org/a"), ox.NamedNode("http://example.org/b")
NAMES = PREFIX + "SELECT ?name { ex:a ex:name ?name } ORDER BY ?name"
ALL = PREFIX + "SELECT * { ?s ?p ?o }"


def names_json(data: bytes) -> list[str]:
    return [row["name"]["value"] for row in json.loads(data)["results"]["bindings"]]


def test_select_in_all_formats(reader: Reader) -> None:
    answers = {syntax.slug: reader.query(NAMES, syntax) for syntax in RESULT_FORMATS}
    assert {(answer.form, answer.release) for answer in answers.values()} == {("SELECT", "one")}
    found = {slug: answer.read() for slug, answer in answers.items()}
    assert sorted(names_json(found["json"])) == ["Nord", "North"]
    assert len(ET.fromstring(found["xml"])[1]) == 2
    assert sorted(found["csv"].split()) == [b"Nord", b"North", b"name"]
    assert sorted(found["tsv"].split()) == [b'"Nord"@fr', b'"North"@en', b"?name"]


@pytest.mark.parametrize("syntax", [JSON, XML])
def test_ask(reader: Reader, syntax: Format) -> None:
    assert b"true" in reader.query(PREFIX + "ASK { ex:a ex:knows ex:b }", syntax).read()


@pytest.mark.parametrize("syntax", [CSV, TSV, TURTLE])
def test_ask_has_formats_of_its_own(reader: Reader, syntax: Format) -> None:
    with pytest.raises(NotAcceptable) as caught:
        reader.query("ASK {}", syntax)
    assert caught.value.extra["variants"] == [JSON.media_type, XML.media_type]


@pytest.mark.parametrize("syntax", RDF_FORMATS, ids=lambda syntax: syntax.slug)
@pytest.mark.parametrize("query", ["DESCRIBE ex:a", "CONSTRUCT { ex:a ?p ?o } WHERE { ex:a ?p ?o }"])
def test_triples_in_all_formats(reader: Reader, query: str, syntax: Format) -> None:
    data = reader.query(PREFIX + query, syntax).read()
    triples = [quad.triple for quad in ox.parse(data, format=syntax.rdf)]
    assert len(triples) == len(set(triples)) == 3
    assert {triple.subject for triple in triples} == {A}


@pytest.mark.parametrize(("query", "syntax"), [("DESCRIBE <x:y>", JSON), ("SELECT * {}", TURTLE)])
def test_a_format_that_cannot_carry_the_answer(reader: Reader, query: str, syntax: Format) -> None:
    with pytest.raises(NotAcceptable):
        reader.query(query, syntax)


def test_describe_says_nothing_twice(reader: Reader) -> None:
    graphs = ["http://example.org/g1", "http://example.org/g2"]
    answer = reader.query("DESCRIBE <http://example.org/a>", N_TRIPLES, default_graphs=graphs)
    assert answer.read().count(b"\n") == 1


@pytest.mark.parametrize("syntax", [TURTLE, RDF_XML, TRIG])
def test_short_answers_declare_the_prefixes_they_use(reader: Reader, syntax: Format) -> None:
    foaf = prefixes()["foaf"]
    text = f"CONSTRUCT {{ <http://example.org/a> <{foaf}name> 'x', 1 }} {{}}"
    data = reader.query(text, syntax).read().decode()
    assert "foaf:name" in data
    assert foaf in data
    assert prefixes()["igeo"] not in data


def test_rdf_xml_cannot_write_every_property(reader: Reader) -> None:
    def construct(local: str) -> bytes:
        return reader.query(f"CONSTRUCT {{ <x:s> <http://example.org/{local}> 1 }} {{}}", RDF_XML).read()

    for local in ("name", "p1", "1a", "été", "a%20b"):
        assert len(ET.fromstring(construct(local))) == 1
    for local in ("1", "a/", "a#", "a(b)", "a%20"):
        with pytest.raises(NotAcceptable, match="RDF/XML cannot write"):
            construct(local)


def test_the_dataset_of_a_query(reader: Reader) -> None:
    def count(query: str, default: list[str] | None, named: list[str] | None) -> int:
        answer = reader.query(PREFIX + query, JSON, default_graphs=default, named_graphs=named)
        return len(json.loads(answer.read())["results"]["bindings"])

    one, two = "http://example.org/g1", "http://example.org/g2"
    plain, named = "SELECT * { ex:a ?p ?o }", "SELECT * { GRAPH ?g { ?s ?p ?o } }"
    assert (count(plain, None, None), count(named, None, None)) == (3, 2)
    assert (count(plain, [one], None), count(named, [one], None)) == (1, 0)
    assert (count(plain, None, [one]), count(named, None, [one])) == (0, 1)
    assert (count(plain, [one], [two]), count(named, [one], [two])) == (1, 1)
    with pytest.raises(BadRequest, match="IRI"):
        count(plain, ["not an IRI"], None)


def test_quads(reader: Reader) -> None:
    text = PREFIX + "SELECT ?s ?p ?o ?g { GRAPH ?g { ?s ?p ?o } }"
    quads = set(ox.parse(reader.quads(text, N_QUADS).read(), format=ox.RdfFormat.N_QUADS))
    graphs = [ox.NamedNode(f"http://example.org/g{n}") for n in (1, 2)]
    assert quads == {ox.Quad(A, ox.NamedNode("http://example.org/knows"), B, graph) for graph in graphs}
    for syntax in (TURTLE, RDF_XML, N_TRIPLES):
        assert len(list(ox.parse(reader.quads(text, syntax).read(), format=syntax.rdf))) == 1
    for syntax in (TRIG, JSON_LD):
        assert len(list(ox.parse(reader.quads(text, syntax).read(), format=syntax.rdf))) == 2


def test_quads_leave_out_what_is_no_statement(reader: Reader) -> None:
    text = "SELECT ?s ?p ?o { VALUES (?s ?p ?o) { (<x:s> <x:p> UNDEF) ('s' <x:p> 1) (<x:s> 'p' 1) (<x:s> <x:p> 1) } }"
    assert reader.quads(text, N_TRIPLES).read().count(b"\n") == 1


@pytest.mark.parametrize("text", ["SELECT ?s ?p {}", "ASK {}"])
def test_quads_need_three_variables(reader: Reader, text: str) -> None:
    with pytest.raises(BadRequest, match=r"SELECT|variables"):
        reader.quads(text, TURTLE)


def test_rows_are_terms(reader: Reader) -> None:
    rows = reader.rows(PREFIX + "SELECT ?a ?none (5 AS ?n) { VALUES ?a { ex:a } OPTIONAL { ?a ex:none ?none } }")
    assert rows == [{"a": A, "n": ox.Literal(5)}]
    assert reader.rows(NAMES)[0].keys() == {"name"}


def test_ask_of_ours(reader: Reader) -> None:
    assert reader.ask(PREFIX + "ASK { ex:a ex:knows ex:b }") is True
    assert reader.ask(PREFIX + "ASK { ex:b ex:knows ex:a }") is False


@pytest.mark.parametrize(
    ("text", "error"), [("LOAD <x:y>", FeatureRefused), ("CLEAR ALL", MethodNotAllowed), ("", BadRequest)]
)
@pytest.mark.parametrize("lane", Lane)
def test_the_guard_stands_before_both_lanes(reader: Reader, text: str, error: type[Exception], lane: Lane) -> None:
    with pytest.raises(error):
        reader.query(text, JSON, lane=lane)


def test_labels_come_in_one_batch(reader: Reader) -> None:
    asked = [A.value, B.value, "http://example.org/none", "'; DROP TABLE label; --"]
    assert reader.labels(asked) == {A.value: {"fr": "Nord", "en": "North"}, B.value: {"": "B&B <script>"}}
    assert reader.labels([]) == {}
    assert len(reader.labels([A.value] + [f"http://example.org/{n}" for n in range(50_000)])) == 1


def test_labels_follow_the_release(tmp_path: Path) -> None:
    make_release(tmp_path, "one", labels={A.value: {"fr": "un"}})
    with reading(tmp_path) as reader:
        assert reader.labels([A.value]) == {A.value: {"fr": "un"}}
        make_release(tmp_path, "two", labels={A.value: {"fr": "deux"}})
        until(lambda: reader.release.id == "two")
        assert reader.labels([A.value]) == {A.value: {"fr": "deux"}}
        make_release(tmp_path, "three")
        until(lambda: reader.release.id == "three")
        assert reader.labels([A.value]) == {}


def test_an_answer_comes_in_parts(reader: Reader) -> None:
    answer = reader.query(ALL + " LIMIT 3000", JSON)
    first = next(iter(answer.chunks))
    assert len(first) >= 64 * 1024
    assert len(json.loads(first + answer.read())["results"]["bindings"]) == 3000


def test_a_large_answer_streams_with_prefixes(small_home: Path) -> None:
    with reading(small_home, answer_size=64 * MIB, public_deadline=30) as reader:
        text = PREFIX + "CONSTRUCT { ?a ex:both ?b } { ?a ex:value ?x . ?b ex:value ?y }"
        answer = reader.query(text, TURTLE)
        parts = list(answer.chunks)
        assert len(parts) > 5
        assert len(list(ox.parse(b"".join(parts), format=ox.RdfFormat.TURTLE))) == 40_000


def test_an_answer_that_is_too_large_breaks_off(reader: Reader) -> None:
    answer = reader.query(PREFIX + "SELECT * { ?a ex:value ?x . ?b ex:value ?y }", JSON)
    with pytest.raises(AnswerTooLarge) as caught:
        answer.read()
    assert caught.value.extra == {"limit": "answer_size", "value": MIB}


def test_an_answer_that_is_too_large_from_the_start(small_home: Path) -> None:
    with reading(small_home, answer_size=20) as reader, pytest.raises(AnswerTooLarge):
        reader.query(NAMES, JSON)


@pytest.mark.parametrize(
    ("lane", "wish", "limit", "seconds"),
    [
        (Lane.PUBLIC, 99.0, "public_deadline", 0.5),
        (Lane.PUBLIC, 0.3, "timeout", 0.3),
        (Lane.TRUSTED, 0.3, "timeout", 0.3),
    ],
)
def test_a_deadline(reader: Reader, lane: Lane, wish: float, limit: str, seconds: float) -> None:
    with pytest.raises(QueryTimeout) as caught:
        reader.query(CROSS, JSON, lane=lane, deadline=wish)
    assert (caught.value.extra["limit"], caught.value.extra["value"]) == (limit, seconds)
    assert float(str(caught.value.extra["elapsed"])) >= seconds


def test_a_public_deadline_cannot_be_raised(reader: Reader) -> None:
    with pytest.raises(QueryTimeout) as caught:
        reader.query(CROSS, JSON, deadline=1000)
    assert caught.value.extra["value"] == LOW["public_deadline"]


def test_ready(reader: Reader, tmp_path: Path) -> None:
    assert reader.ready()
    with reading(tmp_path) as nothing:
        assert not nothing.ready()


def test_no_release_yet_and_then_one(tmp_path: Path) -> None:
    with reading(tmp_path) as reader:
        with pytest.raises(NoRelease):
            reader.ask("ASK {}")
        with pytest.raises(NoRelease):
            _ = reader.release
        make_release(tmp_path, "one")
        assert reader.ask("ASK {}")


def test_a_damaged_release_is_told_and_the_old_one_serves_on(tmp_path: Path) -> None:
    good = make_release(tmp_path, "one")
    with reading(tmp_path) as reader:
        assert reader.ask("ASK {}")
        bad = make_release(tmp_path, "two")
        (bad.store_path / "CURRENT").unlink()
        assert reader.release.id == good.id
        assert outcome(lambda: reader.query("ASK {}", JSON).read()) == "answered"
        with reading(tmp_path) as late, pytest.raises(ReleaseDamaged):
            late.ask("ASK {}")
        layout.switch(tmp_path / "releases", "one")
        assert reader.query("ASK {}", JSON).release == "one"


def test_a_closed_reader_says_so(small_home: Path) -> None:
    with reading(small_home) as reader:
        assert reader.ask("ASK {}")
    with pytest.raises(NoRelease, match="stopping"):
        reader.ask("ASK {}")
    Reader(Settings(home=small_home)).close()


def test_csv_is_the_csv_of_the_specification(reader: Reader) -> None:
    rows = [
        ("http://e/a,b", 'a "quoted", long\nvalue'),
        ("http://e/c", ""),
        ("http://e/d", " é "),
    ]
    values = "(<http://e/a,b> 'a \"quoted\", long\\nvalue') (<http://e/c> UNDEF) (<http://e/d> ' é ')"
    text = reader.query(f"SELECT ?x ?y WHERE {{ VALUES (?x ?y) {{ {values} }} }}", CSV).read().decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["x", "y"], *map(list, rows)]
    assert text.startswith("x,y\r\n")
    assert text.endswith("\r\n")
