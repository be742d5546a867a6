"""The terms of a release: counted right whatever the data, and never more than can be held."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad

from terrinclus_kg.rdf.namespaces import OWL, RDF
from terrinclus_kg.store.releases import census as counting
from terrinclus_kg.store.releases import completion, dataset
from terrinclus_kg.store.releases.census import Census
from terrinclus_kg.store.releases.layout import Release

SUBJECTS = [NamedNode(f"http://example.org/{name}") for name in ("a", "a/b", "a b".replace(" ", "-"), "b")]
CLASSES = [NamedNode(f"http://example.org/class/{n}") for n in range(4)]
PROPERTIES = [NamedNode(f"http://example.org/property/{n}") for n in range(4)]
typed = st.tuples(st.sampled_from(SUBJECTS), st.just(RDF["type"]), st.sampled_from(CLASSES))
stated = st.tuples(
    st.sampled_from(SUBJECTS),
    st.sampled_from(PROPERTIES),
    st.one_of(st.sampled_from(SUBJECTS), st.text(max_size=5).filter(lambda t: "\0" not in t).map(Literal)),
)
graphs = st.sampled_from([NamedNode(f"http://example.org/graph/{n}") for n in range(3)])


def census(triples: list[tuple[NamedNode, NamedNode, NamedNode | Literal, NamedNode]]) -> Census:
    found = Census()
    lines = sorted({dataset.line(Quad(*quad)) for quad in triples})
    assert list(found.passing(lines)) == lines
    return found


@given(st.lists(st.tuples(st.one_of(typed, stated), graphs), max_size=40))
def test_things_are_counted_once_in_however_many_graphs(
    given: list[tuple[tuple[NamedNode, NamedNode, NamedNode], NamedNode]],
) -> None:
    members = completion.members(census([(*triple, graph) for triple, graph in given]))
    of, had = defaultdict(set), defaultdict(set)
    for (subject, predicate, value), _ in given:
        had[subject].add(predicate.value)
        if predicate == RDF["type"]:
            of[value.value].add(subject)
    assert {each["iri"]: each["count"] for each in members["classes"]} == {c: len(things) for c, things in of.items()}
    for each in members["classes"]:
        things = of[each["iri"]]
        everything = set().union(*(had[thing] for thing in things))
        assert each["properties"] == {p: sum(p in had[thing] for thing in things) for p in everything}


def test_what_is_declared_but_not_used_is_known() -> None:
    members = completion.members(census([(CLASSES[0], RDF["type"], OWL["Class"], PROPERTIES[0])]))
    assert {"iri": CLASSES[0].value, "count": 0, "properties": {}} in members["classes"]


def test_what_cannot_be_held_is_numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "HELD", 2)
    monkeypatch.setattr(completion, "TOLD", 1)
    found = census([(SUBJECTS[0], RDF["type"], kind, CLASSES[0]) for kind in CLASSES])
    assert len(completion.members(found)["classes"]) == 1
    assert completion.members(found)["left_out"]["classes"] == 3


def test_the_real_release_tells_its_terms(release: Release) -> None:
    known = completion.terms(release)
    assert known
    classes, properties = known
    assert "https://w3id.org/terrinclus/ns#CooperationProject" in classes
    assert "http://rdfs.org/ns/void#Dataset" in classes  # only the release's own description has it
    assert {"http://rdfs.org/ns/void#triples", "http://www.w3.org/2004/02/skos/core#prefLabel"} <= properties
