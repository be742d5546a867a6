"""The page of one thing, and all of one of its groups."""

from __future__ import annotations

from math import ceil

from flask import Response, request

from terrinclus_kg import resource
from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.formats import RDF_FORMATS
from terrinclus_kg.rdf.iri import Name, of_nature
from terrinclus_kg.resource import exchange
from terrinclus_kg.resource.path import KINDS
from terrinclus_kg.server import citing, metadata, render
from terrinclus_kg.server.context import page_number, reader
from terrinclus_kg.server.respond import page_path

A_PAGE = 50


def thing(lang: str, name: Name) -> Response:
    """The page of a thing. Raises as `resource.describe` does."""
    it, release = resource.describe(reader(), name, lang), reader().release
    cited = citing.citations(it, lang, release)
    return render.page(
        "thing.html",
        lang,
        labels=it.labels,
        canonical=page_path(name, lang),
        it=it,
        json=metadata.of_thing(it, lang, release),
        dated=name.kind in of_nature("event") and exchange.has_day(it),
        is_fact=exchange.is_fact(name.kind),
        joins=name.kind in KINDS,
        citations=[(render.clean(citing.reference(each, lang)), each) for each in cited],
        formats=RDF_FORMATS,
        here=name.kind,
    )


def group(lang: str, name: Name, key: str) -> Response:
    """All statements of one group of a page, so many at a time. Raises as `thing`, and NotFound: no such group."""
    it = resource.describe(reader(), name, lang)
    shown = it.group(key)
    if shown is None:
        raise NotFound("the page has no such group")
    pages = max(1, ceil(len(shown.statements) / A_PAGE))
    page = page_number(pages)
    path = render.with_query(page_path(name, lang), group=key)
    return render.page(
        "group.html",
        lang,
        labels=it.labels,
        canonical=path if page == 1 else render.with_query(path, page=page),
        it=it,
        group=shown,
        statements=shown.statements[(page - 1) * A_PAGE : page * A_PAGE],
        path=path,
        page=page,
        pages=pages,
        here=name.kind,
    )


def table(lang: str, name: Name, key: str) -> Response:
    """A table of a page, filtered, so many lines at a time. Raises as `thing`, and NotFound: no such table."""
    it = resource.describe(reader(), name, lang, request.args)
    shown = it.table(key)
    if shown is None:
        raise NotFound("the page has no such table")
    pages = max(1, ceil(len(shown.lines) / A_PAGE))
    page = page_number(pages)
    chosen = {column: request.args[column] for column in shown.plan.filters if request.args.get(column)}
    path = render.with_query(page_path(name, lang), table=key, **chosen)
    return render.page(
        "table.html",
        lang,
        labels=it.labels,
        canonical=path if page == 1 else render.with_query(path, page=page),
        it=it,
        table=shown,
        lines=shown.lines[(page - 1) * A_PAGE : page * A_PAGE],
        path=path,
        page=page,
        pages=pages,
        here=name.kind,
    )


def common(lang: str, name: Name, other: str) -> Response:
    """What a thing has in common with another. Raises NotFound: nothing, or pages of its kind tell no such thing."""
    found = resource.common(reader(), name, other, lang)
    return render.page(
        "common.html",
        lang,
        labels=found.labels,
        canonical=render.with_query(page_path(name, lang), **{"with": other}),
        name=name,
        partner=other,
        iris=found.iris,
        query=found.query,
        here=name.kind,
    )
