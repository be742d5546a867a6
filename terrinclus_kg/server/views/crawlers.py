"""What programs that walk through the site look for first: ``robots.txt``, ``sitemap.xml``, ``security.txt``.

The sitemap is made for millions of resources: an index of parts, each a stretch of the label table of the release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from flask import Blueprint, Response, current_app, request

from terrinclus_kg import resource
from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.queries import load_queries
from terrinclus_kg.server.answers import checked
from terrinclus_kg.server.context import endpoint, reader, service
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.server.respond import Representation, represent
from terrinclus_kg.server.views.about import PROSE
from terrinclus_kg.store.releases.layout import Release

blueprint = Blueprint("crawlers", __name__)
_TEXT, _XML = Variant("text/plain").content_type, "application/xml; charset=utf-8"
# Questions without end: they lead to more of themselves.
_CLOSED = ("/sparql", "/releases/", "/metrics", "/*?links=", "/*/chemin?", "/*/recherche?")
_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PAGES = "pages"
_HREFLANG = (*zip(LANGUAGES, LANGUAGES, strict=True), ("x-default", "fr"))
_ADDRESSES = 200  # in a piece of an answer


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Crawlers are welcome, but to questions without end."""
    closed = "".join(f"Disallow: {path}\n" for path in _CLOSED)
    return Response(f"User-agent: *\n{closed}\nSitemap: {endpoint('/sitemap.xml')}\n", content_type=_TEXT)


@blueprint.get("/.well-known/security.txt")
def security() -> Response:
    """Where to report a vulnerability (RFC 9116). Raises NotFound: the operator has not said it."""
    contact = service().settings.contact
    if not contact:
        raise NotFound("this site names no contact")
    expires = (reader().release.built_at + timedelta(days=365)).replace(microsecond=0)
    lines = (
        f"Contact: {contact if '://' in contact else f'mailto:{contact}'}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
        f"Canonical: {endpoint(request.path)}",
    )
    return checked(Response("".join(f"{line}\n" for line in lines), content_type=_TEXT))


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """The index of the sitemap; with ``part=`` (where it begins, or "pages": what is of no single thing) a part.

    Parts are at this very address, since a sitemap may name only what lies beneath it.
    """
    part = request.args.get("part", "")
    if not part:
        return _xml(lambda release: _index([_PAGES, *resource.stretches(release)], _Site.of(release)))
    if part == _PAGES:
        return _xml(lambda release: _addresses(_pages(), _Site.of(release)))
    if part.partition("/")[0] not in kinds():
        raise NotFound("the sitemap has no such part")
    return _xml(lambda release: _addresses((n.path for n in resource.stretch(release, part)), _Site.of(release)))


@dataclass(frozen=True, slots=True)
class _Site:
    """What all addresses of a sitemap share; taken before the answer streams, when the request is over."""

    base: str
    day: str

    @classmethod
    def of(cls, release: Release) -> _Site:
        return cls(endpoint(""), release.built_at.date().isoformat())


def _xml(make: Callable[[Release], Iterator[str]]) -> Response:
    return represent(
        Representation(_XML, exact=True), lambda: Response(_pieces(make(reader().release)), content_type=_XML)
    )


def _index(parts: list[str], site: _Site) -> Iterator[str]:
    yield f"{_HEAD}<sitemapindex {_SITEMAP}>\n"
    for part in parts:
        address = f"{site.base}/sitemap.xml?{urlencode({'part': part})}"
        yield f"<sitemap><loc>{escape(address)}</loc><lastmod>{site.day}</lastmod></sitemap>\n"
    yield "</sitemapindex>\n"


def _addresses(paths: Iterable[str], site: _Site) -> Iterator[str]:
    """Each page in each language, and where it is in the others. ``paths`` begin after the language."""
    yield f'{_HEAD}<urlset {_SITEMAP} xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    for path in map(escape, paths):
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{tag}" href="{site.base}/{lang}/{path}"/>'
            for tag, lang in _HREFLANG
        )
        for lang in LANGUAGES:
            yield f"<url><loc>{site.base}/{lang}/{path}</loc><lastmod>{site.day}</lastmod>{others}</url>\n"
    yield "</urlset>\n"


def _pages() -> Iterable[str]:
    """What stands under the languages, besides things: pages of one address, questions, and the lists of kinds."""
    rules = (rule.rule for rule in current_app.url_map.iter_rules() if rule.arguments == {"lang"})
    alone = sorted(rule.partition("lang>/")[2] for rule in rules if rule.startswith("/<"))
    questions = (f"questions/{slug}" for slug in load_queries("questions"))
    lists = (slug for slug, kind in kinds().items() if kind.listed)
    return dict.fromkeys((*alone, *PROSE, *questions, *lists))  # a list may have a page of its own


def _pieces(parts: Iterator[str]) -> Iterator[str]:
    """The same text in fewer pieces."""
    while piece := "".join(islice(parts, _ADDRESSES)):
        yield piece
