"""One table of formats: media type, suffix, engine format, what it can carry.

Media types: RDF 1.1 documents (Turtle, TriG, N-Triples, N-Quads), RFC 3023/7303 (RDF/XML),
JSON-LD 1.1 §10, SPARQL 1.1 Query Results JSON, XML, CSV and TSV.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pyoxigraph import QueryResultsFormat, RdfFormat


class Carries(Enum):
    """What a format can hold."""

    RESULTS = "results"  # solutions or a boolean
    GRAPH = "graph"  # triples
    DATASET = "dataset"  # quads


@dataclass(frozen=True, slots=True)
class Format:
    """A concrete syntax.

    ``aliases`` are further media types that we answer to; ``names`` is what clients call it in ``format=``
    besides its slug, suffix and media types. ``rdf12``: it can carry what RDF 1.2 adds, and can say so.
    """

    slug: str
    media_type: str
    suffix: str
    name: str
    carries: Carries
    aliases: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    utf8_parameter: bool = False
    booleans: bool = True
    rdf12: bool = True

    @property
    def content_type(self) -> str:
        """The ``Content-Type`` value, with charset where the registration has one."""
        return f"{self.media_type}; charset=utf-8" if self.utf8_parameter else self.media_type

    @property
    def rdf(self) -> RdfFormat:
        """The engine's RDF format. Raises KeyError for a result format."""
        return _RDF[self.slug]

    @property
    def results(self) -> QueryResultsFormat:
        """The engine's result format. Raises KeyError for an RDF format."""
        return _RESULTS[self.slug]


_RDF = {
    "turtle": RdfFormat.TURTLE,
    "json-ld": RdfFormat.JSON_LD,
    "rdf-xml": RdfFormat.RDF_XML,
    "n-triples": RdfFormat.N_TRIPLES,
    "trig": RdfFormat.TRIG,
    "n-quads": RdfFormat.N_QUADS,
}
_RESULTS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}

TURTLE = Format(
    "turtle", "text/turtle", "ttl", "Turtle", Carries.GRAPH, ("application/x-turtle",),
    ("n3", "text/n3", "text/rdf+n3", "application/n3", "application/turtle"), utf8_parameter=True,
)  # fmt: skip
JSON_LD = Format(
    "json-ld", "application/ld+json", "jsonld", "JSON-LD", Carries.DATASET, (),
    ("json", "application/json", "application/x-json+ld"), rdf12=False,
)  # fmt: skip
RDF_XML = Format(
    "rdf-xml", "application/rdf+xml", "rdf", "RDF/XML", Carries.GRAPH, (),
    ("xml", "rdf+xml", "application/xml", "text/xml"),
)  # fmt: skip
N_TRIPLES = Format(
    "n-triples", "application/n-triples", "nt", "N-Triples", Carries.GRAPH, ("text/plain",), ("ntriples",)
)
TRIG = Format("trig", "application/trig", "trig", "TriG", Carries.DATASET, ("application/x-trig",))
N_QUADS = Format("n-quads", "application/n-quads", "nq", "N-Quads", Carries.DATASET)

JSON = Format("json", "application/sparql-results+json", "srj", "JSON", Carries.RESULTS, ("application/json",))
XML = Format("xml", "application/sparql-results+xml", "srx", "XML", Carries.RESULTS, ("application/xml", "text/xml"))
CSV = Format("csv", "text/csv", "csv", "CSV", Carries.RESULTS, utf8_parameter=True, booleans=False, rdf12=False)
TSV = Format("tsv", "text/tab-separated-values", "tsv", "TSV", Carries.RESULTS, utf8_parameter=True, booleans=False)

RDF_FORMATS = (TURTLE, JSON_LD, RDF_XML, N_TRIPLES, TRIG, N_QUADS)
RESULT_FORMATS = (JSON, XML, CSV, TSV)
ALL_FORMATS = RDF_FORMATS + RESULT_FORMATS

BY_SLUG = {f.slug: f for f in ALL_FORMATS}
BY_SUFFIX = {f.suffix: f for f in RDF_FORMATS}
BY_NAME = BY_SLUG | {f.suffix: f for f in ALL_FORMATS}  # as people may type them
