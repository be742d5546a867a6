"""``serve``: the service in production shape (granian, several threads)."""

from __future__ import annotations

import errno
import socket

import click
from granian import Granian
from granian.constants import Interfaces

from terrinclus_kg.config import Settings, override
from terrinclus_kg.errors import ConfigurationError
from terrinclus_kg.store import layout


@click.command()
@click.option("--host", help="Address to listen on, instead of the setting host.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on, instead of the setting port.")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve the current release over HTTP until interrupted."""
    settings = override(settings, host=host, port=port)
    source = _source(settings)
    address = _free_address(settings.host, settings.port)
    click.echo(f"Terrinclus KG, {source}: http://{settings.host}:{settings.port}/")
    Granian(
        "terrinclus_kg.server.wsgi:app",
        address=address,
        port=settings.port,
        interface=Interfaces.RSGI,
        workers=1,
        websockets=False,
        respawn_failed_workers=True,
    ).serve()


def _source(settings: Settings) -> str:
    """What is served. A remote engine may be away just now; a release may not."""
    if settings.store == "remote":
        return f"from {settings.remote_query}"
    return f"release {layout.current(settings.releases).id}"


def _free_address(host: str, port: int) -> str:
    """The IP address of ``host``, on which ``port`` is free. granian takes no names, would share a taken
    port (SO_REUSEPORT), and ends in a traceback on an impossible address.

    Raises:
        ConfigurationError: the port is taken, or the host is no address of this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConfigurationError(f"port {port} on {host} is taken") from None
        raise ConfigurationError(f"{host} cannot be listened on (port {port}): {error.strerror}") from None
    return str(address[0])
