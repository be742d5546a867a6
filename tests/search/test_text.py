"""Words as the index sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrinclus_kg.store.search import spelling
from terrinclus_kg.store.search.text import Needle, asked, code, fold, key, stems, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("L’Assemblée des Départements", ["l", "assemblee", "des", "departements"]),
        ("l'eau d’Œuvre\u00a0: 12\u202f000", ["l", "eau", "d", "oeuvre", "12", "000"]),
        ("O.D.D., U.N. et J.-C.", ["odd", "un", "et", "j", "c"]),
        ("10.2", ["10", "2"]),
        ("de\u0301partement", ["departement"]),
        ("Strasse STRASSE Straße", ["strasse"] * 3),
        ("ﬁn Ⅳ", ["fin", "iv"]),
        ("\u202eabc\u202c", ["abc"]),
        ("%\x00\"'*()", []),
        ("الدار البيضاء", ["الدار", "البيضاء"]),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize("text", ["8.10", "8-10", "8,10", " 8.10 "])
def test_codes_but_for_punctuation(text: str) -> None:
    assert code(text) == "8 10"


@pytest.mark.parametrize("text", ["8, 10", "8/10", "8 ; 10", "8 10", "8 – 10", "8 et 10", "8\u00a0& 10", "8.1"])
def test_several_numbers_are_no_code(text: str) -> None:
    assert code(text) != "8 10"


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert words(" ".join(words(text))) == words(text)


@given(st.text(alphabet=st.characters(categories=["L", "Nd"]), max_size=20))
def test_case_makes_no_difference(text: str) -> None:
    assert fold(text.lower()) == fold(text)


@given(st.text())
def test_pieces_are_the_text(text: str) -> None:
    needle = Needle("projet eau")
    assert "".join(piece for piece, _ in needle.pieces(text, "fr")) == text


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("coopérations", "cooperation", "fr"),
        ("décentralisées", "decentralisee", "fr"),
        ("économique", "economiques", "fr"),
        ("territoires", "territoire", "fr"),
        ("évaluations", "evaluation", "fr"),
        ("authorities", "authority", "en"),
        ("projects", "project", "en"),
    ],
)
def test_inflections_meet(one: str, other: str, language: str) -> None:
    assert stems(one, language) & stems(other, language)


def test_other_languages_have_no_stems() -> None:
    assert stems("cooperación", "es") == frozenset()
    assert stems("projets", "fr-FR") == stems("projets", "fr")


def test_small_words_are_left_out_unless_there_are_no_others() -> None:
    assert [word.folded for word in asked("la coopération de l’Aude")] == ["cooperation", "aude"]
    assert [word.folded for word in asked("de la")] == ["de", "la"]
    assert [word.open for word in asked("ill et vil")] == [False, True]
    assert not asked("l’Aude de")[-1].open
    assert key("Département de l’Aude") == key("departement aude")


def test_what_is_marked() -> None:
    needle = Needle("coopération territ")
    text = "Les coopérations entre l’Aude et des Territoires"
    assert [piece for piece, marked in needle.pieces(text, "fr") if marked] == ["coopérations", "Territoires"]
    assert needle.finds(text, "fr") == 2


@given(st.text("abcde", min_size=4, max_size=9), st.integers(0, 8), st.sampled_from("abcdez"))
def test_words_with_one_fault_have_remains_in_common(word: str, place: int, letter: str) -> None:
    place %= len(word)
    faults = {
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + letter + word[place + 1 :],
    }
    for fault in faults:
        assert spelling.remains(word) & spelling.remains(fault)
        assert spelling.distance(word, fault, 2) <= 1


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_distance_is_the_same_both_ways(one: str, other: str) -> None:
    assert spelling.distance(one, other, 9) == spelling.distance(other, one, 9)
    assert min(3, spelling.distance(one, other, 9)) == spelling.distance(one, other, 2)


def test_neighbours_that_changed_places_are_one_fault() -> None:
    assert spelling.distance("tnuisie", "tunisie", 2) == 1
