"""``doctor``: is this installation sound, and what does it lack?"""

from __future__ import annotations

import platform
import shutil
import sys

import click

from terrinclus_kg import __version__, configuration, resources
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ConfigurationError, TerrinclusError
from terrinclus_kg.rdf.about import about
from terrinclus_kg.store.children import sandbox
from terrinclus_kg.store.reader import Reader
from terrinclus_kg.store.releases import layout


@click.command()
@click.pass_obj
def doctor(settings: Settings) -> None:
    """Check the installation, the current release and the walls around queries."""
    checks = [
        ("version", True, f"terrinclus-kg {__version__}, Python {platform.python_version()}, {platform.system()}"),
        ("folders", True, ", ".join(str(resources.root(n)) for n in ("ontology", "data", "queries", "web"))),
        ("configuration", *_configuration()),
        ("disk", *_disk(settings)),
        ("network wall", *_wall()),
        ("release", *_release(settings)),
        ("reader", *_reader(settings)),
    ]
    for name, fine, text in checks:
        click.echo(f"{'ok  ' if fine else 'FAIL'} {name}: {text}")
    if not all(fine for _, fine, _ in checks):
        sys.exit(1)


def _configuration() -> tuple[bool, str]:
    try:
        configuration.check()
    except ConfigurationError as error:
        return False, error.message
    return True, f"that of {about().name}"


def _disk(settings: Settings) -> tuple[bool, str]:
    settings.home.mkdir(parents=True, exist_ok=True)
    usage = shutil.disk_usage(settings.home)
    return usage.free > usage.total * 0.05, f"{usage.free / 2**30:.1f} GiB free in {settings.home}"


def _wall() -> tuple[bool, str]:
    if sandbox.network_wall():
        return True, "workers cannot open sockets (seccomp)"
    return True, "no seccomp here: SERVICE and LOAD are refused by the guard alone"


def _release(settings: Settings) -> tuple[bool, str]:
    reader = Reader(settings)
    try:
        release = reader.release if settings.store == "remote" else layout.current(settings.releases)
    except TerrinclusError as error:
        return False, error.message
    finally:
        reader.close()
    return True, f"{release.id}, {release.manifest.get('triples', 'unknown number of')} triples"


def _reader(settings: Settings) -> tuple[bool, str]:
    reader = Reader(settings)
    try:
        return reader.ask("ASK {}"), "the remote engine answers" if settings.store == "remote" else "a worker answers"
    except TerrinclusError as error:
        return False, error.message
    finally:
        reader.close()
