"""The things of a dump, one after the other, as tables and maps need them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import IO, cast

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from terrinclus_kg.rdf.iri import Name, from_iri, kinds
from terrinclus_kg.rdf.namespaces import OWL
from terrinclus_kg.rdf.parts import PartsFile
from terrinclus_kg.store.releases import dataset
from terrinclus_kg.store.releases.layout import DUMP

_DEPRECATED, _TRUE = OWL["deprecated"].value, Literal(True)
Values = dict[str, list[NamedNode | Literal]]  # by property


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing that the service has a page for, with all that is said of it, each triple once."""

    name: Name
    values: Values


def triples(folder: Path) -> Iterator[bytes]:
    """The triples of the dump in a folder as sorted N-Triples, each once: lines keep their order without their graphs,
    since no term is the beginning of another and a blank follows each."""
    for line, _ in groupby(map(dataset.triple_of, dataset.read(folder / DUMP))):
        yield line


def things(folder: Path) -> Iterator[Thing]:
    """The things of the dump in a folder, by IRI, but those that are withdrawn (``owl:deprecated``)."""
    bases = tuple(f"<{kind.base}".encode() for kind in kinds().values())
    ours = (line for line in triples(folder) if line.startswith(bases))
    parts = cast(IO[bytes], PartsFile(b"".join(block) for block in dataset.blocks(ours)))
    quads = parse(parts, format=RdfFormat.N_TRIPLES, lenient=True)
    for subject, about in groupby(quads, key=lambda quad: quad.subject):
        name = from_iri(subject.value) if isinstance(subject, NamedNode) else None
        if name:
            values: Values = {}
            for quad in about:
                if isinstance(quad.object, NamedNode | Literal):
                    values.setdefault(quad.predicate.value, []).append(quad.object)
            if _TRUE not in values.get(_DEPRECATED, ()):
                yield Thing(name, values)


class Names:
    """The labels of a release, asked one at a time."""

    def __init__(self, table: sqlite3.Connection) -> None:
        self._table = table
        self.of = lru_cache(65_536)(self._of)  # iri → language → label

    def label(self, iri: str, language: str) -> str:
        """The label in a language, or one in none; "" where there is neither."""
        found = self.of(iri)
        return found.get(language, found.get("", ""))

    def _of(self, iri: str) -> dict[str, str]:
        return dict(self._table.execute("SELECT language, text FROM label WHERE iri = ?", [iri]))


@contextmanager
def names(folder: Path) -> Iterator[Names]:
    """The label table in a folder."""
    with closing(
        sqlite3.connect(f"{(folder / 'labels.db').resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    ) as table:
        yield Names(table)
