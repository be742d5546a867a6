"""``serve``: the service in production shape (granian, several threads)."""

from __future__ import annotations

import click
from granian import Granian
from granian.constants import Interfaces

from terrinclus_kg.config import Settings
from terrinclus_kg.store import layout


@click.command()
@click.option("--host", help="Address to listen on, instead of the setting host.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on, instead of the setting port.")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve the current release over HTTP until interrupted."""
    release = layout.current(settings.releases)
    address, number = host or settings.host, port if port is not None else settings.port
    click.echo(f"Terrinclus KG, release {release.id}: http://{address}:{number}/")
    Granian(
        "terrinclus_kg.server.wsgi:app",
        address=address,
        port=number,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.threads,
        backlog=1024,
        log_access=False,
        websockets=False,
    ).serve()
