"""``serve``: the service in production shape (granian, several threads)."""

from __future__ import annotations

import errno
import math
import resource
import socket
from collections import deque
from contextlib import suppress
from time import monotonic
from typing import Any

import click
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from terrinclus_kg import configuration
from terrinclus_kg.config import KIB, Settings, override
from terrinclus_kg.errors import ConfigurationError
from terrinclus_kg.ingest.tokens import read_tokens
from terrinclus_kg.rdf.about import about
from terrinclus_kg.store.releases import layout

_BACKLOG = 4096  # connections that the system takes before we do
_FILES = 65536  # descriptors at most
_OURS = 512  # of them for stores, workers and logs
_HEAD = (
    40 * KIB
)  # bytes of a request line and headers, beside a query in the URL, which takes three for each of its own
_DEATHS = 10  # within a minute: more than a service survives
GRACE = 30  # seconds that answers under way have to end once the service is told to stop


@click.command()
@click.option("--host", help="Address to listen on, instead of the setting host.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on, instead of the setting port.")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve the current release over HTTP until interrupted. Answers under way then have 30 seconds to end."""
    settings = override(settings, host=host, port=port)
    configuration.check()  # what is wrong is told here, not by a child that cannot live
    source = _source(settings)
    read_tokens(settings)
    address = _free_address(settings.host, settings.port)
    click.echo(f"{about().name}, {source}: http://{settings.host}:{settings.port}/")
    server = Granian(
        "terrinclus_kg.server.wsgi:app",
        address=address,
        port=settings.port,
        interface=Interfaces.RSGI,
        # Over HTTP/2 all requests of a client share a connection: `connection` could not tell which one has left, and
        # to break off one answer would break them all.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(max_buffer_size=_HEAD + 3 * settings.query_size_get),
        workers=1,
        websockets=False,
        respawn_failed_workers=True,
        backlog=_BACKLOG,
        backpressure=_connections(),
        workers_kill_timeout=GRACE,
    )
    server.respawned_wrks = _Births()
    server.serve()


def _connections() -> int:
    """How many may be open at a time: as many as the system lets us, if each takes a file as well."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, _FILES) if most > 0 else _FILES, most))
    return max((resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _OURS) // 2, 128)


class _Births(dict[int, float]):
    """When the processes that answer requests were last born, which granian asks after when one has died.

    It gives the service up when one dies within 5.5 seconds of its birth, be it killed twice by chance. Here births
    are only told of once many have died within a minute: then something keeps it from starting.
    """

    def __init__(self) -> None:
        super().__init__()
        self._deaths: deque[float] = deque(maxlen=_DEATHS)

    def get(self, index: int, default: Any = None) -> Any:
        """The birth of a process that has died; long ago, as long as there is hope."""
        self._deaths.append(monotonic())
        hopeless = len(self._deaths) == _DEATHS and monotonic() - self._deaths[0] < 60
        return super().get(index, default) if hopeless else -math.inf


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
