"""The network around a thing: who and what it is linked to, and what these are linked to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.iri import from_iri, from_path
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.queries import Term, query
from terrinclus_kg.resource.site import site
from terrinclus_kg.store.reader import Reader

_PLAN = site().network
KINDS = _PLAN.kinds if _PLAN else ()

DEPTHS = (1, 2)
MOST = 300  # nodes
_LINKS = 4000  # as in network.rq, which asks for one more


@dataclass(frozen=True, slots=True)
class Relation:
    """A link of a network: the IRIs of its ends and of what joins them (a property, a role, an office)."""

    source: str
    target: str
    relation: str


@dataclass(frozen=True, slots=True)
class Around:
    """``nodes``: IRIs, the centre first, then by distance. ``left_out``: nodes beyond `MOST`.

    ``whole`` is False where the links to follow were too many for all to be looked at.
    """

    nodes: tuple[str, ...]
    links: tuple[Relation, ...]
    left_out: int
    whole: bool


def around(reader: Reader, centre: str, depth: int, kinds: Collection[str] = KINDS) -> Around:
    """The things at most ``depth`` links away from a thing, and all links among them.

    Args:
        centre: an IRI.
        depth: one of `DEPTHS`.
        kinds: slugs of the kinds that are followed and shown, besides the centre.
    """
    return _around(reader, reader.release.id, centre, depth, tuple(sorted(kinds)))


def text(nodes: Iterable[str]) -> str:
    """The query for the links of these things."""
    terms: list[Term] = [NamedNode(iri) for iri in nodes]
    return query("pages", "network").bind(node=terms)


def named(reader: Reader, name: str) -> str:
    """The IRI of what somebody names: ``kind/key``, an IRI, or exactly a name of it; "" if nothing is named so."""
    if known := from_path(name) or from_iri(name):
        return known.iri
    terms: list[Term] = [Literal(name), *(Literal(name, language=language) for language in LANGUAGES)]
    rows = reader.rows(query("pages", "named").bind(name=terms))
    found = sorted(iri for row in rows if _kind(iri := row["thing"].value) in KINDS)
    return min(found, key=lambda iri: (KINDS.index(_kind(iri)), iri), default="")


def start() -> str:
    """The IRI of what the network begins with. Raises NotFound: this site has none."""
    known = from_path(_PLAN.start) if _PLAN else None
    if known is None:
        raise NotFound("this site has no network")
    return known.iri


def participants(reader: Reader) -> tuple[str, ...]:
    """The IRIs of those actors that take part in most things, a hundred at most: to suggest some."""
    return _participants(reader, reader.release.id)


@lru_cache(maxsize=2)
def _participants(reader: Reader, _release: str) -> tuple[str, ...]:
    return tuple(row["actor"].value for row in reader.rows(query("pages", "participants").text) if "actor" in row)


@lru_cache(maxsize=64)
def _around(reader: Reader, _release: str, centre: str, depth: int, kinds: tuple[str, ...]) -> Around:
    rings: list[list[str]] = [[centre]]
    links: set[Relation] = set()
    whole = True
    for step in range(depth + 1):  # the last step only looks for links among those that are found
        asked = rings[step][:MOST] if step < len(rings) else []
        found = _links(reader, asked) if asked else []
        whole = whole and len(found) <= _LINKS and (step >= len(rings) or len(asked) == len(rings[step]))
        links.update(link for link in found if _shown(link, centre, kinds))
        if step < depth:
            rings.append(_next(rings, links))
    return _cut(rings, links, whole)


def _next(rings: list[list[str]], links: set[Relation]) -> list[str]:
    seen = {iri for ring in rings for iri in ring}
    ends = {end for link in links for end in (link.source, link.target)}
    return sorted(ends - seen)


def _cut(rings: list[list[str]], links: set[Relation], whole: bool) -> Around:
    """The nearest nodes, of the same distance those with most links."""
    degree: dict[str, int] = {}
    for link in links:
        for end in (link.source, link.target):
            degree[end] = degree.get(end, 0) + 1
    nodes = [iri for ring in rings for iri in sorted(ring, key=lambda iri: (-degree.get(iri, 0), iri))]
    kept = nodes[:MOST]
    among = sorted((link for link in links if {link.source, link.target} <= set(kept)),
                   key=lambda link: (link.source, link.target, link.relation))  # fmt: skip
    return Around(tuple(kept), tuple(among), len(nodes) - len(kept), whole)


def _links(reader: Reader, nodes: list[str]) -> list[Relation]:
    rows = reader.rows(text(nodes))
    return [Relation(row["source"].value, row["target"].value, row["relation"].value) for row in rows]


def _shown(link: Relation, centre: str, kinds: tuple[str, ...]) -> bool:
    ends = (link.source, link.target)
    return link.source != link.target and all(end == centre or _kind(end) in kinds for end in ends)


def _kind(iri: str) -> str:
    name = from_iri(iri)
    return name.kind if name else ""
