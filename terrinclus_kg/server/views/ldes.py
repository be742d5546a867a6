"""``/ldes``: what has changed, as a Linked Data Event Stream; and its members, each by its own address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from flask import Blueprint, Response, request
from pyoxigraph import Quad

from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.formats import RDF_FORMATS, TURTLE
from terrinclus_kg.server import eventstream, negotiate
from terrinclus_kg.server.answers import checked
from terrinclus_kg.server.cached import CACHEABLE
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import chosen, named, origin, service
from terrinclus_kg.server.eventstream import EventStream
from terrinclus_kg.server.operations import AS_RDF, Operation, form
from terrinclus_kg.server.respond import data_path, link, written
from terrinclus_kg.store.releases.journal import Journal

blueprint = Blueprint("ldes", __name__)
_OFFERED = negotiate.variants(RDF_FORMATS, versions=("", *negotiate.VERSIONS))
_NUMBER = re.compile("[1-9][0-9]{0,8}\\Z")


@blueprint.get("/ldes")
def root() -> Response:
    """The stream, and where its pages are."""
    return _answer(lambda stream: (stream.root(), False))


@blueprint.get("/ldes/index/<number>")
def index(number: str) -> Response:
    """Where some of the pages are."""
    return _answer(lambda stream: (stream.index(_number(number)), True))


@blueprint.get("/ldes/page/<number>")
def page(number: str) -> Response:
    """Members of the stream."""
    return _answer(lambda stream: (stream.page(_number(number)), _number(number) <= stream.full))


@blueprint.get("/version/<key>/<path:path>")
def version(key: str, path: str) -> Response:
    """One member of the stream."""
    name = named(path)
    member = Journal(service().settings.home).member(name.iri, key)
    links = [link(data_path(name), "latest-version"), link(name.iri, "cite-as")]
    return _written(eventstream.version(member), for_ever=True, links=links)


def _answer(make: Callable[[EventStream], tuple[Iterable[Quad], bool]]) -> Response:
    stream = EventStream(Journal(service().settings.home), origin())
    return _written(*make(stream))


def _written(quads: Iterable[Quad], for_ever: bool, links: Iterable[str] = ()) -> Response:
    """Statements in the format that is asked for. Raises NotFound: there are none."""
    variant = chosen(_OFFERED)
    found = list(quads)
    if not found:
        raise NotFound("the stream has no such page")
    response = Response(written(found, variant.format or TURTLE), content_type=variant.content_type)
    response.headers["Link"] = ", ".join([*links, link("/ldes", "collection")])
    if not for_ever:
        request.environ[CACHEABLE] = False  # the journal may grow while the same release serves
    answer = checked(response)
    if for_ever:
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


def _number(text: str) -> int:
    if not _NUMBER.match(text):
        raise NotFound("the stream has no such page")
    return int(text)


def operations() -> Iterator[Operation]:
    """The stream of changes."""
    told, formats = N_("The changes of things as a Linked Data Event Stream"), form(*(one.slug for one in RDF_FORMATS))
    yield Operation("ldes", N_("Releases"), "/ldes", told, AS_RDF, (formats,), (NotFound,))
