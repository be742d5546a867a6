"""Sorted lines: what two parts do not share, what a revision leaves, which lines stand in a graph."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store

from terrinclus_kg.store.releases import dataset

LINES = some.sets(some.integers(0, 30).map(lambda n: b"%02d\n" % n))


@given(LINES, LINES)
def test_difference(before: set[bytes], after: set[bytes]) -> None:
    found = list(dataset.difference(sorted(before), sorted(after)))
    assert [row for _, row in found] == sorted(before ^ after)
    assert {row for new, row in found if new} == after - before


@given(LINES, LINES, LINES)
def test_revised(lines: set[bytes], removed: set[bytes], added: set[bytes]) -> None:
    removed -= added
    assert list(dataset.revised(sorted(lines), removed, sorted(added))) == sorted((lines - removed) | added)


@given(
    some.text(some.sampled_from('a <>"\\\n_:^.@'), max_size=12), some.booleans(), some.sampled_from(["", "fr", "dt"])
)
def test_is_named(text: str, named: bool, kind: str) -> None:
    """Literals that end like an IRI do not mislead."""
    here = NamedNode("http://e/x")
    datatype = NamedNode("http://e/dt")
    value = {"": Literal(text), "fr": Literal(text, language="fr"), "dt": Literal(text, datatype=datatype)}[kind]
    store = Store()
    store.add(Quad(here, here, value, here if named else DefaultGraph()))
    store.add(Quad(here, here, here, here if named else DefaultGraph()))
    lines = (store.dump(format=RdfFormat.N_QUADS) or b"").splitlines(keepends=True)
    assert len(lines) == 2
    assert [dataset.is_named(row) for row in lines] == [named, named]
