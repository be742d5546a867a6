"""``/nanopub/{kind}/{key}``: a fact as a nanopublication, in the formats that keep its graphs."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response

from terrinclus_kg.errors import Gone, NotFound, TerrinclusError
from terrinclus_kg.rdf.formats import BY_SUFFIX, JSON_LD, N_QUADS, TRIG
from terrinclus_kg.rdf.iri import Name, from_path, kinds
from terrinclus_kg.resource import exchange
from terrinclus_kg.server import negotiate
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import chosen, named, reader
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.server.operations import ENGINE, MERGED, Operation, form, texts
from terrinclus_kg.server.parameters import thing_parameters
from terrinclus_kg.server.respond import Representation, attachment, link, page_path, represent, written

blueprint = Blueprint("nanopub", __name__)
FORMATS = (TRIG, N_QUADS, JSON_LD)
_OFFERED = negotiate.variants(FORMATS, versions=("", *negotiate.VERSIONS))


@blueprint.get("/nanopub/<path:path>")
def nanopub(path: str) -> Response:
    """A nanopublication. A suffix wins over ``format=``, which wins over ``Accept``."""
    stem, _, suffix = path.rpartition(".")
    form = BY_SUFFIX.get(suffix)
    if form in FORMATS and (name := from_path(stem)):
        return _answer(name, Variant(form.media_type, form))
    return _answer(named(path), chosen(_OFFERED))


def _answer(name: Name, variant: Variant) -> Response:
    form = variant.format or TRIG
    if not exchange.is_fact(name.kind):
        raise NotFound("only facts are nanopublications")

    def make() -> Response:
        quads = exchange.nanopub(reader(), name, reader().release)
        response = Response(written(quads, form), content_type=variant.content_type)
        response.headers["Content-Location"] = f"/nanopub/{name.path}.{form.suffix}"
        return attachment(response, f"nanopub-{name.kind}-{name.key}.{form.suffix}")

    others = [link(f"/nanopub/{name.path}.{each.suffix}", "alternate", type=each.media_type) for each in FORMATS]
    links = [*others, link(page_path(name, "fr"), "related", type="text/html"), link(name.iri, "about")]
    return represent(Representation(variant.content_type, exact=True), make, links)


def operations() -> Iterator[Operation]:
    """A fact as a nanopublication."""
    facts = [slug for slug in kinds() if exchange.is_fact(slug)]
    given = (*thing_parameters(*facts), form(*(one.slug for one in FORMATS)))
    told = N_("A fact as a nanopublication")
    fails: tuple[type[TerrinclusError], ...] = (NotFound, Gone, *ENGINE)
    yield Operation("nanopub", N_("Things"), "/nanopub/{kind}/{key}", told, texts(*FORMATS), given, fails, leads=MERGED)
