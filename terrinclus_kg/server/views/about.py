"""Pages about the site itself: about, accessibility, legal notice, data and downloads, API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext

from terrinclus_kg.rdf.formats import RDF_FORMATS, RESULT_FORMATS
from terrinclus_kg.rdf.queries import load_queries
from terrinclus_kg.resource.site import site
from terrinclus_kg.server import metadata, negotiate, releases, render, signposting
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import endpoint, reader, service
from terrinclus_kg.server.negotiate import HTML
from terrinclus_kg.server.respond import SERVICE_DESCRIPTION, Representation, link, represent
from terrinclus_kg.store.releases.layout import DUMP

blueprint = Blueprint("about", __name__)
PROSE = {
    "a-propos": N_("About"),
    "accessibilite": N_("Accessibility statement"),
    "mentions-legales": N_("Legal notice"),
}


@blueprint.get("/<any(fr, en):lang>/<any('a-propos', 'accessibilite', 'mentions-legales'):name>")
def prose(lang: str, name: str) -> Response:
    """What is told in whole sentences: one text for each language, in ``templates/prose``."""
    settings = service().settings
    return _page("prose.html", lang, name, heading=gettext(PROSE[name]), settings=settings)


@blueprint.get("/<any(fr, en):lang>/donnees")
def data(lang: str) -> Response:
    """What the data are, how many, and all ways to have them."""
    holdings = service().register.holdings(reader())
    json = metadata.of_dataset(lang, f"/{lang}/donnees", reader().release) if holdings else ""
    dump = releases.path(holdings.release, DUMP) if holdings and holdings.has_dump else ""
    links = signposting.of_dataset(reader().release) if holdings else []
    labels = {graph.source: graph.labels for graph in holdings.sources} if holdings else {}
    values: dict[str, Any] = {"holdings": holdings, "labels": labels, "dump": dump, "formats": RDF_FORMATS}
    return _page("data.html", lang, "donnees", links=links, json=json, **values)


@blueprint.get("/<any(fr, en):lang>/api")
def api(lang: str) -> Response:
    """How programs use the service."""
    question = site().home.question or next(iter(load_queries("questions")), "")
    values = {"formats": RDF_FORMATS, "results": RESULT_FORMATS, "base": endpoint(""), "question": question}
    return _page("api.html", lang, "api", links=[SERVICE_DESCRIPTION], **values)


def _page(template: str, lang: str, name: str, *, links: Iterable[str] = (), **values: Any) -> Response:
    negotiate.choose(request.headers.get("Accept"), [HTML])
    path = f"/{lang}/{name}"

    def make() -> Response:
        return render.page(template, lang, canonical=path, here=name, **values)

    return represent(Representation(HTML.content_type, lang), make, [link(path, "canonical"), *links])
