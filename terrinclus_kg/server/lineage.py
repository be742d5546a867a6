"""A release as RDF: which version it is (DCAT 3 §11), its files with checksums, what was before and what it changed.

What it did to things is told in ActivityStreams 2.0 (``as:Create``, ``as:Update``, ``as:Delete``), as change lists of
other services are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse

from terrinclus_kg.config import Settings
from terrinclus_kg.rdf.namespaces import DCAT, DCT, OWL, PROV, RDF, RDFS, SCHEMA, VOID, XSD
from terrinclus_kg.server import dcat, offer, releases
from terrinclus_kg.server.context import here
from terrinclus_kg.server.dcat import SPDX
from terrinclus_kg.server.eventstream import AS, TYPES
from terrinclus_kg.store.releases.difference import Changed
from terrinclus_kg.store.releases.layout import Release

PREFIXES = {"as": str(AS), "spdx": str(SPDX)}  # beside those of the data
_INTO = {"merged": OWL["sameAs"], "successor": DCT["isReplacedBy"]}


def _named(release_id: str) -> NamedNode:
    return NamedNode(releases.iri(release_id))


def of(release: Release, settings: Settings) -> Iterator[Triple]:
    """A release, with its files as the catalogue tells of them; one that is not kept has none."""
    yield from _told([release], settings)
    yield from _lineage(release, settings)


def series(found: Sequence[Release], settings: Settings) -> Iterator[Triple]:
    """All releases, as versions of the dataset."""
    yield from _told(found, settings)
    for release in found:
        yield from _lineage(release, settings)


def _told(found: Sequence[Release], settings: Settings) -> Iterator[Triple]:
    return (quad.triple for quad in dcat.of_releases(settings, [offer.version(release) for release in found]))


def _lineage(release: Release, settings: Settings) -> Iterator[Triple]:
    """How much a release holds, what it comes from and what it changed."""
    it, manifest = _named(release.id), release.manifest
    yield Triple(it, RDF["type"], VOID["Dataset"])
    yield Triple(it, RDF["type"], PROV["Entity"])
    yield Triple(it, PROV["generatedAtTime"], Literal(manifest["built_at"], datatype=XSD["dateTime"]))
    if "triples" in manifest:
        yield Triple(it, VOID["triples"], Literal(manifest["triples"]))
    yield from _counts(it, {name: manifest[name] for name in ("quads", "facts", "sources") if name in manifest})
    if "digest" in manifest:  # another engine may hold one that does not say
        yield from _digest(it, manifest["digest"])
    if before := manifest.get("before"):
        yield Triple(it, PROV["wasRevisionOf"], _named(before))
        yield Triple(it, DCAT["previousVersion"], _named(before))
    if difference := manifest.get("difference"):
        page = here(settings, releases.path(release.id, "diff"))
        yield Triple(it, RDFS["seeAlso"], page)
        yield from _counts(it, {name: difference[name] for name in ("added", "removed")})


def _counts(of: NamedNode, counts: Mapping[str, int]) -> Iterator[Triple]:
    """Numbers for which no vocabulary has a property."""
    for name, count in counts.items():
        node = NamedNode(f"{of.value}#{name}")
        yield Triple(of, SCHEMA["additionalProperty"], node)
        yield Triple(node, RDF["type"], SCHEMA["PropertyValue"])
        yield Triple(node, SCHEMA["name"], Literal(name))
        yield Triple(node, SCHEMA["value"], Literal(count))


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the things that a release changed.

    ``path``: where they are; ``change``: which of the three they are, "" for all; ``replaced``: of those that it
    withdrew, by what, as `resource.replaced` tells; ``next``: where there are more, or "".
    """

    path: str
    change: str
    things: tuple[Changed, ...]
    replaced: Mapping[str, Mapping[str, str]]
    next: str


def changes(release: Release, part: Part, settings: Settings) -> Iterator[Triple]:
    """What a release did to some things, as a page of a collection that tells how many there are in all (AS2 §5.4)."""
    told, path = release.manifest["difference"], releases.path(release.id, "diff")
    it, at = here(settings, path), Literal(release.manifest["built_at"], datatype=XSD["dateTime"])
    page = here(settings, part.path)
    yield Triple(it, RDF["type"], AS["OrderedCollection"])
    yield Triple(it, AS["first"], here(settings, f"{path}?after="))
    yield Triple(page, RDF["type"], AS["OrderedCollectionPage"])
    yield Triple(page, AS["partOf"], it)
    yield Triple(it, PROV["wasDerivedFrom"], _named(told["before"]))
    yield Triple(it, AS["context"], _named(release.id))
    yield Triple(it, AS["totalItems"], Literal(sum(told["things"].values())))
    yield from _counts(it, {"added": told["added"], "removed": told["removed"]})
    yield from _counts(it, {f"things-{change}": count for change, count in told["things"].items()})
    if part.next:
        yield Triple(page, AS["next"], here(settings, part.next))
    for thing in part.things:
        activity = here(settings, f"{path}?{releases.asked(thing=thing.iri)}")
        yield Triple(page, AS["items"], activity)
        yield Triple(activity, RDF["type"], TYPES[thing.change])
        yield Triple(activity, AS["object"], NamedNode(thing.iri))
        yield Triple(activity, AS["published"], at)
        for name, other in part.replaced.get(thing.iri, {}).items():
            yield Triple(NamedNode(thing.iri), _INTO[name], NamedNode(other))


def statements(release: Release, sides: Iterable[tuple[bool, bytes]], settings: Settings) -> Iterator[Quad]:
    """Statements that a release added and removed: those in a graph ``#added``, these in one ``#removed``."""
    page = here(settings, releases.path(release.id, "diff")).value
    for added, line in sides:
        for quad in parse(line, format=RdfFormat.N_QUADS, lenient=True):
            graph = NamedNode(f"{page}#{'added' if added else 'removed'}")
            yield Quad(quad.subject, quad.predicate, quad.object, graph)


def _digest(of: NamedNode, value: str) -> Iterator[Triple]:
    node = NamedNode(f"{of.value}#digest")
    yield Triple(node, RDFS["label"], Literal("RDFC-1.0, SHA-256"))
    yield from (Triple(*told) for told in dcat.checksum(of, node, value))
