"""``/fr/chronologie``: events, projects, partnerships and publications in the order of time."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, Response

from terrinclus_kg.errors import ParameterError
from terrinclus_kg.rdf.iri import from_iri, kinds
from terrinclus_kg.resource.overview import chronology, network
from terrinclus_kg.resource.overview.chronology import Choice, Chronology, Dated
from terrinclus_kg.server import choices, exports, render, sketches
from terrinclus_kg.server.context import reader
from terrinclus_kg.server.render import Shown
from terrinclus_kg.server.respond import Representation, link, represent

blueprint = Blueprint("chronology", __name__)


@blueprint.get("/<any(fr, en):lang>/chronologie")
def index(lang: str) -> Response:
    """The page; its bars as SVG, what it lists as CSV."""
    form = exports.asked(exports.FORMS)
    what = Representation(exports.FORMS[form].content_type, lang)
    return represent(what, lambda: _made(lang, form), [link(f"/{lang}/chronologie", "canonical")])


def _made(lang: str, form: str) -> Response:
    participant = chronology.participant()
    wanted = choices.text(participant.field) if participant else ""
    actor = network.named(reader(), wanted) if wanted else ""
    choice = Choice(
        choices.some("kind", chronology.KINDS), choices.year("de"), choices.year("a"), actor, choices.goal()
    )
    found = chronology.chronology(reader(), choice) if actor or not wanted else None
    if found is None or form == "html":
        return _page(lang, choice, found, wanted)
    if not found.whole:
        raise ParameterError("that is too much for a file: choose years, with de= and a=")
    shown = Shown(lang, reader().labels([one.iri for one in found.dated]))
    if form == "csv":
        rows = ([one.iri, shown.label(one.iri).text, one.start, one.end] for one in found.dated)
        return exports.table(["thing", "label", "start", "end"], rows, "chronologie")
    _, drawn = sketches.timeline(shown, _spans(found))
    return exports.svg(shown, "draw_timeline", drawn, kinds()[choice.kinds[0]].plurals[lang], "chronologie")


def _page(lang: str, choice: Choice, found: Chronology | None, wanted: str) -> Response:
    goals = choices.goals()
    suggested = network.participants(reader())
    named = [one.iri for one in found.dated] + list(found.undated) if found else []
    return render.page(
        "chronology.html",
        lang,
        labels=reader().labels([*named, *goals, *suggested, *filter(None, (choice.actor, choice.goal))]),
        canonical=f"/{lang}/chronologie",
        here="chronologie",
        choice=choice,
        wanted=wanted,
        known=chronology.KINDS,
        participant=chronology.participant(),
        most=chronology.MOST,
        goals=goals,
        suggested=suggested,
        found=found,
        spans=_spans(found) if found else [],
        years=_years(found) if found else [],
        decades=chronology.decades(found.years) if found else {},
        query_text=chronology.text(choice),
        name_of=from_iri,
    )


def _spans(found: Chronology) -> list[tuple[str, str, str]]:
    return [(one.iri, one.start, one.end) for one in found.dated]


def _years(found: Chronology) -> list[tuple[str, list[Dated]]]:
    ordered = sorted(found.dated, key=lambda one: one.year)
    return [(year, list(ones)) for year, ones in groupby(ordered, lambda one: one.year)]
