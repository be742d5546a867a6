"""``/nanopub/{kind}/{key}``: a fact as a nanopublication, in the formats that keep its graphs."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response

from terrinclus_kg.errors import Gone, NotFound, TerrinclusError
from terrinclus_kg.rdf.formats import BY_SUFFIX, JSON_LD, N_QUADS, TRIG
from terrinclus_kg.rdf.iri import Name, from_path, kinds
from terrinclus_kg.resource import exchange
from terrinclus_kg.server import negotiate, releases
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import chosen, named, pin, reader
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.server.operations import ENGINE, MERGED, OF_RELEASE, Operation, form, texts
from terrinclus_kg.server.parameters import thing_parameters
from terrinclus_kg.server.respond import Representation, attachment, link, page_path, represent, written

blueprint = Blueprint("nanopub", __name__)
FORMATS = (TRIG, N_QUADS, JSON_LD)
_OFFERED = negotiate.variants(FORMATS, versions=("", *negotiate.VERSIONS))


@blueprint.get("/nanopub/<path:path>")
def nanopub(path: str) -> Response:
    """A fact as the current release has it. A suffix wins over ``format=``, which wins over ``Accept``."""
    return _answer(*_asked(path))


@blueprint.get("/releases/<release>/nanopub/<path:path>")
def of_release(release: str, path: str) -> Response:
    """Likewise of one release: the same for ever. Raises NotFound: the release is not kept, or has no such fact."""
    name, variant = _asked(path)
    pin(releases.find(release))
    response = _answer(name, variant)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _asked(path: str) -> tuple[Name, Variant]:
    stem, _, suffix = path.rpartition(".")
    form = BY_SUFFIX.get(suffix)
    if form in FORMATS and (name := from_path(stem)):
        return name, Variant(form.media_type, form)
    return named(path), chosen(_OFFERED)


def _answer(name: Name, variant: Variant) -> Response:
    form, release = variant.format or TRIG, reader().release
    if not exchange.is_fact(name.kind):
        raise NotFound("only facts are nanopublications")
    here = releases.path(release.id, f"nanopub/{name.path}")

    def make() -> Response:
        response = Response(written(exchange.nanopub(reader(), name, release), form), content_type=variant.content_type)
        response.headers["Content-Location"] = f"{here}.{form.suffix}"
        return attachment(response, f"nanopub-{name.kind}-{name.key}.{form.suffix}")

    others = [link(f"{here}.{each.suffix}", "alternate", type=each.media_type) for each in FORMATS]
    links = [*others, link(page_path(name, "fr"), "related", type="text/html"), link(name.iri, "about")]
    return represent(Representation(variant.content_type, exact=True), make, links)


def operations() -> Iterator[Operation]:
    """A fact as a nanopublication."""
    facts = [slug for slug in kinds() if exchange.is_fact(slug)]
    formats = form(*(one.slug for one in FORMATS))
    fails: tuple[type[TerrinclusError], ...] = (NotFound, Gone, *ENGINE)
    group, answers, given = N_("Things"), texts(*FORMATS), (*thing_parameters(*facts), formats)
    told = N_("A fact as a nanopublication")
    yield Operation("nanopub", group, "/nanopub/{kind}/{key}", told, answers, given, fails, leads=MERGED)
    told = N_("A fact of a release as a nanopublication, which never changes")
    path = "/releases/{release}/nanopub/{kind}/{key}"
    yield Operation("nanopub-of-release", group, path, told, answers, (OF_RELEASE, *given), fails, leads=MERGED)
