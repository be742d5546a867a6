"""``export``: the site and its data as files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from terrinclus_kg import configuration
from terrinclus_kg.cli.progress import StepProgress
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ExportFailed
from terrinclus_kg.export import site
from terrinclus_kg.export.places import OPTIONAL

_APP = "terrinclus_kg.server:create_app"  # by its name, as `serve` has it: what is below the server may not import it
_ADDRESS = re.compile(r"https?://[^\s\"'<>?#/]+(/[^\s\"'<>?#]*)?")
_SHOWN = 100  # faults


def _address(_context: Any, _parameter: Any, value: str) -> str:
    if value and not _ADDRESS.fullmatch(value):
        raise click.BadParameter("write http(s)://host/path, without query and fragment")
    return value.rstrip("/")


@click.command()
@click.option(
    "--static",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the files: a new or empty one, or an earlier export, which is replaced.",
)
@click.option("--base-url", "base", default="", callback=_address, help="Address under which DIR will be served.")
@click.option(
    "--without",
    multiple=True,
    metavar="SUFFIX",
    type=click.Choice(OPTIONAL),
    help="Leave out documents of this suffix, such as rdf or ris.",
)
@click.pass_obj
def export(settings: Settings, folder: Path, base: str, without: tuple[str, ...]) -> None:
    """Write the current release as files that any web server or file host can serve.

    All pages in both languages, data documents, dumps, the ontology, and questions with their usual answers; every link
    is followed. What needs a service (search, SPARQL) leads to public_url if that is set, else it is left out.
    """
    configuration.check()
    try:
        with StepProgress() as progress:
            done = site.export(settings, folder, _APP, base=base, without=without, progress=progress)
    except ExportFailed as error:
        for fault in error.faults[:_SHOWN]:
            click.echo(fault, err=True)
        if len(error.faults) > _SHOWN:
            click.echo(f"… and {len(error.faults) - _SHOWN} more", err=True)
        raise
    size = f"{done.bytes / 1024**2:,.0f} MiB"
    click.echo(f"Release {done.release} lies in {folder}: {done.files:,} files, {size}; all links lead to files.")
