"""The real release, opened for the engine itself, and answers as rows of text."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from pyoxigraph import QueryResultsFormat, QuerySolutions, Store

from terrinclus_kg.rdf.queries import load_queries
from terrinclus_kg.store.releases.layout import Release

Rows = list[list[str]]
Ask = Callable[..., Rows]


@pytest.fixture(scope="session")
def store(release: Release) -> Store:
    """The store of the release."""
    return Store.read_only(str(release.store_path))


@pytest.fixture(scope="session")
def ask(store: Store) -> Ask:
    """``ask(slug, project="projet/terrinclus")``: the engine's CSV as rows, header first."""

    def answer(slug: str, **given: str) -> Rows:
        question = load_queries("questions")[slug]
        solutions = store.query(question.bind(**question.parse(given)))
        assert isinstance(solutions, QuerySolutions)
        text = solutions.serialize(format=QueryResultsFormat.CSV)
        assert text is not None
        return list(csv.reader(io.StringIO(text.decode("utf-8"))))

    return answer
