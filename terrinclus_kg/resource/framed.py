"""The record of a thing as applications read it: plain JSON, which is JSON-LD with the quads of its data document."""

from __future__ import annotations

from typing import Any

from pyoxigraph import NamedNode, RdfFormat, parse

from terrinclus_kg.rdf.context import context
from terrinclus_kg.rdf.formats import N_QUADS
from terrinclus_kg.rdf.framing import framed
from terrinclus_kg.rdf.iri import Name
from terrinclus_kg.resource.document import document, notice_of
from terrinclus_kg.store.reader import Reader


def record(reader: Reader, name: Name) -> tuple[dict[str, Any], bool]:
    """The tree of a thing, and whether it is complete: no bound has cut it.

    Raises:
        NotFound, Gone: as `check`.
    """
    quads = list(parse(document(reader, name, N_QUADS).read(), format=RdfFormat.N_QUADS))
    cut = any(quad.subject == notice_of(name) for quad in quads)
    return framed(quads, NamedNode(name.iri), context()), not cut
