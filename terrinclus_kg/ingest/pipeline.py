"""Build a release: read → validate → store → infer → check → label → publish.

The same inputs give the same digest. Nothing is published, and nothing that readers see is touched,
unless every step succeeds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import NoRelease, SourceError
from terrinclus_kg.ingest import rules
from terrinclus_kg.ingest.changes import Change, applied, changes_of, record
from terrinclus_kg.ingest.countries import read_countries
from terrinclus_kg.ingest.doubts import doubtful
from terrinclus_kg.ingest.finish import SMOKE_TEST, TOOLS, finish
from terrinclus_kg.ingest.loads import Load, keep, load_lines, loads_of
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.ingest.source import FACT, Input, Source, input_of, read_file, read_sources
from terrinclus_kg.ingest.validate import Report, check_shapes, concerns_us, of_us
from terrinclus_kg.progress import Progress, silent
from terrinclus_kg.rdf.namespaces import GRAPH
from terrinclus_kg.store.releases import dataset, layout
from terrinclus_kg.store.releases.excerpt import Excerpt
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.releases.writer import Draft, Writer

_GRAPHS = {
    "concepts": "concepts",
    "display-labels": "libelles",
    "labels": "libelles",
    "labels-external": "libelles",
}
_ASKED = ("rules", "checks", "index", "facets", "words", "questions")
_OURS = Path(__file__).parent.parent
_MAKERS = (
    "ingest/*.py",
    "rdf/*.py",
    "store/releases/census.py",
    "store/releases/dataset.py",
    "store/search/*.py",
)  # what they say decides on what a release holds


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
    with Writer(settings, "build") as writer:
        current = _current(settings)
        loads = loads if loads is not None else loads_of(current)
        made = _Build(settings, material or Material.default(), loads, changes_of(current), progress)
        return made.run(writer, force=force)


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
        current = _current(settings)
        loads = {load.key: load for load in [*loads_of(current), *new]}
        made = _Build(settings, material, tuple(loads.values()), changes_of(current), progress)
        return made.run(writer, force=False)


def validate(settings: Settings, material: Material | None = None, named: Mapping[str, str] | None = None) -> Report:
    """What `build` would find in shapes and checks, without building; and what is doubtful besides.

    Args:
        named: things that should be there, by IRI, and who says so; None: no doubts are told.

    Raises:
        SourceError: a file cannot be read.
    """
    current = _current(settings)
    material = material or Material.default()
    return _Build(settings, material, loads_of(current), changes_of(current), silent).findings(named)


def read_material(material: Material) -> list[Source]:
    """All sources of a release: the data folders, the countries, the ontology.

    Raises:
        SourceError: a file cannot be read, or no source states a fact.
    """
    sources = list(read_sources(material.data))
    if not any(str(quad.graph_name).startswith(f"<{FACT}") for source in sources for quad in source.quads):
        raise SourceError("no source in this folder states a fact", file=material.data.name)
    return [*sources, *read_countries(material.data), *_ontology(material)]


@dataclass(frozen=True, slots=True)
class _Build:
    """One run of the pipeline: what goes in, and whom to tell how far it is."""

    settings: Settings
    material: Material
    loads: tuple[Load, ...]
    changes: tuple[Change, ...]
    progress: Progress

    def run(self, writer: Writer, *, force: bool) -> Built:
        current = _current(self.settings)
        self.progress("read", 0)
        sources = read_material(self.material)
        inputs = self._inputs(sources)
        if current and not force and current.manifest["inputs"] == inputs:
            return Built(current, Report(()), False)
        draft = writer.draft()
        draft.step("read")
        stated = _lines(sources)
        self.progress("validate", len(stated))
        concerned = list(of_us(self._held(stated)))
        report = self._shapes(concerned).gate()
        draft.step("validate")
        manifest = self._fill(draft, stated, concerned, current) | {"warnings": len(report.warnings), "inputs": inputs}
        self.progress("publish", 0)
        return Built(draft.publish(manifest, SMOKE_TEST), report, True)

    def findings(self, named: Mapping[str, str] | None) -> Report:
        """What keeps this build from being published, found in a draft that is thrown away."""
        stated = _lines(read_material(self.material))
        concerned = list(of_us(self._held(stated)))
        shapes = self._shapes(concerned)
        with tempfile.TemporaryDirectory() as folder, closing(Draft(Path(folder), self.settings)) as draft:
            checks = self._checks(concerned, self._infer(draft, stated))
        doubts = () if named is None else tuple(doubtful(concerned, named))
        return Report((*shapes.blocking, *checks.findings, *shapes.warnings, *doubts))

    def _shapes(self, concerned: list[bytes]) -> Report:
        return check_shapes(filter(concerns_us, concerned), self.material.ontology / "shapes")

    def _checks(self, *lines: list[bytes]) -> Report:
        return rules.run_checks(Excerpt(dataset.merge(list(lines))), self.material.asked("checks"))

    def _infer(self, draft: Draft, stated: list[bytes]) -> list[bytes]:
        """Stores what is stated, loaded and changed, and what the rules infer from it, which is returned."""
        draft.load(self._held(stated), self.progress)
        draft.compact()
        self.progress("infer", 0)
        return rules.infer(draft, self.material.asked("rules"))

    def _fill(
        self, draft: Draft, stated: list[bytes], concerned: list[bytes], before: Release | None
    ) -> dict[str, Any]:
        """Stores, infers, checks, dumps and labels; returns what the manifest says of it."""
        inferred = self._infer(draft, stated)
        self._checks(concerned, inferred).gate()
        everything = dataset.merge([self._held(stated), inferred])
        return finish(draft, everything, before, self.material, self.progress) | {
            "inferred": len(inferred),
            "loads": [asdict(load) for load in self.loads],
            "changes": [record(change) for change in self.changes],
        }

    def _held(self, stated: list[bytes]) -> Iterator[bytes]:
        """All that is not inferred."""
        return applied(dataset.merge([stated, self._loaded()]), self.changes, self.settings)

    def _loaded(self) -> Iterator[bytes]:
        return load_lines(self.loads, self.settings)

    def _inputs(self, sources: list[Source]) -> list[dict[str, str]]:
        """All that a release depends on: files, loads, and the programs that make it."""
        files = [entry for source in sources for entry in source.inputs]
        told = sorted((*self.material.ontology.glob("*.toml"), *(self.material.ontology / "shapes").glob("*.*")))
        asked = [file for name in _ASKED for file in self.material.asked(name)]
        files += [input_of(file, file.parent.parent) for file in (*told, *asked)]
        files += [input_of(file, _OURS) for pattern in _MAKERS for file in sorted(_OURS.glob(pattern))]
        files += [Input(f"load {load.name}", load.key) for load in self.loads]
        files += [Input(f"change {change.key}", change.sha256) for change in self.changes]
        files += [Input(f"{tool} {version(tool)}", "") for tool in ("terrinclus-kg", *TOOLS)]
        return [asdict(entry) for entry in files]


def _ontology(material: Material) -> Iterator[Source]:
    for file in material.terms():
        graph = GRAPH[_GRAPHS.get(file.stem, "ontologie")]
        yield Source(file.stem, tuple(read_file(file, graph, file.parent)), (input_of(file, file.parent),))


def _lines(sources: Iterable[Source]) -> list[bytes]:
    return sorted({dataset.line(quad) for source in sources for quad in source.quads})


def _current(settings: Settings) -> Release | None:
    try:
        return layout.current(settings.releases)
    except NoRelease:
        return None
