"""All files of a release that people take away, and the list of them with sizes and checksums.

dataset.nq.gz      the dump itself: all quads, sorted
dataset.trig.gz    the same, graph by graph
dataset.jsonld.gz  the same as expanded JSON-LD, graph by graph
dataset.ttl.gz     the triples merged, each once
{kind}.csv.gz      see `tables`
places.geojson.gz  see `places`
SHA256SUMS         as `sha256sum --check` reads it
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from pyoxigraph import parse, serialize

from terrinclus_kg.rdf.formats import JSON_LD, N_QUADS, N_TRIPLES, TRIG, TURTLE, Format
from terrinclus_kg.rdf.namespaces import prefixes
from terrinclus_kg.rdf.parts import PartsFile
from terrinclus_kg.store.releases import dataset
from terrinclus_kg.store.releases.dumps import places, tables
from terrinclus_kg.store.releases.dumps.packing import described, packed
from terrinclus_kg.store.releases.dumps.things import triples
from terrinclus_kg.store.releases.layout import DUMP

SUMS = "SHA256SUMS"
_FORMS = (TRIG, JSON_LD, TURTLE)
Entry = dict[str, Any]  # what the list says of a file


def dataset_files(*, all_of_them: bool) -> tuple[str, ...]:
    """The names of those that hold the whole dataset."""
    return (DUMP, *(_name(form) for form in _FORMS)) if all_of_them else (DUMP,)


def write(folder: Path) -> list[Entry]:
    """Makes all files of a release from its dump and its labels, which are in the folder. Memory is bounded.

    Returns:
        The list of them, the dump first: name, media type of what is in the file, bytes and sha256 of the file.
    """
    found = write_dump_only(folder)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        by_graph = Path(scratch, "by-graph.nq")
        with by_graph.open("wb") as out:
            out.writelines(_by_graph(folder, Path(scratch)))
        for form in (TRIG, JSON_LD):
            with by_graph.open("rb") as lines:
                found.append(_serialized(lines, N_QUADS, folder, form))
    found.append(_serialized(triples(folder), N_TRIPLES, folder, TURTLE))
    found += [*tables.write(folder), *places.write(folder)]
    _write_sums(folder, found)
    return found


def write_dump_only(folder: Path) -> list[Entry]:
    """As `write`, of the dump alone: what takes no time."""
    found = [described(folder / DUMP, N_QUADS.media_type)]
    _write_sums(folder, found)
    return found


def faults(folder: Path, entries: Iterable[Entry]) -> Iterator[str]:
    """The names of files that are not what the list says of them, or are not there."""
    entries = list(entries)
    for entry in entries:
        file = folder / entry["name"]
        if not file.is_file() or described(file, entry["media_type"]) != entry:
            yield entry["name"]
    sums = folder / SUMS
    if entries and (not sums.is_file() or sums.read_text() != _sums(entries)):
        yield SUMS


def _write_sums(folder: Path, entries: Iterable[Entry]) -> None:
    (folder / SUMS).write_text(_sums(entries))


def _sums(entries: Iterable[Entry]) -> str:
    return "".join(f"{entry['sha256']}  {entry['name']}\n" for entry in entries)


def _serialized(lines: Iterable[bytes], given: Format, folder: Path, form: Format) -> Entry:
    """Lines in one format as a file in another."""
    file = folder / _name(form)
    parts = cast(IO[bytes], PartsFile(b"".join(block) for block in dataset.blocks(lines)))
    with packed(file) as out:
        ordered = cast(IO[bytes], _Ordered(out, 0 if form is JSON_LD else len(prefixes())))
        serialize(parse(parts, format=given.rdf, lenient=True), ordered, format=form.rdf, prefixes=prefixes())
    return described(file, form.media_type)


def _name(form: Format) -> str:
    return f"dataset.{form.suffix}.gz"


class _Ordered:
    """A file to write to, whose first lines are put in order: the engine writes prefixes in any, and equal data shall
    make equal files."""

    def __init__(self, out: IO[bytes], lines: int) -> None:
        self._out, self._lines, self._head = out, lines, b""

    def write(self, text: bytes) -> int:
        if not self._lines:
            return self._out.write(text)
        self._head += text
        *head, rest = self._head.split(b"\n", self._lines)
        if len(head) == self._lines:
            self._lines = 0
            self._out.write(b"".join(line + b"\n" for line in sorted(head)) + rest)
        return len(text)

    def flush(self) -> None:
        self._out.flush()


def _by_graph(folder: Path, scratch: Path) -> Iterator[bytes]:
    """The lines of the dump by graph, and sorted in each."""
    keyed = (line.rsplit(b" ", 2)[1] + b" " + line for line in dataset.read(folder / DUMP))
    return (row.partition(b" ")[2] for row in dataset.sort_unique(keyed, scratch))
