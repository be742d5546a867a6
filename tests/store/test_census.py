"""What a release says of itself is what a recount of its dump finds: by other means, in plain Python."""

from __future__ import annotations

import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from terrinclus_kg.rdf.links import Links, Target, links
from terrinclus_kg.rdf.namespaces import BASE, DATASET, PUBLICATION, RDF, VOID, VOID_EXT
from terrinclus_kg.store.releases import dataset, tally
from terrinclus_kg.store.releases.census import ALL, Census
from terrinclus_kg.store.releases.layout import Release

NAMES = [NamedNode(f"http://example.org/{name}") for name in ("a", "a/b", "a-b", "b")]
CLASSES = [NamedNode(f"http://example.org/class/{n}") for n in range(3)]
PROPERTIES = [NamedNode(f"http://example.org/property/{n}") for n in range(3)]
texts = st.one_of(
    st.sampled_from(["", 'a" <http://x> .', "a\\", "a\n", "@fr", '"^^<x>', "é "]).map(Literal),
    st.builds(Literal, st.text(max_size=3).filter(lambda t: "\0" not in t), language=st.sampled_from(["fr", "en-gb"])),
    st.integers(0, 3).map(Literal),
)
typed = st.tuples(st.sampled_from(NAMES), st.just(RDF["type"]), st.sampled_from(CLASSES))
stated = st.tuples(st.sampled_from(NAMES), st.sampled_from(PROPERTIES), st.one_of(st.sampled_from(NAMES), texts))
graphs = st.sampled_from([NamedNode(f"http://example.org/graph/{n}") for n in range(3)])
Triple = tuple[NamedNode, NamedNode, NamedNode | Literal]


class Recount:
    """Counts by looking at all triples again and again."""

    def __init__(self, triples: set[Triple]) -> None:
        self.triples = triples
        self.types: dict[object, set[NamedNode]] = defaultdict(set)
        for s, p, o in triples:
            if p == RDF["type"] and isinstance(o, NamedNode):
                self.types[s].add(o)

    def of(self, kind: NamedNode | None) -> dict[NamedNode, set[Triple]]:
        found: dict[NamedNode, set[Triple]] = defaultdict(set)
        for triple in self.triples:
            if kind is None or kind in self.types[triple[0]]:
                found[triple[1]].add(triple)
        return found

    def values(self, triples: set[Triple]) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for _, _, o in triples:
            if isinstance(o, Literal):
                found["datatype", o.datatype.value] += 1
            else:
                found.update(("class", kind.value) for kind in self.types.get(o, ()))
        return found


@given(st.lists(st.tuples(st.one_of(typed, stated), graphs), max_size=40), st.sampled_from([1, 1000]))
def test_every_count_is_that_of_a_recount(given: list[tuple[Triple, NamedNode]], held: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally, "HELD", held)  # 1: all is put down and merged
        census = Census(links=Links(frozenset({PROPERTIES[0].value}), (Target("b", "http://example.org/b"),)))
        lines = sorted({dataset.line(Quad(*triple, graph)) for triple, graph in given})
        assert list(census.passing(lines)) == lines
    recount = Recount({triple for triple, _ in given})
    assert census.triples == len(recount.triples)
    assert census.things == len({s for s, _, _ in recount.triples})
    assert census.objects == len({o for _, _, o in recount.triples})
    by_property = {str(p).encode(): len({o for _, p2, o in recount.triples if p2 == p}) for _, p, _ in recount.triples}
    assert dict(census.distinct) == by_property
    for kind in [None, *CLASSES]:
        expected = recount.of(kind)
        found = census.partitions.get(str(kind).encode() if kind else ALL, {})
        assert found.keys() == {str(term).encode() for term in expected}
        for term, triples in expected.items():
            part = found[str(term).encode()]
            assert (part.triples, part.things) == (len(triples), len({s for s, _, _ in triples}))
            told = {("class", name): n for name, n in part.values.items()} | {
                ("datatype", name): n for name, n in part.texts.items()
            }
            assert {(what, name.decode()[1:-1]): n for (what, name), n in told.items()} == recount.values(triples)
    out = Counter(
        "b" if o.value.startswith("http://example.org/b") else "example.org"
        for _, p, o in recount.triples
        if p == PROPERTIES[0] and isinstance(o, NamedNode)
    )
    assert {target.key: n for (_, target), n in census.outward.items()} == out


