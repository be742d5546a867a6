"""What is offered here: datasets with their files, and services. `dcat` tells it to programs, ``/catalog`` to people.

A service is offered when its address is one of this application.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.formats import RDF_FORMATS
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import BASE, DATASET
from terrinclus_kg.server import releases
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.catalogue import message
from terrinclus_kg.server.holdings import Holdings, SourceGraph
from terrinclus_kg.store.releases.layout import Release

RELEASES = 50  # releases that are told, the newest
_ONTOLOGY, _SERIES = BASE + "ns", DATASET.value + "/releases"
_ENDPOINT = "/sparql"  # where it is not, there are but files: see `context.rules`
FACTS, REFERENCE = DATASET.value + "/facts", DATASET.value + "/reference"
Texts = Mapping[str, str]  # by language


@dataclass(frozen=True, slots=True)
class File:
    """A form in which a dataset is to be had. ``path``: its address here; ``size`` and ``sha256`` where they are known;
    ``whole``: it can be downloaded, and needs not be asked."""

    path: str
    media_type: str = ""
    compressed: bool = False
    size: int | None = None
    sha256: str = ""
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Offered:
    """A dataset. ``issued``: when it was published, where it never changes; ``version``: the release that it is."""

    iri: str
    titles: Texts
    descriptions: Texts
    files: tuple[File, ...] = ()
    part_of: str = ""
    source: str = ""
    issued: datetime | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """Something that answers. ``rule``: of its address; ``path``: the address; ``described``: where, for programs."""

    key: str
    rule: str
    path: str
    title: str
    text: str
    conforms: tuple[str, ...] = ()
    described: str = ""


SERVICES = (
    Service(
        "sparql",
        "/sparql",
        "/sparql",
        N_("SPARQL endpoint"),
        N_("Queries in SPARQL 1.1 and 1.2 over all the data."),
        ("http://www.w3.org/TR/sparql11-protocol/",),
        "/sparql",
    ),
    Service(
        "graphs",
        "/graph-store",
        "/graph-store?default",
        N_("Graphs"),
        N_("Each graph by its name, as RDF."),
        ("http://www.w3.org/TR/sparql11-http-rdf-update/",),
    ),
    Service(
        "search",
        "/suggest",
        "/suggest",
        N_("Search"),
        N_("Things whose names begin so, for suggestions while one writes."),
        ("https://github.com/dewitt/opensearch",),
        "/opensearch.xml",
    ),
    Service(
        "questions",
        "/api/questions",
        "/api/questions",
        N_("Questions as an API"),
        N_("The stored questions, answered in JSON and CSV."),
        (),
        "/openapi.json",
    ),
    Service(
        "resources",
        "/api/resources",
        "/api/resources",
        N_("Things as plain JSON"),
        N_("Lists and records for applications; JSON-LD too."),
        (),
        "/openapi.json",
    ),
    Service(
        "fragments",
        "/fragments",
        "/fragments",
        N_("Triple pattern fragments"),
        N_("All triples that fit a pattern, by pages."),
        ("https://linkeddatafragments.org/specification/triple-pattern-fragments/",),
        "/fragments",
    ),
    Service(
        "reconcile",
        "/reconcile/<any(fr, en):lang>",
        "/reconcile/fr",
        N_("Reconciliation"),
        N_("What a name may mean, for OpenRefine and others."),
        ("https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/",),
        "/reconcile/fr",
    ),
    Service(
        "feed",
        "/feed.atom",
        "/feed.atom",
        N_("Changes as a feed"),
        N_("What is new, changed or withdrawn in each release (Atom)."),
        ("https://www.rfc-editor.org/rfc/rfc4287",),
    ),
    Service(
        "ldes",
        "/ldes",
        "/ldes",
        N_("Changes as an event stream"),
        N_("All versions of all things, as a Linked Data Event Stream."),
        ("https://w3id.org/ldes/specification",),
        "/ldes",
    ),
)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that is offered. ``more``: there are more sources than these."""

    whole: Offered
    parts: tuple[Offered, ...]
    sources: tuple[Offered, ...]
    series: str
    versions: tuple[Offered, ...]
    services: tuple[Service, ...]
    modified: datetime | None = None
    more: bool = False

    def __iter__(self) -> Iterator[Offered]:
        """All datasets."""
        yield from (self.whole, *self.parts, *self.sources, *self.versions)


