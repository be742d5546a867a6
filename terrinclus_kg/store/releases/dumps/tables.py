"""The things of each kind as a table: CSV (RFC 4180), one row a thing.

The columns are ``key``, ``iri``, ``label_fr``, ``label_en``, ``types``, then one for each property that things of the
kind have, by its prefixed name: ``dct:subject`` holds IRIs and values without a language, ``dct:description@fr`` texts
in one. Behind a column with IRIs stand ``dct:subject label_fr`` and ``dct:subject label_en``, with a label for each of
its values, in their order. Several values are joined by " | "; a ``|`` or ``\\`` in a value has a ``\\`` before it, so
that each cell can be taken apart again.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import RDF, compact
from terrinclus_kg.store.releases.dumps.packing import described, packed
from terrinclus_kg.store.releases.dumps.things import Names, Thing, names, things

MEDIA_TYPE = "text/csv"
JOINED = " | "
REST = "other"  # the column of what has none of its own, as property=value
_MOST = 400  # columns of properties: loaded data may have any number
_TYPE = RDF["type"].value
Column = tuple[str, str]  # property, language tag or ""


@dataclass(slots=True)
class _Use:
    """What things of a kind say: how many use each column, and in which there are IRIs."""

    columns: Counter[Column] = field(default_factory=Counter)
    linking: set[Column] = field(default_factory=set)

    def see(self, thing: Thing) -> None:
        found = _by_column(thing)
        self.columns.update(found.keys())
        self.linking |= {column for column, values in found.items() if any(map(_is_iri, values))}


class _Table:
    """One file being written."""

    def __init__(self, used: _Use, out: io.TextIOBase) -> None:
        self._columns = sorted(column for column, _ in used.columns.most_common(_MOST))
        self._linking, self._rest = used.linking, len(used.columns) > _MOST
        self._writer = csv.writer(out)
        self._writer.writerow(self._head())

    def _head(self) -> Iterator[str]:
        yield from ("key", "iri", *(f"label_{lang}" for lang in LANGUAGES), "types")
        for column in self._columns:
            yield _called(column)
            if column in self._linking:
                yield from (f"{_called(column)} label_{lang}" for lang in LANGUAGES)
        if self._rest:
            yield REST

    def add(self, thing: Thing, known: Names) -> None:
        """One row."""
        self._writer.writerow(self._row(thing, known))

    def _row(self, thing: Thing, known: Names) -> Iterator[str]:
        name, found = thing.name, _by_column(thing)
        yield from (name.key, name.iri, *(known.label(name.iri, lang) for lang in LANGUAGES))
        yield _joined(compact(term.value) for term in thing.values.get(_TYPE, ()))
        for column in self._columns:
            values = found.pop(column, ())
            yield _joined(value.value for value in values)
            if column in self._linking:
                for lang in LANGUAGES:
                    yield _joined(known.label(value.value, lang) if _is_iri(value) else "" for value in values)
        if self._rest:
            yield _joined(f"{_called(column)}={value.value}" for column, values in found.items() for value in values)


def write(folder: Path) -> list[dict[str, Any]]:
    """Writes a table ``{kind}.csv.gz`` for each kind that the dump in a folder has things of.

    Returns:
        What a list of files says of them.
    """
    used: dict[str, _Use] = {}
    for thing in things(folder):
        used.setdefault(thing.name.kind, _Use()).see(thing)
    files = {kind: folder / f"{kind}.csv.gz" for kind in kinds() if kind in used}
    with ExitStack() as stack, names(folder) as known:
        tables = {kind: _Table(used[kind], stack.enter_context(_text(file))) for kind, file in files.items()}
        for thing in things(folder):
            tables[thing.name.kind].add(thing, known)
    return [described(file, MEDIA_TYPE) for file in files.values()]


def _by_column(thing: Thing) -> dict[Column, list[NamedNode | Literal]]:
    found: dict[Column, list[NamedNode | Literal]] = {}
    for predicate, values in thing.values.items():
        if predicate != _TYPE:
            for value in values:
                found.setdefault((predicate, (getattr(value, "language", None) or "").lower()), []).append(value)
    return found


def _called(column: Column) -> str:
    return "@".join(filter(None, (compact(column[0]), column[1])))


def _is_iri(value: NamedNode | Literal) -> bool:
    return isinstance(value, NamedNode)


def _joined(values: Iterable[str]) -> str:
    return JOINED.join(value.replace("\\", "\\\\").replace("|", "\\|") for value in values)


@contextmanager
def _text(file: Path) -> Iterator[io.TextIOWrapper]:
    with packed(file) as out:
        text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=False)
        yield text
        text.detach()
