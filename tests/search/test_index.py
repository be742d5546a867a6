"""What a small index answers."""

from __future__ import annotations

import multiprocessing
import sqlite3
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terrinclus_kg.errors import NoIndex, ReleaseDamaged
from terrinclus_kg.store.search.asking import answer
from terrinclus_kg.store.search.build import building
from terrinclus_kg.store.search.index import Index, sound
from terrinclus_kg.store.search.indexes import Indexes
from terrinclus_kg.store.search.model import DESCRIPTION, LABEL, Search, Sort
from tests.search.conftest import THINGS, build, iri


def found(index: Index, text: str = "", **more: object) -> list[str]:
    hits = answer(index, Search(text, **more)).hits  # type: ignore[arg-type]
    return [hit.iri.removeprefix("https://w3id.org/terrinclus/id/") for hit in hits]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("adf", "acteur/adf"),
        ("A.D.F.", "acteur/adf"),
        ("assemblee departement", "acteur/adf"),
        ("Assemblée des Départements de France", "acteur/adf"),
        ("conseil général aude", "acteur/aude"),  # a former name
        ("l'aude", "territoire/departement-11"),  # the whole label, before those that hold the word
        ("departement l’aude", "acteur/aude"),
        ("leau tillaberi", None),
        ("l'eau tillabéri", "projet/eau"),
        ("L\u00a0EAU", "projet/eau"),
        ("maroc", "territoire/pays-ma"),
        ("MAR", "territoire/pays-ma"),
        ("Q3207", "territoire/departement-11"),
        ("departement-11", "territoire/departement-11"),  # its key
        ("tilla", "projet/eau"),
        ("jeune", "projet/pilote"),
        ("decentralise", "acteur/cncd"),
        ("pilots", "projet/pilote"),
        ("odd 10.2", "http://metadata.un.org/sdg/10.2"),
        ("SDG 10.2", "http://metadata.un.org/sdg/10.2"),
        ("projet maroc", "projet/pilote"),
    ],
)
def test_what_is_found_first(index: Index, text: str, first: str | None) -> None:
    assert (found(index, text, corrected=False) or [None])[0] == first


def test_tiers_then_links(index: Index) -> None:
    # whole label; then the label that begins so would come; then words of labels, most links first
    assert found(index, "aude") == ["territoire/departement-11", "acteur/aude"]
    assert found(index, "coopération") == ["constat/long", "acteur/cncd", "projet/eau"]


@pytest.mark.parametrize("sort", Sort)
def test_pages_are_the_whole_list(index: Index, sort: Sort) -> None:
    whole = found(index, sort=sort, size=100)
    assert len(whole) == len(set(whole)) == len(THINGS)
    assert [one for start in range(0, 12, 3) for one in found(index, sort=sort, offset=start, size=3)] == whole


def test_relevance_pages_are_the_whole_list(index: Index) -> None:
    whole = found(index, "de", size=100)
    assert [one for start in range(len(whole)) for one in found(index, "de", offset=start, size=1)] == whole


def test_orders(index: Index) -> None:
    alphabetical = ["territoire/departement-11", "projet/eau", "territoire/pays-ma", "projet/pilote", "projet/hostile"]
    assert found(index, sort=Sort.LABEL, filters={"kind": ("territoire", "projet")}) == alphabetical
    assert found(index, sort=Sort.YEAR)[:3] == ["projet/pilote", "projet/eau", "acteur/adf"]
    assert found(index, sort=Sort.LINKS)[:2] == ["acteur/adf", "territoire/pays-ma"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("tilabéri", "tillabéri"), ("marco", "maroc"), ("marroc", "maroc"), ("assembéle france", "assemblée france")],
)
def test_what_may_have_been_meant(index: Index, typed: str, meant: str) -> None:
    answered = answer(index, Search(typed))
    assert (answered.meant, answered.corrected) == (meant, True)
    assert answered.hits == answer(index, Search(meant)).hits
    assert answer(index, Search(typed, corrected=False)).total == 0


def test_filters_that_leave_nothing_of_what_was_meant(index: Index) -> None:
    answered = answer(index, Search("marroc", filters={"kind": ("odd",)}))
    assert (answered.total, answered.meant, answered.corrected) == (0, "maroc", False)


def test_a_rare_word_may_be_a_slip_for_a_common_one(tmp_path: Path) -> None:
    rows = [(iri(f"projet/p{n}"), "fr", "Territoire") for n in range(60)]
    slips = [(iri("projet/p1"), "fr", "Territiore"), (iri("projet/p2"), "fr", "Le territiore")]
    with building(tmp_path / "search.db") as index:
        index.things((it, "projet") for it, *_ in rows)
        index.texts(LABEL, rows)
        index.texts(DESCRIPTION, slips)
        index.finish()
    made = Index(tmp_path / "search.db")
    answered = answer(made, Search("territiore"))
    assert (answered.total, answered.meant, answered.corrected) == (2, "territoire", False)
    assert answer(made, Search("territoire")).meant == ""


