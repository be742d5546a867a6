"""The index of the real release says what the graph says: every facet, by the query that a search is seen as."""

from __future__ import annotations

import pytest
from pyoxigraph import Store

from terrinclus_kg import resource
from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.search.asking import answer
from terrinclus_kg.store.search.index import Index
from terrinclus_kg.store.search.model import Search


@pytest.fixture(scope="module")
def index(release: Release) -> Index:
    return Index(release.index_path)


@pytest.fixture(scope="module")
def store(release: Release) -> Store:
    return Store.read_only(str(release.store_path))


def iris(index: Index, search: Search) -> set[str]:
    return {hit.iri for hit in answer(index, search).hits}


def asked(index: Index, store: Store, search: Search) -> set[str]:
    text = resource.as_query(answer(index, search))
    assert len(text.encode()) < 8192  # it must fit into an address
    return {row["thing"].value for row in store.query(text)}  # type: ignore[union-attr,index]


@pytest.mark.parametrize("slug", ["kind", *resource.facets()])
def test_each_value_counts_what_sparql_finds(index: Index, store: Store, slug: str) -> None:
    facet = next(facet for facet in answer(index, Search()).facets if facet.slug == slug)
    assert facet.values
    for value in facet.values[:12]:
        year = int(value.key) if facet.view == "years" else 0
        search = (
            Search(years={slug: (year, year)}, size=5000) if year else Search(filters={slug: (value.key,)}, size=5000)
        )
        found = iris(index, search)
        assert len(found) == value.count
        assert asked(index, store, search) == found, value.key


@pytest.mark.parametrize(
    "search",
    [
        Search(size=5000),
        Search(filters={"kind": ("acteur",), "pays": ("pays-ma", "pays-tn")}, size=5000),
        Search(filters={"kind": ("projet", "partenariat"), "departement": ("departement-44",)}, size=5000),
        Search(years={"annee": (2011, 2013)}, filters={"kind": ("partenariat",)}, size=5000),
        Search(filters={"odd": ("10",), "source": ("odd",)}, size=5000),
    ],
)
def test_filters_together_find_what_sparql_finds(index: Index, store: Store, search: Search) -> None:
    assert asked(index, store, search) == iris(index, search)


def test_words_as_a_query_find_no_more_than_the_search(index: Index, store: Store) -> None:
    search = Search("coopération", filters={"kind": ("projet",)}, size=5000)
    assert asked(index, store, search) <= iris(index, search)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("adf", "acteur/adf"),
        ("Conseil départemental de l'Aude", "acteur/departement-11"),
        ("cooperation decentralisee", "concept/theme/cooperation-decentralisee"),
        ("FR-11", "territoire/departement-11"),
        ("Q3207", "territoire/departement-11"),
        ("MAR", "territoire/pays-ma"),
        ("Morocco", "territoire/pays-ma"),
        ("ODD 10.2", "odd/10.2"),
        ("terrinclus", "projet/terrinclus"),
        ("andré viola", "personne/andre-viola"),
        ("fait A01", "fait/A01"),
    ],
)
def test_what_people_look_for_is_among_the_first(index: Index, text: str, path: str) -> None:
    kind, _, key = path.partition("/")
    assert kinds()[kind].base + key in [hit.iri for hit in answer(index, Search(text)).hits[:3]]


def test_every_listed_thing_is_found(index: Index) -> None:
    counted = answer(index, Search()).facets[0]
    assert {value.key for value in counted.values} == {slug for slug, kind in kinds().items() if kind.listed}
