"""``build``, ``validate`` and ``load``: from sources to a published release."""

from __future__ import annotations

from pathlib import Path

import click

from terrinclus_kg import configuration
from terrinclus_kg.cli.progress import StepProgress
from terrinclus_kg.config import Settings
from terrinclus_kg.ingest import pipeline
from terrinclus_kg.ingest.material import Material

_data = click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the sources, instead of the project's own data/.",
)


def _material(data: Path | None) -> Material:
    default = Material.default()
    return Material(data.resolve(), default.ontology, default.queries) if data else default


def _tell(built: pipeline.Built) -> None:
    about = built.release.manifest
    if not built.fresh:
        click.echo(f"Release {built.release.id} is up to date.")
        return
    click.echo(
        f"Release {built.release.id}: {about['facts']} facts from {about['sources']} sources, "
        f"{about['triples']} triples, {about['quads']} quads, digest {about['digest'][:16]}…"
    )
    if built.report.warnings:
        click.echo(f"{built.report.warned}: `terrinclus-kg validate` shows them.")


@click.command()
@_data
@click.option("--force", is_flag=True, help="Build even if nothing has changed since the current release.")
@click.pass_obj
def build(settings: Settings, data: Path | None, force: bool) -> None:
    """Build a release from the sources, and switch to it.

    Nothing is published unless the required shapes and checks pass.
    """
    configuration.check()
    with StepProgress() as progress:
        built = pipeline.build(settings, _material(data), force=force, progress=progress)
    _tell(built)


@click.command()
@_data
@click.pass_obj
def validate(settings: Settings, data: Path | None) -> None:
    """Check the sources, with the loads of the current release, as a build would; nothing is built."""
    configuration.check()
    report = pipeline.validate(settings, _material(data), None if data else configuration.named()).gate()
    for warning in report.warnings:
        click.echo(str(warning))
    click.echo(f"All required shapes and checks pass; {report.warned}.")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--graph", help="IRI of the graph for the triples; by default one per file.")
@click.option("--source", default="", help="Key of the source in data/ that the files come from.")
@click.pass_obj
def load(settings: Settings, files: tuple[Path, ...], graph: str | None, source: str) -> None:
    """Add foreign RDF files to the graph and publish the next release.

    Turtle, N-Triples, N-Quads, TriG, RDF/XML or JSON-LD by the ending of the name, also .gz. The files are
    parsed in a limited process; a faulty one changes nothing. `release switch` to an earlier release takes a
    load back.
    """
    with StepProgress() as progress:
        built = pipeline.load(files, settings, graph=graph, source=source, progress=progress)
    _tell(built)
