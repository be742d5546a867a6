"""``/fr/carte``: cooperation by territory, in France and in the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response
from flask_babel import gettext

from terrinclus_kg.drawing import Map
from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.resource.overview import geography
from terrinclus_kg.resource.overview.geography import Place
from terrinclus_kg.server import choices, exports, render, sketches
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import reader
from terrinclus_kg.server.render import Shown
from terrinclus_kg.server.respond import Representation, link, represent

blueprint = Blueprint("maps", __name__)
MEASURES = {
    "projets": ("projects", N_("Projects")),
    "partenariats": ("partnerships", N_("Partnerships")),
    "acteurs": ("actors", N_("Actors")),
    "territoires": ("territories", N_("Partner territories")),
    "faits": ("facts", N_("Facts")),
}
_LEVELS = ("departement", "pays")
_SHEETS = {"departement": "departements", "pays": "pays"}


@dataclass(frozen=True, slots=True)
class Level:
    """One map of the page: its places, the most first, those that have none, its drawing if there can be one."""

    slug: str
    places: Sequence[Place]
    none: Sequence[str]
    map: Map | None
    query: str


@blueprint.get("/<any(fr, en):lang>/carte")
def index(lang: str) -> Response:
    """The page; with ``niveau=`` one of its maps alone, as SVG, and its table, as CSV."""
    form = exports.asked(exports.FORMS)
    what = Representation(exports.FORMS[form].content_type, lang)
    return represent(what, lambda: _made(lang, form), [link(f"/{lang}/carte", "canonical")])


def _made(lang: str, form: str) -> Response:
    measure = choices.one("mesure", MEASURES)
    year, goal, wanted = choices.year("annee"), choices.goal(), choices.some("niveau", _LEVELS)
    places = {slug: geography.places(reader(), slug, year, goal) for slug in wanted}
    goals = [f"{kinds()['odd'].base}{number}" for number in range(1, 18)]
    shown = Shown(lang, reader().labels([*(p.iri for found in places.values() for p in found), *goals, goal]))
    levels = [_level(shown, slug, found, measure, geography.text(slug, year, goal)) for slug, found in places.items()]
    if form == "html":
        return _page(lang, shown, levels, measure=measure, year=year, goal=goal, goals=goals)
    if len(levels) > 1:
        raise NotFound("a file holds one map: say which with niveau=departement or niveau=pays")
    return _csv(shown, levels[0]) if form == "csv" else _svg(shown, levels[0], measure)


def _level(shown: Shown, slug: str, places: Sequence[Place], measure: str, query: str) -> Level:
    key = MEASURES[measure][0]
    ordered = sorted(places, key=lambda p: (-p.counts[key], shown.label(p.iri).text))
    valued = [place for place in ordered if any(place.counts.values())]
    drawn = sketches.maps(shown, {p.iri: p.counts[key] for p in valued}, focus=False)
    return Level(slug, valued, [p.iri for p in ordered if p not in valued], drawn.get(_SHEETS[slug]), query)


def _page(lang: str, shown: Shown, levels: list[Level], **chosen: object) -> Response:
    return render.page(
        "map.html",
        lang,
        labels=shown.labels,
        canonical=f"/{lang}/carte",
        here="carte",
        levels=levels,
        measures=MEASURES,
        built=bool(sketches.sheets()),
        **chosen,
    )


def _csv(shown: Shown, level: Level) -> Response:
    headings = ["territory", "label", *geography.MEASURES]
    rows = [[p.iri, shown.label(p.iri).text, *(p.counts[name] for name in geography.MEASURES)] for p in level.places]
    return exports.table(headings, rows, f"carte-{level.slug}")


def _svg(shown: Shown, level: Level, measure: str) -> Response:
    if level.map is None:
        raise NotFound("there is nothing to draw, or the outlines of maps were not built")
    return exports.svg(shown, "draw_map", level.map, gettext(MEASURES[measure][1]), f"carte-{level.slug}")
