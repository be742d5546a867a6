"""The questions that the graph is asked most: stored queries in ``queries/questions/``.

The command line asks them, and the same file is a test with its expected rows.
"""

from __future__ import annotations

from collections.abc import Mapping

from terrinclus_kg.rdf.queries import Query, load_queries, query


def all_questions() -> list[Query]:
    """All questions in file order."""
    return list(load_queries("questions").values())


def bound(slug: str, given: Mapping[str, str]) -> str:
    """The text of a question with its parameters bound.

    Args:
        given: parameter → value as a person types it (``project`` → ``projet/terrinclus``).

    Raises:
        NotFound: no such question.
        ParameterError: an unknown parameter or a wrong value.
    """
    question = query("questions", slug)
    return question.bind(**question.parse(given))
