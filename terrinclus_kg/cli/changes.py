"""``update``, ``undo``, ``changes``: writes to the current release, and what has been written."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from terrinclus_kg.cli.progress import StepProgress
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import BadRequest
from terrinclus_kg.ingest import changes as kept
from terrinclus_kg.ingest.order import UNDO, UPDATE, Order, Outcome
from terrinclus_kg.ingest.provenance import described
from terrinclus_kg.ingest.writing import write
from terrinclus_kg.store.queries.tokens import BYTE_ORDER_MARK
from terrinclus_kg.store.releases import layout

_agent = click.option(
    "--as",
    "agent",
    default="operator",
    show_default=True,
    help="Name of the one who writes; it is published with the change.",
)


def _name(agent: str) -> str:
    if not agent or not agent.isprintable() or len(agent) > 100:
        raise BadRequest("--as: a name of 1 to 100 characters that print")
    return agent


@click.command()
@click.argument("file")
@_agent
@click.pass_obj
def update(settings: Settings, file: str, agent: str) -> None:
    """Run a SPARQL update from a file (or - for standard input), and publish the outcome as the next release.

    Nothing is published unless the required shapes and checks pass. `undo` takes it back.
    """
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadRequest("the update is not UTF-8") from None
    _tell(_write(Order(UPDATE, _name(agent), text.removeprefix(BYTE_ORDER_MARK)), settings))


@click.command()
@click.argument("key")
@_agent
@click.pass_obj
def undo(settings: Settings, key: str, agent: str) -> None:
    """Take back a change: what it added goes, what it removed comes back, in a new release.

    What later changes have already taken out or put back stays as it is, and is counted.
    """
    _tell(_write(Order(UNDO, _name(agent), undoes=key), settings))


@click.command()
@click.pass_obj
def changes(settings: Settings) -> None:
    """List the changes that the current release holds, newest first; those taken back are marked."""
    held = kept.changes_of(layout.current(settings.releases))
    undone = kept.undone(held)
    for change in reversed(held):
        mark = "-" if change.key in undone else " "
        click.echo(f"{mark} {change.key}  {change.at}  {change.agent}  {described(change)}")


def _write(order: Order, settings: Settings) -> Outcome:
    with StepProgress() as progress:
        return write(order, settings, wait=settings.write_wait, progress=progress)


def _tell(done: Outcome) -> None:
    if done.key:
        click.echo(f"Release {done.release}: {done.added} statements added, {done.removed} removed, change {done.key}")
    else:
        click.echo(f"Nothing changes; release {done.release} stays.")
    if done.left:
        click.echo(
            f"{done.left} statements left as they were: later changes had already taken them out or put them back"
        )
