"""``/fr/carte``: how many things of a kind there are by place, on the maps that the site has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response

from terrinclus_kg.drawing import Map
from terrinclus_kg.errors import NotFound
from terrinclus_kg.resource.overview import geography
from terrinclus_kg.resource.overview.geography import Choice, Place
from terrinclus_kg.resource.site import LevelPlan
from terrinclus_kg.server import choices, exports, render, sketches
from terrinclus_kg.server.context import reader
from terrinclus_kg.server.render import Shown
from terrinclus_kg.server.respond import Representation, link, represent

blueprint = Blueprint("maps", __name__)


@dataclass(frozen=True, slots=True)
class Level:
    """One map of the page: its places, the most first, those that have none, its drawing if there can be one."""

    plan: LevelPlan
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
    it, goals = geography.plan(), choices.goals()
    measure = choices.one("mesure", [one.slug for one in it.measure])
    wanted = choices.some("niveau", [one.slug for one in it.level])
    asked = [Choice(level, measure, choices.year("annee"), choices.goal()) for level in wanted]
    found = [geography.places(reader(), choice) for choice in asked]
    shown = Shown(lang, reader().labels([*(place.iri for places in found for place in places), *goals]))
    levels = [_level(shown, choice, places) for choice, places in zip(asked, found, strict=True)]
    if form == "html":
        return _page(lang, shown, levels, choice=asked[0], goals=goals)
    if len(levels) > 1:
        names = " or ".join(f"niveau={each.slug}" for each in it.level)
        raise NotFound(f"a file holds one map: say which with {names}")
    return _csv(shown, levels[0]) if form == "csv" else _svg(shown, levels[0], measure)


def _level(shown: Shown, choice: Choice, places: Sequence[Place]) -> Level:
    ordered = sorted(places, key=lambda place: (-place.number, shown.label(place.iri).text))
    valued = [place for place in ordered if place.number]
    drawn = sketches.maps(shown, {place.iri: place.number for place in valued}, focus=False)
    none = [place.iri for place in ordered if not place.number]
    plan = geography.plan().levelled(choice.level)
    return Level(plan, valued, none, drawn.get(plan.sheet), geography.text(choice))


def _page(lang: str, shown: Shown, levels: list[Level], **chosen: object) -> Response:
    return render.page(
        "map.html",
        lang,
        labels=shown.labels,
        canonical=f"/{lang}/carte",
        here="carte",
        levels=levels,
        maps=geography.plan(),
        built=bool(sketches.sheets()),
        **chosen,
    )


def _csv(shown: Shown, level: Level) -> Response:
    rows = [[place.iri, shown.label(place.iri).text, place.number] for place in level.places]
    return exports.table(["territory", "label", "number"], rows, f"carte-{level.plan.slug}")


def _svg(shown: Shown, level: Level, measure: str) -> Response:
    if level.map is None:
        raise NotFound("there is nothing to draw, or the outlines of maps were not built")
    return exports.svg(
        shown,
        "draw_map",
        level.map,
        geography.plan().measured(measure).label.of(shown.language),
        f"carte-{level.plan.slug}",
    )
