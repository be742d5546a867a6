"""Loaded files: foreign RDF that an operator adds to the graph, with where it came from.

A load is parsed inside the wall, kept in the state folder as sorted canonical N-Quads with its
provenance (PROV-O), and listed in the manifest of the release that it is part of. A later build takes the
loads of the current release along, so switching back to an earlier release takes a load back too.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import SourceError
from terrinclus_kg.progress import Progress
from terrinclus_kg.rdf.namespaces import BASE, DCT, PROV, RDF, RDFS, TI, XSD
from terrinclus_kg.store import dataset
from terrinclus_kg.store.parsing import format_of, parse_foreign


@dataclass(frozen=True, slots=True)
class Load:
    """A loaded file, as the manifest records it. ``source`` is the key of a source, or empty."""

    name: str
    sha256: str
    graph: str
    source: str
    loaded_at: str
    quads: int

    @property
    def key(self) -> str:
        """Names the kept file: what was loaded, and where to."""
        return hashlib.sha256(f"{self.sha256} {self.graph} {self.source}".encode()).hexdigest()[:32]


def keep(
    file: Path, settings: Settings, *, graph: str | None = None, source: str = "", progress: Progress
) -> Load:
    """Parses a file inside the wall and keeps its quads; nothing is published yet.

    Args:
        graph: IRI of the graph for its triples; by default one named after its content.
        source: key of a source in ``data/`` that the file comes from.

    Raises:
        SourceError: the file cannot be read; says file, line and reason.
    """
    format_of(file)
    digest = _sha256(file)
    target = graph or f"{BASE}graph/fichier/{digest[:16]}"
    _check_graph(target, file)
    folder = settings.home / "loads"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        raw = Path(scratch) / "raw.nq"
        skolem = f"{BASE}.well-known/genid/{digest[:16]}-"
        quads = parse_foreign(file, raw, settings, graph=target, skolem=skolem, progress=progress)
        loaded_at = datetime.now(UTC).replace(microsecond=0).isoformat()
        load = Load(file.name, digest, target, source, loaded_at, quads)
        progress("sort", quads)
        beside = Path(scratch) / "sorted.nq.gz"
        with raw.open("rb") as lines:
            dataset.write(dataset.sort_unique(lines, Path(scratch)), beside)
        beside.rename(_path(load, settings))
    return load


def load_lines(loads: tuple[Load, ...], settings: Settings) -> Iterator[bytes]:
    """The sorted lines of loads: their quads and their provenance.

    Raises:
        SourceError: the kept file is gone.
    """
    for load in loads:
        if not _path(load, settings).exists():
            raise SourceError("the kept copy of this load is missing: load it again", file=load.name)
    parts = [dataset.read(_path(load, settings)) for load in loads]
    return dataset.merge([*parts, sorted({row for load in loads for row in _provenance(load)})])


def _provenance(load: Load) -> Iterator[bytes]:
    graph = NamedNode(f"{BASE}graph/chargement/{load.key}")
    capture = NamedNode(f"{BASE}fichier/{load.sha256}")
    activity = NamedNode(f"{BASE}chargement/{load.key}")
    tool = NamedNode(f"{BASE}logiciel/terrinclus-kg-{version('terrinclus-kg')}")
    target = NamedNode(load.graph)
    source = NamedNode(f"{BASE}id/source/{load.source}") if load.source else capture
    statements: list[tuple[NamedNode, NamedNode, NamedNode | Literal]] = [
        (capture, RDF["type"], TI["SourceCapture"]),
        (capture, DCT["title"], Literal(load.name)),
        (capture, TI["sha256"], Literal(load.sha256)),
        (target, RDF["type"], TI["SourceGraph"]),
        (target, DCT["source"], source),
        (target, PROV["wasDerivedFrom"], capture),
        (target, PROV["wasGeneratedBy"], activity),
        (activity, RDF["type"], PROV["Activity"]),
        (activity, PROV["used"], capture),
        (activity, PROV["endedAtTime"], Literal(load.loaded_at, datatype=XSD["dateTime"])),
        (activity, PROV["wasAssociatedWith"], tool),
        (tool, RDF["type"], PROV["SoftwareAgent"]),
        (tool, RDFS["label"], Literal(f"terrinclus-kg {version('terrinclus-kg')}")),
    ]
    return (dataset.line(Quad(s, p, o, graph)) for s, p, o in statements)


def _path(load: Load, settings: Settings) -> Path:
    return settings.home / "loads" / f"{load.key}.nq.gz"


def _check_graph(iri: str, file: Path) -> None:
    if iri.startswith(BASE) and not iri.startswith(f"{BASE}graph/fichier/"):
        raise SourceError(f"the graph {iri} is one of ours: choose another", file=file.name)
    try:
        NamedNode(iri)
    except ValueError:
        raise SourceError(f"the graph {iri!r} is not an IRI", file=file.name) from None


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(error.strerror or "cannot be read", file=file.name) from None
