"""``query`` and ``question``: ask the current release, with the limits that the service has, or another endpoint."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from terrinclus_kg import questions
from terrinclus_kg.cli import table
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import NotAcceptable, NotFound, ParameterError, RemoteFailed, TerrinclusError
from terrinclus_kg.rdf import formats
from terrinclus_kg.rdf.formats import BY_NAME, CSV, JSON, JSON_LD, RDF_XML, TURTLE, Format
from terrinclus_kg.store.queries.tokens import BYTE_ORDER_MARK
from terrinclus_kg.store.reader import Client, Reader
from terrinclus_kg.store.remote import endpoint

TABLE = "table"
_TRIPLES = {JSON: JSON_LD, formats.XML: RDF_XML}  # what a name of both worlds means for CONSTRUCT
_PATIENCE = 600.0  # seconds for an endpoint elsewhere

_format = click.option(
    "--format",
    "name",
    type=click.Choice([TABLE, *BY_NAME]),
    help="Format of the answer, by name or suffix. By default a table at a terminal, else CSV; Turtle for triples.",
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How the answer is to look. ``name``: a format or `TABLE`; "" for what suits standard output."""

    name: str

    @property
    def table(self) -> bool:
        """Whether rows are to be a table."""
        return self.name == TABLE or (not self.name and sys.stdout.isatty())

    def format(self, form: str) -> Format:
        """What to ask for, by the form of the query."""
        if form in ("CONSTRUCT", "DESCRIBE"):
            if self.name == TABLE:
                raise NotAcceptable("a table has rows, and this query makes triples: ask for turtle, for instance")
            found = BY_NAME[self.name or "turtle"]
            return _TRIPLES.get(found, found)
        if self.table or (form == "ASK" and not self.name):
            return JSON
        return BY_NAME[self.name or "csv"]

    def accept(self) -> str:
        """The same for an endpoint elsewhere, which knows the form."""
        if self.name and not self.table:
            found = BY_NAME[self.name]
            like = f", {_TRIPLES[found].media_type};q=0.9" if found in _TRIPLES else ""
            return found.media_type + like
        first = [JSON, CSV] if self.table else [CSV, JSON]
        rest = [] if self.name else [TURTLE]
        return ", ".join(f"{f.media_type};q={1 - place / 10:g}" for place, f in enumerate(first + rest))


@click.command()
@click.argument("file", required=False, metavar="FILE|-")
@click.option("-e", "--text", metavar="QUERY", help="The query itself, instead of a file.")
@_format
@click.option("--remote", metavar="URL", help="Ask this SPARQL endpoint instead of the current release.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Longest run; by default public_deadline, at most token_deadline.",
)
@click.option("--release", "release_id", metavar="ID", default="", help="Ask this release instead of the current one.")
@click.option("--explain", is_flag=True, help="Run the query, and print how it was read and where its time went.")
@click.pass_obj
def query(
    settings: Settings,
    file: str | None,
    text: str | None,
    name: str | None,
    remote: str | None,
    timeout: float | None,
    release_id: str,
    explain: bool,
) -> None:
    """Run the SPARQL query in a file (or in standard input) and print the answer.

    Exit status: 0 when the answer is whole, also if it is "no" or has no rows; 1 when the query was refused or
    failed, or the answer broke off; 2 for a wrong command line.
    """
    if remote and release_id:
        raise click.UsageError("--release is for this machine; elsewhere the address names it: …/releases/ID/sparql")
    if file and text is not None:
        raise click.UsageError("the query is either in a file or given with -e, not both")
    asked = _text(file or "-") if text is None else text
    wanted = _Wanted(name or "")
    if remote:
        _ask_elsewhere(remote, asked, wanted, timeout or _PATIENCE, explain)
    else:
        _ask_here(settings, asked, wanted, timeout=timeout, release=release_id, explain=explain)


@click.command()
@click.argument("slug", required=False)
@click.option("--param", "given", multiple=True, metavar="NAME=VALUE", help="A parameter; may be repeated.")
@_format
@click.pass_obj
def question(settings: Settings, slug: str | None, given: tuple[str, ...], name: str | None) -> None:
    """Ask a stored question (the beginning of its name is enough), or list them all."""
    if slug is None:
        for one in questions.all_questions():
            click.echo(f"{one.slug:45} {one.title['fr']}")
        return
    values = dict(_pair(text) for text in given)
    _ask_here(settings, questions.bound(_slug(slug), values), _Wanted(name or ""))


def _text(file: str) -> str:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        return text.removeprefix(BYTE_ORDER_MARK)
    except FileNotFoundError:
        raise click.UsageError(f"there is no file {file}; a query itself is given with -e") from None
    except UnicodeDecodeError:
        raise click.UsageError(f"{file}: the query is not UTF-8") from None


def _slug(text: str) -> str:
    slugs = [one.slug for one in questions.all_questions()]
    found = [text] if text in slugs else [slug for slug in slugs if slug.startswith(text)]
    if not found:
        raise NotFound(f"no question {text}; `terrinclus-kg question` lists them")
    if len(found) > 1:
        raise NotFound(f"several questions begin with {text}: {', '.join(found)}")
    return found[0]


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ParameterError(f"--param {text}: write it as NAME=VALUE")
    return name, value


def _ask_here(
    settings: Settings,
    text: str,
    wanted: _Wanted,
    *,
    timeout: float | None = None,
    release: str = "",
    explain: bool = False,
) -> None:
    reader = Reader(settings)
    # Who types here owns the machine: no less than one who has shown a token.
    more: dict[str, Any] = {"client": Client(authorised=True), "release": release}
    more["deadline"] = timeout or settings.public_deadline
    try:
        if explain:
            _print_explanation(reader.explain(text, **more))
            return
        answer = reader.query(text, wanted.format, **more)
        _print(answer.chunks, as_table=wanted.table and answer.format is JSON, release=answer.release)
    finally:
        reader.close()


def _ask_elsewhere(url: str, text: str, wanted: _Wanted, timeout: float, explain: bool) -> None:
    reply = endpoint.ask(url, text, wanted.accept(), timeout=timeout, explain=explain)
    try:
        if explain:
            if reply.media_type != "application/json":
                raise RemoteFailed(f"{url} does not explain queries: it has sent {reply.media_type or 'an answer'}")
            _print_explanation(json.loads(b"".join(reply.chunks)))
            return
        _print(reply.chunks, as_table=wanted.table and reply.media_type == JSON.media_type, release=reply.release)
    except (ValueError, SyntaxError):
        raise RemoteFailed(f"what {url} has sent is not {reply.media_type}") from None
    finally:
        reply.close()


def _print(chunks: Iterator[bytes], *, as_table: bool, release: str) -> None:
    if as_table:
        table.show(chunks, release)
        return
    begun = False
    try:
        for chunk in chunks:
            sys.stdout.buffer.write(chunk)
            begun = True
        sys.stdout.buffer.flush()
    except TerrinclusError:
        if begun:
            click.echo("\nterrinclus-kg: what was printed is NOT the whole answer", err=True)
        raise


def _print_explanation(members: dict[str, Any]) -> None:
    """As JSON; the algebra, which is made of lines, stands alone before it at a terminal."""
    if sys.stdout.isatty() and members.get("algebra"):
        click.echo(members.pop("algebra"))
    click.echo(json.dumps(members, ensure_ascii=False, indent=2))
