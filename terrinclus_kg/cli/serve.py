"""``serve``: the service in production shape (granian, several threads)."""

from __future__ import annotations

import click
from granian import Granian
from granian.constants import Interfaces

from terrinclus_kg.config import Settings, override
from terrinclus_kg.store import layout


@click.command()
@click.option("--host", help="Address to listen on, instead of the setting host.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on, instead of the setting port.")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve the current release over HTTP until interrupted."""
    settings = override(settings, host=host, port=port)
    release = layout.current(settings.releases)
    click.echo(f"Terrinclus KG, release {release.id}: http://{settings.host}:{settings.port}/")
    Granian(
        "terrinclus_kg.server.wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        workers=1,
        websockets=False,
    ).serve()