@pytest.fixture(scope="module")
def held(release: Release) -> Recount:
    """The triples of the dump of the real release."""
    with gzip.open(release.dump_path) as dump:
        return Recount({(q.subject, q.predicate, q.object) for q in parse(dump, format=RdfFormat.N_QUADS)})


@pytest.fixture(scope="module")
def said(release: Release) -> Iterator[dict[NamedNode, dict[NamedNode, list[NamedNode | Literal]]]]:
    """What the real release says of itself."""
    found: dict[NamedNode, dict[NamedNode, list[NamedNode | Literal]]] = defaultdict(lambda: defaultdict(list))
    for quad in Store.read_only(str(release.store_path)).quads_for_pattern(None, None, None, PUBLICATION):
        found[quad.subject][quad.predicate].append(quad.object)
    return found


def number(of: dict[NamedNode, list[NamedNode | Literal]], name: str) -> int:
    (value,) = of[VOID[name]]
    return int(value.value)


def test_the_real_release_counts_right(held: Recount, said: dict) -> None:
    whole = said[DATASET]
    assert number(whole, "triples") == len(held.triples)
    assert number(whole, "distinctSubjects") == number(whole, "entities") == len({s for s, _, _ in held.triples})
    assert number(whole, "distinctObjects") == len({o for _, _, o in held.triples})
    assert number(whole, "properties") == len({p for _, p, _ in held.triples}) == len(whole[VOID["propertyPartition"]])
    kinds = {kind for kinds in held.types.values() for kind in kinds}
    assert number(whole, "classes") == len(kinds) == len(whole[VOID["classPartition"]])
    for node in whole[VOID["propertyPartition"]]:
        assert VOID["distinctObjects"] in said[node]
        check_property(said[node], held.of(None)[said[node][VOID["property"]][0]], said, held)
    for node in whole[VOID["classPartition"]]:
        (kind,) = said[node][VOID["class"]]
        assert number(said[node], "entities") == sum(kind in kinds for kinds in held.types.values())
        expected = held.of(kind)
        parts = said[node][VOID["propertyPartition"]]
        assert {said[each][VOID["property"]][0] for each in parts} == expected.keys()
        for each in parts:
            check_property(said[each], expected[said[each][VOID["property"]][0]], said, held, values=True)


def check_property(it: dict, triples: set[Triple], said: dict, held: Recount, *, values: bool = False) -> None:
    assert number(it, "triples") == len(triples)
    assert number(it, "distinctSubjects") == len({s for s, _, _ in triples})
    if VOID["distinctObjects"] in it:
        assert number(it, "distinctObjects") == len({o for _, _, o in triples})
    if values:
        found = {
            (what, said[each][term][0].value): number(said[each], "triples")
            for what, link, term in (
                ("class", VOID["classPartition"], VOID["class"]),
                ("datatype", VOID_EXT["datatypePartition"], VOID_EXT["datatype"]),
            )
            for each in it[link]
        }
        assert found == held.values(triples)


def test_linksets_count_the_links_that_lead_out(held: Recount, said: dict) -> None:
    followed = links().properties
    expected: Counter[tuple[str, str]] = Counter()
    for _, p, o in held.triples:
        if p.value in followed and isinstance(o, NamedNode) and not o.value.startswith(BASE):
            expected[p.value, links().target(o.value).space] += 1
    found = {}
    for node in said[DATASET][VOID["subset"]]:
        it = said[node]
        (target,) = it[VOID["objectsTarget"]]
        assert it[RDF["type"]] == [VOID["Linkset"]]
        assert it[VOID["subjectsTarget"]] == [DATASET]
        found[it[VOID["linkPredicate"]][0].value, said[target][VOID["uriSpace"]][0].value] = number(it, "triples")
    assert found == expected
    spaces = {space for _, space in found}
    assert {"http://www.wikidata.org/entity/", "http://id.insee.fr/", "http://metadata.un.org/sdg/"} <= spaces


def test_parts_are_labelled_in_both_languages_and_named_once(said: dict) -> None:
    named = [node.value for link in ("classPartition", "propertyPartition") for node in said[DATASET][VOID[link]]]
    assert len(named) == len(set(named))
    label = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    ours = [n for n in said[DATASET][VOID["classPartition"]] if said[n][VOID["class"]][0].value.startswith(BASE)]
    assert ours
    for node in ours:
        assert {text.language for text in said[node][label]} == {"fr", "en"}
    for node in said[DATASET][VOID["classPartition"]]:
        assert said[node][VOID["exampleResource"]]
