"""Things and their data documents: ``/id/…`` and ``/concept/…`` → 303, ``/data/…``.

An IRI names the thing itself, which cannot be sent; 303 leads to what can (httpRange-14, RFC 9110 §15.4.4).
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response

from terrinclus_kg import resource
from terrinclus_kg.errors import Gone, Merged, NotAcceptable, NotFound, TerrinclusError
from terrinclus_kg.rdf.formats import BY_SUFFIX, RDF_FORMATS, TURTLE, Format
from terrinclus_kg.rdf.iri import Name, from_iri, from_path
from terrinclus_kg.rdf.namespaces import BASE
from terrinclus_kg.server import memento, negotiate, signposting
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import chosen, language, named, reader
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.server.operations import AS_RDF, ENGINE, MERGED, Operation, Parameter, form
from terrinclus_kg.server.parameters import SEGMENT, thing_parameters
from terrinclus_kg.server.respond import (
    Representation,
    attachment,
    data_path,
    described,
    link,
    page_path,
    redirect,
    represent,
    sparql_path,
    thing_links,
)

blueprint = Blueprint("things", __name__)
_VERSIONS = ("", *negotiate.VERSIONS)  # what we publish is RDF 1.1, and so of every later version too
_THING = negotiate.variants(RDF_FORMATS, page=True, versions=_VERSIONS)
_DATA = negotiate.variants(RDF_FORMATS, versions=_VERSIONS)


@blueprint.get("/id/<path:path>")
def identity(path: str) -> Response:
    """The thing → its page or its document, by what the client reads."""
    return _see_other(named(path))


@blueprint.get("/concept/<path:path>")
def concept(path: str) -> Response:
    """As `identity`, for the IRIs of concepts."""
    name = from_iri(f"{BASE}concept/{path}")
    if name is None:
        raise NotFound("there is no such concept here")
    return _see_other(name)


@blueprint.get("/data/<path:path>")
def data(path: str) -> Response:
    """The record of a thing as RDF. A suffix wins over ``format=``, which wins over ``Accept``."""
    name, variant = asked(path)
    here = f"/data/{path}"
    try:
        return memento.negotiated(name, here) or memento.linked(document(name, variant), here)
    except Gone as error:
        return _tombstone(name, variant, error)


def asked(path: str) -> tuple[Name, Variant]:
    """What a path below ``/data/`` asks for, and in which format. Raises NotFound, NotAcceptable."""
    stem, _, suffix = path.rpartition(".")
    name = from_path(stem) if suffix in BY_SUFFIX else None
    if name:
        return name, Variant(BY_SUFFIX[suffix].media_type, BY_SUFFIX[suffix])
    return named(path), chosen(_DATA)


def _see_other(name: Name) -> Response:
    try:
        resource.check(reader(), name)
    except Gone as error:
        return _tombstone(name, _wanted(), error)
    variant = chosen(_THING)
    target = data_path(name, variant.format) if variant.format else page_path(name, language())
    return redirect(target, links=thing_links(name, canonical=page_path(name, "fr"), described_by=data_path(name)))


def document(name: Name, variant: Variant, before: str = "") -> Response:
    """The record of a thing; ``before``: the path of the release that it is of. Raises NotFound, Gone: see
    `resource.check`."""
    form = variant.format or TURTLE
    content_type = variant.content_type
    query = before + sparql_path(f"CONSTRUCT WHERE {{ ?s ?p <{name.iri}> }}")
    everything = link(query, "related", title="all links to it")
    links = thing_links(name, canonical=data_path(name, form), described_by="/ns.ttl", before=before)
    what = Representation(content_type, exact=True)
    about = [link(name.iri, "describes"), link(signposting.landing(), "collection"), signposting.IN_DATASET, everything]
    return represent(what, lambda: _bytes(name, form, content_type), [*links, *about])


def _wanted() -> Variant | None:
    try:
        return chosen(_THING)
    except NotAcceptable:  # a problem document, it may be
        return None


def _tombstone(name: Name, variant: Variant | None, error: Gone) -> Response:
    """What is left of a thing, as RDF for who asks for that. Raises the error: it was merged, or they ask for none."""
    if variant is None or variant.format is None or isinstance(error, Merged):
        raise error
    response = described(resource.remains(name, error), variant)
    response.status_code = error.status
    if links := memento.farewell(error)[1]:
        response.headers["Link"] = ", ".join(links)
    response.headers["Cache-Control"] = "no-store"
    return response


def _bytes(name: Name, form: Format, content_type: str) -> Response:
    response = Response(resource.document(reader(), name, form).read(), content_type=content_type)
    response.headers["Content-Location"] = data_path(name, form)
    return attachment(response, f"{name.kind}-{name.key}.{form.suffix}")


def operations() -> Iterator[Operation]:
    """The identifier of a thing, and its data document."""
    group, names = N_("Things"), tuple(one.slug for one in RDF_FORMATS)
    fails: tuple[type[TerrinclusError], ...] = (NotFound, Gone, *ENGINE)
    leads = N_("From the identifier of a thing to its page or its data")
    given = thing_parameters()
    yield Operation("identity", group, "/id/{kind}/{key}", leads, {}, given, fails, status=303, leads=MERGED)
    told = N_("The record of a thing as RDF")
    yield Operation("data", group, "/data/{kind}/{key}", told, AS_RDF, (*given, form(*names)), fails, leads=MERGED)
    told = N_("From the identifier of a concept to its page or its data")
    scheme = Parameter("scheme", N_("The scheme of a concept: what follows /concept/ in its IRI."), SEGMENT, "path")
    code = Parameter("code", N_("The code of a concept: the end of its IRI."), SEGMENT, "path")
    yield Operation("concept", group, "/concept/{scheme}/{code}", told, {}, (scheme, code), fails, status=303)
