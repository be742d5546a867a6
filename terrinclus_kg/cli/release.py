"""``release``: the published releases."""

from __future__ import annotations

import json

import click

from terrinclus_kg.config import Settings
from terrinclus_kg.ingest import changes, loads
from terrinclus_kg.ingest.finish import SMOKE_TEST
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.releases import verify as verification
from terrinclus_kg.store.releases.writer import Writer


@click.group()
def release() -> None:
    """List, show, switch, verify and prune releases."""


@release.command("list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """List the releases, oldest first; the current one and damaged ones are marked."""
    current = layout.current_id(settings.releases)
    lines = {
        one.id: f"{one.manifest['triples']} triples  {one.manifest['built_at']}"
        for one in layout.all_releases(settings.releases)
    }
    lines |= dict.fromkeys(layout.damaged(settings.releases), "damaged")
    for release_id, line in sorted(lines.items()):
        click.echo(f"{'*' if release_id == current else ' '} {release_id}  {line}")


@release.command()
@click.argument("release_id", required=False)
@click.pass_obj
def show(settings: Settings, release_id: str | None) -> None:
    """Print the manifest of a release (the current one by default) as JSON."""
    one = layout.find(settings.releases, release_id or "")
    click.echo(json.dumps({"id": one.id, **one.manifest}, ensure_ascii=False, indent=2))


@release.command()
@click.argument("release_id")
@click.pass_obj
def switch(settings: Settings, release_id: str) -> None:
    """Make an earlier or later release the current one, if it opens and answers. Readers follow by themselves."""
    with Writer(settings, f"release switch {release_id}") as writer:
        writer.switch(release_id, SMOKE_TEST)
    click.echo(f"Current release: {release_id}")


@release.command()
@click.argument("release_id", required=False)
@click.pass_obj
def verify(settings: Settings, release_id: str | None) -> None:
    """Read every quad of a release and compare it with its dump and manifest."""
    one = layout.find(settings.releases, release_id or "")
    verification.verify(one)
    click.echo(f"Release {one.id} is whole: {one.manifest['quads']} quads, digest {one.manifest['digest']}")


@release.command()
@click.argument("release_id", required=False)
@click.pass_obj
def dump(settings: Settings, release_id: str | None) -> None:
    """Make the dump of a release in all formats, where a write to many data has made sorted N-Quads only."""
    with Writer(settings, "release dump") as writer:
        one = writer.dump(layout.find(settings.releases, release_id or ""))
    for entry in one.manifest["files"]:
        click.echo(f"{entry['name']}  {entry['bytes']} bytes")


@release.command()
@click.option("--keep", type=click.IntRange(min=1), help="Releases to keep, instead of the setting keep_releases.")
@click.pass_obj
def prune(settings: Settings, keep: int | None) -> None:
    """Remove the oldest releases, but the current one and those in use, and loads and changes that no release holds."""
    with Writer(settings, "release prune") as writer:
        damaged = layout.damaged(settings.releases)  # nobody knows the loads of these
        removed = writer.prune(keep or settings.keep_releases)
        forgotten = {} if damaged else {"loaded files": loads, "changes": changes}
        counts = {name: kept.forget_unused(settings) for name, kept in forgotten.items()}
    for release_id in removed:
        click.echo(f"removed {release_id}")
    for name, count in counts.items():
        if count:
            click.echo(f"{count} {name} forgotten: no release holds them")
    click.echo(f"{len(removed)} release{'s' * (len(removed) != 1)} removed")
