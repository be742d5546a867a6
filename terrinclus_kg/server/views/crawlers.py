"""What programs that walk through the site look for first: ``robots.txt``, ``sitemap.xml``, ``security.txt``.

The sitemap is made for millions of resources: an index of parts, each a stretch of the label table of the release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from flask import Blueprint, Response, current_app, request

from terrinclus_kg import resource
from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.iri import Name, kinds
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.queries import load_queries
from terrinclus_kg.server import releases
from terrinclus_kg.server.answers import checked
from terrinclus_kg.server.cached import CACHEABLE
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import endpoint, reader, service
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.server.operations import TEXT, Operation, Parameter
from terrinclus_kg.server.respond import Representation, represent
from terrinclus_kg.server.views.about import PROSE
from terrinclus_kg.store.releases.journal import Journal
from terrinclus_kg.store.releases.layout import Release

blueprint = Blueprint("crawlers", __name__)
_TEXT, _XML = Variant("text/plain").content_type, "application/xml; charset=utf-8"
# Questions without end: they lead to more of themselves.
_CLOSED = (
    "/sparql", "/fragments?", "/graph-store?", "/reconcile/", "/suggest?", "/metrics",
    "/*?links=", "/*/chemin?", "/*/recherche?", "/*?*&",
    "/releases/*/sparql", "/releases/*/data/", *(f"/releases/*/{lang}/" for lang in LANGUAGES),
)  # fmt: skip
_OPEN = ("/data/", "/releases/*.gz$", "/catalog", "/.well-known/", "/llms.txt")
_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PAGES = "pages"
_LANG = "{lang}"
_WITHOUT = ("/catalog", "/ns", "/releases", "/limits", "/changes")  # pages without a language in their path
_HREFLANG = (*zip(LANGUAGES, LANGUAGES, strict=True), ("x-default", "fr"))
_LAST = "\U0010ffff"  # after all that an IRI may hold
_ADDRESSES = 200  # in a piece of an answer


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Crawlers are welcome, to documents and dumps above all, but not to questions without end, such as all
    combinations of facets (RFC 9309 §2.2.2: the longest rule that fits wins)."""
    closed = "".join(f"Disallow: {path}\n" for path in _CLOSED)
    opened = "".join(f"Allow: {path}\n" for path in _OPEN)
    return Response(f"User-agent: *\n{opened}{closed}\nSitemap: {endpoint('/sitemap.xml')}\n", content_type=_TEXT)


@blueprint.get("/.well-known/security.txt")
def security() -> Response:
    """Where to report a vulnerability (RFC 9116): to the operator, or, if they have not said how, as a page tells."""
    contact = service().settings.contact or endpoint("/fr/a-propos#contact")
    request.environ[CACHEABLE] = False  # it would outlive what it says
    lines = (
        f"Contact: {contact if '://' in contact else f'mailto:{contact}'}",
        f"Expires: {_expiry(datetime.now(UTC)):%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
        f"Canonical: {endpoint(request.path)}",
    )
    return checked(Response("".join(f"{line}\n" for line in lines), content_type=_TEXT))


def _expiry(now: datetime) -> datetime:
    """Half a year ahead, and the same for a month, so that who keeps the file need not fetch it again (RFC 9116 §2.5.5:
    less than a year)."""
    months = now.year * 12 + now.month - 1 + 7
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """The index of the sitemap; with ``part=`` (where it begins, or "pages": what is of no single thing) a part.

    Parts are at this very address, since a sitemap may name only what lies beneath it.
    """
    part = request.args.get("part", "")
    if not part:
        return _xml(lambda release: _index([*resource.stretches(release)]))
    if part == _PAGES:
        request.environ[CACHEABLE] = False  # releases may be removed while the same one serves
        return _xml(lambda _: _addresses([*_pages()], endpoint("")))
    if part.partition("/")[0] not in kinds():
        raise NotFound("the sitemap has no such part")
    return _xml(lambda release: _addresses(_things([*resource.stretch(release, part)]), endpoint("")))


