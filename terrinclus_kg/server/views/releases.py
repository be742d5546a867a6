"""The releases that are kept: their list, their manifests, their dumps. For queries see `sparql`."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request, send_file

from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.formats import RDF_FORMATS
from terrinclus_kg.server import lineage, negotiate, releases, render, signposting
from terrinclus_kg.server.answers import checked
from terrinclus_kg.server.cached import CACHEABLE
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import chosen, language, service
from terrinclus_kg.server.gateway import FILE
from terrinclus_kg.server.negotiate import HTML, Variant
from terrinclus_kg.server.offer import SERIES
from terrinclus_kg.server.operations import AS_RDF, OF_RELEASE, TEXT, Operation, Parameter, Schema, array, form, record
from terrinclus_kg.server.releases import RELEASE
from terrinclus_kg.server.respond import described, link

blueprint = Blueprint("releases", __name__)
_JSON = Variant("application/json")
_OFFERED = (_JSON, HTML, *negotiate.variants(RDF_FORMATS))


@blueprint.get("/releases")
def index() -> Response:
    """The releases, the newest first."""
    found, variant = releases.known(), chosen(_OFFERED)
    if variant is HTML:
        lang = language()
        values: dict[str, Any] = {"found": found, "current": releases.current_id(), "addresses": releases}
        response = render.page("releases.html", lang, here="releases", canonical=f"/releases?lang={lang}", **values)
        response.headers["Content-Language"] = lang
    elif variant.format:
        response = described(lineage.series(found, service().settings), variant, lineage.PREFIXES)
    else:
        response = _json({"current": releases.current_id(), "releases": [releases.summary(one) for one in found]})
    response.headers["Link"] = ", ".join(signposting.of_releases(SERIES))
    response.last_modified = found[0].built_at if found else None
    request.environ[CACHEABLE] = False  # others may be removed while the same one serves
    return checked(response)


@blueprint.get("/releases/<release>/manifest.json")
def manifest(release: str) -> Response:
    """What a release was made of."""
    found = releases.find(release)
    response = _json(releases.manifest(found))
    response.last_modified = found.built_at
    response.headers["Link"] = link("/releases", "collection")
    response.headers[RELEASE] = found.id
    return checked(response)


@blueprint.get("/releases/<release>/<name>")
def file(release: str, name: str) -> Response:
    """A file of a release: the dump in each format, tables, checksums; gzip is the file itself and no coding of it."""
    found = releases.find(release)
    entry = releases.file(found, name)
    packed, wanted = name.endswith(".gz"), request.range
    if wanted and (wanted.units != "bytes" or len(wanted.ranges) > 1):
        del request.environ["HTTP_RANGE"]  # RFC 9110 §14.2: an unknown unit MUST be ignored, and any range may be
    response = send_file(
        found.path / name,
        mimetype="application/gzip" if packed else "text/plain",
        as_attachment=packed,
        download_name=f"{about().key}-{found.id}-{name}",
        conditional=True,
        etag=f"{found.id}-{name}",
        last_modified=found.built_at,
        max_age=31_536_000,
    )
    request.environ[FILE] = str(found.path / name)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Link"] = ", ".join(signposting.of_file(found.id))
    response.headers[RELEASE] = found.id
    if "sha256" in entry:  # RFC 9530: of the whole file, also when a range of it is sent
        response.headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(entry['sha256'])).decode()}:"
    return response


def _json(members: dict[str, object]) -> Response:
    return Response(json.dumps(members, ensure_ascii=False, indent=1) + "\n", content_type=_JSON.media_type)


def operations() -> Iterator[Operation]:
    """The releases, the manifest of one, its dump."""
    group, release = N_("Releases"), OF_RELEASE
    one = record("Release", id=TEXT, sparql=TEXT, manifest=TEXT)
    listed = {_JSON.media_type: record("Releases", current=TEXT, releases=array(one)), **AS_RDF}
    kept, formats = N_("The releases that are kept, the newest first"), (form("json", "turtle"),)
    yield Operation("releases", group, "/releases", kept, listed, formats)
    path, made = "/releases/{release}/manifest.json", N_("What a release was made of")
    yield Operation("manifest", group, path, made, {_JSON.media_type: one}, (release,), (NotFound,))
    told = N_("A file of the release, as its manifest lists them: dumps, tables, what it changed, checksums.")
    name, path = Parameter("name", told, where="path", example="dataset.nq.gz"), "/releases/{release}/{name}"
    answers: dict[str, Schema] = {"application/gzip": {"format": "binary"}, "text/plain": TEXT}
    yield Operation("dump", group, path, N_("All data of a release as files"), answers, (release, name), (NotFound,))
