"""What a release holds, asked once and told often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import QueryTimeout
from terrinclus_kg.rdf.namespaces import DATASET, DCT, RDFS, SD, VOID
from terrinclus_kg.server import description, holdings
from terrinclus_kg.server.holdings import BOUND, Holdings, Register
from terrinclus_kg.store.reader import Reader, Row
from tests.small_store import make_release, reading, until

PREFIXES = """\
@prefix dct: <http://purl.org/dc/terms/> .
@prefix ex: <http://example.org/> .
@prefix ti: <https://w3id.org/terrinclus/ns#> .
"""


def sources(count: int, facts: int = 1) -> str:
    """Graphs of sources that describe facts, and their merge."""
    graphs, merge = [], []
    for i in range(count):
        told = f"ex:g{i} a ti:SourceGraph ; dct:source ex:s{i} . "
        told += " ".join(f"ex:f{i}-{n} a ti:Fact ; dct:source ex:s{i} ." for n in range(facts))
        graphs.append(f"GRAPH ex:g{i} {{ {told} }}")
        merge.append(told)
    return PREFIXES + "\n".join(merge + graphs)


def comments(found: Holdings, home: Path) -> str:
    quads = description.of_service(Settings(home=home), found)
    return " ".join(str(q.object) for q in quads if (q.subject, q.predicate) == (DATASET, RDFS["comment"]))


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    make_release(tmp_path, "one", sources(3, facts=2))
    with reading(tmp_path) as reader:
        yield reader


def test_asked_once_a_release(reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    rows = Reader.rows
    monkeypatch.setattr(Reader, "rows", lambda self, text: asked.append(text) or rows(self, text))  # type: ignore[func-returns-value]
    register = Register()
    first = register.holdings(reader)
    assert first is not None
    assert [(graph.iri[-2:], graph.facts) for graph in first.sources] == [("g0", 2), ("g1", 2), ("g2", 2)]
    assert register.holdings(reader) is first
    assert len(asked) == 4
    make_release(tmp_path, "two", sources(1))
    until(lambda: reader.release.id == "two")
    second = register.holdings(reader)
    assert second is not None
    assert (second.release, len(second.sources), len(asked)) == ("two", 1, 8)


def test_more_than_are_told(tmp_path: Path) -> None:
    make_release(tmp_path, "many", sources(BOUND + 1))
    with reading(tmp_path) as reader:
        found = Register().holdings(reader)
    assert found is not None
    assert found.more
    quads = description.of_service(Settings(home=tmp_path), found)
    assert len([q for q in quads if q.predicate == SD["namedGraph"]]) == BOUND
    assert f"Only the first {BOUND} source graphs" in comments(found, tmp_path)


def test_as_many_as_are_told(tmp_path: Path) -> None:
    make_release(tmp_path, "many", sources(BOUND))
    with reading(tmp_path) as reader:
        found = Register().holdings(reader)
    assert found is not None
    assert not found.more
    assert "Only the first" not in comments(found, tmp_path)


def test_facts_that_could_not_be_counted(reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Reader.rows

    def slow(self: Reader, text: str) -> list[Row]:
        if "COUNT" in text:
            raise QueryTimeout("too slow", limit="trusted_deadline", value=5)
        return rows(self, text)

    monkeypatch.setattr(Reader, "rows", slow)
    found = Register().holdings(reader)
    assert found is not None
    assert [graph.facts for graph in found.sources] == [None, None, None]
    assert "could not be counted" in comments(found, tmp_path)
    quads = description.of_service(Settings(home=tmp_path), found)
    assert {str(q.subject) for q in quads if q.predicate == VOID["entities"]} == {f"<{DATASET.value}#ti:Fact>"}


def test_an_engine_that_does_not_answer(reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(self: Reader, text: str) -> list[Row]:
        raise QueryTimeout("too slow", limit="trusted_deadline", value=5)

    register = Register()
    with monkeypatch.context() as patch:
        patch.setattr(Reader, "rows", slow)
        assert register.holdings(reader) is None
    quads = description.of_service(Settings(home=tmp_path), None)
    assert Quad(DATASET, SD["defaultGraph"], NamedNode(DATASET.value + "#merge")) in quads
    assert register.holdings(reader) is not None


def test_the_bound_is_that_of_the_query() -> None:
    assert f"LIMIT {BOUND + 1}\n" in holdings.query("pages", "source-graphs").text


def test_data_that_we_have_not_published(reader: Reader, tmp_path: Path) -> None:
    found = Register().holdings(reader)
    assert found is not None
    foreign = replace(found, digest=None, triples=None, facts=None, sources=(), house=())
    quads = description.of_service(Settings(home=tmp_path), foreign)
    assert not {VOID["triples"], VOID["entities"], DCT["identifier"]} & {quad.predicate for quad in quads}
