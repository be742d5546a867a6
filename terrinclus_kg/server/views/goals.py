"""``/fr/odd``: the seventeen goals, what is linked to each, and who made the links."""

from __future__ import annotations

from flask import Blueprint, Response

from terrinclus_kg.errors import ParameterError
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.resource.overview import goals
from terrinclus_kg.server import exports, render
from terrinclus_kg.server.context import reader
from terrinclus_kg.server.respond import Representation, link, represent

blueprint = Blueprint("goals", __name__)
_FORMS = {name: exports.FORMS[name] for name in ("html", "csv")}


@blueprint.get("/<any(fr, en):lang>/odd")
def index(lang: str) -> Response:
    """The page; all links that it lists, as CSV."""
    form = exports.asked(_FORMS)
    what = Representation(_FORMS[form].content_type, lang)
    return represent(what, lambda: _page(lang) if form == "html" else _csv(), [link(f"/{lang}/odd", "canonical")])


def _page(lang: str) -> Response:
    found, (links, whole) = goals.goals(reader()), goals.alignments(reader())
    named = [goal.iri for goal in found]
    named += [iri for one in links for iri in (one.iri, one.thing, one.element, one.kind, one.who) if iri]
    return render.page(
        "goals.html",
        lang,
        labels=reader().labels(named),
        canonical=f"/{lang}/odd",
        here="odd",
        goals=found,
        links=links,
        whole=whole,
        query_text=query("pages", "goals").text,
        links_text=query("pages", "alignments").text,
    )


def _csv() -> Response:
    links, whole = goals.alignments(reader())
    if not whole:
        raise ParameterError("there are too many links for a table: ask the query")
    rows = ([one.iri, one.thing, one.element, one.kind, one.who] for one in links)
    return exports.table(["alignment", "thing", "element", "kind", "who"], rows, "odd")
