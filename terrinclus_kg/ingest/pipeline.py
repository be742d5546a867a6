"""Build a release: read → validate → store → infer → check → label → publish.

The same inputs give the same digest. Nothing is published, and nothing that readers see is touched,
unless every step succeeds.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from terrinclus_kg import resources
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import NoRelease, SourceError, ValidationFailed
from terrinclus_kg.ingest.countries import read_countries
from terrinclus_kg.ingest.describe import label_rows, publication
from terrinclus_kg.ingest.loads import Load, keep, load_lines
from terrinclus_kg.ingest.source import Input, Source, input_of, read_file, read_sources
from terrinclus_kg.ingest.validate import Finding, Report, check_shapes
from terrinclus_kg.progress import Progress, silent
from terrinclus_kg.rdf.namespaces import GRAPH, compact, sparql_prologue
from terrinclus_kg.rdf.queries import parse_query
from terrinclus_kg.store import dataset, layout
from terrinclus_kg.store.layout import Release
from terrinclus_kg.store.writer import Draft, Writer

INFERRED = GRAPH["infere"]
_GRAPHS = {"terrinclus": "ontologie", "prefixes": "ontologie", "display-labels": "libelles"}
_SMOKE_TEST = "ASK { ?fact a <https://w3id.org/terrinclus/ns#Fact> ; <http://purl.org/dc/terms/source> ?source }"
_TOOLS = ("pyoxigraph", "rdflib", "pyshacl", "pycountry", "Babel")


@dataclass(frozen=True, slots=True)
class Material:
    """The folders that a release is built from."""

    data: Path
    ontology: Path
    queries: Path

    @classmethod
    def default(cls) -> Material:
        """Those of this checkout or installation."""
        return cls(*(resources.root(name) for name in ("data", "ontology", "queries")))


@dataclass(frozen=True, slots=True)
class Built:
    """The outcome of `build`. ``fresh`` is False when the current release already was what the inputs say."""

    release: Release
    report: Report
    fresh: bool


def build(
    settings: Settings,
    material: Material | None = None,
    *,
    loads: tuple[Load, ...] | None = None,
    force: bool = False,
    progress: Progress = silent,
) -> Built:
    """Builds and publishes a release.

    Args:
        material: where to read; by default this installation's own folders.
        loads: loaded files to include; by default those of the current release.
        force: build even if the inputs are those of the current release.
        progress: told of each step and how far it is.

    Raises:
        SourceError: a file cannot be read.
        ValidationFailed: a required shape or check fails.
        WriterBusy: another process is publishing.
    """
    material = material or Material.default()
    with Writer(settings, "build") as writer:
        loads = loads if loads is not None else _loads_of(_current(settings))
        return _build(writer, settings, material, loads, force, progress)


def load(
    files: Iterable[Path],
    settings: Settings,
    *,
    graph: str | None = None,
    source: str = "",
    progress: Progress = silent,
) -> Built:
    """Adds foreign RDF files to the current release and publishes the next one.

    Args:
        graph: IRI of the graph for their triples; by default one a file, named after its content.
        source: key of the source in ``data/`` that the files come from.

    Raises:
        SourceError: a file cannot be read, or the source is unknown; nothing has been changed.
        ValidationFailed: the whole would not pass the required shapes; nothing has been changed.
        WriterBusy: another process is publishing.
    """
    material = Material.default()
    if source and not any(material.data.glob(f"*/{source}/source.toml")):
        raise SourceError("no folder of this name in data/ describes this source", file=source)
    files = list(files)
    with Writer(settings, f"load {' '.join(file.name for file in files)}") as writer:
        new = [keep(file, settings, graph=graph, source=source, progress=progress) for file in files]
        loads = {load.key: load for load in [*_loads_of(_current(settings)), *new]}
        return _build(writer, settings, material, tuple(loads.values()), False, progress)


def _build(
    writer: Writer,
    settings: Settings,
    material: Material,
    loads: tuple[Load, ...],
    force: bool,
    progress: Progress,
) -> Built:
    current = _current(settings)
    progress("read", 0)
    sources = read_material(material)
    inputs = _inputs(sources, material, loads)
    if current and not force and current.manifest["inputs"] == inputs:
        return Built(current, Report(()), False)
    draft = writer.draft()
    draft.step("read")
    stated = _stated(sources)
    progress("validate", len(stated))
    report = _gate(check_shapes(stated, material.ontology / "shapes", load_lines(loads, settings)))
    draft.step("validate")
    release = _fill_and_publish(draft, stated, loads, material, settings, report, inputs, progress)
    return Built(release, report, True)


def validate(material: Material | None = None) -> Report:
    """What `build` would find in shapes, without building.

    Raises:
        SourceError: a file cannot be read.
    """
    material = material or Material.default()
    return check_shapes(_stated(read_material(material)), material.ontology / "shapes")


def read_material(material: Material) -> list[Source]:
    """All sources of a release: the data folders, the countries, the ontology."""
    return [*read_sources(material.data), read_countries(), *_ontology(material.ontology)]


def _ontology(folder: Path) -> Iterator[Source]:
    for file in sorted(folder.glob("*.ttl")):
        graph = GRAPH[_GRAPHS.get(file.stem, file.stem)]
        yield Source(file.stem, tuple(read_file(file, graph, folder)), (input_of(file, folder),))


def _stated(sources: Iterable[Source]) -> list[bytes]:
    return sorted({dataset.line(quad) for source in sources for quad in source.quads})


def _gate(report: Report) -> Report:
    if report.blocking:
        count = len(report.blocking)
        raise ValidationFailed(f"{count} required constraint{'s' * (count > 1)} not met", str(report))
    return report


def _fill_and_publish(
    draft: Draft,
    stated: list[bytes],
    loads: tuple[Load, ...],
    material: Material,
    settings: Settings,
    report: Report,
    inputs: list[dict[str, str]],
    progress: Progress,
) -> Release:
    parts: list[Iterable[bytes]] = [stated, load_lines(loads, settings)]
    draft.load(dataset.merge(parts), progress)
    progress("infer", 0)
    inferred = infer(draft, material.queries / "rules")
    _gate(run_checks(draft, material.queries / "checks"))
    progress("dump", 0)
    parts = [stated, load_lines(loads, settings), inferred]
    digest, quads = dataset.write(dataset.merge(parts), draft.path / "dataset.nq.gz")
    draft.step("dump")
    built_at = datetime.now(UTC).replace(microsecond=0)
    draft.load(publication(built_at, digest, quads))
    progress("labels", 0)
    labels = draft.write_labels(label_rows(draft))
    draft.step("labels")
    manifest: dict[str, Any] = {
        "format": 1,
        "built_at": built_at.isoformat(),
        "digest": digest,
        "quads": quads,
        **_counts(draft),
        "labels": labels,
        "inferred": len(inferred),
        "warnings": len(report.warnings),
        "inputs": inputs,
        "loads": [asdict(load) for load in loads],
        "versions": {tool: version(tool) for tool in _TOOLS} | {"python": platform.python_version()},
    }
    progress("publish", 0)
    return draft.publish(manifest, _SMOKE_TEST)


def infer(draft: Draft, rules: Path) -> list[bytes]:
    """Runs each rule on what is stated and on what the rules before it inferred.

    Returns:
        The inferred quads as sorted lines; they are loaded, in a graph of their own.
    """
    found: list[bytes] = []
    for file in sorted(rules.glob("*.rq")):
        new = draft.construct(parse_query(file.stem, file.read_text(encoding="utf-8")).text, INFERRED)
        draft.load(new)
        found += new
    return sorted(set(found))


def run_checks(draft: Draft, checks: Path) -> Report:
    """Runs the check queries: each row is a fault, told by the title of its query."""
    faults = []
    for file in sorted(checks.glob("*.rq")):
        check = parse_query(file.stem, file.read_text(encoding="utf-8"))
        for row in draft.select(check.text):
            shown = [compact(getattr(term, "value", str(term))) for term in row.values() if term is not None]
            faults.append(Finding(True, shown[0] if shown else check.slug, "", " ".join(shown[1:]), check.title))
    return Report(tuple(faults))


def _counts(draft: Draft) -> dict[str, int]:
    def count(pattern: str) -> int:
        query = f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}"
        (row,) = draft.select(sparql_prologue(query) + query)
        return int(row["n"].value)

    return {
        "triples": count("?s ?p ?o"),
        "facts": count("?fact a ti:Fact"),
        "sources": count("?source a ti:Source"),
    }


def _current(settings: Settings) -> Release | None:
    try:
        return layout.current(settings.releases)
    except NoRelease:
        return None


def _loads_of(release: Release | None) -> tuple[Load, ...]:
    return tuple(Load(**load) for load in release.manifest["loads"]) if release else ()


def _inputs(sources: list[Source], material: Material, loads: tuple[Load, ...]) -> list[dict[str, str]]:
    files = [entry for source in sources for entry in source.inputs]
    for folder in (material.ontology / "shapes", material.queries / "rules", material.queries / "checks"):
        files += [input_of(file, folder.parent) for file in sorted(folder.glob("*.*"))]
    files += [Input(f"load {load.name}", load.key) for load in loads]
    files += [Input(f"{tool} {version(tool)}", "") for tool in ("terrinclus-kg", *_TOOLS)]
    return [asdict(entry) for entry in files]
