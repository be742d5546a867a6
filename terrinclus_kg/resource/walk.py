"""All things that have a page, in the order of their IRIs: a stretch at a time, and those next to a name."""

from __future__ import annotations

from collections.abc import Iterator

from terrinclus_kg.rdf.iri import Name, from_iri, kinds
from terrinclus_kg.store.releases import labels
from terrinclus_kg.store.releases.layout import Release

STRETCH = 10_000  # things of a stretch, at most
_LONGEST = 100  # characters of a key that are compared


def stretches(release: Release) -> Iterator[str]:
    """Where each stretch begins: a kind, and the end of an IRI. A release without a label table here has none."""
    for kind in kinds().values():
        if kind.listed:
            starts = labels.starts(release, kind.base, STRETCH)
            yield from (f"{kind.slug}/{iri.removeprefix(kind.base)}" for iri in starts)


def stretch(release: Release, start: str) -> Iterator[Name]:
    """The things of a stretch that have a page, by IRI. Raises KeyError: there is no such kind."""
    slug, _, rest = start.partition("/")
    base = kinds()[slug].base
    names = map(from_iri, labels.stretch(release, base, base + rest, STRETCH))
    return (name for name in names if name and name.kind == slug)


def alike(release: Release, name: Name, most: int) -> list[Name]:
    """Things of a kind whose keys begin as a key does: as far as any of them does, but no less than half of it."""
    base = kinds()[name.kind].base
    for length in range(min(len(name.key), _LONGEST), max(3, len(name.key) // 2) - 1, -1):
        start = base + name.key[:length]
        found = [one for iri in labels.stretch(release, start, start, most) if (one := from_iri(iri))]
        if found:
            return found
    return []
