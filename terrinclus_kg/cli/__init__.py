"""The command line: a skin. A command reads its arguments, calls one function and prints."""

from __future__ import annotations

import sys
import tempfile

import click

from terrinclus_kg import __version__
from terrinclus_kg.cli import build, changes, doctor, export, mcp, publish, query, release, serve
from terrinclus_kg.config import Settings, load_settings
from terrinclus_kg.errors import TerrinclusError, ValidationFailed
from terrinclus_kg.store.releases import layout


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="terrinclus-kg")
@click.pass_context
def group(context: click.Context) -> None:
    """Build, check, publish and serve a knowledge graph: that of TERRINCLUS_DATASET, else that of Terrinclus.

    Settings come from terrinclus.toml and TERRINCLUS_* in the environment (see docs/settings.md).
    """
    if not isinstance(context.obj, Settings):
        context.obj = load_settings()


for _command in (
    build.build,
    build.validate,
    build.load,
    changes.update,
    changes.undo,
    changes.changes,
    release.release,
    publish.publish,
    export.export,
    query.query,
    query.question,
    serve.serve,
    mcp.mcp,
    doctor.doctor,
):
    group.add_command(_command)


def main() -> None:
    """Entry point of the console script. Exit status: 0 done, 1 refused or failed, 2 wrong usage."""
    try:
        group(prog_name="terrinclus-kg")
    except ValidationFailed as error:
        click.echo(error.report, err=True)
        click.echo(f"terrinclus-kg: {error.message}; nothing was published", err=True)
        sys.exit(1)
    except TerrinclusError as error:
        click.echo(f"terrinclus-kg: {error.message}", err=True)
        sys.exit(1)
    except OSError as error:  # no space, no permission
        click.echo(f"terrinclus-kg: {_told(error)}", err=True)
        sys.exit(1)


def _told(error: OSError) -> str:
    if not layout.tells_full(error):
        return str(error)
    return f"no space is left on the disk of {error.filename or tempfile.gettempdir()}: free some and try again"
