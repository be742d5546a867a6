"""What a release says of itself, and the labels that pages read in one batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import product

from pyoxigraph import Literal, NamedNode, Quad

from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.iri import from_iri
from terrinclus_kg.rdf.labels import LANGUAGES, PROPERTIES
from terrinclus_kg.rdf.namespaces import (
    DATASET,
    DCAT,
    DCT,
    FOAF,
    LICENCES,
    OWL,
    PUBLICATION,
    RDF,
    RDFS,
    SKOS,
    VOID,
    XSD,
    sparql_prologue,
)
from terrinclus_kg.store.releases.writer import Draft

_DEFINITIONS = (SKOS["definition"], RDFS["comment"], DCT["description"])
_BATCH = 500  # terms that are asked for at a time
_LONGEST = 1000  # characters of a text of a term


def publication(built_at: datetime, digest: str, triples: int) -> list[Quad]:
    """The graph about the release. It is the only part of a release that holds a
    time of building, and so the only part that its digest does not cover."""
    told = {DCT["title"]: about().title, DCT["description"]: about().description}
    return [
        Quad(DATASET, RDF["type"], DCAT["Dataset"], PUBLICATION),
        Quad(DATASET, RDF["type"], VOID["Dataset"], PUBLICATION),
        *(
            Quad(DATASET, term, Literal(text.of(each), language=each), PUBLICATION)
            for term, text in told.items()
            for each in LANGUAGES
        ),
        Quad(DATASET, DCT["publisher"], NamedNode(about().publisher.iri), PUBLICATION),
        Quad(DATASET, FOAF["homepage"], NamedNode(about().homepage), PUBLICATION),
        *(Quad(DATASET, DCT["license"], licence, PUBLICATION) for licence in LICENCES),
        Quad(DATASET, DCT["identifier"], Literal(digest), PUBLICATION),
        Quad(DATASET, DCT["modified"], Literal(built_at.isoformat(), datatype=XSD["dateTime"]), PUBLICATION),
        Quad(DATASET, VOID["triples"], Literal(triples), PUBLICATION),
    ]


def label_rows(draft: Draft) -> Iterator[tuple[str, str, str]]:
    """IRI, language, text of every label in a draft, best first. What is withdrawn has none: no list names it."""
    withdrawn = {row["thing"] for row in draft.select(f"SELECT ?thing {{ ?thing {OWL['deprecated']} true }}")}
    gone = {thing for thing in withdrawn if isinstance(thing, NamedNode) and from_iri(thing.value)}
    for predicate in PROPERTIES:
        query = f"SELECT ?thing ?label WHERE {{ ?thing {predicate} ?label FILTER(isLiteral(?label)) }}"
        yield from (_label(row["thing"], row["label"]) for row in draft.select(query) if row["thing"] not in gone)
    facts = "SELECT ?thing ?id ?label WHERE { ?thing a ti:Fact ; dct:identifier ?id ; dct:description ?label }"
    for row in draft.select(sparql_prologue(facts) + facts):
        iri, language, text = _label(row["thing"], row["label"])
        yield iri, language, f"{row['id'].value} – {text}"


def texts(draft: Draft, terms: Sequence[str]) -> dict[str, dict[str, dict[str, str]]]:
    """What people are told of terms: IRI → "label" or "definition" → language ("" for none) → text, best first."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for what, predicates in (("label", PROPERTIES), ("definition", _DEFINITIONS)):
        for predicate, first in product(predicates, range(0, len(terms), _BATCH)):
            names = " ".join(f"<{term}>" for term in terms[first : first + _BATCH])
            query = f"SELECT ?thing ?text {{ VALUES ?thing {{ {names} }} ?thing {predicate} ?text }}"
            for row in draft.select(query):
                if isinstance(row["text"], Literal):
                    iri, language, text = _label(row["thing"], row["text"])
                    found.setdefault(iri, {}).setdefault(what, {}).setdefault(language, text[:_LONGEST])
    return dict(sorted(found.items()))


def _label(thing: NamedNode, label: Literal) -> tuple[str, str, str]:
    return thing.value, (label.language or "").lower(), label.value
