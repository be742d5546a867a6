"""Some lines of a draft as a dataset of their own, in memory: what the checks look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pyoxigraph import QuerySolutions, RdfFormat, Store

from terrinclus_kg.store.releases import dataset


class Excerpt:
    """A dataset in memory. Takes about 1 kB a line."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        """Holds canonical N-Quads lines of named graphs, and the same triples in the default graph."""
        self._store = Store()
        for block in dataset.blocks(lines):
            for text in (b"".join(block), dataset.triples_of(block)):
                self._store.bulk_load(text, format=RdfFormat.N_QUADS, lenient=True)

    def select(self, query: str) -> Iterator[dict[str, Any]]:
        """Solutions of a SELECT, as variable → term (unbound ones are None)."""
        return solutions(self._store, query)


def solutions(store: Store, query: str) -> Iterator[dict[str, Any]]:
    """Solutions of a SELECT, as variable → term (unbound ones are None)."""
    answer = store.query(query)
    assert isinstance(answer, QuerySolutions)
    names = [variable.value for variable in answer.variables]
    for solution in answer:
        yield {name: solution[name] for name in names}


def variables(query: str) -> list[str]:
    """The variables that a SELECT gives; none for other forms. Raises SyntaxError: it is not SPARQL."""
    answer = Store().query(query)
    return [variable.value for variable in answer.variables] if isinstance(answer, QuerySolutions) else []
