"""What is offered here: datasets with their files, and services. `dcat` tells it to programs, ``/catalog`` to people.

A service is offered when its address is one of this application.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from urllib.parse import urlencode

from pyoxigraph import NamedNode

from terrinclus_kg.rdf.about import about, licence_name
from terrinclus_kg.rdf.formats import RDF_FORMATS, TURTLE
from terrinclus_kg.rdf.iri import from_iri
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import BASE, DATASET, DCT
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.server import releases
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.catalogue import message
from terrinclus_kg.server.context import reader
from terrinclus_kg.server.holdings import Holdings, SourceGraph
from terrinclus_kg.server.respond import page_path
from terrinclus_kg.store.releases.layout import Release

RELEASES = 50  # releases that are told, the newest
_ONTOLOGY, SERIES = BASE + "ns", DATASET.value + "/releases"
_ENDPOINT = "/sparql"  # where it is not, there are but files: see `context.rules`
FACTS, REFERENCE = DATASET.value + "/facts", DATASET.value + "/reference"
ANCHORS = {FACTS: "facts", REFERENCE: "reference", SERIES: "releases"}  # where the page of the catalogue tells of them
_DATA = f"/{LANGUAGES[0]}/donnees"
_FROM_SOURCE = N_("What comes from this source: %(n)s facts, and what it gives as a whole.")
_LIST = N_("What this source gives as a whole.")
_LIMITED = N_("Queries have limits; the files of the whole dataset, of which this is a part, have none.")
Texts = Mapping[str, str]  # by language; "" for none


@dataclass(frozen=True, slots=True)
class File:
    """A form in which a dataset is to be had.

    ``path``: its address here; ``size`` and ``sha256`` where they are known; ``asked``: a query makes it.
    """

    path: str
    media_type: str
    compressed: bool = False
    size: int | None = None
    sha256: str = ""
    asked: bool = False

    @property
    def name(self) -> str:
        """What it is called; "" for the answer to a query."""
        return "" if self.asked else self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be done with a dataset: ``licences``, at the choice of who uses it; ``rights``, in words."""

    licences: tuple[str, ...] = ()
    rights: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offered:
    """A dataset.

    ``landing``: the path of its page; ``languages``: where they are not those of all; ``general``: it is about all
    that the whole is about; ``version``: the release that it is; ``fixed``: it never changes.
    """

    iri: str
    titles: Texts
    descriptions: Texts
    files: tuple[File, ...]
    terms: Terms
    landing: str
    part_of: str = ""
    source: SourceGraph | None = None
    languages: tuple[str, ...] = ()
    general: bool = False
    issued: datetime | None = None
    modified: datetime | None = None
    version: str = ""
    fixed: bool = False


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
        N_("Suggestions"),
        N_("Things whose names begin with what is typed, for search fields."),
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
    *(
        Service(
            f"reconcile-{language}",
            "/reconcile/<any(fr, en):lang>",
            f"/reconcile/{language}",
            title,
            N_("What a name may mean, for OpenRefine and others."),
            ("https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/",),
            f"/reconcile/{language}",
        )
        for language, title in (("fr", N_("Reconciliation in French")), ("en", N_("Reconciliation in English")))
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
    versions: tuple[Offered, ...]
    services: tuple[Service, ...]
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
    known = releases.known()
    versions = tuple(version(release) for release in islice(known, RELEASES))
    current = next((each for each in versions if holdings and each.version == holdings.release), None)
    first = known[-1] if known and "before" not in known[-1].manifest else None
    described = about()
    return Catalogue(
        whole=Offered(
            DATASET.value,
            described.title.model_dump(),
            described.description.model_dump(),
            current.files if current else (),
            _of_all(),
            _DATA,
            general=True,
            issued=first.built_at if first else None,
            modified=holdings.built_at if holdings else None,
            version=holdings.release if holdings else "",
        ),
        parts=tuple(_answered(each, rules) for each in _parts(holdings)),
        sources=tuple(_answered(_source(graph), rules) for graph in (holdings.sources if holdings else ())),
        versions=versions,
        services=tuple(_known(service, rules) for service in SERVICES if service.rule in rules and _ENDPOINT in rules),
        more=bool(holdings and holdings.more),
    )


def _known(service: Service, rules: Collection[str]) -> Service:
    """A service, described where there is something."""
    there = service.described == service.path or service.described in rules
    return service if there else replace(service, described="")


def version(release: Release) -> Offered:
    """A release as a dataset."""
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
        releases.iri(release.id),
        {each: message(title, each, title=about().title.of(each), release=release.id) for each in LANGUAGES},
        _texts(N_("All the data as they were published on that day; it never changes.")),
        tuple(files),
        _of_all(),
        f"{releases.path(release.id)}?lang={LANGUAGES[0]}",
        general=True,
        issued=release.built_at,
        version=release.id,
        fixed=True,
    )


