"""The home page: what this is, what it holds, where to begin."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, request

from terrinclus_kg import resource
from terrinclus_kg.errors import NoIndex
from terrinclus_kg.questions import example
from terrinclus_kg.resource.overview import geography, goals
from terrinclus_kg.resource.overview.geography import Choice
from terrinclus_kg.resource.site import Listing, Section, site
from terrinclus_kg.server import metadata, negotiate, render, signposting, sketches
from terrinclus_kg.server.context import endpoint, reader
from terrinclus_kg.server.negotiate import HTML
from terrinclus_kg.server.render import Shown
from terrinclus_kg.server.respond import Representation, link, represent, sparql_path
from terrinclus_kg.store.search.model import KIND, Hit, Search, Sort

blueprint = Blueprint("home", __name__)
_FEW = 4
_ORDERS = {"links": Sort.LINKS, "year": Sort.YEAR}


@blueprint.get("/<any(fr, en):lang>/")
def home(lang: str) -> Response:
    """What this is, what it holds, and the doors to it."""
    negotiate.choose(request.headers.get("Accept"), [HTML])
    path = f"/{lang}/"
    links = [link(path, "canonical"), *signposting.of_dataset(reader().release)]
    return represent(Representation(HTML.content_type, lang), lambda: _page(lang, path), links)


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the page: its lists with the things in them, or its map with the number of places on it."""

    plan: Section
    lists: tuple[tuple[Listing, tuple[Hit, ...]], ...]
    places: dict[str, int]


def _page(lang: str, path: str) -> Response:
    it = site()
    parts, found = [_part(plan, lang) for plan in it.home.section], goals.goals(reader()) if it.goal else ()
    named = [hit.iri for part in parts for _, hits in part.lists for hit in hits]
    named += [iri for part in parts for iri in part.places] + [goal.iri for goal in found]
    labels = reader().labels([*named, *(sketches.framed() if any(part.places for part in parts) else ())])
    asked, shown = example("home"), Shown(lang, labels)
    return render.page(
        "home.html",
        lang,
        labels=labels,
        canonical=path,
        here="home",
        json=metadata.of_dataset(lang, path, reader().release),
        counts=resource.counts(reader()),
        goals=found,
        parts=parts,
        map_of=lambda part: sketches.maps(shown, part.places, focus=False).get(sketches.sheet_of(part.plan.map)),
        example=it.example,
        example_address=endpoint(f"/id/{it.example.path}") if it.example else "",
        asked=asked.title,
        query=asked.text.strip(),
        query_path=sparql_path(asked.text.strip()),
    )


def _part(plan: Section, lang: str) -> Part:
    lists = tuple((each, _some(each.kind, _ORDERS[plan.order], lang)) for each in plan.lists)
    places = geography.places(reader(), Choice(plan.map, geography.plan().measure[0].slug)) if plan.map else ()
    return Part(plan, lists, {place.iri: place.number for place in places if place.number})


def _some(kind: str, sort: Sort, lang: str) -> tuple[Hit, ...]:
    """The first things of a kind, we editors left out; none where the release has no index."""
    asked = Search(filters={KIND: (kind,)}, sort=sort, language=lang, size=_FEW + 1, counts=False)
    try:
        hits = reader().search(asked).hits
    except NoIndex:
        return ()
    return tuple(hit for hit in hits if hit.iri != goals.EDITORS)[:_FEW]
