"""Things with a date in the order of time, and those without one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.rdf.queries import Term, query
from terrinclus_kg.resource.site import Participant, site
from terrinclus_kg.store.reader import Reader

_PLAN = site().chronology
KINDS = _PLAN.kinds if _PLAN else ()
MOST = 300  # as in chronology.rq, which asks for one more
UNDATED = 100  # as in chronology-undated.rq


@dataclass(frozen=True, slots=True)
class Choice:
    """What is asked for: slugs of kinds; years from – to; IRIs of an actor that takes part and of a goal or target."""

    kinds: tuple[str, ...] = KINDS
    first: int | None = None
    last: int | None = None
    actor: str = ""
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Dated:
    """A thing and its first and last date as the source writes them; one of them may be missing ("")."""

    iri: str
    start: str
    end: str

    @property
    def year(self) -> str:
        """The year it stands under."""
        return (self.start or self.end)[:4]


@dataclass(frozen=True, slots=True)
class Chronology:
    """``years``: how many begin in each, whatever years were asked for. ``whole``: ``dated`` has all that was."""

    dated: tuple[Dated, ...]
    whole: bool
    years: tuple[tuple[int, int], ...]
    undated: tuple[str, ...]
    undated_number: int


def participant() -> Participant | None:
    """By whose part in them things may be chosen; None, if by nobody's."""
    return _PLAN.participant if _PLAN else None


def chronology(reader: Reader, choice: Choice) -> Chronology:
    """What was when. A thing for which two sources give two periods is there twice."""
    return _chronology(reader, reader.release.id, choice)


def text(choice: Choice, slug: str = "chronology") -> str:
    """The query behind `chronology`, or one beside it."""
    stored = query("pages", slug)
    terms: dict[str, Term | list[Term]] = {
        "class": [NamedNode(iri) for kind in choice.kinds for iri in kinds()[kind].classes]
    }
    if choice.actor:
        terms["actor"] = NamedNode(choice.actor)
    if choice.goal:
        terms["goal"] = NamedNode(choice.goal)
    for name, year in (("from", choice.first), ("to", choice.last)):
        if year is not None and name in stored.parameters:
            terms[name] = Literal(year)
    return stored.bind(**terms)


@lru_cache(maxsize=64)
def _chronology(reader: Reader, _release: str, choice: Choice) -> Chronology:
    def ask(slug: str) -> list[dict[str, str]]:
        rows = reader.rows(text(choice, slug))
        return [{name: term.value for name, term in row.items()} for row in rows]

    found = [Dated(row["thing"], row.get("start", ""), row.get("end", "")) for row in ask("chronology")]
    years = [(int(row["year"]), int(row["things"])) for row in ask("chronology-years") if "year" in row]
    return Chronology(
        dated=tuple(found[:MOST]),
        whole=len(found) <= MOST,
        years=tuple(years),
        undated=tuple(row["thing"] for row in ask("chronology-undated")),
        undated_number=int(ask("chronology-undated-number")[0]["things"]),
    )


def decades(years: Iterable[tuple[int, int]]) -> dict[int, int]:
    """How many begin in each decade, in order."""
    found: dict[int, int] = {}
    for year, number in years:
        found[year // 10 * 10] = found.get(year // 10 * 10, 0) + number
    return found
