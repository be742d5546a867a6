"""What this service is and how it is used, in a page of Markdown: ``/llms.txt``, in the form of llmstxt.org.

A title, a quotation that sums up, then lists of links. Only what is there is told: addresses by the routes of the
application, titles and licences by the description of the dataset, limits by the settings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from terrinclus_kg.config import Settings
from terrinclus_kg.questions import all_questions
from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.server import limits, offer, releases
from terrinclus_kg.server.context import endpoint
from terrinclus_kg.store.releases.layout import DUMP, Release

_QUESTIONS = 50  # that are listed
_TOLD = ("public_deadline", "answer_size", "query_size", "client_queries", "client_seconds")
_START = (
    ("/.well-known/void", "Schema", "classes, the properties of each, what these lead to, all counted (VoID, RDF)"),
    ("/completion.json", "Terms", "all classes and properties with labels and definitions (JSON)"),
    ("/prefixes", "Prefixes", "prefix to namespace (JSON)"),
    ("/.well-known/sparql-examples", "Example queries", "the stored questions (RDF)"),
    ("/ns", "Ontology", "the terms with their definitions (page, or RDF by Accept)"),
    ("/catalog", "Catalogue", "datasets, files and services (page, or DCAT-AP by Accept)"),
    ("/limits", "Limits", "every limit and what is answered when it is met (page, or JSON by Accept)"),
    ("/releases", "Releases", "each unchanged for ever, with dumps (page, or JSON by Accept)"),
)


def text(settings: Settings | None, release: Release, rules: Collection[str]) -> str:
    """The page. ``settings``: None if they are not those of the service; ``rules``: of the addresses that there are."""
    services = (_services(rules), _limits(settings)) if "/limits" in rules else ()
    parts = (_about(release), _asking(rules), _start(release, rules), *services, _questions())
    return "\n".join(line for part in parts for line in (*part, ""))


def _about(release: Release) -> Iterator[str]:
    it = about()
    counted = ", ".join(f"{release.manifest[name]} {name}" for name in ("triples", "facts", "sources"))
    yield f"# {it.title.en}"
    yield ""
    yield f"> {it.description.en}."
    yield ""
    yield f"Published by {it.publisher.name}. Release {release.id}: {counted}. Languages: {', '.join(it.languages)}."
    yield f"Licence: {' or '.join(it.licences)}. Base of all identifiers: {it.base}"
    listed = ", ".join(f"{kind.plurals['en']} (/en/{slug})" for slug, kind in kinds().items() if kind.listed)
    yield f"Kinds of things: {listed}."


def _start(release: Release, rules: Collection[str]) -> Iterator[str]:
    yield "## Where to begin"
    yield ""
    for path, title, what in _START:
        if path in rules:
            yield f"- [{title}]({endpoint(path)}): {what}"
    if releases.dump(release):
        yield f"- [Dump]({endpoint(releases.path(release.id, DUMP))}): all quads, sorted N-Quads in gzip"


def _asking(rules: Collection[str]) -> Iterator[str]:
    """Before the first heading: below headings stand lists of links."""
    yield "How to query:"
    yield ""
    if "/sparql" in rules:
        yield f"- SPARQL 1.1 at {endpoint('/sparql')}, `?query=`;"
        yield "  `Accept: application/sparql-results+json` or `text/csv`."
    yield "- Each fact is a named graph: `GRAPH ?fact { … }`; `?fact dct:source ?source ; ti:locator ?where` says who"
    yield "  states it, and where. Without GRAPH each triple counts once."
    yield f"- `{about().base}id/{{kind}}/{{key}}` is the IRI of a thing, {endpoint('/data/{kind}/{key}.ttl')} its data"
    yield "  (also jsonld, rdf, nt, trig, nq)."
    yield "- Cite the IRIs and the sources of what you tell, and the release (header `Terrinclus-Release`)."


def _services(rules: Collection[str]) -> Iterator[str]:
    yield "## Services"
    yield ""
    for service in offer.SERVICES:
        if service.rule in rules:
            yield f"- [{service.title}]({endpoint(service.path)}): {service.text}"


def _limits(settings: Settings | None) -> Iterator[str]:
    yield "## Limits"
    yield ""
    for limit in limits.of(settings) if settings else ():
        if limit.name in _TOLD:
            value = f"{limit.value} {limit.unit('en')}".rstrip()
            yield f"- [{limit.name}]({endpoint(f'/limits#{limit.name}')}): {limit.text('en')}: {value}"
    yield f"- [All limits]({endpoint('/limits')}): one that is met is told by the status, never by a shorter answer"


def _questions() -> Iterator[str]:
    questions = all_questions()
    yield "## Questions"
    yield ""
    for question in questions[:_QUESTIONS]:
        yield f"- [{question.title['en']}]({endpoint(f'/en/questions/{question.slug}')})"
    if len(questions) > _QUESTIONS:
        yield f"- [All {len(questions)} questions]({endpoint('/en/questions')})"
