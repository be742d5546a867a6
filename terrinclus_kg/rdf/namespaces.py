"""The prefixes of ``ontology/prefixes.ttl`` and the namespaces that the program itself names.

Two of them are easily taken for one. `TI` is the vocabulary of the product: facts, sources, and how they are told
(``ontology/facts.ttl``); it is the same wherever the service runs. `BASE` is where the IRIs of the dataset begin
(``ontology/dataset.toml``): things, graphs, concepts, and the dataset's own ontology, `NS`.
"""

from __future__ import annotations

from functools import cache

from pyoxigraph import Literal, NamedNode

from terrinclus_kg import resources
from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.checked import turtle

BASE = about().base
ENDPOINT = BASE + "sparql"  # also the base IRI of queries and updates (SPARQL 1.1 Protocol §2.3)
_SH = "http://www.w3.org/ns/shacl#"
_PREFIXES = "ontology/prefixes.ttl"


class Namespace(str):
    """An IRI prefix: ``DCT["source"]`` is a term of it."""

    __slots__ = ()

    def __getitem__(self, name: object) -> NamedNode:  # type: ignore[override]
        return NamedNode(f"{self!s}{name}")


TI = Namespace("https://w3id.org/terrinclus/ns#")
STATUS = Namespace("https://w3id.org/terrinclus/concept/statut/")  # of facts: enonce (stated), infere (inferred)
NS = Namespace(BASE + "ns#")
GRAPH = Namespace(BASE + "graph/")
RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
DCT = Namespace("http://purl.org/dc/terms/")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
PROV = Namespace("http://www.w3.org/ns/prov#")
BIBO = Namespace("http://purl.org/ontology/bibo/")
SCHEMA = Namespace("https://schema.org/")
SH = Namespace(_SH)
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = Namespace("http://rdfs.org/ns/void#")
VOID_EXT = Namespace("http://ldf.fi/void-ext#")
ORG = Namespace("http://www.w3.org/ns/org#")

_USED = {
    "ti": TI, "graph": GRAPH, "dct": DCT, "dcat": DCAT, "foaf": FOAF, "org": ORG, "owl": OWL, "prov": PROV, "rdf": RDF,
    "rdfs": RDFS, "schema": SCHEMA, "sd": SD, "sh": SH, "skos": SKOS, "void": VOID, "xsd": XSD,
}  # fmt: skip

PUBLICATION = GRAPH["publication"]  # about the release itself
DATASET = NamedNode(f"{BASE}dataset/{about().key}")
LICENCES = tuple(NamedNode(iri) for iri in about().licences)  # of the data, at the choice of who uses them
LICENCE = LICENCES[0]  # where one alone may be named
PUBLISHER = NamedNode(about().publisher.iri)  # and the editors, whose facts are those that are inferred


@cache
def prefixes() -> dict[str, str]:
    """Prefix → namespace IRI, in the order of ``ontology/prefixes.ttl`` (SHACL §5.2.1), then those that the queries of
    the product use and that stand there not."""
    names: dict[str, str] = {}
    spaces: dict[str, str] = {}
    for quad in turtle(resources.find(_PREFIXES), _PREFIXES):
        if not isinstance(quad.object, Literal):
            continue
        if quad.predicate.value == _SH + "prefix":
            names[str(quad.subject)] = quad.object.value
        elif quad.predicate.value == _SH + "namespace":
            spaces[str(quad.subject)] = quad.object.value
    declared = {name: spaces[subject] for subject, name in names.items()}
    return declared | {name: str(iri) for name, iri in _USED.items() if name not in declared}


@cache
def _by_length() -> list[tuple[str, str]]:
    return sorted(((iri, prefix) for prefix, iri in prefixes().items()), key=lambda pair: -len(pair[0]))


def compact(iri: str) -> str:
    """The IRI as ``prefix:local`` for people to read, or unchanged."""
    for namespace, prefix in _by_length():
        if iri.startswith(namespace) and len(iri) > len(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def expand(curie: str) -> str:
    """``dct:source`` → IRI.

    Raises:
        KeyError: the prefix is not declared.
    """
    prefix, _, local = curie.partition(":")
    return prefixes()[prefix] + local


def sparql_prologue(text: str) -> str:
    """``PREFIX`` lines for declared prefixes that ``text`` uses and does not declare itself; ``base:`` is `BASE`."""
    lower = text.lower()
    lines = [
        f"PREFIX {prefix}: <{iri}>"
        for prefix, iri in [*prefixes().items(), ("base", BASE)]
        if f"{prefix}:" in text and f"prefix {prefix}:" not in lower
    ]
    return "".join(line + "\n" for line in lines)
