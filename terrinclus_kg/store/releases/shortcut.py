"""Many quads at once: their canonical lines as the engine writes them, where no quad needs a look of its own.

Four times as fast as `dataset.line` for each quad, and the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, serialize

from terrinclus_kg.rdf.namespaces import BASE
from terrinclus_kg.store.releases import dataset

# What may be a blank node, a triple term, a base direction, or a character that we do not publish (rdf.terms).
_DOUBTFUL = (b"_:", b"<<(", b"--", b"\\u", b"\\b", b"\\f")
_TYPED = re.compile(rb'"[^"\\\n]*+"\^\^<[^>]*+>')


def lines(quads: Sequence[Quad], graph: NamedNode) -> bytes | None:
    """The lines of quads as one text, those of the default graph in ``graph``.

    Returns:
        None: some of them may be doubtful, or not be stored as they are spelled. Then see each by itself.
    """
    graphs = {quad.graph_name for quad in quads}
    here = DefaultGraph()
    if (here in graphs and len(graphs) > 1) or any(str(name).startswith(f"<{BASE}") for name in graphs):
        return None
    text = cast(bytes, serialize(quads, format=RdfFormat.N_QUADS))
    if any(mark in text for mark in _DOUBTFUL):
        return None
    return _as_stored(text.replace(b" .\n", f" {graph} .\n".encode()) if here in graphs else text)


def _as_stored(text: bytes) -> bytes | None:
    """Lines with literals as they come back from the engine."""
    found = _TYPED.findall(text)
    if len(found) < text.count(b'"^^<'):
        return None
    changed = {was: now for was in set(found) if (now := _literal(was)) != was}
    if not changed:
        return text
    if b'\\"' in text:  # what looks like a literal may be the end of one
        return None
    return _TYPED.sub(lambda match: changed.get(match[0], match[0]), text)


@lru_cache(maxsize=65_536)
def _literal(spelled: bytes) -> bytes:
    value, _, datatype = spelled.decode().rpartition('"^^<')
    return str(dataset.as_stored(Literal(value[1:], datatype=NamedNode(datatype[:-1])))).encode()
