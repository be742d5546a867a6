"""Pages in French and English: the list of a kind, one page for anything."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from flask import Blueprint, Response, request
from flask_babel import gettext

from terrinclus_kg import resource
from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.iri import Name
from terrinclus_kg.rdf.namespaces import expand
from terrinclus_kg.server import memento, negotiate, render, signposting
from terrinclus_kg.server.context import named, page_number, reader
from terrinclus_kg.server.negotiate import HTML
from terrinclus_kg.server.respond import (
    Representation,
    data_path,
    link,
    page_path,
    represent,
    thing_links,
)
from terrinclus_kg.server.views import reading, search

blueprint = Blueprint("pages", __name__)
A_PAGE = 50


@blueprint.get("/<any(fr, en):lang>/<kind>")
def things(lang: str, kind: str) -> Response:
    """The things of a kind: a search without words."""
    return search.listing(lang, kind)


@blueprint.get("/<any(fr, en):lang>/<kind>/<path:key>")
def thing(lang: str, kind: str, key: str) -> Response:
    """One thing; with ``group=`` all of a group of its page, with ``links=`` all that links to it by one property."""
    name = named(f"{kind}/{key}")
    links = thing_links(name, canonical=page_path(name, lang), described_by=data_path(name))
    links += [link(signposting.PAGE, "type"), link(signposting.landing(), "collection")]
    if wanted := request.args.get("links", ""):
        return _represent(lang, lambda: _linking(lang, name, wanted), links)
    if chosen := request.args.get("group", ""):
        return _represent(lang, lambda: reading.group(lang, name, chosen), links)
    if key := request.args.get("table", ""):
        return _represent(lang, lambda: reading.table(lang, name, key), links)
    if other := request.args.get("with", ""):
        return _represent(lang, lambda: reading.common(lang, name, other), links)
    here = page_path(name, lang)
    return memento.negotiated(name, here) or memento.linked(
        _represent(lang, lambda: reading.thing(lang, name), links), here
    )


def _represent(lang: str, make: Callable[[], Response], links: list[str]) -> Response:
    negotiate.choose(request.headers.get("Accept"), [HTML])
    return represent(Representation(HTML.content_type, lang), make, links)


def _linking(lang: str, name: Name, wanted: str) -> Response:
    page = page_number()
    try:
        property_iri = expand(wanted) if "://" not in wanted else wanted
        iris, total = resource.linking(reader(), name, property_iri, lang, (page - 1) * A_PAGE, A_PAGE)
    except (KeyError, ValueError):
        raise NotFound("there is no such property") from None
    shown = render.Shown(lang, reader().labels([property_iri, name.iri]))
    label = shown.label(name.iri).text
    heading = gettext("What links to %(thing)s", thing=label)
    steps = [
        (page_path(name, lang), label),
        ("", gettext("by “%(property)s”", property=shown.label(property_iri).text)),
    ]
    path = render.with_query(page_path(name, lang), links=wanted)
    unsorted = total > resource.SORTED
    return _list(lang, path, iris, total, heading=heading, steps=steps, here=name.kind, unsorted=unsorted)


def _list(lang: str, path: str, iris: list[str], total: int, **values: object) -> Response:
    pages = max(1, ceil(total / A_PAGE))
    page = page_number(pages)
    return render.page(
        "list.html",
        lang,
        labels=reader().labels(iris),
        canonical=path if page == 1 else render.with_query(path, page=page),
        path=path,
        join="&" if "?" in path else "?",
        iris=iris,
        total=total,
        page=page,
        pages=pages,
        **values,
    )
