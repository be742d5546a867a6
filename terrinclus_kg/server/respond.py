"""Answers with all that HTTP lets a client know: validators, links, variants (RFC 9110, 8288, 8594).

A view says what it represents (`Representation`) before it does any work; a client that has it already
gets 304. What is the same for every answer is in `security`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from itertools import chain
from urllib.parse import quote, urlencode

from flask import Response, request
from pyoxigraph import Quad, Triple, serialize
from werkzeug.http import quote_etag

from terrinclus_kg.errors import PreconditionFailed
from terrinclus_kg.rdf.formats import RDF_FORMATS, TRIG, TURTLE, Carries, Format
from terrinclus_kg.rdf.iri import Name
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import LICENCE, prefixes
from terrinclus_kg.resource.exchange import is_fact
from terrinclus_kg.server.assets import edition
from terrinclus_kg.server.context import address, reader
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.store.reader import Answer
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.workers.serialise import write_rdf

VARY = "Accept, Accept-Language"
NANOPUB = "http://www.nanopub.org/nschema#Nanopublication"  # the profile of those (RFC 6906)
WHOLE = 64 * 1024  # an answer up to this size goes out in one piece, with its length
_LINK_SAFE = "%/:=&?~#+!$,;'@()*[]"


@dataclass(frozen=True, slots=True)
class Representation:
    """What identifies the bytes of an answer within a release: media type and, for pages, language.

    ``exact``: the same bytes each time (a strong validator, RFC 9110 §8.8.1). ``version``: what tells the content
    from others across releases, where that is known; it begins the validator.
    """

    content_type: str
    language: str = ""
    exact: bool = False
    version: str = ""

    def etag(self, release: str) -> str:
        """The ``ETag`` value in this release, with quotes."""
        parts = [self.version or release, edition(), request.full_path, self.content_type, self.language]
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
        return quote_etag(f"{self.version}.{digest}" if self.version else digest, weak=not self.exact)


def represent(what: Representation, make: Callable[[], Response], links: Iterable[str] = ()) -> Response:
    """Answers with a representation of the current release, or 304 if the client has it.

    ``make`` is called only when bytes are needed. Should the release change while it works, its answer
    may hold some of both: it goes out without validators, for nobody to keep.

    Raises:
        PreconditionFailed: the request wants another representation, or nothing.
    """
    release = reader().release
    check_preconditions(what, release)
    if _has_it(what, release):
        return _validated(Response(status=304), what, release, links)
    response = make()
    if reader().release.id != release.id:
        response.headers["Cache-Control"] = "no-store"
        return _linked(response, links)
    return _validated(response, what, release, links)


def check_preconditions(what: Representation, release: Release) -> None:
    """RFC 9110 §13.2.2, steps 1 and 2: ``If-Match`` (comparison is strong), else ``If-Unmodified-Since``.

    Raises:
        PreconditionFailed: the one that counts does not hold.
    """
    if request.if_match:
        held = what.exact and request.if_match.contains(what.etag(release.id).strip('"'))
        if not held and not request.if_match.star_tag:
            raise PreconditionFailed("there is another representation now than the one that If-Match names")
    elif request.if_unmodified_since and changed(release) > request.if_unmodified_since:
        raise PreconditionFailed("it has changed since the time that If-Unmodified-Since names")


def stream(answer: Answer, content_type: str) -> Response:
    """An answer of the store on its way. What breaks it within `WHOLE` bytes is raised here, like any error."""
    start: list[bytes] = []
    size = 0
    for chunk in answer.chunks:
        start.append(chunk)
        size += len(chunk)
        if size > WHOLE:
            response = Response(_rest(start, answer), content_type=content_type)
            response.call_on_close(answer.close)
            return response
    return Response(b"".join(start), content_type=content_type)


def written(quads: Iterable[Quad], form: Format) -> bytes:
    """Few statements in a format; one for graphs has each triple once. Raises NotAcceptable: it cannot carry them."""
    file = BytesIO()
    if form.carries is Carries.DATASET:
        write_rdf(quads, form, file)
    else:
        write_rdf(dict.fromkeys(quad.triple for quad in quads), form, file)
    return file.getvalue()


def described(
    statements: Iterable[Triple] | Iterable[Quad], variant: Variant, more: Mapping[str, str] | None = None
) -> Response:
    """What the service says itself, as RDF with the prefixes of the data, and ``more``."""
    assert variant.format
    data = serialize(statements, format=variant.format.rdf, prefixes={**prefixes(), **(more or {})})
    return Response(data, content_type=variant.content_type)


def redirect(path: str, *, status: int = 303, links: Iterable[str] = ()) -> Response:
    """A redirect to a path of this service, which the caller has made of checked parts."""
    response = Response(status=status, content_type="text/plain; charset=utf-8")
    response.headers["Location"] = address(quote(path, safe=_LINK_SAFE))
    return _linked(response, links)


def link(target: str, rel: str, **attributes: str) -> str:
    """One element of a ``Link`` header (RFC 8288). The target is percent-encoded: no character of it can end it."""
    more = "".join(f'; {name}="{value}"' for name, value in attributes.items())
    return f'<{quote(target, safe=_LINK_SAFE)}>; rel="{rel}"{more}'


# Where programs find what they can ask (RFC 8631).
SERVICE_DESCRIPTION = link("/openapi.json", "service-desc", type="application/vnd.oai.openapi+json")


def thing_links(name: Name, *, canonical: str, described_by: str, before: str = "") -> list[str]:
    """``Link`` elements of a thing: its other representations, licence, the IRI to cite, and in Turtle what describes
    it.

    ``before``: of what it was in a release, the path of that; what has no former states is then left out.
    """
    formats = [link(before + data_path(name, f), "alternate", type=f.media_type) for f in RDF_FORMATS]
    pages = [link(before + page_path(name, lang), "alternate", type="text/html", hreflang=lang) for lang in LANGUAGES]
    nanopub = link(f"/nanopub/{name.path}.trig", "alternate", type=TRIG.media_type, profile=NANOPUB)
    return [
        *formats,
        *pages,
        *([nanopub] if is_fact(name.kind) and not before else ()),
        link(address(canonical), "canonical"),
        link(described_by, "describedby", type=TURTLE.media_type),
        link(LICENCE.value, "license"),
        link(name.iri, "cite-as"),
    ]


def data_path(name: Name, form: Format = TURTLE) -> str:
    """``/data/projet/terrinclus.ttl``."""
    return f"/data/{name.path}.{form.suffix}"


def page_path(name: Name, lang: str) -> str:
    """``/fr/projet/terrinclus``."""
    return f"/{lang}/{name.path}"


def sparql_path(text: str) -> str:
    """The address at which the endpoint answers a query."""
    return "/sparql?" + urlencode({"query": text})


def attachment(response: Response, name: str) -> Response:
    """Asks browsers to save the answer under ``name``, which holds only letters, digits, ``-_.``."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name)
    response.headers["Content-Disposition"] = f'attachment; filename="{safe}"'
    return response


