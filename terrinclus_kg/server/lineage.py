"""A release as RDF: which version it is (DCAT 3 §11), its files with checksums, what was before and what it changed.

What it did to things is told in ActivityStreams 2.0 (``as:Create``, ``as:Update``, ``as:Delete``), as change lists of
other services are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse

from terrinclus_kg.config import Settings
from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import DATASET, DCAT, DCT, LICENCE, PROV, RDF, RDFS, VOID, XSD, Namespace
from terrinclus_kg.server import releases
from terrinclus_kg.server.context import here
from terrinclus_kg.store.releases.difference import CHANGED, CREATED, REMOVED, Changed
from terrinclus_kg.store.releases.dumps.files import Entry
from terrinclus_kg.store.releases.layout import Release

AS = Namespace("https://www.w3.org/ns/activitystreams#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
PREFIXES = {"as": str(AS), "spdx": str(SPDX)}  # beside those of the data
_MEDIA = Namespace("https://www.iana.org/assignments/media-types/")
_ACTIVITIES = {CREATED: "Create", CHANGED: "Update", REMOVED: "Delete"}


def address(settings: Settings, release_id: str) -> NamedNode:
    """What a release is called."""
    return here(settings, releases.path(release_id))


def of(release: Release, settings: Settings) -> Iterator[Triple]:
    """A release; one that is not kept has no files."""
    it, manifest = address(settings, release.id), release.manifest
    for kind in (DCAT["Dataset"], VOID["Dataset"], PROV["Entity"]):
        yield Triple(it, RDF["type"], kind)
    for language in LANGUAGES:
        title = f"{about().title.of(language)} – {release.id}"
        yield Triple(it, DCT["title"], Literal(title, language=language))
    built_at = Literal(manifest["built_at"], datatype=XSD["dateTime"])
    yield Triple(it, DCAT["version"], Literal(release.id))
    yield Triple(it, DCAT["isVersionOf"], DATASET)
    yield Triple(it, DCT["issued"], built_at)
    yield Triple(it, PROV["generatedAtTime"], built_at)
    yield Triple(it, DCT["license"], LICENCE)
    if "triples" in manifest:
        yield Triple(it, VOID["triples"], Literal(manifest["triples"]))
    if "digest" in manifest:  # another engine may hold one that does not say
        yield from _checksum(it, manifest["digest"], "RDFC-1.0, SHA-256")
    if before := manifest.get("before"):
        former = address(settings, before)
        yield Triple(it, PROV["wasRevisionOf"], former)
        yield Triple(it, DCAT["previousVersion"], former)
        yield Triple(it, RDFS["seeAlso"], here(settings, releases.path(release.id, "diff")))
    for entry in releases.files(release):
        yield from _file(it, here(settings, releases.path(release.id, entry["name"])), entry)


def series(found: Iterable[Release], settings: Settings) -> Iterator[Triple]:
    """All releases, as versions of the dataset."""
    for release in found:
        yield Triple(DATASET, DCAT["hasVersion"], address(settings, release.id))
        yield from of(release, settings)


def changes(release: Release, things: Iterable[Changed], settings: Settings) -> Iterator[Triple]:
    """What a release did to some things."""
    page = releases.path(release.id, "diff")
    it, at = here(settings, page), Literal(release.manifest["built_at"], datatype=XSD["dateTime"])
    yield Triple(it, RDF["type"], AS["OrderedCollection"])
    yield Triple(it, PROV["wasDerivedFrom"], address(settings, release.manifest["before"]))
    yield Triple(it, AS["context"], address(settings, release.id))
    for thing in things:
        activity = here(settings, f"{page}?{releases.asked(thing=thing.iri)}")
        yield Triple(it, AS["items"], activity)
        yield Triple(activity, RDF["type"], AS[_ACTIVITIES[thing.change]])
        yield Triple(activity, AS["object"], NamedNode(thing.iri))
        yield Triple(activity, AS["published"], at)


def statements(release: Release, sides: Iterable[tuple[bool, bytes]], settings: Settings) -> Iterator[Quad]:
    """Statements that a release added and removed: those in a graph ``#added``, these in one ``#removed``."""
    page = here(settings, releases.path(release.id, "diff")).value
    for added, line in sides:
        for quad in parse(line, format=RdfFormat.N_QUADS, lenient=True):
            graph = NamedNode(f"{page}#{'added' if added else 'removed'}")
            yield Quad(quad.subject, quad.predicate, quad.object, graph)


def _file(release: NamedNode, file: NamedNode, entry: Entry) -> Iterator[Triple]:
    yield Triple(release, DCAT["distribution"], file)
    yield Triple(file, RDF["type"], DCAT["Distribution"])
    yield Triple(file, DCAT["downloadURL"], file)
    yield Triple(file, DCT["title"], Literal(entry["name"]))
    yield Triple(file, DCT["license"], LICENCE)
    yield Triple(file, DCAT["mediaType"], _MEDIA[entry["media_type"]])
    yield Triple(file, DCAT["compressFormat"], _MEDIA["application/gzip"])
    if "sha256" in entry:
        yield Triple(file, DCAT["byteSize"], Literal(str(entry["bytes"]), datatype=XSD["nonNegativeInteger"]))
        yield from _checksum(file, entry["sha256"], "SHA-256")


def _checksum(of: NamedNode, value: str, told: str) -> Iterator[Triple]:
    node = NamedNode(f"{of.value}#sha256")
    yield Triple(of, SPDX["checksum"], node)
    yield Triple(node, RDF["type"], SPDX["Checksum"])
    yield Triple(node, RDFS["label"], Literal(told))
    yield Triple(node, SPDX["algorithm"], SPDX["checksumAlgorithm_sha256"])
    yield Triple(node, SPDX["checksumValue"], Literal(value, datatype=XSD["hexBinary"]))
