"""What a fragment says of itself: the count and the controls of Triple and Quad Pattern Fragments (sections 4.3 and
4.4 of their specifications), in a graph of its own, whose topic is the dataset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad

from terrinclus_kg.rdf.namespaces import DATASET, DCT, FOAF, RDF, RDFS, SD, VOID, Namespace
from terrinclus_kg.rdf.pattern import PLACES
from terrinclus_kg.resource.fragments import PAGE, Fragment
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.catalogue import message

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
MERGE = NamedNode(DATASET.value + "#merge")  # what quad patterns call the default graph
ESTIMATE = N_("There are more triples than are counted: the number is a lower bound.")
_PROPERTIES = {"s": RDF["subject"], "p": RDF["predicate"], "o": RDF["object"], "g": SD["graph"]}
Triples = Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Absolute addresses: of the interface, of the fragment, of this page of it, and of others."""

    interface: str
    fragment: str
    here: str
    first: str
    previous: str
    next: str


def described(fragment: Fragment, at: Addresses, places: str) -> list[Quad]:
    """The metadata of a page. ``places``: the letters of what can be asked for, ``spo`` or ``spog``."""
    graph = NamedNode(at.here + "#metadata")
    parts = (_dataset(graph, at), _form(at, places), _count(fragment, at), _pages(fragment, at))
    return [Quad(*triple, graph) for part in parts for triple in part]


def _dataset(graph: NamedNode, at: Addresses) -> Triples:
    itself, here = NamedNode(at.interface + "#dataset"), NamedNode(at.here)
    yield graph, FOAF["primaryTopic"], itself
    for kind in (VOID["Dataset"], HYDRA["Collection"]):
        yield itself, RDF["type"], kind
    yield itself, DCT["source"], DATASET
    yield itself, VOID["subset"], NamedNode(at.fragment)
    yield itself, VOID["subset"], here
    yield itself, HYDRA["itemsPerPage"], Literal(PAGE)


def _form(at: Addresses, places: str) -> Triples:
    itself, form = NamedNode(at.interface + "#dataset"), NamedNode(at.interface + "#form")
    if "g" in places:
        yield itself, SD["defaultGraph"], MERGE
    names = ",".join(PLACES[place] for place in places)
    yield itself, HYDRA["search"], form
    yield form, RDF["type"], HYDRA["IriTemplate"]
    yield form, HYDRA["template"], Literal(f"{at.interface}{{?{names}}}")
    yield form, HYDRA["variableRepresentation"], HYDRA["ExplicitRepresentation"]
    for place in places:
        mapping = NamedNode(f"{at.interface}#{PLACES[place]}")
        yield form, HYDRA["mapping"], mapping
        yield mapping, HYDRA["variable"], Literal(PLACES[place])
        yield mapping, HYDRA["property"], _PROPERTIES[place]


def _count(fragment: Fragment, at: Addresses) -> Triples:
    for itself in dict.fromkeys((NamedNode(at.fragment), NamedNode(at.here))):
        yield itself, VOID["triples"], Literal(fragment.total)
        yield itself, HYDRA["totalItems"], Literal(fragment.total)
    if not fragment.exact:
        for language in ("fr", "en"):
            yield NamedNode(at.here), RDFS["comment"], Literal(message(ESTIMATE, language), language=language)


def _pages(fragment: Fragment, at: Addresses) -> Triples:
    here = NamedNode(at.here)
    yield here, RDF["type"], HYDRA["PartialCollectionView"]
    if at.fragment != at.here:
        yield NamedNode(at.fragment), VOID["subset"], here
        yield NamedNode(at.fragment), HYDRA["view"], here
    yield here, HYDRA["itemsPerPage"], Literal(PAGE)
    yield here, HYDRA["first"], NamedNode(at.first)
    if fragment.page > 1:
        yield here, HYDRA["previous"], NamedNode(at.previous)
    if fragment.more:
        yield here, HYDRA["next"], NamedNode(at.next)
