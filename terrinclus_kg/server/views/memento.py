"""Former states of pages and data documents, and lists of them (RFC 7089): see `server.memento`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Blueprint, Response, g, request

from terrinclus_kg.errors import Gone, NotFound
from terrinclus_kg.rdf.formats import RDF_FORMATS
from terrinclus_kg.rdf.iri import Name
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.server import memento, negotiate, releases
from terrinclus_kg.server.answers import checked
from terrinclus_kg.server.cached import CACHEABLE
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import named, origin, pin
from terrinclus_kg.server.memento import History, Memento
from terrinclus_kg.server.negotiate import HTML
from terrinclus_kg.server.operations import ANYTHING, AS_RDF, ENGINE, OF_RELEASE, TEXT, Operation, Schema, form
from terrinclus_kg.server.parameters import thing_parameters
from terrinclus_kg.server.respond import Representation, data_path, page_path, represent, thing_links
from terrinclus_kg.server.views import reading, things

blueprint = Blueprint("memento", __name__)


@blueprint.get("/releases/<release>/data/<path:path>")
def data(release: str, path: str) -> Response:
    """The record of a thing as it was in a release: the same for ever."""
    name, variant = things.asked(path)
    found, state = _state(release, name, f"/data/{path}")
    response = memento.shown(things.document(name, variant, before=state.before), found, state)
    if "Content-Location" in response.headers:
        response.headers["Content-Location"] = state.before + response.headers["Content-Location"]
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@blueprint.get("/releases/<release>/<any(fr, en):lang>/<kind>/<path:key>")
def page(release: str, lang: str, kind: str, key: str) -> Response:
    """The page of a thing as it was in a release, in the pages of today."""
    name = named(f"{kind}/{key}")
    found, g.memento = _state(release, name, page_path(name, lang))
    negotiate.choose(request.headers.get("Accept"), [HTML])
    links = thing_links(name, canonical=page_path(name, lang), described_by=data_path(name), before=g.memento.before)
    response = represent(Representation(HTML.content_type, lang), lambda: reading.thing(lang, name), links)
    response.headers["X-Robots-Tag"] = "noindex"
    return memento.shown(response, found, g.memento)


@blueprint.get("/timemap/<any(link, json):form>/<path:path>")
def timemap(form: str, path: str) -> Response:
    """All kept states of a page or document; of a thing (``projet/terrinclus``) those of its data."""
    found = memento.history(*_original(path))
    response = Response(_as_links(found), content_type=memento.LINK_FORMAT) if form == "link" else _as_json(found)
    request.environ[CACHEABLE] = False  # releases may be removed while the same one serves
    return checked(response)


def _state(release_id: str, name: Name, path: str) -> tuple[History, Memento]:
    """The states of a resource, and the one in a release, of which the rest of this request is asked."""
    release = releases.find(release_id)
    found = memento.history(name, path)
    for state in found.mementos:
        if state.release.id == release.id:
            pin(release)
            return found, state
    raise NotFound("no state of this resource is kept in this release")


def _original(path: str) -> tuple[Name, str]:
    """The thing, and the path of the resource, that a TimeMap is asked for. Raises NotFound: it is none that has former
    states."""
    first, _, rest = path.partition("/")
    if first in LANGUAGES:
        return named(rest), f"/{path}"
    if first == "data":
        return things.asked(rest)[0], f"/{path}"
    return named(path), f"/data/{path}"


def _as_links(found: History) -> str:
    """RFC 7089 §5: the list in application/link-format (RFC 6690)."""
    return ",\n".join(found.everything()) + "\n"


def _as_json(found: History) -> Response:
    """The list as JSON, in the shape that archives of the Web use."""
    entries = [
        {"datetime": one.at.isoformat().replace("+00:00", "Z"), "uri": origin() + one.path} for one in found.mementos
    ]
    maps = {f"{form}_format": origin() + memento.map_path(found.path, form) for form in ("link", "json")}
    members = {
        "original_uri": origin() + found.path,
        "timegate_uri": origin() + found.path,
        "timemap_uri": maps,
        "mementos": {"first": entries[0], "last": entries[-1], "list": entries},
    }
    return Response(json.dumps(members, indent=1) + "\n", content_type="application/json")


def operations() -> Iterator[Operation]:
    """The data of a thing as they were, and the list of all states that are kept."""
    group, thing, names = N_("Releases"), thing_parameters(), tuple(one.slug for one in RDF_FORMATS)
    path, told = "/releases/{release}/data/{kind}/{key}", N_("The record of a thing as it was in a release")
    yield Operation("memento", group, path, told, AS_RDF, (OF_RELEASE, *thing, form(*names)), (NotFound, Gone, *ENGINE))
    answers: dict[str, dict[str, Schema]] = {
        "link": {memento.LINK_FORMAT: TEXT},
        "json": {"application/json": ANYTHING},
    }
    for name, answer in answers.items():
        path, told = memento.map_path("/{kind}/{key}", name), N_("All states of the record of a thing that are kept")
        yield Operation(f"timemap-{name}", group, path, told, answer, thing, (NotFound,))
