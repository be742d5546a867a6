"""A page and its thing in schema.org, to be embedded in the page as JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.formats import RDF_FORMATS
from terrinclus_kg.rdf.iri import is_safe_link
from terrinclus_kg.rdf.namespaces import DATASET
from terrinclus_kg.resource.exchange.said import Rule, Said, forms
from terrinclus_kg.resource.model import Page

CONTEXT = "https://schema.org"
MOST = 50  # values of one property; the documents that the page names as its encodings have all
Document = dict[str, Any]
# With these as JSON escapes and nothing but ASCII, no text can end the element, or begin another.
_UNSAFE = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


def embedded(document: Document) -> str:
    """A JSON document for the inside of a ``script`` element."""
    return json.dumps(document, separators=(",", ":")).translate(_UNSAFE)


def schema_org(page: Page, language: str, address: str, data: str, modified: str) -> Document:
    """A page about a thing.

    Args:
        address: where the page is.
        data: where its data document is, without the suffix of the format.
        modified: the day of the release, as ISO 8601 writes it.
    """
    said = Said(page, language)
    return {"@context": CONTEXT, "@graph": [_thing(said), _page(said, address, data, modified)]}


def _thing(said: Said) -> Document:
    name = said.page.name
    found: dict[str, list[Any]] = {}
    for rule in forms().rules:
        if not rule.kinds or name.kind in rule.kinds:
            found.setdefault(rule.target, []).extend(_written(said, rule))
    names = [_text(text, tag) for tag, text in sorted(said.page.labels.get(name.iri, {}).items())]
    thing: Document = {"@id": name.iri, "@type": said.form("schema", "Thing"), "name": _one_or_many(names)}
    return thing | {target: _one_or_many(values[:MOST]) for target, values in found.items() if values}


def _page(said: Said, address: str, data: str, modified: str) -> Document:
    sources = sorted({mark.source for mark in said.page.marks.values() if mark.source})
    dataset = {"@type": "Dataset", "@id": DATASET.value, "name": about().name, "license": [*about().licences]}
    files = [
        {"@type": "MediaObject", "encodingFormat": form.media_type, "contentUrl": f"{data}.{form.suffix}"}
        for form in RDF_FORMATS
    ]
    page = {
        "@type": "WebPage",
        "@id": address,
        "url": address,
        "name": said.label(said.page.name.iri).text,
        "inLanguage": said.language,
        "mainEntity": {"@id": said.page.name.iri},
        "isPartOf": dataset,
        "license": [*about().licences],
        "dateModified": modified,
        "encoding": files,
    }
    cited = [{"@type": "CreativeWork"} | _link(said, source) for source in sources[:MOST]]
    return page | ({"citation": cited} if cited else {})


def _written(said: Said, rule: Rule) -> list[Any]:
    values = said.values(rule.source)
    match rule.form:
        case "text":
            return [_text(term.value, term.language or "") for term in values if isinstance(term, Literal)]
        case "date":
            return [term.value for term in values if isinstance(term, Literal)]
        case "address":
            return [term.value for term in values if isinstance(term, NamedNode) and is_safe_link(term.value)]
        case "start" | "end":
            ends = [period[rule.form == "end"] for period in said.periods(rule.source)]
            return [end for end in ends if end]
        case "participant":
            return _links(said, said.participants(rule.source))
        case _:
            return _links(said, (term for term in values if isinstance(term, NamedNode)))


def _links(said: Said, terms: Iterable[NamedNode]) -> list[Document]:
    return [_link(said, term.value) for term in terms]


def _link(said: Said, iri: str) -> Document:
    label = said.label(iri)
    return {"@id": iri, "name": _text(label.text, label.language)}


def _text(text: str, language: str) -> str | Document:
    return {"@language": language, "@value": text} if language else text


def _one_or_many(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
