"""What is offered here, told in DCAT-AP 3.0.1: a catalogue with its datasets, distributions and data services.

Terms of the EU's lists are told with the list that they are of, so that who checks need not fetch the lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from pyoxigraph import Literal, NamedNode, Quad

from terrinclus_kg.config import Settings
from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import (
    BASE,
    DATASET,
    DCAT,
    DCT,
    ENDPOINT,
    FOAF,
    PROV,
    RDF,
    RDFS,
    SKOS,
    XSD,
    Namespace,
)
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.catalogue import message
from terrinclus_kg.server.context import here
from terrinclus_kg.server.holdings import SourceGraph
from terrinclus_kg.server.offer import SERIES, Catalogue, File, Offered, Service, Texts

CATALOG = NamedNode(BASE + "catalog")
_EU = "http://publications.europa.eu/resource/authority/"
_LANGUAGES = {"fr": f"{_EU}language/FRA", "en": f"{_EU}language/ENG"}
_PUBLIC, _IRREGULAR = f"{_EU}access-right/PUBLIC", f"{_EU}frequency/IRREG"
_IANA = "https://www.iana.org/assignments/media-types/"
_FILE_TYPES = {
    "text/turtle": "RDF_TURTLE",
    "application/ld+json": "JSON_LD",
    "application/rdf+xml": "RDF_XML",
    "application/n-triples": "RDF_N_TRIPLES",
    "application/trig": "RDF_TRIG",
    "application/n-quads": "RDF_N_QUADS",
    "text/csv": "CSV",
    "application/geo+json": "GEOJSON",
}
_VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
PREFIXES = {"dcterms": str(DCT), "vcard": str(_VCARD), "spdx": str(SPDX)}  # beside those of the data
_SHA256 = SPDX["checksumAlgorithm_sha256"]
_GZIP = _IANA + "application/gzip"
_CONTACT = NamedNode(CATALOG.value + "#contact")
Triples = Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]


def of_catalogue(settings: Settings, offered: Catalogue) -> list[Quad]:
    """The catalogue, as quads of the default graph."""
    parts = (
        _catalog(settings, offered),
        _all(settings, offered),
        _agents(settings),
        _services(settings, offered),
        _terms(settings, offered),
    )
    return list(dict.fromkeys(Quad(*triple) for part in parts for triple in part))


def of_releases(settings: Settings, versions: Sequence[Offered]) -> list[Quad]:
    """Releases, told as the catalogue tells of them."""
    told = (triple for version in versions for triple in _dataset(settings, version))
    triples = chain(told, _series(settings, versions), _agents(settings), _terms(settings, versions))
    return list(dict.fromkeys(Quad(*triple) for triple in triples))


def _catalog(settings: Settings, offered: Catalogue) -> Triples:
    yield CATALOG, RDF["type"], DCAT["Catalog"]
    title = N_("%(name)s: catalogue of data and services")
    for language in LANGUAGES:
        text = message(title, language, name=about().name)
        yield CATALOG, DCT["title"], Literal(text, language=language)
        yield CATALOG, DCT["description"], Literal(about().description.of(language), language=language)
    yield from _shared(settings, CATALOG)
    yield from _licensed(CATALOG, offered.whole)
    yield CATALOG, FOAF["homepage"], NamedNode(about().homepage)
    yield CATALOG, DCAT["themeTaxonomy"], NamedNode(f"{_EU}data-theme")
    yield from _times(CATALOG, offered.whole)
    for dataset in (*(each.iri for each in offered), SERIES):
        yield CATALOG, DCAT["dataset"], NamedNode(dataset)
    for service in offered.services:
        yield CATALOG, DCAT["service"], _service(service)


def _all(settings: Settings, offered: Catalogue) -> Triples:
    for dataset in offered:
        yield from _dataset(settings, dataset)
    for version in offered.versions:
        if version.version == offered.whole.version:
            yield DATASET, DCAT["hasCurrentVersion"], NamedNode(version.iri)
    yield from _series(settings, offered.versions)
    for service in offered.services:
        yield from _data_service(settings, service, offered)


def _dataset(settings: Settings, it: Offered) -> Triples:
    node = NamedNode(it.iri)
    yield node, RDF["type"], DCAT["Dataset"]
    yield from _texts(node, it.titles, it.descriptions)
    yield node, DCT["publisher"], NamedNode(about().publisher.iri)
    yield from _contact(settings, node)
    yield from _languages(node, it)
    if it.general:
        yield from _subject(node)
    yield from _times(node, it)
    for licence in it.terms.licences:
        yield node, DCT["license"], NamedNode(licence)
    yield node, DCT["identifier"], Literal(it.iri)
    yield node, DCT["accessRights"], NamedNode(_PUBLIC)
    yield node, DCT["conformsTo"], NamedNode(BASE + "ns")
    yield node, DCAT["landingPage"], here(settings, it.landing)
    yield node, DCT["accrualPeriodicity"], NamedNode(f"{_EU}frequency/NEVER" if it.fixed else _IRREGULAR)
    if it.part_of:
        yield node, DCT["isPartOf"], NamedNode(it.part_of)
    if it.source:
        yield from _source(node, it.source)
    if it.version:
        yield node, DCAT["version"], Literal(it.version)
    for file in it.files:
        yield from _distribution(settings, node, it, file)


def _source(node: NamedNode, it: SourceGraph) -> Triples:
    """What a dataset comes from, and when that was published."""
    source = NamedNode(it.source)
    yield node, PROV["wasDerivedFrom"], source
    yield from _texts(source, it.labels, {})
    for moment in it.said.get(DCT["issued"], ()):
        yield source, DCT["issued"], moment


def _distribution(settings: Settings, holder: NamedNode, it: Offered, file: File) -> Triples:
    address = here(settings, file.path)
    node = _within(it.iri, "queried") if file.asked else NamedNode(f"{address.value}#file")
    yield holder, DCAT["distribution"], node
    yield node, RDF["type"], DCAT["Distribution"]
    if it.fixed or not it.version:  # the files of the whole are those of a release, which says what they are
        yield from _texts(node, {}, it.descriptions)
    yield from _licensed(node, it)
    yield from _languages(node, it)
    yield node, DCAT["accessURL"], address
    yield node, DCAT["downloadURL"], address
    if file.asked:
        yield node, DCAT["accessService"], NamedNode(ENDPOINT)
    else:
        yield node, DCT["title"], Literal(file.name)
    yield node, DCAT["mediaType"], NamedNode(_IANA + file.media_type)
    if file_type := _FILE_TYPES.get(file.media_type):
        yield node, DCT["format"], NamedNode(f"{_EU}file-type/{file_type}")
    if file.compressed:
        yield node, DCAT["compressFormat"], NamedNode(_GZIP)
    if file.size is not None:
        yield node, DCAT["byteSize"], Literal(str(file.size), datatype=XSD["nonNegativeInteger"])
    if file.sha256:
        yield from checksum(node, NamedNode(f"{address.value}#sha256"), file.sha256)


def checksum(of: NamedNode, node: NamedNode, value: str) -> Triples:
    """The SHA-256 of something, as ``node``."""
    yield of, SPDX["checksum"], node
    yield node, RDF["type"], SPDX["Checksum"]
    yield node, SPDX["algorithm"], _SHA256
    yield node, SPDX["checksumValue"], Literal(value, datatype=XSD["hexBinary"])


def _licensed(node: NamedNode, it: Offered) -> Triples:
    """The terms of a dataset, on what may have one licence at most: the first; the statement of rights has them all."""
    for licence in it.terms.licences[:1]:
        yield node, DCT["license"], NamedNode(licence)
    if it.terms.rights:
        own = it.source and it.terms.rights == it.source.texts(DCT["rights"])
        rights = _within(it.iri if own else DATASET.value, "rights")
        yield node, DCT["rights"], rights
        yield rights, RDF["type"], DCT["RightsStatement"]
        for language, text in it.terms.rights.items():
            yield rights, RDFS["label"], Literal(text, language=language or None)
        for licence in it.terms.licences:
            yield rights, DCT["license"], NamedNode(licence)


def _within(iri: str, name: str) -> NamedNode:
    """Something of a dataset, which may have a name with a fragment itself."""
    return NamedNode(f"{iri}{'-' if '#' in iri else '#'}{name}")


def _series(settings: Settings, versions: Iterable[Offered]) -> Triples:
    node = NamedNode(SERIES)
    for version in versions:
        yield NamedNode(version.iri), DCAT["inSeries"], node
        yield NamedNode(version.iri), DCAT["isVersionOf"], DATASET
        yield DATASET, DCAT["hasVersion"], NamedNode(version.iri)
    yield node, RDF["type"], DCAT["DatasetSeries"]
    yield node, RDF["type"], DCAT["Dataset"]
    title, text = N_("%(title)s: releases"), N_("The releases that are kept, each unchanged for ever.")
    titles = {each: message(title, each, title=about().title.of(each)) for each in LANGUAGES}
    yield from _texts(node, titles, {each: message(text, each) for each in LANGUAGES})
    yield from _shared(settings, node)
    yield from _subject(node)
    yield node, DCT["accrualPeriodicity"], NamedNode(_IRREGULAR)
    yield node, DCAT["landingPage"], here(settings, "/releases")


def _service(service: Service) -> NamedNode:
    return NamedNode(ENDPOINT if service.key == "sparql" else f"{CATALOG.value}#{service.key}")


def _data_service(settings: Settings, it: Service, offered: Catalogue) -> Triples:
    node = _service(it)
    yield node, RDF["type"], DCAT["DataService"]
    for language in LANGUAGES:
        yield node, DCT["title"], Literal(message(it.title, language), language=language)
        yield node, DCT["description"], Literal(message(it.text, language), language=language)
    yield from _subject(node)
    yield node, DCT["publisher"], NamedNode(about().publisher.iri)
    yield from _contact(settings, node)
    yield from _licensed(node, offered.whole)
    yield node, DCT["accessRights"], NamedNode(_PUBLIC)
    yield node, DCAT["endpointURL"], here(settings, it.path.partition("?")[0])
    yield node, DCAT["endpointDescription"], here(settings, it.described or "/fr/api")
    yield node, DCAT["servesDataset"], NamedNode(offered.whole.iri)
    yield node, DCAT["landingPage"], here(settings, "/fr/api")
    for standard in it.conforms:
        yield node, DCT["conformsTo"], NamedNode(standard)


def _shared(settings: Settings, node: NamedNode) -> Triples:
    """What is so of the catalogue and of all releases."""
    yield node, DCT["publisher"], NamedNode(about().publisher.iri)
    yield from _languages(node)
    for place in about().spatial:
        yield node, DCT["spatial"], NamedNode(place)
    yield from _contact(settings, node)


def _contact(settings: Settings, node: NamedNode) -> Triples:
    if settings.contact:
        yield node, DCAT["contactPoint"], _CONTACT


def _languages(node: NamedNode, it: Offered | None = None) -> Triples:
    for language in _languages_of(it):
        yield node, DCT["language"], NamedNode(language)


def _languages_of(it: Offered | None = None) -> tuple[str, ...]:
    own = it.languages if it else ()
    return own or tuple(_LANGUAGES[language] for language in about().languages)


def _times(node: NamedNode, it: Offered) -> Triples:
    for term, moment in ((DCT["issued"], it.issued), (DCT["modified"], it.modified)):
        if moment:
            yield node, term, Literal(moment.isoformat(), datatype=XSD["dateTime"])


def _subject(node: NamedNode) -> Triples:
    for theme in about().themes:
        yield node, DCAT["theme"], NamedNode(theme)
    for language in LANGUAGES:
        for word in about().keywords.of(language):
            yield node, DCAT["keyword"], Literal(word, language=language)
    for place in about().spatial:
        yield node, DCT["spatial"], NamedNode(place)


def _texts(node: NamedNode, titles: Texts, descriptions: Texts) -> Triples:
    for term, texts in ((DCT["title"], titles), (DCT["description"], descriptions)):
        for language, text in texts.items():
            yield node, term, Literal(text, language=language or None)


def _agents(settings: Settings) -> Triples:
    publisher = about().publisher
    node = NamedNode(publisher.iri)
    yield node, RDF["type"], FOAF["Agent"]
    yield node, RDF["type"], FOAF[publisher.type]
    yield node, FOAF["name"], Literal(publisher.name)
    if contact := settings.contact:
        yield _CONTACT, RDF["type"], _VCARD["Kind"]
        yield _CONTACT, _VCARD["fn"], Literal(settings.operator or publisher.name)
        mail = "://" not in contact
        yield _CONTACT, _VCARD["hasEmail" if mail else "hasURL"], NamedNode(f"mailto:{contact}" if mail else contact)


def _services(settings: Settings, offered: Catalogue) -> Triples:
    """What the values are that only services have."""
    if offered.services:
        yield from _typed([here(settings, "/fr/api").value], FOAF["Document"])
    yield from _typed((each for service in offered.services for each in service.conforms), DCT["Standard"])
    taxonomy = NamedNode(f"{_EU}data-theme")
    yield taxonomy, RDF["type"], SKOS["ConceptScheme"]
    yield taxonomy, DCT["title"], Literal("Data theme", language="en")


def _terms(settings: Settings, datasets: Iterable[Offered]) -> Triples:
    """What the values are that are no things of ours."""
    told = list(datasets)
    media = [file.media_type for each in told for file in each.files]
    pages = ["/releases", *(each.landing for each in told)]
    for iris, kind in (
        ((iri for each in (None, *told) for iri in _languages_of(each)), DCT["LinguisticSystem"]),
        (about().spatial, DCT["Location"]),
        (about().themes, SKOS["Concept"]),
        ([_GZIP, *(_IANA + each for each in media)], DCT["MediaType"]),
        ((_EU + "file-type/" + _FILE_TYPES[each] for each in media if each in _FILE_TYPES), DCT["MediaTypeOrExtent"]),
        ([BASE + "ns"], DCT["Standard"]),
        ([about().homepage, *(here(settings, path).value for path in pages)], FOAF["Document"]),
        ([_PUBLIC], DCT["RightsStatement"]),
        ([_IRREGULAR, f"{_EU}frequency/NEVER"], DCT["Frequency"]),
        ((iri for each in told for iri in each.terms.licences), DCT["LicenseDocument"]),
        ([_SHA256.value], SPDX["ChecksumAlgorithm"]),
    ):
        yield from _typed(iris, kind)


def _typed(iris: Iterable[str], kind: NamedNode) -> Triples:
    for iri in dict.fromkeys(iris):
        yield NamedNode(iri), RDF["type"], kind
        if iri.startswith(_EU):
            yield NamedNode(iri), SKOS["inScheme"], NamedNode(iri.rpartition("/")[0])
        if kind == SKOS["Concept"]:
            yield NamedNode(iri), SKOS["prefLabel"], Literal(iri.rpartition("/")[2])
