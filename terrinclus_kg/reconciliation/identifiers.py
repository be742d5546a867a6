"""Identifiers of things as reconciliation clients keep them: ``kind/key``, which is a path of every page too."""

from __future__ import annotations

from terrinclus_kg.rdf.iri import from_iri, from_path


def identifier(iri: str) -> str:
    """What clients call a thing: ``acteur/adf``, or its IRI where it has no page here."""
    name = from_iri(iri)
    return f"{name.kind}/{name.key}" if name else iri


def resolved(text: str) -> str:
    """The IRI of a thing that has a page here, by its identifier or its IRI; "" if it is neither."""
    name = from_path(text.strip()) or from_iri(text.strip())
    return name.iri if name else ""
