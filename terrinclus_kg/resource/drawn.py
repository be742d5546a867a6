"""What there is to draw of a page: what is around the thing, where it is, when."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from terrinclus_kg.rdf.iri import Name, from_iri, kinds_of, of_nature
from terrinclus_kg.rdf.namespaces import DCAT, DCT, SKOS, TI
from terrinclus_kg.resource.model import Cell, Group, Statement, is_node
from terrinclus_kg.resource.tables import Table

_START, _END = DCAT["startDate"].value, DCAT["endDate"].value
# What things are told by, not what they deal with.
_APART = kinds_of(SKOS["Concept"], TI["Source"], TI["Fact"], TI["Disagreement"])
_FEW = 2  # dates or neighbours below which there is nothing to draw


@dataclass(frozen=True, slots=True)
class Drawn:
    """``neighbours``: kind, how many, their IRIs. ``places``: territory → how many times. ``dates``: thing, first and
    last date ("" if unknown). Each is empty where there is nothing to draw."""

    neighbours: tuple[tuple[str, int, tuple[str, ...]], ...] = ()
    places: tuple[tuple[str, int], ...] = ()
    dates: tuple[tuple[str, str, str], ...] = ()


def drawn(
    name: Name, groups: Iterable[Group], facts: Iterable[Group], tables: Iterable[Table], wanted: set[str]
) -> Drawn:
    """What of a page can be drawn, of the drawings ``wanted``: neighbourhood, map, timeline."""
    groups, facts = list(groups), list(facts)
    return Drawn(
        neighbours=_neighbours(name, groups) if "neighbourhood" in wanted else (),
        places=_places(name, [*groups, *facts], tables) if "map" in wanted else (),
        dates=_dates(name, [*facts, *groups]) if "timeline" in wanted else (),
    )


def _neighbours(name: Name, groups: list[Group]) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for group in groups:
        for end in (end for one in group.statements for end in _ends(one)) if group.whole else ():
            if end.iri != name.iri and end.kind not in _APART:
                found[end.kind][end.iri] = None
    if sum(map(len, found.values())) < _FEW:
        return ()
    return tuple((kind, len(iris), tuple(iris)) for kind, iris in found.items())


def _places(name: Name, groups: list[Group], tables: Iterable[Table]) -> tuple[tuple[str, int], ...]:
    found: Counter[str] = Counter({name.iri: 1} if name.kind in of_nature("place") else {})
    for group in groups if name.kind not in of_nature("place") else ():
        for one in group.statements:
            if one.link and one.link.property == DCT["spatial"].value and not one.link.inverse:
                found.update([one.value.value])
    for table in tables:
        choices = (choice for each in table.choices.values() for choice in each)
        found.update({c.value.value: c.count for c in choices if _kind(c.value.value) in of_nature("place")})
    return tuple(found.items())


def _dates(name: Name, groups: list[Group]) -> tuple[tuple[str, str, str], ...]:
    found: dict[tuple[str, str, str], None] = {}
    for group in groups:
        for one in group.statements:
            about = next((end.iri for end in _ends(one) if end.iri != name.iri), name.iri)
            for start, end in _periods(one):
                found[about, start, end] = None
    return tuple(found) if len(found) >= _FEW else ()


def _ends(one: Statement) -> Iterator[Name]:
    """The things that a statement leads to: its value, or what a node names."""
    if isinstance(one.value, NamedNode) and not is_node(one.value) and (end := from_iri(one.value.value)):
        yield end
    for cell in one.cells:
        for inner in cell.statements:
            if _kind(inner.value.value) not in _APART:
                yield from _ends(inner)


def _periods(one: Statement) -> Iterator[tuple[str, str]]:
    ends = _told(one.cells)
    if ends.keys() & {_START, _END}:
        yield ends.get(_START, ""), ends.get(_END, "")
    for cell in one.cells:
        for inner in cell.statements:
            yield from _periods(inner)


def _told(cells: tuple[Cell, ...]) -> dict[str, str]:
    return {cell.key: cell.statements[0].value.value for cell in cells}


def _kind(iri: str) -> str:
    name = from_iri(iri)
    return name.kind if name else ""
