"""``publish``: a release, loaded into the remote engine."""

from __future__ import annotations

import click

from terrinclus_kg.cli.progress import StepProgress
from terrinclus_kg.config import Settings
from terrinclus_kg.store.remote import publication


@click.command()
@click.option("--to", "_to", type=click.Choice(["remote"]), default="remote", help="Where to: the remote engine.")
@click.option("--release", "release_id", default="", help="Id of the release, instead of the current one.")
@click.pass_obj
def publish(settings: Settings, _to: str, release_id: str) -> None:
    """Load a release into the remote engine, graph by graph, and compare counts.

    Addresses are those of the settings remote_query, remote_graph_store and remote_update. Interrupt it and run it
    again: it goes on where it was. Status 1 if the engine does not hold the release at the end.
    """
    release = publication.find(settings, release_id)
    with StepProgress() as progress:
        done = publication.publish(settings, release, progress)
    click.echo(
        f"Release {release.id} is in the remote engine: {done.graphs} graphs, {done.quads} quads; "
        f"{done.written} graphs written, {done.dropped} dropped"
    )
    if done.default is not None:
        click.echo(f"Its default graph holds their merge: {done.default} triples")
