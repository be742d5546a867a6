"""``query`` and ``question``: ask the current release, with the limits that the service has."""

from __future__ import annotations

import sys

import click

from terrinclus_kg import questions
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import NotFound, ParameterError
from terrinclus_kg.rdf import formats
from terrinclus_kg.store.reader import Reader

_format = click.option(
    "--format",
    "form",
    type=click.Choice([*formats.BY_NAME]),
    help="Format of the answer, by name or suffix; by default CSV for rows and Turtle for triples.",
)


@click.command()
@click.argument("text", required=False)
@_format
@click.pass_obj
def query(settings: Settings, text: str | None, form: str | None) -> None:
    """Run a SPARQL query (an argument, or standard input) and print the answer."""
    _answer(settings, text if text is not None else sys.stdin.read(), form)


@click.command()
@click.argument("slug", required=False)
@click.option("--param", "given", multiple=True, metavar="NAME=VALUE", help="A parameter; may be repeated.")
@_format
@click.pass_obj
def question(settings: Settings, slug: str | None, given: tuple[str, ...], form: str | None) -> None:
    """Ask a stored question (the beginning of its name is enough), or list them all."""
    if slug is None:
        for one in questions.all_questions():
            click.echo(f"{one.slug:45} {one.title['fr']}")
        return
    values = dict(_pair(text) for text in given)
    _answer(settings, questions.bound(_slug(slug), values), form)


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


def _answer(settings: Settings, text: str, form: str | None) -> None:
    def chosen(asked: str) -> formats.Format:
        return formats.BY_NAME[form or {"SELECT": "csv", "ASK": "json"}.get(asked, "turtle")]

    reader = Reader(settings)
    try:
        answer = reader.query(text, chosen)
        for chunk in answer.chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    finally:
        reader.close()
