"""What a request finds: the settings and the reader; what it asks for: a thing, a language, a form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flask import current_app, g, request
from pyoxigraph import NamedNode

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import BadRequest, NotFound
from terrinclus_kg.export import places
from terrinclus_kg.export.asking import COPIED
from terrinclus_kg.rdf.iri import Name, from_path
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import BASE
from terrinclus_kg.resource.fragments import Kept
from terrinclus_kg.server import negotiate
from terrinclus_kg.server.cached import CACHEABLE
from terrinclus_kg.server.holdings import Register
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.store.reader import Reader
from terrinclus_kg.store.releases.layout import Release

EXTENSION = "terrinclus"
_NUMBER = re.compile("[0-9]{1,9}\\Z")
_HOST = re.compile(r"(?:[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?\Z")
_MANY = 10**9  # pages that a list may have before anybody has counted


@dataclass(frozen=True, slots=True)
class Service:
    """One application's settings and reader, and what it knows of the release that it serves."""

    settings: Settings
    reader: Reader
    register: Register = field(default_factory=Register)
    fragments: Kept = field(default_factory=Kept)


def service() -> Service:
    """The service that answers this request."""
    found: Service = current_app.extensions[EXTENSION]
    return found


def reader() -> Reader:
    """The reader of this application; where the request is for a former release, pinned to it (`pin`)."""
    pinned: Reader | None = g.get("reader")
    return pinned or service().reader


def pin(release: Release) -> None:
    """Has the rest of this request answered from one release, whichever serves."""
    g.reader = service().reader.at(release)


def language() -> str:
    """The language of this request: that of its path, else ``lang=``, else ``Accept-Language``."""
    first = request.path.split("/", 2)[1]
    for wanted in (first, request.args.get("lang", "")):
        if wanted in LANGUAGES:
            return wanted
    return negotiate.choose_language(request.headers.get("Accept-Language"))


def chosen(offered: tuple[Variant, ...]) -> Variant:
    """The variant that this request asks for: ``format=`` wins over ``Accept``. Raises NotAcceptable."""
    if (wanted := request.args.get("format")) is not None:
        return negotiate.by_name(wanted, offered)
    return negotiate.choose(request.headers.get("Accept"), offered)


def page_number(pages: int = _MANY) -> int:
    """Which page of a list this request asks for, from 1. Raises NotFound: the list has no such page."""
    asked = request.args.get("page", "1")
    page = int(asked) if _NUMBER.match(asked) else 0
    if not 1 <= page <= pages:
        raise NotFound("the list has no such page")
    return page


def named(path: str) -> Name:
    """The name that a path spells. Raises NotFound."""
    name = from_path(path)
    if name is None:
        raise NotFound("nothing is known under this address")
    return name


def rules() -> frozenset[str]:
    """The rules of all addresses that can be asked. While the site is copied for where nobody knows of a service, those
    alone that have files."""
    found = frozenset(rule.rule for rule in current_app.url_map.iter_rules())
    return found if request.environ.get(COPIED) != "" else frozenset(filter(places.place, found))


def address(path: str) -> str:
    """A path of this service as people are told it: under ``public_url`` where that is set.

    The ``Host`` header is never used: whoever sends it chooses it.
    """
    return service().settings.public_url + path


def endpoint(path: str) -> str:
    """A path as a person at a terminal types it: with ``public_url``, or the address that we listen on."""
    settings = service().settings
    return (settings.public_url or f"http://{settings.host}:{settings.port}") + path


def here(settings: Settings, path: str) -> NamedNode:
    """A path of this service as the name of what is there. Without ``public_url`` nobody has told us our own: then it
    stands under the base of all identifiers, which leads here."""
    return NamedNode((settings.public_url or BASE.rstrip("/")) + path)


def origin() -> str:
    """Where RDF says that this service is: ``public_url``, or what the request says, which is then for nobody to keep.

    Raises:
        BadRequest: the ``Host`` header is no host.
    """
    if url := service().settings.public_url:
        return url
    request.environ[CACHEABLE] = False
    if not _HOST.match(request.host):
        raise BadRequest("the Host header names no host")
    return f"{request.scheme}://{request.host}"