@pytest.mark.parametrize("text", ["zzzzzz", "%%%", "\x00", "\u202e", "zz 12345678", "x" * 100_000])
def test_nothing_is_found_and_nothing_is_meant(index: Index, text: str) -> None:
    answered = answer(index, Search(text))
    assert (answered.total, answered.hits, answered.meant) == (0, (), "")


@pytest.mark.parametrize(
    "text", ['"eau', "eau*", "eau OR adf", "NEAR(eau)", "label:eau", "eau'; DROP TABLE term; --", "^eau"]
)
def test_signs_mean_nothing(index: Index, text: str) -> None:
    answer(index, Search(text))
    assert found(index, "eau") == ["projet/eau"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(max_size=60), st.sampled_from(Sort), st.integers(0, 30))
def test_anything_is_answered(index: Index, text: str, sort: Sort, offset: int) -> None:
    answered = answer(index, Search(text, sort=sort, offset=offset))
    assert len(answered.hits) <= answered.total <= len(THINGS)


def test_facets_count_what_a_choice_would_give(index: Index) -> None:
    for search in (Search(), Search("maroc"), Search(filters={"pays": ("ma",)}), Search(years={"annee": (2013, 2015)})):
        answered = answer(index, search)
        for facet in answered.facets:
            others = {slug: keys for slug, keys in search.filters.items() if slug != facet.slug}
            years = {slug: ends for slug, ends in search.years.items() if slug != facet.slug}
            for value in facet.values:
                alone = answer(index, Search(search.text, {**others, facet.slug: (value.key,)}, years))
                assert alone.total == value.count, (search, facet.slug, value)


def test_values_of_one_facet_are_alternatives_and_facets_narrow(index: Index) -> None:
    assert set(found(index, filters={"pays": ("ma", "ne")})) == {"projet/eau", "projet/pilote", "territoire/pays-ma"}
    assert set(found(index, filters={"pays": ("ma", "ne"), "kind": ("projet",)})) == {"projet/eau", "projet/pilote"}
    assert found(index, years={"annee": (2013, 2013)}) == ["projet/eau"]
    assert found(index, years={"annee": (None, 2000)}) == ["acteur/adf"]
    assert found(index, filters={"nothing": ("x",)}) == found(index)


def test_a_chosen_value_without_results_stays_in_sight(index: Index) -> None:
    answered = answer(index, Search("maroc", filters={"pays": ("ne", "nowhere")}))
    pays = next(facet for facet in answered.facets if facet.slug == "pays")
    assert {value.key: value.count for value in pays.values} == {"ma": 2, "ne": 0, "nowhere": 0}


def test_a_long_text_says_that_it_was_cut(index: Index) -> None:
    (hit,) = answer(index, Search("très longue")).hits
    assert hit.texts[0].text.endswith("…")
    assert answer(index, Search("longue mot")).total == 1


def test_what_nobody_lists_is_left_out(tmp_path: Path) -> None:
    with building(tmp_path / "search.db") as index:
        index.things([(iri("projet/eau"), "projet")])
        index.texts(LABEL, [("http://example.org/x", "fr", "Étranger"), (iri("projet/eau"), "", "Eau")])
        assert index.finish() == 1
    made = Index(tmp_path / "search.db")
    assert found(made, "étranger") == []
    assert found(made, "eau") == ["projet/eau"]
    assert sound(tmp_path / "search.db") == 1


def test_an_empty_index_answers(tmp_path: Path) -> None:
    with building(tmp_path / "search.db") as index:
        assert index.finish() == 0
    for sort in Sort:
        assert (
            found(Index(tmp_path / "search.db"), "eau", sort=sort)
            == found(Index(tmp_path / "search.db"), sort=sort)
            == []
        )


def test_the_same_rows_make_the_same_answers_in_any_order(
    tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terrinclus_kg.store.search.postings._PART", 10)  # many parts, merged
    other = Index(build(tmp_path / "search.db"))
    for text in ("", "aude", "coopération", "d", "de", "depar", "departem"):
        assert found(other, text, size=50) == found(index, text, size=50)


def _ask(file: Path, times: int) -> list[int]:
    index = Index(file)
    return [answer(index, Search(text)).total for _ in range(times) for text in ("aude", "maroc", "")]


def test_many_read_at_a_time(file: Path, index: Index) -> None:
    expected = _ask(file, 5)
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert all(one == expected for one in pool.map(_ask, [file] * 6, [5] * 6))
    with ThreadPoolExecutor(6) as threads:
        assert all(
            threads.map(lambda _: found(index, "aude") == ["territoire/departement-11", "acteur/aude"], range(60))
        )


def test_no_index_and_a_damaged_one_are_told(tmp_path: Path) -> None:
    with pytest.raises(NoIndex):
        Indexes().search(tmp_path / "search.db", Search())
    (tmp_path / "search.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(ReleaseDamaged):
        Indexes().search(tmp_path / "search.db", Search())
    with pytest.raises(sqlite3.Error):
        sound(tmp_path / "search.db")
