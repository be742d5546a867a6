"""Who says so: the marks of the graphs that a page draws on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pyoxigraph import Literal

from terrinclus_kg.rdf.iri import base_of
from terrinclus_kg.rdf.namespaces import DCT, GRAPH, TI
from terrinclus_kg.resource.model import Mark
from terrinclus_kg.store.reader import Row

_FACT, _SOURCE = base_of(TI["Fact"]), GRAPH + "source/"
_INFERRED = GRAPH["infere"].value


def marks_of(graphs: Iterable[str], rows: Iterable[Row]) -> dict[str, Mark]:
    """The marks of graphs, from the rows of ``marks.rq``."""
    marks = {graph: Mark(graph, _origin(graph)) for graph in sorted(set(graphs))}
    for row in rows:
        if row["fact"].value in marks:
            _tell(marks[row["fact"].value], row)
    return marks


def sources(marks: Iterable[Mark]) -> tuple[tuple[str, int], ...]:
    """The sources of marks with the number of marks that name each, the largest first."""
    return tuple(Counter(mark.source for mark in marks if mark.source).most_common())


def _tell(mark: Mark, row: Row) -> None:
    told, value = row["p"], row["o"]
    if told == DCT["source"]:
        mark.source = value.value
    elif told == DCT["publisher"]:
        mark.publisher = value.value
    elif told == TI["status"]:
        mark.status = value.value
    elif told == TI["opposes"]:
        mark.disagreements = sorted({*mark.disagreements, value.value})
    elif isinstance(value, Literal):
        texts = mark.dates if told == DCT["date"] else mark.locators
        if value not in texts:
            texts.append(value)


def _origin(graph: str) -> str:
    if graph.startswith(_FACT):
        return "fact"
    if graph.startswith(_SOURCE):
        return "source"
    return "inferred" if graph == _INFERRED else "house"
