"""All things that have a page, a stretch at a time: for those who walk through everything."""

from __future__ import annotations

from collections.abc import Iterator

from terrinclus_kg.rdf.iri import Name, from_iri, kinds
from terrinclus_kg.store.releases import labels
from terrinclus_kg.store.releases.layout import Release

STRETCH = 10_000  # things of a stretch, at most


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
