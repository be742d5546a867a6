"""What people read of a question is complete in French and English, and the query itself is readable."""

from __future__ import annotations

import re

import pytest

from terrinclus_kg.questions import all_questions
from terrinclus_kg.rdf.namespaces import prefixes
from terrinclus_kg.rdf.queries import Query

QUESTIONS = all_questions()
NO_BREAK = "\u00a0\u202f"
VIEWS = {"table", "map", "timeline"}
each = pytest.mark.parametrize("question", QUESTIONS, ids=[question.slug for question in QUESTIONS])


def texts(question: Query) -> list[dict[str, str]]:
    """All texts of the header, by language."""
    labels = [parameter.label for parameter in question.parameters.values()]
    return [question.title, question.description, question.group, *labels]


@each
def test_texts_are_complete_in_both_languages(question: Query) -> None:
    for text in texts(question):
        assert set(text) == {"fr", "en"}
        assert all(value.strip() == value and value for value in text.values())
    assert question.title["fr"].endswith(f"{NO_BREAK[0]}?")
    assert question.title["en"].endswith("?")
    assert all(text.endswith(".") for text in question.description.values())


@each
def test_french_typography(question: Query) -> None:
    for text in (text["fr"] for text in texts(question)):
        assert "'" not in text
        assert '"' not in text
        assert not re.search(rf"[^{NO_BREAK}][:;?!»%]", text), text
        assert not re.search(rf"«[^{NO_BREAK}]", text), text
        assert not re.search(rf"[ {NO_BREAK}]{{2}}", text), text
    assert not any("'" in text["en"] for text in texts(question))


@each
def test_header(question: Query) -> None:
    assert question.view in VIEWS
    assert question.columns
    assert "lang" in question.parameters
    assert question.parameters["lang"].type == "language"
    assert all(parameter.type in {"resource", "language"} for parameter in question.parameters.values())
    if question.view == "map":
        assert "centroid" in question.columns
    if question.view == "timeline":
        assert {"start", "issued"} & set(question.columns)


@each
def test_every_thing_has_its_label_beside_it(question: Query) -> None:
    """Each variable that is labelled in the query has its label among the columns, and the other way round."""
    columns = set(question.columns)
    labels = {column for column in columns if re.search("(Label|Title)$", column)}
    assert {label.removesuffix("Label").removesuffix("Title") for label in labels} <= columns
    assert labels == set(re.findall(r"\?(\w+(?:Label|Title))\b", question.body))


@each
def test_the_query_is_standard_and_readable(question: Query) -> None:
    assert "PREFIX" not in question.body, "the program adds the prefixes"
    assert "ORDER BY" in question.body
    assert "LIMIT" not in question.body, "an answer is never cut"
    assert "SELECT *" not in question.body
    assert max(len(line) for line in question.body.splitlines()) <= 125
    assert len(question.body.splitlines()) <= 45
    used = set(re.findall(r"(?<![\w<?/:])([a-z][a-z\-]*):(?=[\w\-])", re.sub(r'"[^"]*"|<[^>]*>', "", question.body)))
    assert used <= set(prefixes())


def test_groups_stand_together() -> None:
    """Questions of one group have one wording of it in each language."""
    groups = {(question.group["fr"], question.group["en"]) for question in QUESTIONS}
    assert len(groups) == len({french for french, _ in groups}) == len({english for _, english in groups})
    assert 5 <= len(groups) <= 12


@each
def test_it_ends_with_its_order_so_that_it_can_be_answered_by_pages(question: Query) -> None:
    assert re.search(r"\nORDER BY [^{}\n]+\n\Z", question.body)
    assert "LIMIT" not in question.body.rpartition("}")[2]
