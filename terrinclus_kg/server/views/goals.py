"""``/fr/odd`` (the kind of the goals): the seventeen goals, what is linked to each, and who made the links."""

from __future__ import annotations

from flask import Blueprint, Response

from terrinclus_kg.errors import ParameterError
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.resource.overview import goals
from terrinclus_kg.resource.site import site
from terrinclus_kg.server import exports, render
from terrinclus_kg.server.context import reader
from terrinclus_kg.server.respond import Representation, link, represent

blueprint = Blueprint("goals", __name__)
_KIND = site().goal or "goals"
_FORMS = {name: exports.FORMS[name] for name in ("html", "csv")}


@blueprint.get(f"/<any(fr, en):lang>/{_KIND}")
def index(lang: str) -> Response:
    """The page; all links that it lists, as CSV."""
    form = exports.asked(_FORMS)
    what = Representation(_FORMS[form].content_type, lang)
    return represent(what, lambda: _page(lang) if form == "html" else _csv(), [link(f"/{lang}/{_KIND}", "canonical")])


def _page(lang: str) -> Response:
    found, (links, whole) = goals.goals(reader()), goals.alignments(reader())
    named = [goal.iri for goal in found]
    named += [iri for one in links for iri in (one.iri, one.thing, one.element, one.kind, one.who) if iri]
    return render.page(
        "goals.html",
        lang,
        labels=reader().labels(named),
        canonical=f"/{lang}/{_KIND}",
        here=_KIND,
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
    return exports.table(["alignment", "thing", "element", "kind", "who"], rows, _KIND)
