"""The IRIs of the parts of the dataset that its descriptions speak of: they are the same in all of them."""

from __future__ import annotations

import hashlib
import re

from pyoxigraph import NamedNode

from terrinclus_kg.rdf.namespaces import DATASET, compact

_PLAIN = re.compile(r"[A-Za-z0-9_.\-]+(:[A-Za-z0-9_.\-]+)?\Z")


def part(*iris: str) -> NamedNode:
    """A class; a property of it; a class or datatype of its values."""
    return named(*((compact(iri), iri) for iri in iris))


def named(*names: tuple[str, str]) -> NamedNode:
    """A part of the dataset, after names that people can read; where one cannot stand in an IRI, after a digest of what
    it is the name of."""
    safe = (short if _PLAIN.match(short) else hashlib.sha256(full.encode()).hexdigest()[:16] for short, full in names)
    return NamedNode(f"{DATASET.value}#{'/'.join(safe)}")
