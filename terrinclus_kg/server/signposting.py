"""FAIR Signposting: how programs find from the page of the dataset to its identifier, descriptions and files, and back.

Level 1 is in ``Link`` headers (RFC 8288): of files only the dumps, since proxies give all headers of an answer a few
KiB. Level 2 is a link set (RFC 9264), which has all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.formats import JSON_LD, RDF_FORMATS, TURTLE
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import DATASET, LICENCE, VOID
from terrinclus_kg.server import releases
from terrinclus_kg.server.context import address
from terrinclus_kg.server.releases import VOID_PATH
from terrinclus_kg.server.respond import link
from terrinclus_kg.store.releases.layout import Release

LINKSET, LINKSET_TYPE, LINKSET_TEXT = "/linkset", "application/linkset+json", "application/linkset"
PAGE = "https://schema.org/AboutPage"  # what is told of a page that describes
_CATALOG, _COLLECTION = "https://schema.org/DataCatalog", "https://schema.org/CollectionPage"
_DATASET, _FILE = "https://schema.org/Dataset", "https://schema.org/DataDownload"
_DUMPS = frozenset(form.media_type for form in RDF_FORMATS)
IN_DATASET = link(DATASET.value, VOID["inDataset"].value)  # VoID §6.3, without a triple more in the document
Link = tuple[str, str, dict[str, str]]  # relation, target, attributes


def landing(language: str = LANGUAGES[0]) -> str:
    """The page of the dataset."""
    return address(f"/{language}/donnees")


def of_dataset(release: Release) -> list[str]:
    """``Link`` elements of the page of the dataset."""
    found = [link(target, rel, **more) for rel, target, more in _whole(release, _DUMPS)]
    return [*found, link(LINKSET, "linkset", type=LINKSET_TYPE)]


def of_catalogue(iri: str) -> list[str]:
    """``Link`` elements of the catalogue, whose IRI is given."""
    described = link(VOID_PATH, "describedby", type=TURTLE.media_type)
    return [*_itself(iri, _CATALOG), link(address("/catalog"), "canonical"), described, link(DATASET.value, "item")]


def of_releases(iri: str) -> list[str]:
    """``Link`` elements of the list of releases; ``iri``: that of their series."""
    catalogue = link(f"/catalog.{TURTLE.suffix}", "describedby", type=TURTLE.media_type)
    return [*_formats("/releases"), *_itself(iri, _COLLECTION), catalogue]


def of_release(release: Release, iri: str) -> list[str]:
    """``Link`` elements of the page of a release, whose IRI is given: of its files the dumps, the manifest has all."""
    path = releases.path(release.id)
    found = [*_formats(path), *_itself(iri, PAGE), link(_DATASET, "type"), link("/releases", "collection")]
    found.append(link(f"{path}?format={TURTLE.suffix}", "describedby", type=TURTLE.media_type))
    if releases.kept(release):
        found.append(link(releases.path(release.id, "manifest.json"), "describedby", type="application/json"))
    return [*found, *(link(target, rel, **more) for rel, target, more in _items(release, _DUMPS))]


def of_file(release_id: str) -> list[str]:
    """``Link`` elements of a file of a release."""
    return [link(target, rel, **more) for rel, target, more in _file(release_id)]


def linkset(release: Release) -> dict[str, Any]:
    """All links of the pages of the dataset and of the files of a release (RFC 9264 §4.2)."""
    pages = [_context(landing(each), _whole(release)) for each in LANGUAGES]
    files = [
        _context(address(releases.path(release.id, entry["name"])), _file(release.id))
        for entry in releases.files(release)
    ]
    return {"linkset": [*pages, *files]}


def as_text(links: dict[str, Any]) -> str:
    """A link set as ``application/linkset`` (RFC 9264 §4.1): elements of ``Link``, each with its anchor."""
    return (
        ",\n".join(
            link(each["href"], rel, anchor=context["anchor"], **{k: v for k, v in each.items() if k != "href"})
            for context in links["linkset"]
            for rel, targets in context.items()
            if rel != "anchor"
            for each in targets
        )
        + "\n"
    )


def _whole(release: Release, media_types: frozenset[str] | None = None) -> Iterator[Link]:
    yield "cite-as", DATASET.value, {}
    yield "type", PAGE, {}
    yield "type", _DATASET, {}
    yield "license", LICENCE.value, {}
    yield "author", about().publisher.iri, {}
    for form in (TURTLE, JSON_LD):
        yield "describedby", address(f"/catalog.{form.suffix}"), {"type": form.media_type}
    yield "describedby", address(VOID_PATH), {"type": TURTLE.media_type}
    yield from _items(release, media_types)


def _items(release: Release, media_types: frozenset[str] | None = None) -> Iterator[Link]:
    for entry in releases.files(release):
        if media_types is None or entry["media_type"] in media_types:
            yield "item", address(releases.path(release.id, entry["name"])), {"type": "application/gzip"}


def _itself(iri: str, kind: str) -> list[str]:
    return [link(iri, "cite-as"), link(kind, "type"), link(LICENCE.value, "license")]


def _formats(path: str) -> list[str]:
    return [link(f"{path}?format={form.suffix}", "alternate", type=form.media_type) for form in RDF_FORMATS]


def _file(release_id: str) -> Iterator[Link]:
    yield "collection", landing(), {"type": "text/html"}
    yield "type", _FILE, {}
    yield "license", LICENCE.value, {}
    yield "describedby", address(releases.path(release_id, "manifest.json")), {"type": "application/json"}


def _context(anchor: str, links: Iterator[Link]) -> dict[str, Any]:
    """A link context object (RFC 9264 §4.2.2)."""
    context: dict[str, Any] = {"anchor": anchor}
    for rel, target, more in links:
        context.setdefault(rel, []).append({"href": target, **more})
    return context
