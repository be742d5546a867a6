"""Things as others want them: citations at ``/cite/…``, events as iCalendar."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, request

from terrinclus_kg import resource
from terrinclus_kg.errors import Gone, NotFound, TerrinclusError
from terrinclus_kg.rdf.iri import Name, from_path, of_nature
from terrinclus_kg.resource import exchange
from terrinclus_kg.server import citing, negotiate
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.citing import FORMS
from terrinclus_kg.server.context import endpoint, language, named, reader
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.server.operations import ENGINE, MERGED, TEXT, Operation, Schema, form
from terrinclus_kg.server.parameters import thing_parameters
from terrinclus_kg.server.respond import Representation, attachment, data_path, link, page_path, represent, thing_links

blueprint = Blueprint("cite", __name__)
_CALENDAR = Variant("text/calendar")


@blueprint.get("/cite/<path:path>")
def cite(path: str) -> Response:
    """How a thing is cited. A suffix wins over ``format=``, which wins over ``Accept``."""
    stem, _, suffix = path.rpartition(".")
    if suffix in FORMS and (name := from_path(stem)):
        return _cited(name, suffix)
    return _cited(named(path), _chosen())


@blueprint.get("/data/<kind>/<path:key>.ics")
def calendar(kind: str, key: str) -> Response:
    """An event for a calendar."""
    if kind not in of_nature("event"):
        raise NotFound("only events go into a calendar")
    name, lang = named(f"{kind}/{key}"), language()

    def make() -> Response:
        it, at = resource.describe(reader(), name, lang), reader().release.built_at
        text = exchange.calendar(it, lang, endpoint(page_path(name, lang)), at)
        return attachment(Response(text, content_type=_CALENDAR.content_type), f"{name.kind}-{name.key}.ics")

    return represent(Representation(_CALENDAR.content_type, lang), make, _links(name, lang))


def _chosen() -> str:
    """The suffix of the form that the request asks for."""
    wanted = request.args.get("format", "")
    if wanted in FORMS:
        return wanted
    offered = tuple(FORMS.values())
    found = negotiate.by_name(wanted, offered) if wanted else negotiate.choose(request.headers.get("Accept"), offered)
    return next(suffix for suffix, variant in FORMS.items() if variant is found)


def _cited(name: Name, suffix: str) -> Response:
    lang, content_type = language(), FORMS[suffix].content_type

    def make() -> Response:
        it = resource.describe(reader(), name, lang)
        text = citing.written(citing.citations(it, lang, reader().release), suffix, lang)
        response = Response(text, content_type=content_type)
        response.headers["Content-Location"] = f"/cite/{name.path}.{suffix}?lang={lang}"
        return attachment(response, f"{name.kind}-{name.key}.{suffix}") if suffix != "txt" else response

    others = [link(f"/cite/{name.path}.{form}", "alternate", type=FORMS[form].media_type) for form in FORMS]
    return represent(Representation(content_type, lang), make, [*_links(name, lang), *others])


def _links(name: Name, lang: str) -> list[str]:
    return thing_links(name, canonical=page_path(name, lang), described_by=data_path(name))


def operations() -> Iterator[Operation]:
    """A thing in the forms of citation."""
    answers: dict[str, Schema] = {one.media_type: TEXT for one in FORMS.values()}
    given, told = (*thing_parameters(), form(*FORMS)), N_("How a thing is cited")
    fails: tuple[type[TerrinclusError], ...] = (NotFound, Gone, *ENGINE)
    yield Operation("cite", N_("Things"), "/cite/{kind}/{key}", told, answers, given, fails, leads=MERGED)
