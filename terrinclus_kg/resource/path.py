"""How two things are linked: the shortest chains of links between them.

A search from both ends, always on the side with fewer open things, a batch of things a query. It is bounded: in links
of a chain, things looked at, links of one thing that are followed, and time; what was met is told. A thing with more
links than are followed (a hub: a whole country, a national body) joins two others if the search comes to it from both
ends, but is not passed beyond: else everything would be linked by it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice, pairwise
from time import monotonic

from pyoxigraph import NamedNode

from terrinclus_kg.rdf.iri import from_iri
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.resource.model import Link
from terrinclus_kg.resource.site import site
from terrinclus_kg.store.reader import Reader, Row

ROWS = 2000  # the limit of steps.rq
# What chains are made of; the properties that join these are in steps.rq.
_PLAN = site().path
KINDS = _PLAN.kinds if _PLAN else ()
_CANDIDATES = 200  # chains among which the best are chosen

Chain = tuple[str, ...]  # things, each linked to the next one


class Bound(StrEnum):
    """What kept a search from looking at everything. FOLLOWED: one of the two ends has more links than were read."""

    LINKS = "links"
    THINGS = "things"
    FOLLOWED = "followed"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class Bounds:
    """``links`` of a chain; ``things`` looked at; ``followed`` links of one thing; ``seconds``; ``chains`` told."""

    links: int = 6
    things: int = 3000
    followed: int = 100
    seconds: float = 3.0
    chains: int = 5


@dataclass(frozen=True, slots=True)
class Step:
    """A link from one thing to another; through a node if that is not ""."""

    start: str
    end: str
    link: Link
    node: str = ""

    def turned(self) -> Step:
        """The same link from its other end."""
        return Step(self.end, self.start, Link(self.link.property, not self.link.inverse), self.node)


@dataclass(frozen=True, slots=True)
class Paths:
    """The shortest chains, those through things with few links first; ``more``: there are others as short.

    ``steps``: all links between two things of a chain. ``met``: what kept the search from looking at everything, so
    that there may be other chains, even shorter ones. ``hubs``: things that were not passed beyond; chains through
    them may have been left out.
    """

    chains: tuple[Chain, ...]
    steps: Mapping[tuple[str, str], tuple[Step, ...]]
    more: bool
    met: frozenset[Bound]
    hubs: tuple[str, ...]


DEFAULT = Bounds()


def find(reader: Reader, start: str, end: str, without: Iterable[str] = (), bounds: Bounds = DEFAULT) -> Paths:
    """The shortest chains of links between two things, that pass through none of ``without``."""
    return _Search(reader, (start, end), frozenset(without) - {start, end}, bounds).run()


@dataclass(slots=True)
class _Side:
    """What one end reaches: how far each thing is, and from which things it was reached first."""

    origin: str
    depths: dict[str, int]
    open: list[str]
    depth: int = 0
    before: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))

    def chains(self, thing: str) -> Iterator[Chain]:
        """All shortest chains from the origin to a thing."""
        if thing == self.origin:
            yield (thing,)
        for before in self.before.get(thing, ()):
            yield from ((*chain, thing) for chain in self.chains(before))


class _Search:
    def __init__(self, reader: Reader, ends: tuple[str, str], without: frozenset[str], bounds: Bounds) -> None:
        self._reader, self._ends, self._without, self._bounds = reader, ends, without, bounds
        self._sides = [_Side(end, {end: 0}, [end]) for end in ends]
        self._between: dict[tuple[str, str], dict[Step, None]] = defaultdict(dict)
        self._links: dict[str, int] = {}  # of each thing that was looked at; of a hub, those that were read
        self._met: set[Bound] = set()
        self._until = monotonic() + bounds.seconds

    def run(self) -> Paths:
        """Looks until both sides meet, or a bound is met."""
        met: list[str] = [self._ends[0]] if self._ends[0] == self._ends[1] else []
        while not met and self._may_go_on():
            side, other = sorted(self._sides, key=lambda side: len(side.open) or math.inf)
            self._widen(side)
            met = [thing for thing in side.open if thing in other.depths]
        chains = self._ranked(list(islice(self._joined(met), _CANDIDATES)))
        kept = chains[: self._bounds.chains]
        steps = {pair: tuple(self._between[pair]) for chain in kept for pair in pairwise(chain)}
        hubs = sorted(filter(self._is_hub, self._links))
        return Paths(tuple(kept), steps, len(chains) > len(kept), frozenset(self._met), tuple(hubs))

    def _may_go_on(self) -> bool:
        done = [side for side in self._sides if not side.open]
        if len(done) == len(self._sides) or not all(self._has_hub(side) for side in done):
            return False
        if sum(side.depth for side in self._sides) >= self._bounds.links:
            self._met.add(Bound.LINKS)
        return self._met <= {Bound.FOLLOWED}

    def _widen(self, side: _Side) -> None:
        """One link further from all open things of a side."""
        side.depth += 1
        found: dict[str, None] = {}
        for step in self._steps(side.open):
            self._between[step.start, step.end][step] = None
            self._between[step.end, step.start][step.turned()] = None
            if side.depths.setdefault(step.end, side.depth) == side.depth:
                side.before[step.end][step.start] = None
                found[step.end] = None
        side.open = list(found)

    def _steps(self, things: list[str]) -> Iterator[Step]:
        for batch in self._batches(things):
            if monotonic() > self._until:
                self._met.add(Bound.SECONDS)
            if sum(len(side.depths) for side in self._sides) > self._bounds.things:
                self._met.add(Bound.THINGS)
            if self._met - {Bound.FOLLOWED}:
                return
            yield from self._ask(batch)

    def _batches(self, things: list[str]) -> Iterator[list[str]]:
        """So few things that an answer can be cut only if one of them is a hub, or the end where it all begins."""
        size = max(1, ROWS // (self._bounds.followed + 1))
        return (things[first : first + size] for first in range(0, len(things), size))

    def _ask(self, things: list[str]) -> list[Step]:
        """The links of some things that may be followed. Those of a hub may crowd out others: these are asked again."""
        rows = self._reader.rows(query("pages", "steps").bind(start=[NamedNode(thing) for thing in things]))
        found: dict[str, list[Step]] = {thing: [] for thing in things}
        for step in filter(None, map(_step, rows)):
            found[step.start].append(step)
        self._links |= {thing: len(steps) for thing, steps in found.items()}
        others = [thing for thing in things if not self._is_hub(thing)]
        if len(rows) >= ROWS and len(others) < len(things):
            return self._ask(others) if others else []
        if len(rows) >= ROWS:
            self._met.add(Bound.FOLLOWED)
        return [step for thing in others for step in found[thing] if step.end not in self._without]

    def _is_hub(self, thing: str) -> bool:
        return self._links[thing] > self._bounds.followed and thing not in self._ends

    def _has_hub(self, side: _Side) -> bool:
        """Whether a side has come to a hub, where the other one may meet it."""
        return any(thing in side.depths and self._is_hub(thing) for thing in self._links)

    def _joined(self, met: Iterable[str]) -> Iterator[Chain]:
        """The chains through each thing where both sides met."""
        for thing in met:
            for first in self._sides[0].chains(thing):
                for last in self._sides[1].chains(thing):
                    yield first + last[-2::-1]

    def _ranked(self, chains: list[Chain]) -> list[Chain]:
        """Those through things with few links first: they tell more than those through things that know everybody."""
        unknown = {thing: None for chain in chains for thing in chain[1:-1] if thing not in self._links}
        for batch in self._batches(list(unknown)):
            if monotonic() < self._until:
                self._ask(batch)
        return sorted(chains, key=lambda chain: (sum(self._links.get(thing, 0) for thing in chain[1:-1]), chain))


def _step(row: Row) -> Step | None:
    """A link to a thing that chains are made of; None for one to anything else."""
    name = from_iri(row["to"].value) if isinstance(row["to"], NamedNode) else None
    if name is None or name.kind not in KINDS or row["to"] == row["start"]:
        return None
    node = row["node"].value if "node" in row else ""
    return Step(row["start"].value, name.iri, Link(row["property"].value, "back" in row), node)
