"""What pages say of themselves to programs: schema.org, embedded as JSON-LD (`web/templates/metadata.html`)."""

from __future__ import annotations

from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.namespaces import DATASET
from terrinclus_kg.resource import Page, exchange
from terrinclus_kg.server import releases
from terrinclus_kg.server.context import address
from terrinclus_kg.server.respond import page_path
from terrinclus_kg.store.releases.dumps.files import Entry
from terrinclus_kg.store.releases.layout import Release


def of_thing(it: Page, lang: str, release: Release) -> str:
    """Of the page of a thing, and of the thing."""
    page, data = address(page_path(it.name, lang)), address(f"/data/{it.name.path}")
    return exchange.embedded(exchange.schema_org(it, lang, page, data, release.built_at.date().isoformat()))


def of_dataset(lang: str, path: str, release: Release) -> str:
    """Of all that we publish: for the home page and the one about the data."""
    publisher, keywords = about().publisher, about().keywords.of(lang)
    return exchange.embedded(
        {
            "@context": exchange.CONTEXT,
            "@type": "Dataset",
            "@id": DATASET.value,
            "name": about().title.of(lang),
            "alternateName": about().name,
            "description": about().description.of(lang),
            "url": address(path),
            "license": [*about().licences],
            "publisher": {"@type": publisher.type, "@id": publisher.iri, "name": publisher.name},
            "version": release.id,
            "dateModified": release.built_at.date().isoformat(),
            "inLanguage": [*about().languages],
            "isAccessibleForFree": True,
            "includedInDataCatalog": {"@type": "DataCatalog", "name": about().name, "url": address("/catalog")},
        }
        | ({"keywords": [*keywords]} if keywords else {})
        | ({"distribution": files} if (files := [_file(release, entry) for entry in releases.files(release)]) else {})
    )


def _file(release: Release, entry: Entry) -> dict[str, object]:
    told = {
        "@type": "DataDownload",
        "name": entry["name"],
        "encodingFormat": entry["media_type"],
        "contentUrl": address(releases.path(release.id, entry["name"])),
    }
    known = {"contentSize": f"{entry['bytes']} B", "sha256": entry["sha256"]} if "sha256" in entry else {}
    return told | known
