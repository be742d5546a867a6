"""``/feed.atom``: what has changed, as an Atom feed (RFC 4287) whose past is in archives (RFC 5005 §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, request
from pyoxigraph import Literal, RdfFormat, parse

from terrinclus_kg import resource
from terrinclus_kg.errors import Gone, NotFound, ParameterError, TerrinclusError
from terrinclus_kg.rdf.iri import Name, from_iri, kinds
from terrinclus_kg.rdf.labels import PROPERTIES
from terrinclus_kg.rdf.namespaces import BASE
from terrinclus_kg.resource import Labels
from terrinclus_kg.server import releases, render
from terrinclus_kg.server.answers import checked
from terrinclus_kg.server.cached import CACHEABLE
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import named, page_number, reader, service
from terrinclus_kg.server.eventstream import instant
from terrinclus_kg.server.operations import ENGINE, LANG, TEXT, Operation, Parameter, choice
from terrinclus_kg.server.parameters import PAGING, labels_language
from terrinclus_kg.store.releases import difference
from terrinclus_kg.store.releases.difference import CHANGED, CREATED, REMOVED
from terrinclus_kg.store.releases.journal import Journal, Member
from terrinclus_kg.store.releases.layout import Release

blueprint = Blueprint("feed", __name__)
# Catalogues are gathered from code and pages; the template of the feed is neither.
_SAID: dict[str, str | dict[str, str]] = {
    CREATED: N_("Created: %(thing)s"),
    CHANGED: N_("Changed: %(thing)s"),
    REMOVED: N_("Removed: %(thing)s"),
    "all": N_("Changes in the data"),
    "version": N_("This version"),
    "since": {
        CREATED: N_("In the data since %(date)s (release %(release)s)."),
        CHANGED: N_("Changed on %(date)s (release %(release)s)."),
        REMOVED: N_("Withdrawn on %(date)s (release %(release)s)."),
    },
    "diff": N_("What release %(id)s changed"),
}
A_PAGE = 100  # entries of the feed, and of an archive


@dataclass(frozen=True, slots=True)
class Entry:
    """A version of a thing. ``tag``: what identifies it (RFC 4151); ``version``: the path of what it says; ``diff``: of
    what its release changed of it, compared with the one before; "" where that is not known, as of the first one."""

    member: Member
    name: Name
    diff: str

    @property
    def version(self) -> str:
        return f"/version/{self.member.event.key}/{self.name.path}"

    @property
    def tag(self) -> str:
        base = urlsplit(BASE)
        return f"tag:{base.netloc},{self.member.event.at:%Y-%m-%d}:{base.path.rstrip('/')}{self.version}"

    @property
    def time(self) -> str:
        return instant(self.member.event.at)


@blueprint.get("/feed.atom")
def feed() -> Response:
    """The latest changes of things, of one kind (``kind=``) or of one thing (``thing=``); ``page=``: an archive."""
    journal, lang = Journal(service().settings.home), labels_language()
    what, value, asked = _scope()
    total = journal.count(what, value)
    if what == "iri" and not total:
        resource.check(reader(), _name(asked["thing"]))
    full = total // A_PAGE
    page = page_number(full) if "page" in request.args else 0
    members = journal.some((page - 1) * A_PAGE if page else max(0, total - A_PAGE), A_PAGE, what, value)
    return _answer(journal, members, lang, {"lang": lang, **asked}, page=page, before=page - 1 if page else full)


def _scope() -> tuple[str, str, dict[str, str]]:
    """Of what the changes are wanted, as `Journal.count` names it, and as the address does. Raises ParameterError,
    NotFound."""
    kind, thing = request.args.get("kind", ""), request.args.get("thing", "")
    if kind and thing:
        raise ParameterError("name a kind or a thing, not both", extra={"parameter": "thing"})
    if kind and kind not in kinds():
        raise ParameterError(f"kind: there is {', '.join(kinds())}", extra={"parameter": "kind"})
    if thing:
        name = _name(thing)
        return "iri", name.iri, {"thing": name.path}
    return ("kind", kind, {"kind": kind}) if kind else ("", "", {})


def _name(thing: str) -> Name:
    return from_iri(thing) or named(thing)


def _answer(
    journal: Journal, members: Sequence[Member], lang: str, asked: Mapping[str, str], *, page: int, before: int
) -> Response:
    updated = max((member.event.at for member in members), default=reader().release.built_at)
    path = "/feed.atom?" + urlencode(asked)
    response = render.page(
        "feed.xml",
        lang,
        labels=_labels(journal, members),
        entries=list(_entries(members)),
        identity=BASE + path[1:],
        asked=asked,
        path=path,
        here=render.with_query(path, page=page) if page else path,
        archive=bool(page),
        former=render.with_query(path, page=before) if before else "",
        updated=instant(updated),
        said=_SAID,
    )
    response.content_type = "application/atom+xml; charset=utf-8"
    response.headers["Content-Language"] = lang
    response.last_modified = updated
    request.environ[CACHEABLE] = False  # the journal may grow while the same release serves
    return checked(response)


def _entries(members: Sequence[Member]) -> Iterator[Entry]:
    """The newest first."""
    known: dict[str, Release | None] = {}
    for member in reversed(members):
        if name := from_iri(member.iri):
            key = member.event.release
            if key not in known:
                known[key] = releases.remembered(key)
            done = difference.of(release, member.iri) if (release := known[key]) else None
            told = done is not None and done.change == member.change
            yield Entry(member, name, f"{releases.path(key, 'diff')}?{releases.asked(thing=name.path)}" if told else "")


def _labels(journal: Journal, members: Sequence[Member]) -> Labels:
    """The labels of things, as they are now; of those that are no more, as they were."""
    found = reader().labels({member.iri for member in members})
    for member in members:
        if member.iri not in found:
            found[member.iri] = _said(journal.content(member))
    return found


def _said(lines: Sequence[bytes]) -> dict[str, str]:
    """The labels that statements give: language → text."""
    found: dict[str, str] = {}
    quads = list(parse(b"".join(lines), format=RdfFormat.N_TRIPLES))
    for property_ in PROPERTIES:
        for quad in quads:
            if quad.predicate == property_ and isinstance(quad.object, Literal):
                found.setdefault((quad.object.language or "").lower(), quad.object.value)
    return found


def operations() -> Iterator[Operation]:
    """The feed."""
    kind = Parameter("kind", N_("A kind of thing."), choice(*kinds()))
    thing = Parameter("thing", N_("One thing, as kind/key; not together with a kind."))
    given = (kind, thing, PAGING[0], replace(LANG, schema=TEXT))
    told, answers = (
        N_("The latest changes of things, as an Atom feed; its archives by page"),
        {"application/atom+xml": TEXT},
    )
    fails: tuple[type[TerrinclusError], ...] = (ParameterError, NotFound, Gone, *ENGINE)
    yield Operation("feed", N_("Releases"), "/feed.atom", told, answers, given, fails)