def _rest(start: Sequence[bytes], answer: Answer) -> Iterator[bytes]:
    yield from chain(start, answer.chunks)


def _has_it(what: Representation, release: Release) -> bool:
    """RFC 9110 §13.2.2: ``If-None-Match`` decides alone where it is given; comparison is weak.

    Of ``If-Modified-Since`` only the very date counts: an earlier release may have come back since.
    """
    if request.if_none_match:
        return request.if_none_match.contains_weak(what.etag(release.id).removeprefix("W/").strip('"')) or (
            request.if_none_match.star_tag
        )
    since = request.if_modified_since
    return since is not None and changed(release) == since


def _validated(response: Response, what: Representation, release: Release, links: Iterable[str]) -> Response:
    response.headers["ETag"] = what.etag(release.id)
    response.last_modified = changed(release)
    response.headers["Cache-Control"] = "no-cache"  # keep it, and ask each time: an answer costs next to nothing
    if what.language:
        response.headers["Content-Language"] = what.language
    return _linked(response, links)


def _linked(response: Response, links: Iterable[str]) -> Response:
    if text := ", ".join(links):
        response.headers["Link"] = text
    return response


def changed(release: Release) -> datetime:
    """When all that a release holds was changed last: its ``Last-Modified``, which knows whole seconds only."""
    return release.built_at.astimezone(UTC).replace(microsecond=0)
