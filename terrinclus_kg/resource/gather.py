"""All that a page needs of the release, by one query: ``said``, ``into``, ``counts``, ``nodes``, ``values``, ``marks``
and the tables of its plan, see ``queries/pages/``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from pyoxigraph import NamedNode

from terrinclus_kg.rdf.iri import Name, kinds
from terrinclus_kg.rdf.namespaces import OWL, RDF
from terrinclus_kg.rdf.queries import Term, together
from terrinclus_kg.resource.model import FIRST, Link
from terrinclus_kg.resource.plan import plans
from terrinclus_kg.resource.tombstone import check
from terrinclus_kg.store.reader import Reader, Row

_LINKED = ("into", "nodes", "values", "marks")  # what follows links to the thing, of which a hub has too many
_ALL = ("said", "counts", *_LINKED)


@dataclass(slots=True)
class Found:
    """What the parts of the query have answered. ``rows`` are by part; ``counts`` by property, exact."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[Link, int] = field(default_factory=dict)

    def add(self, rows: Iterable[Row]) -> None:
        """Adds rows that say in ``part`` whose they are."""
        for row in rows:
            self.rows[row["part"].value].append(row)


def gather(reader: Reader, name: Name, omitted: Iterable[Link], more: tuple[str, ...] = ()) -> Found:
    """Asks everything at once. Of links to a hub it reads the first; then it asks once more, without the properties
    of which it has enough, until it has the first of each.

    Args:
        omitted: links that the page does not show.
        more: further stored queries whose parameter is ``thing``.

    Raises:
        NotFound, Gone: as `tombstone.check`.
    """
    thing = NamedNode(name.iri)
    found = Found()
    known = [thing, *(NamedNode(link.property) for link in omitted if link.inverse)]  # no property is the thing itself
    found.add(_ask(reader, thing, known, (*_ALL, *more)))
    if not found.rows["said"] or any(row["p"] == OWL["deprecated"] for row in found.rows["said"]):
        check(reader, name)
    for row in found.rows["counts"]:
        if "n" in row:
            found.counts[Link(row["p"].value, row["way"].value == "in")] = int(row["n"].value)
    while enough := _enough(found, known):
        known += enough
        found.add(_ask(reader, thing, known, _LINKED))
    return found


def _ask(reader: Reader, thing: NamedNode, known: list[NamedNode], parts: tuple[str, ...]) -> list[Row]:
    asked = together("pages", *parts)
    laid = plans()
    terms: dict[str, Term | list[Term]] = {
        "thing": thing,
        "by": [*known],
        "class": [*node_classes()],
        "owner": [NamedNode(iri) for iri in laid.owners],
        "has": [NamedNode(iri) for iri in laid.values],
    }
    return reader.rows(asked.bind(**{name: terms[name] for name in asked.parameters}))


def _enough(found: Found, known: list[NamedNode]) -> list[NamedNode]:
    """Properties of which enough links have been read, if there are others of which there have not."""
    read: dict[str, set[str]] = defaultdict(set)
    for row in found.rows["into"]:
        read[row["by"].value].add(row["s"].value)
    left = {link: n for link, n in found.counts.items() if link.inverse and NamedNode(link.property) not in known}
    short = [link for link, n in left.items() if len(read[link.property]) < min(FIRST, n)]
    return [NamedNode(link.property) for link in left if link not in short] if short else []


@cache
def node_classes() -> tuple[NamedNode, ...]:
    """The classes of what only joins other things."""
    return tuple(NamedNode(each) for kind in kinds().values() if not kind.listed for each in kind.classes)


def types(found: Found) -> list[str]:
    """The classes of the thing."""
    return list(dict.fromkeys(row["o"].value for row in found.rows["said"] if row["p"] == RDF["type"]))
