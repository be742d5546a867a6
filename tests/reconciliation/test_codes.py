"""Codes are exact: each leads to its thing, whatever words there are beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrinclus_kg.reconciliation import Candidate, Query, answers
from terrinclus_kg.store.reader import Reader
from terrinclus_kg.store.search.model import Search
from terrinclus_kg.store.search.text import STOP, bare, code, codes, words
from tests.small_store import reading

CODES = "SELECT iri, kind, text FROM text JOIN document ON id = document WHERE field = 'I' ORDER BY iri, text"


@pytest.fixture(scope="module")
def reader(home: Path) -> Iterator[Reader]:
    with reading(home) as found:
        yield found


def candidates(reader: Reader, *queries: Query, language: str = "fr") -> Iterator[list[Candidate]]:
    for start in range(0, len(queries), 50):
        some = {str(place): query for place, query in enumerate(queries[start : start + 50])}
        for found in answers(reader, some, language).values():
            assert isinstance(found, list)
            yield found


def test_each_code_of_the_graph_is_matched(reader: Reader) -> None:
    """Enough of them, and all with small words of the search. Where several things have a code, each is a candidate."""
    with closing(sqlite3.connect(reader.release.index_path)) as connection:
        every = connection.execute(CODES).fetchall()
    asked = [row for place, row in enumerate(every) if place % 12 == 0 or not STOP.isdisjoint(words(row[2]))]
    assert len(asked) > 250
    found = candidates(reader, *(Query(text, kinds=(kind,)) for _, kind, text in asked))
    for (iri, kind, text), best in zip(asked, found, strict=True):
        of_it = {other for other, of, same in every if of == kind and code(same) == code(text)}
        assert {one.iri for one in best if one.score == 100} >= of_it, text
        assert all(one.features["code"] for one in best if one.iri in of_it)
        assert best[0].match == (len(of_it) == 1), text
        assert iri in of_it


@pytest.mark.parametrize("text", ["ODD 8", "ODD n°8", "ODD8", "O.D.D. 8", "SDG 8", "Goal 8", "objectif 8", "ODD 08"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_word_for_a_type_may_stand_before_a_code(reader: Reader, text: str, language: str) -> None:
    (found,) = candidates(reader, Query(text), language=language)
    assert (found[0].id, found[0].match, found[0].features["code"]) == ("odd/8", True, True)


@pytest.mark.parametrize("text", ["ODD 18", "Projet 8", "cible 8.99", "Loi 8", "8, 10", "ODD 8/10"])
def test_other_words_and_codes_match_nothing(reader: Reader, text: str) -> None:
    (found,) = candidates(reader, Query(text))
    assert not any(one.match for one in found)


@pytest.mark.parametrize("text", ["CD 44", "CD44", "CG 44", "Conseil départemental (44)", "44"])
def test_an_authority_goes_by_the_code_of_its_territory(reader: Reader, text: str) -> None:
    (found,) = candidates(reader, Query(text, kinds=("acteur",)))
    assert (found[0].id, found[0].match) == ("acteur/departement-44", True)


def test_zeros_in_front_may_be_lost_where_nothing_else_has_the_number(reader: Reader) -> None:
    departements = ("http://rdf.insee.fr/def/geo#Departement",)
    asked = Query("1", classes=departements), Query("1", kinds=("territoire",)), Query("1")
    typed, among_territories, untyped = candidates(reader, *asked)
    assert (typed[0].id, typed[0].match) == ("territoire/departement-01", True)
    assert not among_territories[0].match
    assert {one.id: one.score for one in untyped}["territoire/departement-01"] < untyped[0].score == 100


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_iris_that_are_stated_to_be_the_same(reader: Reader, scheme: str) -> None:
    (found,) = candidates(reader, Query(f"{scheme}://www.wikidata.org/entity/Q3207"))
    assert (found[0].id, found[0].match) == ("territoire/departement-11", True)


@pytest.mark.parametrize("text", ["8.a", "ODD 8.a", "goal 8.A"])
@pytest.mark.parametrize("names", [True, False])
def test_search_has_the_code_first(reader: Reader, text: str, names: bool) -> None:
    assert reader.search(Search(text, names=names)).hits[0].iri.endswith("/sdg/8.a")


@given(st.text(max_size=30))
def test_codes_of_any_text(text: str) -> None:
    whole, *parts = codes(text)
    assert whole == (code(text), "")
    assert all(part[0].isdigit() and beside.strip() for part, beside in parts)


@pytest.mark.parametrize(("one", "other"), [("01", "1"), ("000", "000"), ("2A", "2A"), ("08.0a", "08.0a"), ("", "")])
def test_numbers_without_zeros_in_front(one: str, other: str) -> None:
    assert bare(one) == other
