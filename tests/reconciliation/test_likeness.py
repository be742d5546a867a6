"""How names are read and compared; batches that run out of time."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrinclus_kg.errors import QueryTimeout
from terrinclus_kg.reconciliation import Query, answers
from terrinclus_kg.reconciliation.likeness import Scale, as_one, likeness
from terrinclus_kg.reconciliation.reading import read
from terrinclus_kg.store.search.text import telling, words
from tests.small_store import make_release, reading

COUNTS = {"departement": 200, "aude": 3, "aube": 2, "conseil": 150, "departemental": 120, "ministere": 9, "affaires": 7}
SCALE = Scale(COUNTS, 1000, frozenset({"republique"}))
NAMES = st.text(alphabet="abcdé l’-.(", max_size=30)


def like(asked: str, name: str, language: str = "fr") -> float:
    found = read(asked, language)
    own = telling(words(name))
    return max(likeness(reading, own, (), found.aside, SCALE) for reading in found.readings)


@given(NAMES, NAMES)
def test_likeness_is_a_share(one: str, other: str) -> None:
    assert 0 <= like(one, other) <= 1


@given(st.lists(st.sampled_from(["aude", "conseil", "nord", "loire", "rouge"]), min_size=1, max_size=5, unique=True))
def test_a_name_is_like_itself(name: list[str]) -> None:
    assert like(" ".join(name), " ".join(name)) == pytest.approx(1)


@pytest.mark.parametrize("short", ["Dpt de l’Aude", "dép. de l'aude", "DEPT AUDE", "Département Aude"])
def test_shortened_names(short: str) -> None:
    assert like(short, "Département de l’Aude") > 0.95


def test_a_slip_costs_less_than_another_word() -> None:
    assert like("Departement Audde", "Département de l’Aude") > 0.85
    assert like("Département de l’Aube", "Département de l’Aude") < 0.6


def test_the_order_counts() -> None:
    assert like("Aude Conseil", "Conseil Aude") < 0.9


def test_a_comma_or_a_bracket_may_turn_a_name() -> None:
    for turned in ("Aude, Conseil de l’", "Aude (Conseil)"):
        assert like(turned, "Conseil de l’Aude") == pytest.approx(1)


def test_the_order_counts_less_for_people_and_partners() -> None:
    (first, *_), scale = read("Grosvalet Philippe", "fr").readings, replace(SCALE, any_order=True)
    own = ["philippe", "grosvalet"]
    assert likeness(first, own, (), (), SCALE) < likeness(first, own, (), (), scale) < 1


def test_an_initial_is_a_beginning_that_says_little() -> None:
    assert like("Ph. Grosvalet", "Philippe Grosvalet") > like("P. Grosvalet", "Philippe Grosvalet") > 0.8


def test_what_tells_little_weighs_little() -> None:
    assert like("République Aude", "Aude") > like("Rouge Aude", "Aude")


def test_words_may_be_joined() -> None:
    assert as_one(words("Côte dIvoire"), words("Côte d’Ivoire")) > 0.9


def test_english_shortens_otherwise() -> None:
    assert read("Govt", "en").readings[-1][0].folded == "government"
    assert len(read("Govt", "fr").readings) == 1


def test_what_comes_after_the_time_of_a_batch_is_an_error(tmp_path: Path) -> None:
    clock = count(0, 4).__next__
    make_release(tmp_path, "one", labels={})
    with reading(tmp_path) as reader:
        found = answers(reader, {str(n): Query("x") for n in range(5)}, "fr", clock=clock)
    assert [type(one) for one in found.values()] == [list, list, QueryTimeout, QueryTimeout, QueryTimeout]
