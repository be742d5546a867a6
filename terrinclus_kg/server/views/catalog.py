"""``/catalog``: all that is offered here, in DCAT-AP or as a page; ``/dataset/…`` leads to it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response

from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.formats import BY_SUFFIX, RDF_FORMATS
from terrinclus_kg.rdf.namespaces import BASE, DATASET
from terrinclus_kg.server import answers, dcat, negotiate, offer, render, signposting
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import chosen, language, reader, rules, service
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.server.offer import Catalogue
from terrinclus_kg.server.operations import AS_RDF, ENGINE, TEXT, Operation, form
from terrinclus_kg.server.releases import VOID_PATH
from terrinclus_kg.server.respond import described, link, redirect

blueprint = Blueprint("catalog", __name__)
_OFFERED = negotiate.variants(RDF_FORMATS, page=True, versions=("", *negotiate.VERSIONS))


@blueprint.get("/catalog")
def index() -> Response:
    """The catalogue, as a page or as RDF."""
    return _catalogue(chosen(_OFFERED))


@blueprint.get("/catalog.<any(ttl, jsonld, rdf, nt, trig, nq):suffix>")
def in_format(suffix: str) -> Response:
    """The catalogue in one format."""
    return _catalogue(Variant(BY_SUFFIX[suffix].media_type, BY_SUFFIX[suffix]))


@blueprint.get("/dataset/<path:key>")
def dataset(key: str) -> Response:
    """A dataset, which cannot be sent as such → its description: of the whole its page, or VoID, which tells of what
    has an IRI with a fragment of its own; of parts the catalogue."""
    iri = f"{BASE}dataset/{key}"
    if iri not in (DATASET.value, *offer.ANCHORS):
        raise NotFound("there is no such dataset")
    form = chosen(_OFFERED).format
    links = [link(VOID_PATH, "describedby"), link(iri, "cite-as")]
    if iri == DATASET.value:
        return redirect(f"{VOID_PATH}?format={form.suffix}" if form else f"/{language()}/donnees", links=links)
    return redirect(f"/catalog.{form.suffix}" if form else f"/catalog#{offer.ANCHORS[iri]}", links=links)


def _catalogue(variant: Variant) -> Response:
    offered = _offered()
    if variant.format:
        response = described(dcat.of_catalogue(service().settings, offered), variant, dcat.PREFIXES)
    else:
        response = _page(language(), offered)
    formats = [link(f"/catalog.{f.suffix}", "alternate", type=f.media_type) for f in RDF_FORMATS]
    response.headers["Link"] = ", ".join([*formats, *signposting.of_catalogue(dcat.CATALOG.value)])
    response.last_modified = offered.whole.modified
    return answers.checked(response)


def _offered() -> Catalogue:
    return offer.catalogue(service().register.holdings(reader()), rules())


def _page(lang: str, offered: Catalogue) -> Response:
    labels = {each.source.source: dict(each.titles) for each in offered.sources if each.source}
    values = {
        "offered": offered,
        "anchors": offer.ANCHORS,
        "formats": RDF_FORMATS,
        "here": "catalog",
        "canonical": f"/catalog?lang={lang}",
    }
    response = render.page("catalog.html", lang, labels=labels, **values)
    response.headers["Content-Language"] = lang
    return response


def operations() -> Iterator[Operation]:
    """The catalogue."""
    answers, formats = {**AS_RDF, "text/html": TEXT}, form(*(one.slug for one in RDF_FORMATS))
    yield Operation(
        "catalog", N_("The service"), "/catalog", N_("The catalogue (DCAT-AP)"), answers, (formats,), ENGINE
    )
