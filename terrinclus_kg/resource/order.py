"""The order in which a reader of one language expects things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyoxigraph import Literal

from terrinclus_kg.rdf import labels as rdf_labels
from terrinclus_kg.rdf.labels import folded
from terrinclus_kg.resource.model import Cell, Labels, Mark, Statement, Term
from terrinclus_kg.resource.plan import plans


class Sorter:
    """Orders things as a reader of one language expects. ``marks``: those of the graphs of statements."""

    def __init__(self, labels: Labels, language: str, marks: Mapping[str, Mark] | None = None) -> None:
        self.labels, self.language = labels, language
        self._marks = marks or {}
        self._keys: dict[str, tuple[str, str]] = {}

    def key(self, iri: str) -> tuple[str, str]:
        """Sort key of a thing: its label without accents and case, then its IRI."""
        if iri not in self._keys:
            label = rdf_labels.choose(self.labels.get(iri, {}), self.language, iri)
            self._keys[iri] = folded(label.text), iri
        return self._keys[iri]

    def ranked(self, iris: Iterable[str], first: tuple[str, ...]) -> list[str]:
        """Properties with the ``first`` of them before the others."""
        rank = {key: place for place, key in enumerate(first)}
        return sorted(iris, key=lambda iri: (rank.get(iri, len(rank)), self.key(iri)))

    def statements(self, found: Iterable[Statement], *, every_language: bool = False) -> tuple[Statement, ...]:
        """Statements by label; those that contradict each other stand together, before the others.

        A text whose fact states it in the language of the page too is left out, unless in ``every_language``.
        """
        kept = list(found) if every_language else self._one_language(list(found))
        ordered = [Statement(s.value, s.graphs, self._ordered(s.cells), s.link) for s in kept]
        return tuple(sorted(ordered, key=self._place))

    def _ordered(self, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        by_key = {cell.key: cell for cell in cells}
        shown = self.ranked(by_key.keys() - plans().titles, plans().cells)
        return tuple(Cell(key, self.statements(by_key[key].statements)) for key in shown)

    def _place(self, statement: Statement) -> tuple[bool, str, list[tuple[str, str]]]:
        marks = [self._marks[graph] for graph in statement.graphs if graph in self._marks]
        opposed = min((each for mark in marks for each in mark.disagreements), default="")
        shown = [cell.statements[0].value for cell in statement.cells] or [statement.value]
        return not opposed, opposed, [self._term(value) for value in shown]

    def _term(self, value: Term) -> tuple[str, str]:
        return (value.value, "") if isinstance(value, Literal) else self.key(value.value)

    def _one_language(self, found: list[Statement]) -> list[Statement]:
        here = {g for s in found if _language(s.value) == self.language for g in s.graphs or ("",)}
        return [s for s in found if _language(s.value) in ("", self.language) or not here & set(s.graphs or ("",))]


def _language(term: Term) -> str:
    return (term.language or "") if isinstance(term, Literal) else ""
