"""The page of ``/sparql``: the form with the query, and below it the answer, or what is wrong."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Response, request

from terrinclus_kg import results
from terrinclus_kg.errors import ParameterError
from terrinclus_kg.rdf.formats import RDF_FORMATS, RESULT_FORMATS
from terrinclus_kg.server import answers, protocol, releases, render, showing
from terrinclus_kg.server.context import language, service
from terrinclus_kg.server.excerpt import excerpt
from terrinclus_kg.server.negotiate import HTML
from terrinclus_kg.server.place import Place, State, state
from terrinclus_kg.server.problems import Members
from terrinclus_kg.server.security import FRAMED
from terrinclus_kg.store.reader import Answer

_BESIDE = ("default-graph-uri", "named-graph-uri", "timeout", "version")


def empty(example: str) -> Response:
    """The form with an example of a query."""
    lang = language()
    return _form(lang, Place("/sparql", (("lang", lang),), "/sparql"), example)


def answered(answer: Answer, query: str, began: float, *, pinned: str) -> Response:
    """The page of an answer, or what of it is shown in a frame. ``pinned``: the release that was asked for, if any.

    Raises:
        ParameterError: it has no such page or column. And what breaks the answer off.
    """
    settings = service().settings
    table = results.read(answer, results.Bounds(settings.page_rows, settings.page_size), began)
    lang, place = language(), _place(query, pinned)
    found, shown = showing.answered(table, place, query, lang)
    response = _form(lang, place, query, labels=shown.labels, answer=found)
    return answers.finished(response, answer, HTML, pinned=bool(pinned))


def failed(pinned: str, members: Members) -> Response:
    """The page of an error, with the query as it was sent, if there was one."""
    text = next(iter([*request.args.getlist("query"), *request.form.getlist("query")]), "")
    lines = excerpt(text, members.get("line"), members.get("column"))
    values: dict[str, Any] = {"problem": members, "lines": lines}
    if request.mimetype == protocol.DIRECT:
        text = request.get_data().decode("utf-8", "replace")
    return _form(language(), _place(text, pinned), text, **values)


def _form(lang: str, place: Place, query: str, **values: Any) -> Response:
    framed = place.state.embed and not place.posted
    request.environ[FRAMED] = framed
    formats = [("", ""), *((f.slug, f.name) for f in (*RESULT_FORMATS, *RDF_FORMATS))]
    values |= {"query": query, "formats": formats, "place": place, "switch": place.switch, "kind": showing.kind}
    template = "embed.html" if framed else "sparql.html"
    response = render.page(template, lang, here="sparql", canonical=f"/sparql?lang={lang}", **values)
    response.headers["Content-Language"] = lang
    return response


def _place(text: str, pinned: str) -> Place:
    values = request.values
    beside = [(name, value) for name in _BESIDE for value in values.getlist(name)]
    path = releases.path(pinned, "sparql") if pinned else "/sparql"
    with suppress(ParameterError):
        return _at(path, beside, text, state(request.args))
    return _at(path, beside, text, State())


def _at(path: str, beside: list[tuple[str, str]], text: str, shown: State) -> Place:
    lang = ("lang", language())
    if len(text.encode("utf-8", "replace")) > service().settings.query_size_get:
        return Place(path, (*beside, lang), path, shown, (("query", text),))
    return Place(path, (("query", text), *beside, lang), path, shown)
