"""What pages say of themselves to programs: schema.org, embedded as JSON-LD (`web/templates/metadata.html`)."""

from __future__ import annotations

from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import DATASET, LICENCE
from terrinclus_kg.resource import Page, exchange
from terrinclus_kg.server import releases
from terrinclus_kg.server.context import address
from terrinclus_kg.server.respond import page_path
from terrinclus_kg.store.releases.layout import DUMP, Release


def of_thing(it: Page, lang: str, release: Release) -> str:
    """Of the page of a thing, and of the thing."""
    page, data = address(page_path(it.name, lang)), address(f"/data/{it.name.path}")
    return exchange.embedded(exchange.schema_org(it, lang, page, data, release.built_at.date().isoformat()))


def of_dataset(lang: str, path: str, release: Release) -> str:
    """Of all that we publish: for the home page and the one about the data."""
    whole = {
        "@type": "DataDownload",
        "encodingFormat": "application/n-quads",
        "contentUrl": address(releases.path(release.id, DUMP)),
    }
    return exchange.embedded(
        {
            "@context": exchange.CONTEXT,
            "@type": "Dataset",
            "@id": DATASET.value,
            "name": about().title.of(lang),
            "alternateName": about().name,
            "description": about().description.of(lang),
            "url": address(path),
            "license": LICENCE.value,
            "version": release.id,
            "dateModified": release.built_at.date().isoformat(),
            "inLanguage": list(LANGUAGES),
            "isAccessibleForFree": True,
        }
        | ({"distribution": [whole]} if release.dump_path.exists() else {})
    )
