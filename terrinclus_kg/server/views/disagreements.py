"""``/fr/desaccords``: where sources disagree, side by side."""

from __future__ import annotations

from math import ceil

from flask import Blueprint, Response, request

from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.resource.disagreements import disputes, listed
from terrinclus_kg.server import negotiate, render
from terrinclus_kg.server.context import page_number, reader
from terrinclus_kg.server.negotiate import HTML
from terrinclus_kg.server.respond import Representation, link, represent

blueprint = Blueprint("disagreements", __name__)
A_PAGE = 10


@blueprint.get("/<any(fr, en):lang>/desaccords")
def disagreements(lang: str) -> Response:
    """All disagreements, or with ``type=`` those about a kind of thing."""
    negotiate.choose(request.headers.get("Accept"), [HTML])
    path = f"/{lang}/desaccords"
    return represent(Representation(HTML.content_type, lang), lambda: _page(lang, path), [link(path, "canonical")])


def _page(lang: str, path: str) -> Response:
    found, kind = listed(reader(), lang), request.args.get("type", "")
    counts = found.counts()
    if kind and kind not in counts:
        raise NotFound("no sources disagree about things of this kind")
    iris = found.of(kind)
    pages = max(1, ceil(len(iris) / A_PAGE))
    page = page_number(pages)
    base = render.with_query(path, type=kind) if kind else path
    shown = disputes(reader(), iris[(page - 1) * A_PAGE : page * A_PAGE], lang)
    return render.page(
        "disagreements.html",
        lang,
        labels=shown.labels,
        canonical=base if page == 1 else render.with_query(base, page=page),
        found=shown,
        counts={slug: (count, kinds()[slug]) for slug, count in counts.items()},
        kind=kind,
        total=len(iris),
        whole=found.whole,
        path=base,
        join="&" if kind else "?",
        page=page,
        pages=pages,
        here="desaccords",
    )
