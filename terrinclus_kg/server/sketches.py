"""From the things of a page to `drawing`: their labels, their numbers in words, the maps that were built.

Templates do not call this: they use the macros of ``web/templates/drawings.html``, which take IRIs and values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from flask import Flask

from terrinclus_kg import drawing
from terrinclus_kg.drawing import Bars, Group, Item, Map, Neighbourhood, Node, Row, Sheet, Timeline
from terrinclus_kg.rdf.iri import from_iri, kinds, of_nature
from terrinclus_kg.rdf.labels import Label
from terrinclus_kg.resource.site import site
from terrinclus_kg.server import assets, words
from terrinclus_kg.server.render import Shown


def install(app: Flask) -> None:
    """Gives the templates what the macros of drawings need."""
    app.jinja_env.globals.update(sketch_bars=bars, sketch_timeline=timeline, sketch_neighbourhood=neighbourhood)
    app.jinja_env.globals.update(sketch_maps=maps, sketch_names=named, mark=_mark)
    app.jinja_env.globals.update(place_base=place_base())
    app.jinja_env.filters["px"] = px


def _mark(kind: str) -> str:
    return drawing.mark(kinds()[kind].mark if kind in kinds() else "")


def px(value: float) -> str:
    """A length in a drawing."""
    return f"{value:.1f}".removesuffix(".0")


def node(shown: Shown, iri: str) -> Node:
    """A thing as a node of a drawing."""
    label = _label(shown, iri)
    return Node(iri, label.text, shown.kind(iri), label.language)


def _label(shown: Shown, iri: str) -> Label:
    """The label of a thing; goals and targets are known by their number."""
    label, name = shown.label(iri), from_iri(iri)
    return Label(f"{name.key} {label.text}", label.language) if name and name.kind in of_nature("goal") else label


def number(shown: Shown, value: float) -> str:
    """A number as it is read in the language of a page. Twelve digits: what a sum of decimals adds behind is noise."""
    return words.number(f"{value:.12g}", shown.language)


def bars(shown: Shown, rows: Iterable[tuple[str, float | Sequence[float]]]) -> tuple[list[Row], Bars]:
    """Bars of things: IRI and value, or the values of a stack."""
    made = []
    for iri, value in rows:
        values = value if isinstance(value, Sequence) else (value,)
        label = _label(shown, iri)
        made.append(Row(label.text, values, number(shown, sum(values)), label.language, iri))
    return made, drawing.bars(made)


def timeline(shown: Shown, items: Iterable[tuple[str, str, str]]) -> tuple[list[Item], Timeline]:
    """A timeline of things: IRI, first and last date (as in XML Schema, "" if unknown)."""
    made = []
    for iri, start, end in items:
        label = shown.label(iri)
        told = words.period(start, end, shown.language) if start or end else ""
        made.append(Item(label.text, start, end, shown.kind(iri), label.language, iri, told))
    return made, drawing.timeline(made)


def neighbourhood(
    shown: Shown, centre: str, groups: Iterable[tuple[str, int, Sequence[str]]], opened: str = ""
) -> tuple[list[Group], Neighbourhood]:
    """A thing among others: for each kind its slug, how many there are, and the IRIs of those that are known."""
    made = []
    for kind, count, iris in groups:
        names = kinds()[kind].labels if count < 2 else kinds()[kind].plurals
        title = f"{shown.number(count)} {names[shown.language]}"
        made.append(Group(kind, title, count, [node(shown, iri) for iri in iris]))
    return made, drawing.neighbourhood(node(shown, centre), made, opened)


def maps(shown: Shown, places: Mapping[str, float], *, focus: bool = True) -> dict[str, Map]:
    """The maps that show these territories (IRI → value), by name: ``departements``, ``pays``.

    Values within one outline are added up. Empty where maps were not built, or no territory has an outline.
    """
    values: dict[str, float] = {}
    for iri, value in places.items():
        if key := area(iri):
            values[key] = values.get(key, 0) + value
    plan = site().map
    left_out = set(plan.left_out) if plan else set()
    found = {}
    for name, sheet in sheets().items():
        here = {key: value for key, value in values.items() if key in sheet.centres and key not in left_out}
        if any(value > 0 for value in here.values()):
            found[name] = drawing.choropleth(sheet, here, names(shown, sheet), focus=focus)
    return found


def named(shown: Shown, places: Iterable[str]) -> str:
    """Territories in one line, at most six by name and the others by their number: a page lists them all."""
    told = [shown.label(iri).text for iri in places]
    return ", ".join(told[:6]) + (f" + {len(told) - 6}" if len(told) > 6 else "")


def names(shown: Shown, sheet: Sheet) -> dict[str, str]:
    """What stands in the frames of a map: names without what tells a département from its région."""
    base = place_base()
    return {key: shown.label(base + key).text.partition(" (")[0] for key in sheet.insets}


def framed() -> list[str]:
    """The territories whose names stand in the frames of maps: a page loads their labels with its own."""
    base = place_base()
    return [base + key for sheet in sheets().values() for key in sheet.insets]


def area(iri: str) -> str:
    """The key of the outline that a place lies in; "" if none."""
    name, plan = from_iri(iri), site().map
    return plan.area(name.key) if name and plan and name.kind in of_nature("place") else ""


def place_base() -> str:
    """How the IRIs begin of those places whose keys name outlines."""
    return next((kind.base for kind in kinds().values() if kind.nature == "place"), "")


def sheet_of(level: str) -> str:
    """The name of the sheet that a level of the map is drawn on."""
    plan = site().map
    return plan.levelled(level).sheet if plan and level else ""


@cache
def sheets() -> dict[str, Sheet]:
    """The maps that were built, by name; none where the web files were not built, or the site has no maps."""
    built = assets.assets()
    if "maps.json" not in built or site().map is None:
        return {}
    told = json.loads(built["maps.json"].content)
    return {name: Sheet.read(built[f"{name}.svg"].address, part) for name, part in told.items()}
