"""The sustainable development goals: what is linked to each, and who made the link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from terrinclus_kg.rdf.namespaces import PUBLISHER
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.store.reader import Reader

EDITORS = PUBLISHER.value
MOST = 200  # as in alignments.rq, which asks for one more


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal: how many things a source links to it, and how many we do, as editors of this graph."""

    iri: str
    stated: int
    ours: int

    @property
    def number(self) -> int:
        """Its number, 1 to 17."""
        return int(self.iri.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class Alignment:
    """A link to a goal or target; all IRIs. ``who`` made it, ``kind`` of contribution: "" if nobody says."""

    iri: str
    thing: str
    element: str
    kind: str
    who: str


def goals(reader: Reader) -> tuple[Goal, ...]:
    """All goals in their order."""
    return _goals(reader, reader.release.id)


def alignments(reader: Reader) -> tuple[tuple[Alignment, ...], bool]:
    """The first of all links, and whether these are all."""
    return _alignments(reader, reader.release.id)


@lru_cache(maxsize=2)
def _goals(reader: Reader, _release: str) -> tuple[Goal, ...]:
    found: dict[str, dict[bool, int]] = {}
    for row in reader.rows(query("pages", "goals").text):
        if "goal" in row and row["goal"].value.rpartition("/")[2].isdecimal():
            counts = found.setdefault(row["goal"].value, {True: 0, False: 0})
            counts[_who(row) == EDITORS] += int(row["things"].value)
    return tuple(sorted((Goal(iri, n[False], n[True]) for iri, n in found.items()), key=lambda goal: goal.number))


@lru_cache(maxsize=2)
def _alignments(reader: Reader, _release: str) -> tuple[tuple[Alignment, ...], bool]:
    rows = [{name: term.value for name, term in row.items()} for row in reader.rows(query("pages", "alignments").text)]
    found = [Alignment(r["alignment"], r["thing"], r["element"], r.get("kind", ""), r.get("who", "")) for r in rows]
    found.sort(key=lambda one: (_order(one.element), one.thing))
    return tuple(found[:MOST]), len(found) <= MOST


def _who(row: Mapping[str, object]) -> str:
    return str(getattr(row.get("who"), "value", ""))


def _order(element: str) -> tuple[tuple[int, str], ...]:
    """10.2 after 5.1, and 10.a after 10.10."""
    return tuple((int(part) if part.isdecimal() else 999, part) for part in element.rpartition("/")[2].split("."))
