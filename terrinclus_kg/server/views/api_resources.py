"""Things as applications read them: their kinds, lists with filters, and each as plain JSON that is JSON-LD too."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Blueprint, Response, request

from terrinclus_kg import resource
from terrinclus_kg.errors import Gone, NoIndex, NotFound, ParameterError, ReleaseDamaged
from terrinclus_kg.rdf.framing import ALIASES
from terrinclus_kg.rdf.iri import Name, from_iri, kinds
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.server import results
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import address, chosen, named, reader
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.server.operations import (
    ADDRESS,
    ANYTHING,
    BY_LANGUAGE,
    ENGINE,
    IRI,
    LANG,
    MERGED,
    TEXT,
    TRUTH,
    WHOLE,
    Operation,
    Parameter,
    array,
    choice,
    form,
    maybe,
    record,
)
from terrinclus_kg.server.parameters import (
    PAGE,
    PAGED,
    PAGING,
    SIZE,
    check_names,
    labels_language,
    paging,
    thing_parameters,
)
from terrinclus_kg.server.render import Shown
from terrinclus_kg.server.respond import (
    SERVICE_DESCRIPTION,
    Representation,
    data_path,
    page_path,
    represent,
    thing_links,
)
from terrinclus_kg.server.searching import State, names, parameters
from terrinclus_kg.store.search.model import KIND, Found

blueprint = Blueprint("api-resources", __name__)
JSON, JSON_LD = Variant("application/json"), Variant("application/ld+json", name="jsonld")
_PLAIN = ("links", "complete")  # members that say nothing in RDF


@blueprint.get("/api/resources")
def index() -> Response:
    """The kinds of things, how many there are of each, and where they are listed."""
    check_names(("format",))
    chosen((JSON,))
    return represent(Representation(JSON.content_type), _kinds, [SERVICE_DESCRIPTION])


@blueprint.get("/api/resources/<kind>")
def listing(kind: str) -> Response:
    """The things of a kind, by words, filters and order as on their page.

    Raises:
        NotFound: no such kind, or no such page.
        ParameterError: an unknown parameter, or a value that it cannot have.
        NoIndex: the release has no index of words and facets.
    """
    if kind not in kinds() or not kinds()[kind].listed:
        raise NotFound("there is no such kind")
    check_names((*names(kind), "lang", PAGE, SIZE, "format"), ("q",))
    lang, page, variant = labels_language(), paging(), chosen((JSON,))
    state = State.of(request.path, lang, request.args, kind)
    links = [SERVICE_DESCRIPTION]

    def make() -> Response:
        found = reader().search(state.search(page.offset, page.size))
        _check_values(found)
        page.check(len(found.hits))
        more = page.offset + len(found.hits) < found.total
        links.extend(page.links(more=more))  # they are read when this has returned
        told = {"kind": kind, "language": lang, "release": reader().release.id}
        return _json({**told, **page.members(found.total, more=more), **_listed(found, lang)}, variant)

    return represent(Representation(variant.content_type, lang), make, links)


@blueprint.get("/api/resources/<kind>/<path:key>")
def thing(kind: str, key: str) -> Response:
    """A thing with what is said of it, the nodes that join it to others unfolded, and the facts that say so.

    Raises:
        NotFound, Gone: as `resource.check`.
    """
    check_names(("format",))
    name, variant = named(f"{kind}/{key}"), chosen((JSON, JSON_LD))
    canonical = f"/api/resources/{name.path}"
    links = [*thing_links(name, canonical=canonical, described_by="/ns.ttl"), SERVICE_DESCRIPTION]
    return represent(Representation(variant.content_type), lambda: _json(_told(name), variant), links)


def _kinds() -> Response:
    counts = resource.counts(reader())
    told = [
        {
            "kind": kind.slug,
            "label": kind.labels,
            "plural": kind.plurals,
            "classes": list(kind.classes),
            "count": counts.get(kind.slug, 0) if counts else None,
            "address": address(f"/api/resources/{kind.slug}"),
        }
        for kind in kinds().values()
        if kind.listed
    ]
    return _json({"release": reader().release.id, "kinds": told}, JSON)


def _listed(found: Found, lang: str) -> dict[str, object]:
    shown = Shown(lang, reader().labels(hit.iri for hit in found.hits))
    told = results.members(found, shown)
    rows = [{**row, "api": _api(str(row["iri"]))} for row in told["results"]]
    return {**told, "results": rows}


def _check_values(found: Found) -> None:
    """Raises ParameterError: the value of a filter is one that nothing has."""
    for slug, key in found.unknown:
        if slug != KIND:
            raise ParameterError(f"{slug}: nothing has the value {key[:100]!r}", extra={"parameter": slug})


def _api(iri: str) -> str | None:
    name = from_iri(iri)
    return address(f"/api/resources/{name.path}") if name else None


def _told(name: Name) -> dict[str, object]:
    tree, complete = resource.record(reader(), name)
    pages = {lang: address(page_path(name, lang)) for lang in LANGUAGES}
    links = {"page": pages, "data": address(data_path(name))}
    context = [address("/context.jsonld"), {**ALIASES, **dict.fromkeys(_PLAIN)}]
    return {"@context": context, **tree, "complete": complete, "links": links}


def _json(members: dict[str, object], variant: Variant) -> Response:
    return Response(json.dumps(members, ensure_ascii=False, indent=1) + "\n", content_type=variant.content_type)


_GROUP = N_("Things")
_KIND = record(
    "Kind", kind=TEXT, label=BY_LANGUAGE, plural=BY_LANGUAGE, classes=array(IRI), count=maybe(WHOLE), address=ADDRESS
)


def operations() -> Iterator[Operation]:
    """The kinds, the list of one, a thing."""
    kinds_of = record("Kinds", release=TEXT, kinds=array(_KIND))
    yield Operation(
        "kinds",
        _GROUP,
        "/api/resources",
        N_("The kinds of things, and how many there are of each"),
        {JSON.media_type: kinds_of},
        (form("json"),),
        (ParameterError,),
    )
    yield _list()
    members = {"@context": array({}), "id": IRI, "complete": TRUTH, "links": ANYTHING}
    yield Operation(
        "thing",
        _GROUP,
        "/api/resources/{kind}/{key}",
        N_("A thing with what is said of it, and the facts and sources that say so"),
        {variant.media_type: record("Thing", **members) for variant in (JSON, JSON_LD)},
        (*thing_parameters(), form("json", "jsonld")),
        (ParameterError, NotFound, Gone, *ENGINE),
        N_("Plain JSON, whose properties are the terms of /context.jsonld: it is JSON-LD of the data document too."),
        leads=MERGED,
    )


def _list() -> Operation:
    listed = [kind.slug for kind in kinds().values() if kind.listed]
    result = record("Result", **results.FOUND, api=maybe(ADDRESS))
    told = {
        "kind": TEXT,
        "language": TEXT,
        "release": TEXT,
        **PAGED,
        "results": array(result),
        "facets": results.FACETS,
    }
    return Operation(
        "list",
        _GROUP,
        "/api/resources/{kind}",
        N_("The things of a kind, by words and filters"),
        {JSON.media_type: record("List", **told)},
        (
            Parameter("kind", N_("A kind of thing."), choice(*listed), where="path"),
            *parameters(next(iter(listed), "")),
            LANG,
            *PAGING,
            form("json"),
        ),
        (ParameterError, NotFound, NoIndex, ReleaseDamaged),
    )