def catalogue(holdings: Holdings | None, rules: Collection[str]) -> Catalogue:
    """What is offered just now.

    Args:
        holdings: what the release holds that is served; None where there is none.
        rules: those of the application's addresses.
    """
    versions = tuple(_version(release) for release in islice(releases.known(), RELEASES))
    current = next((each for each in versions if holdings and each.version == holdings.release), None)
    described = about()
    return Catalogue(
        whole=Offered(
            DATASET.value,
            described.title.model_dump(),
            described.description.model_dump(),
            current.files if current else (),
            version=holdings.release if holdings else "",
        ),
        parts=tuple(_parts(rules)),
        sources=tuple(_source(graph, rules) for graph in (holdings.sources if holdings else ())),
        series=_SERIES,
        versions=versions,
        services=tuple(_known(service, rules) for service in SERVICES if service.rule in rules and _ENDPOINT in rules),
        modified=holdings.built_at if holdings else None,
        more=bool(holdings and holdings.more),
    )


def _known(service: Service, rules: Collection[str]) -> Service:
    """A service, described where there is something."""
    there = service.described == service.path or service.described in rules
    return service if there else replace(service, described="")


def _version(release: Release) -> Offered:
    title = N_("%(title)s, release %(release)s")
    files = (
        File(
            path=releases.path(release.id, entry["name"]),
            media_type=entry["media_type"],
            compressed=entry["name"].endswith(".gz"),
            size=entry.get("bytes"),
            sha256=entry.get("sha256", ""),
        )
        for entry in releases.files(release)
    )
    return Offered(
        f"{BASE}releases/{release.id}",
        {each: message(title, each, title=about().title.of(each), release=release.id) for each in LANGUAGES},
        _texts(N_("All the data as they were published on that day; it never changes.")),
        tuple(files),
        issued=release.built_at,
        version=release.id,
    )


def _parts(rules: Collection[str]) -> Iterator[Offered]:
    asked = (File(_ENDPOINT, whole=False),) if _ENDPOINT in rules else ()
    whole = DATASET.value
    facts = N_("What the sources state, each fact in a graph of its own, with its source and the place in it.")
    lists = N_("The lists that facts refer to, taken over from those who keep them.")
    terms = N_("The classes, properties and concepts of the data, with labels and definitions.")
    forms = tuple(File(f"/ns.{each.suffix}", each.media_type) for each in RDF_FORMATS)
    yield Offered(FACTS, _texts(N_("Facts")), _texts(facts), asked, whole)
    yield Offered(REFERENCE, _texts(N_("Reference lists")), _texts(lists), asked, whole)
    yield Offered(_ONTOLOGY, _texts(N_("Ontology")), _texts(terms), forms, whole)


def _source(graph: SourceGraph, rules: Collection[str]) -> Offered:
    """What comes from one source: a list to refer to where it states no fact."""
    path = "/graph-store?graph=" + graph.iri.replace("#", "%23").replace("&", "%26")
    files = (File(path, "text/turtle"),) if "/graph-store" in rules else ()
    text = N_("What this source gives as a whole, and which facts it states.")
    titles = {each: graph.labels.get(each) or graph.labels.get("") or _any(graph) for each in LANGUAGES}
    part_of = REFERENCE if graph.facts == 0 else FACTS
    return Offered(graph.iri, titles, _texts(text), files, part_of, graph.source)


def _any(graph: SourceGraph) -> str:
    return next(iter(graph.labels.values()), graph.iri)


def _texts(text: str) -> Texts:
    return {language: message(text, language) for language in LANGUAGES}
