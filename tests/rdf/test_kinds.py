"""The kinds of things: what is said of a wrong file."""

from __future__ import annotations

from typing import get_args

import pytest

from terrinclus_kg import resources
from terrinclus_kg.drawing.shapes import MARKS
from terrinclus_kg.errors import ConfigurationError
from terrinclus_kg.rdf.checked import checked
from terrinclus_kg.rdf.kinds import FILE, Kinds, Mark

RIGHT = resources.text(FILE)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('plural = { fr = "projets", en = "projects" }', 'plural = { fr = "projets" }', "kind.0.plural.en: is missing"),
        ("ti:PilotProject", "ti:PilotProjet", "ti:PilotProjet: the ontology has no such term: ti:PilotProject?"),
        ("ti:PilotProject", "nowhere:Project", "nowhere:Project: its prefix is not declared"),
        ('nature = "event"', 'nature = "evnt"', "nature: 'evnt' is none of"),
        ('nature = "event"', 'nature = ["event"]', r"nature: \['event'\] is none of"),
        ('mark = "star"', 'mark = "sta"', "mark: 'sta' is none of"),
        ('mark = "star"', 'colour = "red"', "colour: there is no such key"),
        ('slug = "partenariat"', 'slug = "projet"', "two kinds have the same slug: projet"),
        ('base = "id/partenariat/"', 'base = "id/projet/"', "two kinds have the same base: "),
        ('classes = ["ti:Fact"]', 'classes = ["dct:Fact"]', "a kind is needed with the class ti:Fact"),
        ("[[kind]]", "[kind]]", r"^ontology/kinds\.toml: "),
    ],
)
def test_a_wrong_file_is_told_in_words(old: str, new: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as raised:
        checked(Kinds, FILE, RIGHT.replace(old, new, 1))
    assert "Extra inputs" not in str(raised.value)


def test_the_marks_are_those_that_are_drawn() -> None:
    assert set(get_args(Mark)) == {"", "circle", *MARKS}
