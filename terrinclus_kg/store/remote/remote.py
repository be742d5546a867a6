"""An engine elsewhere, asked over HTTP by the SPARQL 1.1 Protocol: what `pool` is to our own workers.

    admission ── slot ── request ── (retried until a byte has come) ── parts of the answer
                           at its deadline, or when its client has left: the connection is closed

One thread looks around every few milliseconds, as in the pool. An answer that breaks off, by whomever, raises; an
answer that the engine itself has cut is an error as well. What the engine writes in its own way is rewritten on its
way (`transcode`), so that clients meet one service.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Generator, Iterable, Iterator
from itertools import chain
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlencode

from urllib3 import BaseHTTPResponse

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ClientLeft, FeatureRefused, RemoteFailed, TerrinclusError
from terrinclus_kg.metrics import Metrics
from terrinclus_kg.rdf.formats import BY_SLUG, JSON, Carries, Format
from terrinclus_kg.store.engine import Client, Conditions, Lane, Request
from terrinclus_kg.store.fairness.admission import Admission
from terrinclus_kg.store.fairness.lanes import Ticket
from terrinclus_kg.store.queries.faults import too_large, undeclared_prefix
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.remote.dialects import DIALECTS, cut, limited, meaning, whole
from terrinclus_kg.store.remote.labels import RemoteLabels
from terrinclus_kg.store.remote.release import RemoteRelease
from terrinclus_kg.store.remote.transcode import rows, transcoded
from terrinclus_kg.store.remote.upstream import Exchange, Refused, Upstream, give_back, lowered, parts, tells_its_end
from terrinclus_kg.store.workers.worker import PART_SIZE

log = logging.getLogger(__name__)

_TICK = 0.05  # seconds between two looks of the watcher, at most
_GRACE = 1.0  # seconds that the engine has beyond the deadline, at which we close the connection ourselves


class Run:
    """A query under way. For one reader at a time; made by `Remote`."""

    def __init__(self, remote: Remote, request: Request, ticket: Ticket, release: Release) -> None:
        self.request, self.ticket, self.release = request, ticket, release
        self.exchange = Exchange()
        self.reason: TerrinclusError | None = None
        self._remote = remote
        self._source: Generator[bytes, None, None] | None = None

    def start(self) -> Iterator[bytes]:
        """Sends the request and waits for the first part of the answer.

        Returns:
            all parts, the first included. What goes wrong is raised, here or later by the parts.
        """
        answer = self._parts()
        first = next(answer, b"")
        return chain([first] if first else [], answer)

    def close(self) -> None:
        """Gives up the answer if it is not whole yet: the connection is closed."""
        self.end(ClientLeft("nobody has read the answer to its end"))
        if self._source is not None:
            with contextlib.suppress(ValueError):  # it is being read: whoever does so closes it
                self._source.close()

    def end(self, error: TerrinclusError | None) -> None:
        """The query is over, with its answer whole or with an error. Only the first call counts."""
        self._remote.finish(self, error)

    def _parts(self) -> Iterator[bytes]:
        buffer, size = bytearray(), 0
        try:
            self._source = self._remote.ask(self)
            for part in self._source:
                size += len(part)
                self._check(size)
                buffer += part
                if len(buffer) >= PART_SIZE:
                    yield bytes(buffer)
                    buffer.clear()
            self._check(size)
            self.end(None)
        except TerrinclusError as error:
            told = self.reason or error
            self.end(told)
            raise told from None
        finally:
            self.close()
        if buffer:
            yield bytes(buffer)

    def _check(self, size: int) -> None:
        if self.reason:
            raise self.reason
        limit = self.request.answer_size
        if size > limit:
            raise too_large(limit)


class Remote:
    """Connects with its first query. All public methods may be called from any thread."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings, self._metrics = settings, metrics
        self._dialect = DIALECTS[settings.remote_engine]
        self._upstream = Upstream(settings)
        self._admission = Admission(settings, metrics)
        self._releases = RemoteRelease(settings, self._rows)
        self._labels = RemoteLabels(self._rows)
        self._lock = Lock()
        self._closed = Event()
        self._watcher: Thread | None = None
        self._runs: set[Run] = set()

    @property
    def release(self) -> Release:
        """The release that the engine holds now. Raises RemoteFailed, QueryTimeout."""
        release = self._releases.current
        self._metrics.serves(release.id)
        return release

    @property
    def serving(self) -> str:
        """The id of the release under which answers may be kept, "" while there is none. Never waits, never raises."""
        return self._releases.serving

    def labels(self, iris: Iterable[str]) -> dict[str, dict[str, str]]:
        """Labels of all these things at once: IRI → language tag (or "") → label. Things without one are absent."""
        return self._labels.of(self.release, iris)

    def run(self, request: Request, conditions: Conditions) -> tuple[Run, Iterator[bytes]]:
        """Asks the engine.

        Returns:
            the run, and the parts of its answer. Nothing has been sent if this raises.

        Raises:
            BudgetSpent, QueueFull, QueryTimeout, ClientLeft: see `Admission`.
            NotFound: the release that is named is not the one that the engine holds.
            FeatureRefused: it is asked to explain a query.
            RemoteFailed: the engine cannot be reached, or fails.
            BadRequest and its kin, QueryTimeout, AnswerTooLarge: what the engine tells.
        """
        if request.explain:
            raise FeatureRefused("queries are explained by our own engine only; here a remote one answers")
        return self._run(request, conditions, self._releases.named(conditions.release))

    def aside(self, lane: Lane, client: Client) -> contextlib.AbstractContextManager[None]:
        """What is done for a query before it comes here, see `Admission.aside`."""
        return self._admission.aside(lane, client)

    def close(self) -> None:
        """Closes all connections. Queries under way fail with RemoteFailed."""
        self._closed.set()
        if self._watcher:
            self._watcher.join()
        for run in self._under_way():
            self._stop(run, RemoteFailed("the service ends"))
        self._upstream.close()

    # ---- what a run asks of it

    def ask(self, run: Run) -> Generator[bytes, None, None]:
        """The answer to a run, in the format that it wants. Raises TerrinclusError, now or on its way."""
        request = run.request
        wanted = BY_SLUG[request.format]
        passes = self._passes(request, wanted)
        given = wanted if passes else self._given(request, wanted)
        response = self._post(run, given)
        headers = lowered(response.headers)
        fault = cut(headers) or _unusable(response, headers.get("content-type", ""), given)
        if fault:
            give_back(response)
            raise fault
        source = whole(parts(response), given)
        return source if passes else transcoded(source, given, request)

    def finish(self, run: Run, error: TerrinclusError | None) -> None:
        """A run is over: its slot is free, its connection idle again or closed. Only the first call counts."""
        with self._lock:
            if run not in self._runs:
                return
            self._runs.remove(run)
        if error is not None:
            run.exchange.break_off()
        self._admission.leave(run.ticket, error)
        self._metrics.stopped(error)

    def _given(self, request: Request, wanted: Format) -> Format:
        """The format to ask the engine for."""
        graph = wanted.carries is not Carries.RESULTS and not request.quads
        return self._dialect.triples if graph else self._dialect.pivot

    def _passes(self, request: Request, wanted: Format) -> bool:
        """Whether the engine's own bytes are passed on."""
        return not request.quads and (wanted in self._dialect.results or wanted is self._dialect.triples)

    def _post(self, run: Run, given: Format) -> BaseHTTPResponse:
        request, deadline = run.request, run.ticket.conditions.deadline
        query, limit = limited(self._dialect, request.query, deadline)
        fields = [("query", query), *limit]
        fields += [("default-graph-uri", iri) for iri in request.default_graphs or ()]
        fields += [("named-graph-uri", iri) for iri in request.named_graphs or ()]
        try:
            return self._upstream.send(
                "POST",
                self._settings.remote_query,
                body=urlencode(fields).encode(),
                headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": _accept(given)},
                exchange=run.exchange,
                seconds=min(deadline + _GRACE, self._settings.token_deadline + _GRACE),
            )
        except Refused as error:
            raise meaning(error.refusal, request.query, self._settings) from None

    # ---- asking

    def _run(self, request: Request, conditions: Conditions, release: Release) -> tuple[Run, Iterator[bytes]]:
        fault = undeclared_prefix(request.query) if self._dialect.declares else None
        if fault:
            with self._admission.aside(conditions.lane, conditions.client):
                raise fault
        self._start()
        run = Run(self, request, self._admission.enter(conditions), release)
        with self._lock:
            self._runs.add(run)
        return run, run.start()

    def _rows(self, text: str) -> list[dict[str, Any]]:
        """The rows of a small SELECT of ours, before it is known which release answers."""
        s = self._settings
        request = Request(text, JSON.slug, s.answer_size, s.worker_memory)
        unknown = Release("", s.releases, {})
        _, answer = self._run(request, Conditions(Lane.TRUSTED, s.trusted_deadline), unknown)
        return rows(b"".join(answer), JSON)

    # ---- the watcher

    def _start(self) -> None:
        with self._lock:
            if self._watcher is None and not self._closed.is_set():
                self._watcher = Thread(target=self._watch, name="remote-watcher", daemon=True)
                self._watcher.start()

    def _watch(self) -> None:
        tick = min(_TICK, self._settings.demote_after / 2)
        while not self._closed.wait(tick):
            for run in self._under_way():
                try:
                    if reason := self._admission.judge(run.ticket):
                        self._stop(run, reason)
                except Exception:
                    log.exception("remote watcher")

    def _under_way(self) -> list[Run]:
        with self._lock:
            return sorted(self._runs, key=lambda run: run.ticket.started)

    def _stop(self, run: Run, reason: TerrinclusError) -> None:
        """Ends a run; its reader is told the reason."""
        run.reason = reason
        run.end(reason)


def _accept(given: Format) -> str:
    return ", ".join([given.media_type, *(f"{alias};q=0.5" for alias in given.aliases)])


def _unusable(response: BaseHTTPResponse, content_type: str, given: Format) -> TerrinclusError | None:
    """Why an answer cannot be passed on: something else than was asked for, or a part could not be told from it."""
    media_type = content_type.split(";")[0].strip().lower()
    if media_type not in (given.media_type, *given.aliases):
        return RemoteFailed(f"the remote engine answered with {media_type[:80] or 'no type'}, not {given.media_type}")
    if not tells_its_end(response):
        return RemoteFailed("the remote engine does not tell where its answer ends")
    return None
