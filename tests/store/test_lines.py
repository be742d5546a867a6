"""Canonical lines, many at a time: the same bytes as one at a time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pyoxigraph import BaseDirection, BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

from terrinclus_kg.rdf.namespaces import BASE, XSD
from terrinclus_kg.rdf.terms import fault_of
from terrinclus_kg.store.releases import dataset, shortcut

GRAPH = NamedNode("http://e/graph")
IRIS = st.sampled_from([NamedNode(f"http://e/{name}") for name in ("a", "b_:c", "é", "x--ltr")])
TEXTS = st.text(st.sampled_from('05.1+-eE"\\ \n\t\r\b\x01\u007f\ufffe_:^<>@é😀T:Z'), max_size=8)
TYPES = st.sampled_from(
    [XSD[name] for name in ("integer", "decimal", "double", "boolean", "date", "dateTime", "duration", "token")]
    + [NamedNode("http://e/type")]
)
LITERALS = st.one_of(
    st.builds(Literal, TEXTS),
    st.builds(lambda text: Literal(text, language="FR"), TEXTS),
    st.builds(lambda text, kind: Literal(text, datatype=kind), TEXTS, TYPES),
    st.builds(lambda text: Literal(text, language="ar", direction=BaseDirection.RTL), TEXTS),
)
GRAPHS = st.one_of(st.just(DefaultGraph()), st.just(NamedNode("http://e/g")), st.just(NamedNode(BASE + "graph/x")))
QUADS = st.builds(Quad, IRIS, IRIS, st.one_of(IRIS, LITERALS), GRAPHS)
LINES = st.lists(st.integers(0, 40).map(lambda number: b"<http://e/%d> .\n" % number))


def one_by_one(quads: list[Quad]) -> bytes:
    placed = [
        Quad(q.subject, q.predicate, q.object, GRAPH if isinstance(q.graph_name, DefaultGraph) else q.graph_name)
        for q in quads
    ]
    return b"".join(map(dataset.line, placed))


@examples(max_examples=500)
@given(st.lists(QUADS, min_size=1, max_size=4))
def test_many_quads_at_once_are_the_same_lines(quads: list[Quad]) -> None:
    lines = shortcut.lines(quads, GRAPH)
    if lines is not None:
        assert lines == one_by_one(quads)
        assert [fault_of(quad) for quad in quads if fault_of(quad)] == []
        assert not [quad for quad in quads if str(quad.graph_name).startswith(f"<{BASE}")]


@pytest.mark.parametrize(
    "value",
    [
        NamedNode("http://e/o"),
        Literal('a "quoted" \\ text\n'),
        Literal("été", language="fr"),
        Literal("1.50", datatype=XSD["decimal"]),
        Literal("+07", datatype=XSD["integer"]),
        Literal("1", datatype=XSD["boolean"]),
        Literal("07", datatype=NamedNode("http://e/type")),
    ],
)
def test_what_is_not_doubtful_takes_the_short_way(value: NamedNode | Literal) -> None:
    quad = Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), value)
    assert shortcut.lines([quad, quad], GRAPH) == one_by_one([quad, quad])


@pytest.mark.parametrize(
    "quad",
    [
        Quad(BlankNode("b"), NamedNode("http://e/p"), NamedNode("http://e/o")),
        Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), BlankNode("b")),
        Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), NamedNode("http://e/o"), BlankNode("b")),
        Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), NamedNode("http://e/o"), NamedNode(BASE + "graph/x")),
        Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), Triple(*[NamedNode("http://e/o")] * 3)),
        Quad(
            NamedNode("http://e/s"), NamedNode("http://e/p"), Literal("x", language="ar", direction=BaseDirection.LTR)
        ),
        *(
            Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), Literal(chr(code)))
            for code in (*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF)
        ),
    ],
)
def test_what_is_doubtful_does_not(quad: Quad) -> None:
    plain = Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), NamedNode("http://e/o"))
    assert shortcut.lines([plain, quad], GRAPH) is None


def test_what_looks_like_the_end_of_a_literal() -> None:
    """The value ends with `"1.50`: it is no decimal, and stays as it is."""
    quads = [
        Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), Literal('x"1.50', datatype=XSD["decimal"])),
        Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), Literal('"^^<http://e/type>')),
    ]
    for quad in quads:
        assert shortcut.lines([quad], GRAPH) in {None, one_by_one([quad])}


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, max_size=4))
def test_merging(monkeypatch: pytest.MonkeyPatch, parts: list[list[bytes]]) -> None:
    monkeypatch.setattr(dataset, "_BLOCK", 3)
    merged = list(dataset.merge([sorted(part) for part in parts]))
    assert merged == sorted({row for part in parts for row in part})


def test_what_is_written_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = [b'<http://e/%d> <http://e/p> "\xc2\x85\xe2\x80\xa8" <http://e/g> .\n' % number for number in range(500)]
    _, count = dataset.write(lines, tmp_path / "one.gz")
    for size in (1, 7, 64, 1_000_000):
        monkeypatch.setattr(dataset, "_READ", size)
        assert list(dataset.read(tmp_path / "one.gz")) == lines
    assert count == 500


@pytest.mark.parametrize("graphs", [[b"<http://e/g>"], [b"<http://e/g>", b"<http://e/h>"]])
def test_lines_without_their_graphs(graphs: list[bytes]) -> None:
    texts = (b'"a <http://e/g> ."', b'"b <http://e/h> .\\n"@fr', b"<http://e/g>")
    block = [b"<http://e/s> <http://e/p> %s %s .\n" % (text, graph) for text in texts for graph in graphs]
    assert dataset.triples_of(block) == b"".join(map(dataset.triple_of, block))
    assert dataset.graphs_of(block) == set(graphs)
