"""How two things are linked: over a small graph whose chains are known, with low bounds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from terrinclus_kg.rdf.namespaces import BASE
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.resource.evidence import evidence
from terrinclus_kg.resource.path import ROWS, Bound, Bounds, find
from terrinclus_kg.store.reader import Reader
from tests.small_store import make_release, reading

ID = BASE + "id/"
ROLE = BASE + "concept/role/membre"
# a – p1 – b – p2 – c; a – hub – c through many projects; d alone; e is a member of a, twice said.
LINKS = (
    [("p1", "a"), ("p1", "b"), ("p2", "b"), ("p2", "c"), ("ph", "hub"), ("ph", "a"), ("pi", "hub"), ("pi", "c")]
    + [(f"q{number}", "hub") for number in range(30)]
    + [("p9", "d")]
)
PREFIXES = """
@prefix p: <https://w3id.org/terrinclus/id/projet/> . @prefix a: <https://w3id.org/terrinclus/id/acteur/> .
@prefix n: <https://w3id.org/terrinclus/id/participation/> . @prefix f: <https://w3id.org/terrinclus/id/fait/> .
@prefix cv: <http://data.europa.eu/m8g/> . @prefix org: <http://www.w3.org/ns/org#> .
@prefix m: <https://w3id.org/terrinclus/id/mandat/> . @prefix h: <https://w3id.org/terrinclus/id/personne/> .
"""


def data() -> str:
    facts = [
        f"p:{p} cv:hasParticipation n:{p}-{a} . n:{p}-{a} cv:hasParticipant a:{a} ; cv:role <{ROLE}> ."
        for p, a in LINKS
    ]
    facts.append("m:e org:member h:e ; org:organization a:a .")
    facts.append("a:a org:hasMember h:e .")
    graphs = "".join(f"f:F{number} {{ {fact} }}\n" for number, fact in enumerate(facts))
    return PREFIXES + "\n".join(facts) + "\n" + graphs


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    home = tmp_path_factory.mktemp("paths")
    make_release(home, "one", data(), {})
    with reading(home) as reader:
        yield reader


def short(*keys: str) -> tuple[str, ...]:
    return tuple(ID + key for key in keys)


A, B, C, D = short("acteur/a", "acteur/b", "acteur/c", "acteur/d")
BY_B = short("acteur/a", "projet/p1", "acteur/b", "projet/p2", "acteur/c")
BY_HUB = short("acteur/a", "projet/ph", "acteur/hub", "projet/pi", "acteur/c")


def test_the_shortest_chains_those_through_few_links_first(reader: Reader) -> None:
    paths = find(reader, A, C)
    assert paths.chains == (BY_B, BY_HUB)
    assert (paths.more, paths.met, paths.hubs) == (False, frozenset(), ())
    assert {len(paths.steps[pair]) for chain in paths.chains for pair in pairwise(chain)} == {1}


def test_it_is_the_same_from_the_other_end(reader: Reader) -> None:
    assert set(find(reader, C, A).chains) == {BY_B[::-1], BY_HUB[::-1]}


def test_every_link_is_told_with_its_fact_and_role(reader: Reader) -> None:
    paths = find(reader, A, B)
    found = evidence(reader, paths)
    ((first, second),) = [pairwise(chain) for chain in paths.chains]
    assert [(told.roles, told.graphs) for told in found.told[first]] == [((ROLE,), (ID + "fait/F0",))]
    assert found.told[second][0].graphs == (ID + "fait/F1",)
    assert found.told[first][0].step.node == ID + "participation/p1-a"
    assert {row["graph"].value for row in reader.rows(found.queries[0])} == {ID + "fait/F0", ID + "fait/F1"}


def test_two_links_between_the_same_two_are_both_told(reader: Reader) -> None:
    paths = find(reader, A, ID + "personne/e")
    ((pair,),) = [pairwise(chain) for chain in paths.chains]
    told = evidence(reader, paths).told[pair]
    assert sorted(each.step.link.property.rpartition("#")[2] for each in told) == ["hasMember", "organization"]
    assert sorted(each.graphs for each in told) == [(f"{ID}fait/F{len(LINKS)}",), (f"{ID}fait/F{len(LINKS) + 1}",)]
    assert {each.step.link.inverse for each in told if each.step.node} == {True}


def test_nothing_links_them(reader: Reader) -> None:
    paths = find(reader, A, D)
    assert (paths.chains, paths.met) == ((), frozenset())


def test_one_and_the_same(reader: Reader) -> None:
    assert find(reader, A, A).chains == ((A,),)


def test_what_is_left_out_is_not_passed(reader: Reader) -> None:
    assert find(reader, A, C, [ID + "projet/p2"]).chains == (BY_HUB,)
    assert find(reader, A, C, [ID + "projet/p2", ID + "acteur/hub"]).chains == ()
    assert find(reader, A, C, [A, C]).chains == (BY_B, BY_HUB), "the ends themselves cannot be left out"


def test_a_hub_joins_but_is_not_passed_beyond(reader: Reader) -> None:
    low = Bounds(followed=10)
    assert find(reader, A, C, bounds=low).chains[0] == BY_B
    joined = find(reader, A, C, [ID + "projet/p2"], low)
    assert (joined.chains, joined.hubs) == ((BY_HUB,), (ID + "acteur/hub",))
    assert find(reader, ID + "projet/q1", ID + "acteur/hub", bounds=low).chains == (short("projet/q1", "acteur/hub"),)


def test_each_bound_is_told(reader: Reader) -> None:
    assert find(reader, A, C, bounds=Bounds(links=3)).met == {Bound.LINKS}
    assert find(reader, A, C, bounds=Bounds(links=4)).chains == (BY_B, BY_HUB)
    assert find(reader, A, C, bounds=Bounds(things=3)).met == {Bound.THINGS}
    assert find(reader, A, C, bounds=Bounds(seconds=0)).met == {Bound.SECONDS}
    fewer = find(reader, A, C, bounds=Bounds(chains=1))
    assert (fewer.chains, fewer.more) == ((BY_B,), True)


def test_an_end_with_more_links_than_are_read_says_so(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terrinclus_kg.resource.path.ROWS", 32)  # what the query gives for the hub
    paths = find(reader, ID + "acteur/hub", A, bounds=Bounds(followed=10))
    assert paths.chains == (short("acteur/hub", "projet/ph", "acteur/a"),)


def test_the_rows_agree_with_the_query() -> None:
    assert f"LIMIT {ROWS}\n" in query("pages", "steps").text


def test_known_actors_of_the_real_data(home: Path) -> None:
    with reading(home) as reader:
        paths = find(reader, ID + "acteur/adf", ID + "acteur/departement-44")
        assert paths.chains == (short("acteur/adf", "projet/terrinclus", "acteur/departement-44"),)
        found = evidence(reader, paths)
    graphs = [{graph.rpartition("/")[2] for told in found.told[pair] for graph in told.graphs} for pair in found.told]
    assert {"A02", "A06"} in graphs
    assert {"A18"} in graphs
    assert all(mark.source for mark in found.marks.values())
