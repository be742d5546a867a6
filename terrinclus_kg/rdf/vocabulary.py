"""The terms that the ontology of the dataset declares, and that of the product: what configuration may name."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache

from pyoxigraph import NamedNode, Quad

from terrinclus_kg import resources
from terrinclus_kg.rdf.checked import turtle
from terrinclus_kg.rdf.namespaces import NS, RDF, TI, compact, expand


def statements() -> Iterator[Quad]:
    """All that the files of the ontology say.

    Raises:
        ConfigurationError: one is not Turtle.
    """
    brought = [resources.find(name) for name in resources.PRODUCT if name.endswith(".ttl")]
    for file in dict.fromkeys([*brought, *resources.files("ontology", "*.ttl")]):
        yield from turtle(file, f"ontology/{file.name}")


@cache
def declared() -> frozenset[str]:
    """The IRIs of the terms of our own namespaces that the ontology declares."""
    typed = (quad.subject for quad in statements() if quad.predicate == RDF["type"])
    return frozenset(term.value for term in typed if isinstance(term, NamedNode) and is_own(term.value))


def is_own(iri: str) -> bool:
    """Whether an IRI is a term of the dataset, or of the product."""
    return iri.startswith((NS, TI))


def term(text: str) -> str:
    """``dct:source`` → the IRI of a class or property.

    Raises:
        ValueError: its prefix is not declared; or the namespace is our own, and the ontology has no such term.
    """
    try:
        iri = expand(text)
    except KeyError:
        raise ValueError(f"{text}: its prefix is not declared in ontology/prefixes.ttl") from None
    if is_own(iri) and iri not in declared():
        near = get_close_matches(iri, declared(), 1)
        raise ValueError(f"{text}: the ontology has no such term" + (f": {compact(near[0])}?" if near else ""))
    return iri