def _xml(make: Callable[[Release], Iterator[str]]) -> Response:
    return represent(
        Representation(_XML, exact=True), lambda: Response(_pieces(make(reader().release)), content_type=_XML)
    )


def _index(parts: list[str]) -> Iterator[str]:
    """All parts. One of things was last changed when any of them was; when the other pages were, nobody knows."""
    found = [_part(_PAGES, None)]
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        (slug, _, start), (next_slug, _, end) = part.partition("/"), following.partition("/")
        base = kinds()[slug].base
        changed = _journal().latest(base + start, base + (end if next_slug == slug else _LAST))
        found.append(_part(part, changed))
    return iter([f"{_HEAD}<sitemapindex {_SITEMAP}>\n", *found, "</sitemapindex>\n"])


def _part(part: str, changed: datetime | None) -> str:
    address = endpoint(f"/sitemap.xml?{urlencode({'part': part})}")
    return f"<sitemap><loc>{escape(address)}</loc>{_lastmod(changed)}</sitemap>\n"


def _things(names: list[Name]) -> Iterator[tuple[str, datetime | None]]:
    """The paths of things, and when each was changed last, if that has been recorded."""
    iris = sorted(name.iri for name in names)
    changed = _journal().changed(iris[0], iris[-1]) if iris else {}
    return ((f"/{_LANG}/{name.path}", changed.get(name.iri)) for name in names)


def _addresses(pages: Iterable[tuple[str, datetime | None]], base: str) -> Iterator[str]:
    """Each page in each language, and where it is in the others. A path has ``{lang}`` where its language stands."""
    yield f'{_HEAD}<urlset {_SITEMAP} xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    for plain, changed in pages:
        path, day = base + escape(plain), _lastmod(changed)
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{tag}" href="{path.replace(_LANG, lang)}"/>'
            for tag, lang in _HREFLANG
        )
        for lang in LANGUAGES:
            yield f"<url><loc>{path.replace(_LANG, lang)}</loc>{day}{others}</url>\n"
    yield "</urlset>\n"


def _lastmod(changed: datetime | None) -> str:
    """Nothing where it is not known: a wrong day is worse than none."""
    return f"<lastmod>{changed.date().isoformat()}</lastmod>" if changed else ""


def _journal() -> Journal:
    return Journal(service().settings.home)


def _pages() -> Iterator[tuple[str, datetime | None]]:
    """The pages of no single thing: those of one address, questions, lists of kinds, releases; and when they were
    changed last, where it is the data alone that change them."""
    rules = (rule for rule in current_app.url_map.iter_rules() if rule.arguments == {"lang"})
    alone = sorted(rule.rule.partition("lang>/")[2] for rule in rules if rule.rule.startswith("/<"))
    listed = {slug: kind for slug, kind in kinds().items() if kind.listed}
    for path in (*alone, *PROSE, *(f"questions/{slug}" for slug in load_queries("questions"))):
        if path not in listed:  # a list may have a page of its own
            yield f"/{_LANG}/{path}", None
    for slug, kind in listed.items():
        yield f"/{_LANG}/{slug}", _journal().latest(kind.base, kind.base + _LAST)
    for path in _WITHOUT:
        yield f"{path}?lang={_LANG}", None
    for release in releases.known():
        yield f"{releases.path(release.id)}?lang={_LANG}", release.built_at


def _pieces(parts: Iterator[str]) -> Iterator[str]:
    """The same text in fewer pieces."""
    while piece := "".join(islice(parts, _ADDRESSES)):
        yield piece


def operations() -> Iterator[Operation]:
    """The sitemap."""
    part = Parameter("part", N_("A part of it, as the index names it; without it: the index."), example=_PAGES)
    told = N_("All pages, with the days on which they changed (sitemaps.org)")
    yield Operation("sitemap", N_("The service"), "/sitemap.xml", told, {"application/xml": TEXT}, (part,), (NotFound,))
