"""One release: what it is and holds, and how it differs from the one before; as page, JSON and RDF."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse

from terrinclus_kg import resource
from terrinclus_kg.errors import NotFound, ParameterError
from terrinclus_kg.rdf.formats import RDF_FORMATS, Carries
from terrinclus_kg.rdf.iri import from_path
from terrinclus_kg.server import lineage, negotiate, releases, render, signposting
from terrinclus_kg.server.answers import checked
from terrinclus_kg.server.cached import CACHEABLE
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import address, chosen, language, reader, service
from terrinclus_kg.server.lineage import Part
from terrinclus_kg.server.negotiate import HTML, Variant
from terrinclus_kg.server.operations import (
    ANYTHING,
    AS_RDF,
    OF_RELEASE,
    TEXT,
    Operation,
    Parameter,
    Schema,
    choice,
    form,
)
from terrinclus_kg.server.respond import described, link
from terrinclus_kg.store.releases import difference
from terrinclus_kg.store.releases.difference import CHANGES, Changed
from terrinclus_kg.store.releases.layout import Release

blueprint = Blueprint("release", __name__)
_JSON = Variant("application/json")
_GRAPHS = (_JSON, HTML, *negotiate.variants(RDF_FORMATS))
_SIDES = (_JSON, HTML, *negotiate.variants(tuple(f for f in RDF_FORMATS if f.carries is Carries.DATASET)))
_COLLECTION = link("/releases", "collection")
_A_PAGE, _SHOWN = 100, 500  # things on a page; statements of a thing on either side


@blueprint.get("/releases/<release>")
def one(release: str) -> Response:
    """A release. Of one that is not kept there is when it was built, what it was, and what it changed."""
    found = releases.recall(release)
    settings = service().settings
    return _answer(
        chosen(_GRAPHS),
        lambda: releases.manifest(found),
        lambda: lineage.of(found, settings),
        lambda lang: _page("release.html", lang, found, files=releases.files(found), kept=releases.kept(found)),
        signposting.of_release(found, releases.iri(found.id)),
        modified=found.built_at,
    )


@blueprint.get("/releases/<release>/diff")
def diff(release: str) -> Response:
    """What a release changed: things, so many at a time; with ``thing=`` the statements of one."""
    found = releases.recall(release)
    if not difference.has(found):
        first = "before" not in found.manifest
        known = "there is no release before this one" if first else "the release before could not be read"
        raise NotFound(f"nothing can be compared: {known}")
    if iri := _iri("thing"):
        return _of_thing(found, iri)
    change = request.args.get("change", "")
    if change and change not in CHANGES:
        raise ParameterError(f"change is one of {', '.join(CHANGES)}", extra={"parameter": "change"})
    part = _part(found, change, _iri("after"))

    def page(lang: str) -> Response:
        others = {iri: next(iter(into.values()), "") for iri, into in part.replaced.items()}
        labels = _labels(found, part.things) | reader().labels(filter(None, others.values()))
        return _page("diff.html", lang, found, part=part, labels=labels, path=_path(found))

    return _answer(
        chosen(_GRAPHS),
        lambda: _told(found, part),
        lambda: lineage.changes(found, part, service().settings),
        page,
        [_COLLECTION, *_alternates(_GRAPHS), *([link(part.next, "next")] if part.next else [])],
    )


def _iri(parameter: str) -> str:
    """A parameter that is an IRI, or kind/key of a thing; "" where it is not given. Raises ParameterError."""
    told = request.args.get(parameter, "")
    name = from_path(told)
    try:
        return name.iri if name else NamedNode(told).value if told else ""
    except ValueError:
        raise ParameterError(f"{parameter} is an IRI or kind/key", extra={"parameter": parameter}) from None


def _part(release: Release, change: str, after: str) -> Part:
    found = tuple(difference.things(release, change=change, after=after, count=_A_PAGE + 1))
    shown, which = found[:_A_PAGE], {"change": change} if change else {}
    following = _asked(release, **which, after=shown[-1].iri) if len(found) > _A_PAGE else ""
    gone = [each.iri for each in shown if each.change == difference.REMOVED]
    replaced = resource.replaced(reader().at(release), gone) if gone and releases.kept(release) else {}
    return Part(_asked(release, **which, after=after), change, shown, replaced, following)


def _asked(release: Release, **parameters: str) -> str:
    return f"{_path(release)}?{releases.asked(**parameters)}"


def _of_thing(release: Release, iri: str) -> Response:
    thing = difference.of(release, iri)
    if thing is None:
        raise NotFound("this release changed nothing of this thing")
    sides = [(added, line) for added in (True, False) for line in _lines(release, iri, added=added)]

    def told() -> dict[str, object]:
        lines = {name: [row.decode().rstrip() for new, row in sides if new is side] for name, side in _NAMES.items()}
        return asdict(thing) | {"statements": lines, "cut": _is_cut(thing)}

    return _answer(
        chosen(_SIDES),
        told,
        lambda: lineage.statements(release, sides, service().settings),
        lambda lang: _page(
            "diff-thing.html",
            lang,
            release,
            it=thing,
            rows=(rows := _rows(sides)),
            cut=_is_cut(thing),
            labels=_labels(release, [thing], (term.value for _, quad in rows for term in _terms(quad))),
        ),
        [_COLLECTION, *_alternates(_SIDES)],
    )


def _rows(sides: Iterable[tuple[bool, bytes]]) -> list[tuple[bool, Quad]]:
    return [(new, quad) for new, line in sides for quad in parse(line, format=RdfFormat.N_QUADS, lenient=True)]


def _terms(quad: Quad) -> Iterator[NamedNode]:
    """The IRIs of a statement."""
    terms = (quad.predicate, quad.object, quad.graph_name)
    yield from (term for term in terms if isinstance(term, NamedNode))


def _alternates(variants: Iterable[Variant]) -> list[str]:
    """``Link`` elements of the forms in which this very thing can be had."""
    asked = {name: value for name, value in request.args.items() if name not in ("format", "lang")}
    forms = [(one.format or one, one.format.suffix if one.format else "json") for one in variants if one is not HTML]
    return [
        link(f"{request.path}?{releases.asked(**asked, format=suffix)}", "alternate", type=form.media_type)
        for form, suffix in dict.fromkeys(forms)
    ]


_NAMES = {"added": True, "removed": False}


def _is_cut(thing: Changed) -> bool:
    return max(thing.added, thing.removed) > _SHOWN


def _lines(release: Release, iri: str, *, added: bool) -> Iterator[bytes]:
    return islice(difference.statements(release, added=added, iri=iri), _SHOWN)


def _told(release: Release, part: Part) -> dict[str, object]:
    things = [{**asdict(thing), **part.replaced.get(thing.iri, {})} for thing in part.things]
    here = {"release": release.id, **release.manifest["difference"], "changed": things}
    files = {f"{name}_file": address(releases.path(release.id, f"{name}.nq.gz")) for name in _NAMES}
    return here | (files if releases.kept(release) else {}) | ({"next": address(part.next)} if part.next else {})


def _labels(release: Release, things: Iterable[Changed], more: Iterable[str] = ()) -> dict[str, dict[str, str]]:
    """Of things and of ``more`` IRIs those of the release itself, or if it is not kept of the one that serves; of what
    was removed, those it had."""
    found = list(things)
    asked = reader().at(release) if releases.kept(release) else reader()
    return asked.labels({*(thing.iri for thing in found), *more}) | {
        thing.iri: thing.labels for thing in found if thing.labels
    }


def _path(release: Release) -> str:
    return releases.path(release.id, "diff")


def _page(template: str, lang: str, release: Release, **values: Any) -> Response:
    canonical = f"{request.path}?{releases.asked(**{**request.args.to_dict(), 'lang': lang})}"
    return render.page(template, lang, here="releases", one=release, canonical=canonical, addresses=releases, **values)


def _answer(
    variant: Variant,
    told: Callable[[], dict[str, object]],
    triples: Callable[[], Iterator[Triple] | Iterator[Quad]],
    page: Callable[[str], Response],
    links: Iterable[str] = (_COLLECTION,),
    modified: datetime | None = None,
) -> Response:
    if variant is HTML:
        response = page(language())
        response.headers["Content-Language"] = language()
    elif variant.format:
        response = described(triples(), variant, lineage.PREFIXES)
    else:
        text = json.dumps(told(), ensure_ascii=False, indent=1) + "\n"
        response = Response(text, content_type=_JSON.media_type)
    response.headers["Link"] = ", ".join(links)
    response.last_modified = modified
    request.environ[CACHEABLE] = False  # it may be removed while the same one serves
    return checked(response)


def operations() -> Iterator[Operation]:
    """A release, and what it changed."""
    group, release = N_("Releases"), OF_RELEASE
    answers: dict[str, Schema] = {_JSON.media_type: ANYTHING, **AS_RDF, "text/html": TEXT}
    formats, path = form("json", "turtle"), "/releases/{release}"
    yield Operation("release", group, path, N_("What a release is and holds"), answers, (release, formats), (NotFound,))
    which = Parameter("change", N_("Which changes."), choice(*CHANGES))
    told, fails = N_("What a release changed, compared with the one before"), (NotFound, ParameterError)
    yield Operation("diff", group, f"{path}/diff", told, answers, (release, which, formats), fails)
