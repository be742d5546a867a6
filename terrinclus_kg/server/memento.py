"""Former states of pages and data documents (RFC 7089, Memento).

A page or document is its own TimeGate: asked with ``Accept-Datetime`` it leads (302) to its state in the release that
was current then (pattern 1.1, §4.1.1). That state, a memento, is at the address of the release followed by its own:
``/data/projet/x.ttl`` of a release is ``/releases/{id}/data/projet/x.ttl``. A state is to be had as long as its
release is kept.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from flask import Response, request
from werkzeug.http import http_date

from terrinclus_kg.errors import Gone, NotFound, ParameterError
from terrinclus_kg.rdf.iri import Name, from_iri
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.server import releases
from terrinclus_kg.server.context import address, origin, service
from terrinclus_kg.server.respond import changed, link, redirect
from terrinclus_kg.store.releases import difference
from terrinclus_kg.store.releases.difference import REMOVED
from terrinclus_kg.store.releases.journal import Event, Journal, Member
from terrinclus_kg.store.releases.layout import Release

LINK_FORMAT = "application/link-format"  # of TimeMaps (RFC 6690)
_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [1-9][0-9]{3} "
    r"[0-9]{2}:[0-9]{2}:[0-9]{2} GMT\Z"
)


@dataclass(frozen=True, slots=True, eq=False)
class Memento:
    """The state of a resource in a release. ``path``: where it is; ``at``: when it became current, its
    ``Memento-Datetime``."""

    release: Release
    path: str
    at: datetime

    @property
    def before(self) -> str:
        """What stands before the path of the resource itself."""
        return releases.path(self.release.id, "").rstrip("/")


@dataclass(frozen=True, slots=True)
class History:
    """The states of a resource that are kept, the oldest first.

    ``path``: of the resource itself. ``times``: when which of them became current, in order: more than once, if an
    operator has switched back to it.
    """

    path: str
    mementos: tuple[Memento, ...] = ()
    times: tuple[tuple[datetime, Memento], ...] = ()

    def at(self, moment: datetime) -> Memento:
        """The state at a time; the first one if it is before all of them."""
        place = bisect_right(self.times, moment, key=lambda pair: pair[0])
        return self.times[max(place - 1, 0)][1]

    def links(self, shown: Memento | None = None) -> list[str]:
        """``Link`` elements of the resource, or of one of its states (RFC 7089 §2.2)."""
        own = [
            link(address(self.path), "original timegate"),
            link(address(map_path(self.path)), "timemap", type=LINK_FORMAT),
        ]
        return own + [self._link(memento, rels, address("")) for memento, rels in self._named(shown).items()]

    def everything(self) -> list[str]:
        """The elements of the TimeMap (RFC 7089 §5), for who may keep it elsewhere: each address is whole."""
        first, last = (http_date(one.at) for one in (self.mementos[0], self.mementos[-1]))
        here = origin() + map_path(self.path)
        own = link(here, "self", **{"type": LINK_FORMAT, "from": first, "until": last})
        rels = self._named(None)
        mementos = [self._link(each, rels.get(each, []), origin()) for each in self.mementos]
        return [link(origin() + self.path, "original timegate"), own, *mementos]

    def _named(self, shown: Memento | None) -> dict[Memento, list[str]]:
        """The states that are worth a link, with what each is to the one shown."""
        roles = [("first", self.mementos[:1]), ("last", self.mementos[-1:])]
        if shown:
            place = self.mementos.index(shown)
            roles += [("prev", self.mementos[:place][-1:]), ("next", self.mementos[place + 1 :][:1]), ("", (shown,))]
        found: dict[Memento, list[str]] = {}
        for rel, mementos in roles:
            for memento in mementos:
                found.setdefault(memento, []).append(rel)
        return found

    def _link(self, memento: Memento, rels: list[str], base: str) -> str:
        return link(base + memento.path, " ".join([*filter(None, rels), "memento"]), datetime=http_date(memento.at))


def history(name: Name, path: str) -> History:
    """The kept states of a resource that tells of a thing. Raises NotFound: there is none."""
    kept = list(reversed(releases.known())) if _keeps() else []
    journal = Journal(service().settings.home)
    events = journal.of_releases([release.id for release in kept])
    holding = _holding(journal.some(0, -1, "iri", name.iri), events)
    since = {event.release: event.at.replace(microsecond=0) for event in reversed(events)}  # whole seconds: HTTP's
    found = {
        release.id: Memento(release, releases.path(release.id, path[1:]), since.get(release.id, changed(release)))
        for release in kept
        if holding.get(release.id, True)
    }
    if not found:
        raise NotFound("no former state of this resource is kept here")
    times = [(memento.at, memento) for memento in found.values()]
    times += [(event.at, found[event.release]) for event in events if event.release in found]
    return History(
        path,
        tuple(sorted(found.values(), key=lambda memento: memento.at)),
        tuple(sorted(times, key=lambda pair: pair[0])),
    )


def farewell(error: Gone) -> tuple[dict[str, str], list[str]]:
    """What leads from a thing that was withdrawn to what it was, as far as that is kept: where its last state is
    (``last_state``), and what the release that withdrew it changed of it (``difference``); and links (RFC 5829)."""
    name, told, links = from_iri(str(error.extra.get("thing", ""))), dict[str, str](), list[str]()
    if name is None:
        return told, links
    path = request.path if request.path.split("/", 2)[1] in (*LANGUAGES, "data") else f"/data/{name.path}"
    with suppress(NotFound):
        last = history(name, path).mementos[-1]
        told["last_state"] = address(last.path)
        links.append(link(address(map_path(path)), "timemap", type=LINK_FORMAT))
        links.append(link(address(last.path), "predecessor-version"))
    if successor := str(error.extra.get("successor", "")):
        links.append(link(successor, "successor-version"))
    with suppress(NotFound):
        by = releases.recall(str(error.extra.get("release", "")))
        if difference.of(by, name.iri):
            told["difference"] = address(f"{releases.path(by.id, 'diff')}?{releases.asked(thing=name.iri)}")
    return told, links


def _holding(versions: Sequence[Member], events: Sequence[Event]) -> dict[str, bool]:
    """Whether releases that became current at these events hold a thing of which all versions are given."""
    found: dict[str, bool] = {}
    for event in events:
        latest = next((each for each in reversed(versions) if each.event.number <= event.number), None)
        found[event.release] = latest is not None and latest.change != REMOVED
    return found


def negotiated(name: Name, path: str) -> Response | None:
    """What a request with ``Accept-Datetime`` is answered: 302 to the state at that time; None for all others.

    Raises:
        ParameterError: it is no date of HTTP (RFC 7089 §2.1.1).
        NotFound: no state is kept.
    """
    wanted = request.headers.get("Accept-Datetime")
    if wanted is None:
        return None
    moment = _moment(wanted)
    found = history(name, path)
    form = {"format": request.args["format"]} if "format" in request.args else {}
    state = found.at(moment).path + (f"?{releases.asked(**form)}" if form else "")
    response = redirect(state, status=302, links=found.links())
    response.headers["Vary"] = "Accept-Datetime"
    response.headers["Cache-Control"] = "no-cache"
    return response


def linked(response: Response, path: str) -> Response:
    """The present state of a resource, with what leads to its former ones."""
    if _keeps():
        response.headers["Vary"] = "Accept-Datetime"
        _more_links(response, History(path).links())
    return response


def shown(response: Response, found: History, memento: Memento) -> Response:
    """A former state, with when it was and what came before and after."""
    response.headers["Memento-Datetime"] = http_date(memento.at)
    response.headers[releases.RELEASE] = memento.release.id
    _more_links(response, found.links(memento))
    return response


def map_path(path: str, form: str = "link") -> str:
    """Where the TimeMap of a resource is."""
    return f"/timemap/{form}{path}"


def _more_links(response: Response, links: list[str]) -> None:
    response.headers["Link"] = ", ".join([*filter(None, [response.headers.get("Link")]), *links])


def _keeps() -> bool:
    """Another engine than our own has one release at a time."""
    return service().settings.store == "embedded"


def _moment(text: str) -> datetime:
    try:
        if _DATE.match(text):
            return parsedate_to_datetime(text).replace(tzinfo=UTC)
    except ValueError:
        pass
    said = f"Accept-Datetime is a date like “Mon, 23 Nov 2026 12:00:00 GMT”, not {text[:100]!r}"
    raise ParameterError(said, extra={"parameter": "Accept-Datetime"})
