"""How much fits a pattern, where that is too much to be counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Variable

from terrinclus_kg.config import Settings
from terrinclus_kg.rdf.namespaces import DCT, RDF, TI
from terrinclus_kg.rdf.pattern import read_pattern, spelt
from terrinclus_kg.resource import fragments
from terrinclus_kg.resource.fragments import Fragment, Kept, fragment
from terrinclus_kg.store.reader import NOBODY, Reader

First = Callable[..., Fragment]
TYPE, FACT = spelt(RDF["type"]), spelt(TI["Fact"])


@pytest.fixture(scope="module")
def reader(home: Path) -> Iterator[Reader]:
    reader = Reader(Settings(home=home))
    yield reader
    reader.close()


@pytest.fixture
def first(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> First:
    monkeypatch.setattr(fragments, "COUNTED", 110)
    kept = Kept()

    def first(given: dict[str, str], *, quads: bool = False) -> Fragment:
        pattern = read_pattern(given, graph=Variable("g") if quads else DefaultGraph())
        return fragment(reader, kept, pattern, 1, NOBODY)

    return first


def counted(reader: Reader, pattern: str) -> int:
    return int(reader.rows(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")[0]["n"].value)


def test_the_release_tells_what_it_has_counted(reader: Reader, first: First) -> None:
    for given, pattern in (
        ({"predicate": spelt(DCT["source"])}, f"?s {DCT['source']} ?o"),
        ({"predicate": TYPE, "object": FACT}, f"?s a {TI['Fact']}"),
    ):
        found = first(given)
        assert (found.total, found.exact) == (counted(reader, pattern), False)
    assert first({}).total == reader.release.manifest["triples"]


def test_else_it_is_a_lower_bound(first: First) -> None:
    assert first({"object": FACT}).total == 111
    assert first({"predicate": spelt(DCT["source"])}, quads=True).total == 111


def test_few_are_counted(reader: Reader, first: First) -> None:
    found = first({"predicate": TYPE, "object": spelt(TI["CooperationProject"])})
    assert (found.total, found.exact) == (counted(reader, f"?s a {TI['CooperationProject']}"), True)
