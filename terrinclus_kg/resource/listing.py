"""Many things at once: all of a kind, all that link to one, in the order of their labels."""

from __future__ import annotations

from functools import lru_cache

from pyoxigraph import NamedNode

from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.iri import Name, from_iri, kinds
from terrinclus_kg.rdf.queries import Term, query
from terrinclus_kg.resource.model import Labels
from terrinclus_kg.resource.order import Sorter
from terrinclus_kg.store.reader import Reader


def linking(reader: Reader, name: Name, property_iri: str, language: str) -> tuple[list[str], Labels]:
    """All things that link to a thing by one property, sorted by label, and their labels.

    Raises:
        NotFound: nothing does.
    """
    terms = {"thing": NamedNode(name.iri), "property": NamedNode(property_iri)}
    found = [row["s"].value for row in reader.rows(query("pages", "linking").bind(**terms))]
    if not found:
        raise NotFound("nothing links to this resource in that way")
    labels = reader.labels([*found, property_iri, name.iri])
    return sorted(found, key=Sorter(labels, language).key), labels


def catalogue(reader: Reader) -> dict[str, tuple[str, ...]]:
    """The IRIs of all things of the listed kinds, by kind, for the current release."""
    return _catalogue(reader, reader.release.id)


def listing(reader: Reader, kind: str, language: str) -> tuple[str, ...]:
    """The IRIs of a kind in alphabetical order of their labels."""
    return _listing(reader, reader.release.id, kind, language)


@lru_cache(maxsize=2)
def _catalogue(reader: Reader, _release: str) -> dict[str, tuple[str, ...]]:
    listed = {slug: kind for slug, kind in kinds().items() if kind.listed}
    classes: list[Term] = [NamedNode(c) for kind in listed.values() for c in kind.classes]
    found: dict[str, list[str]] = {slug: [] for slug in listed}
    for row in reader.rows(query("pages", "catalogue").bind(type=classes)):
        name = from_iri(row["thing"].value)
        if name and name.kind in found:
            found[name.kind].append(name.iri)
    return {slug: tuple(iris) for slug, iris in found.items()}


@lru_cache(maxsize=64)
def _listing(reader: Reader, _release: str, kind: str, language: str) -> tuple[str, ...]:
    iris = _catalogue(reader, _release)[kind]
    return tuple(sorted(iris, key=Sorter(reader.labels(iris), language).key))