def _parts(holdings: Holdings | None) -> Iterator[Offered]:
    listed = holdings is None or holdings.more or any(graph.facts == 0 for graph in holdings.sources)
    whole, terms, catalog = DATASET.value, _of_all(), "/catalog#"
    facts = N_("What the sources state, each fact in a graph of its own, with its source and the place in it.")
    lists = N_("The lists that facts refer to, taken over from those who keep them.")
    words = N_("The classes, properties and concepts of the data, with labels and definitions.")
    for iri, title, text, content in (
        (FACTS, N_("Facts"), facts, "content-of-facts"),
        (REFERENCE, N_("Reference lists"), lists, "content-of-lists"),
    )[: 1 + listed]:
        texts = {each: f"{message(text, each)} {message(_LIMITED, each)}" for each in LANGUAGES}
        files = (_answer(query("pages", content).text),)
        yield Offered(iri, _texts(title), texts, files, terms, catalog + ANCHORS[iri], whole, general=iri == FACTS)
    forms = tuple(File(f"/ns.{each.suffix}", each.media_type) for each in RDF_FORMATS)
    named = reader().labels([_ONTOLOGY]).get(_ONTOLOGY, {}) if holdings else {}
    yield Offered(
        _ONTOLOGY, {**_texts(N_("Ontology")), **named}, _texts(words), forms, terms, f"/ns?lang={LANGUAGES[0]}", whole
    )


def _source(graph: SourceGraph) -> Offered:
    """What comes from one source: a list to refer to where it states no fact. Of the source's own are its title, its
    languages, and what may be done with it, as far as it says."""
    name, own = from_iri(graph.source), Terms(graph.iris(DCT["license"]), graph.texts(DCT["rights"]))
    return Offered(
        graph.iri,
        graph.labels or {"": graph.iri.rpartition("/")[2]},
        {each: message(_FROM_SOURCE if graph.facts else _LIST, each, n=graph.facts) for each in LANGUAGES},
        (_answer(query("pages", "content-of-source").bind(source=NamedNode(graph.source))),),
        own if own.licences or own.rights else _of_all(),
        page_path(name, LANGUAGES[0]) if name else _DATA,
        REFERENCE if graph.facts == 0 else FACTS,
        graph,
        graph.iris(DCT["language"]),
    )


def _answered(it: Offered, rules: Collection[str]) -> Offered:
    """A dataset, without the answers to queries where nothing answers any."""
    return it if _ENDPOINT in rules else replace(it, files=tuple(file for file in it.files if not file.asked))


def _answer(text: str) -> File:
    """The answer to a query."""
    return File("/sparql?" + urlencode({"query": text, "format": TURTLE.suffix}), TURTLE.media_type, asked=True)


def _of_all() -> Terms:
    """The terms of what is published here."""
    licences = about().licences
    if len(licences) == 1:
        return Terms(licences)
    text, names = N_("At the choice of who uses the data: %(licences)s."), ", ".join(map(licence_name, licences))
    return Terms(licences, {each: message(text, each, licences=names) for each in LANGUAGES})


def _texts(text: str) -> Texts:
    return {language: message(text, language) for language in LANGUAGES}
