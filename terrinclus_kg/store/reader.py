"""The face of the store for those who read: answers as bytes, small answers as rows, labels in batches.

    reader = Reader(settings)
    answer = reader.query("SELECT …", JSON)       → answer.release, answer.chunks
    reader.rows("SELECT …")                       → [{"name": Literal, …}, …]
    reader.labels(iris)                           → {iri: {language: label}}
    reader.search(Search("eau"))                  → what the index has: hits, total, facets, another spelling

No query runs in this process: see `guard`, and `pool` and `worker`, or `remote` where another engine answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass, replace
from time import monotonic, perf_counter
from typing import Any

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    parse_query_results,
)

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import BadRequest, NotAcceptable, NotFound, QuerySyntaxError, TerrinclusError
from terrinclus_kg.metrics import Metrics
from terrinclus_kg.rdf.formats import CSV, JSON, RDF_FORMATS, RESULT_FORMATS, TURTLE, Format
from terrinclus_kg.rdf.iri import absolute
from terrinclus_kg.store.engine import NOBODY, Client, Conditions, Engine, Lane, Request, Run
from terrinclus_kg.store.queries.faults import undeclared_prefix
from terrinclus_kg.store.queries.federation import Federation
from terrinclus_kg.store.queries.guard import Screened, screen
from terrinclus_kg.store.queries.remarks import Remark, remarks
from terrinclus_kg.store.releases import completion
from terrinclus_kg.store.releases.completion import Usage
from terrinclus_kg.store.releases.labels import LabelTables
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.remote.remote import Remote
from terrinclus_kg.store.search.indexes import Indexes
from terrinclus_kg.store.search.model import Found, Hit, Near, Nearby, Search
from terrinclus_kg.store.tuning.explain import Explainer, timed
from terrinclus_kg.store.workers.pool import Pool

__all__ = ["Answer", "Client", "Lane", "Reader", "Row", "Verdict"]

Row = dict[str, NamedNode | Literal | BlankNode]
_CHECKED = 2.0  # seconds until a query that is only read is given up


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a query that was only read: what keeps it from running, if anything does, or what looks like a
    slip. ``release``: whose terms it was compared with."""

    fault: TerrinclusError | None
    remarks: tuple[Remark, ...]
    release: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer under way, from one release.

    ``form`` is SELECT, ASK, CONSTRUCT or DESCRIBE. ``volatile``: the same query over the same release may have another
    answer, so this one is not to be kept. ``chunks`` are the engine's own bytes; they raise a
    TerrinclusError if the answer breaks off, and then it must not be taken for a whole one. Close it,
    or read it to the end.
    """

    form: str
    format: Format
    release: str
    chunks: Iterator[bytes]
    _run: Run
    volatile: bool = False

    def read(self) -> bytes:
        """The whole answer. Raises what breaks it."""
        return b"".join(self.chunks)

    def close(self) -> None:
        """Gives up what has not been read; the query is stopped."""
        self._run.close()


class Reader:
    """Questions to the current release. One a process; all methods may be called from any thread.

    It starts processes with its first question, so it may be made before a server forks.
    """

    def __init__(self, settings: Settings, metrics: Metrics | None = None) -> None:
        self._settings = settings
        self.metrics = metrics or Metrics()
        kind = Remote if settings.store == "remote" else Pool
        self._engine: Engine = kind(settings, self.metrics)
        self._explainer = Explainer(settings)
        self._federation = Federation(settings)
        self._indexes, self._tables = Indexes(), LabelTables()
        self._pinned: Release | None = None

    def at(self, release: Release) -> Reader:
        """This reader for a page of a former release: our own questions are asked of that one, not of the one that
        serves. Each may then raise NotFound and QueueFull too (see `Succession.serving`)."""
        pinned = copy(self)
        pinned._pinned = release
        return pinned

    @property
    def release(self) -> Release:
        """The release that new questions are asked of. Raises NoRelease, ReleaseDamaged."""
        return self._pinned or self._engine.release

    @property
    def serving(self) -> str:
        """The id of the release that new questions are asked of, "" while there is none. Never waits, never raises."""
        return self._engine.serving

    def query(
        self,
        text: str,
        format: Format | Callable[[str], Format],  # noqa: A002 (it reads best at the call)
        *,
        lane: Lane = Lane.PUBLIC,
        deadline: float | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        client: Client = NOBODY,
        release: str = "",
    ) -> Answer:
        """Asks a query as somebody wrote it.

        Args:
            text: SPARQL 1.1 query; what the guard refuses is refused in both lanes.
            format: what to write, or what chooses it by the form of the query, which may raise NotAcceptable;
                rows and booleans need a result format, triples an RDF format.
            lane: whose workers.
            deadline: longest run in seconds; it can only lower the setting for the lane and the client.
            default_graphs, named_graphs: IRIs of the dataset (SPARQL 1.1 Protocol §2.1.4); they replace FROM.
                When one is given and the other not, the other is empty. None: the whole release.
            client: who asks; one that has shown a token may ask for more time than others.
            release: the id of the release to ask; "" the current one.

        Raises:
            BadRequest and its kin, FeatureRefused, MethodNotAllowed: what `guard.screen` says.
            NotAcceptable: the format cannot carry the answer.
            RemoteFailed: an endpoint of a SERVICE clause did not answer.
            QueueFull, BudgetSpent, QueryTimeout, QueryMemory, AnswerTooLarge, WorkerDied, NoRelease, NotFound.
        """
        screened = self._screened(text, lane, client)
        form = screened.form
        syntax = format if isinstance(format, Format) else format(form)
        _check_format(form, syntax)
        default, named = _dataset(default_graphs, named_graphs)
        return self._asked(text, screened, syntax, (default, named), self._conditions(lane, deadline, client, release))

    def explain(
        self,
        text: str,
        *,
        deadline: float | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        client: Client = NOBODY,
        release: str = "",
    ) -> dict[str, Any]:
        """Runs a query in the public lane, and tells how it was read and where its time went instead of its answer.

        Arguments and errors are those of `query`. Times are in milliseconds, sizes in bytes; see `explain`.
        """
        began = perf_counter()
        screened = self._screened(text, Lane.PUBLIC, client)
        seen = perf_counter()
        syntax = {"SELECT": CSV, "ASK": JSON}.get(screened.form, TURTLE)
        default, named = _dataset(default_graphs, named_graphs)
        conditions = self._conditions(Lane.PUBLIC, deadline, client, release)
        embedded = self._settings.store == "embedded"  # no other engine knows of explanations
        answer = self._asked(text, screened, syntax, (default, named), conditions, explain=embedded)
        run = timed(answer, began, seen, embedded=embedded)
        dataset = {"default_graphs": default, "named_graphs": named} if default is not None else None
        return self._explainer.explanation(text, screened, run, release=answer.release, dataset=dataset)

    def check(self, text: str, *, client: Client = NOBODY) -> Verdict:
        """Reads a query as `query` would, in the public lane, and runs nothing of it.

        A fault is an answer here, not an error of its author. Where another engine answers, whose parser cannot be
        asked, the faults are those that the tokens show.

        Raises:
            QueueFull, BudgetSpent, QueryTimeout, QueryMemory, WorkerDied, NoRelease.
        """
        release = self.release
        with self._engine.aside(Lane.PUBLIC, client):
            fault = self._evident(text)
        if fault is None:
            asked = self._settings.store == "embedded"
            fault = self._parsed_elsewhere(text, client) if asked else undeclared_prefix(text)
        with self._engine.aside(Lane.PUBLIC, client):
            known = completion.terms(release)
            found = remarks(text, *(known or (None, None))) if fault is None else []
        return Verdict(fault, tuple(found), release.id)

    def quads(
        self,
        text: str,
        format: Format,  # noqa: A002 (as above)
        *,
        notice: str = "",
        bound: int = 0,
    ) -> Answer:
        """Statements as RDF with our prefixes, from a SELECT whose rows are ?s ?p ?o and, if wanted, ?g.

        A format for datasets keeps ?g; one for graphs has each triple once. Rows that make no statement are left
        out. The text is ours, and not screened; read the answer at once, since a slow client must not hold one of
        the few workers of the trusted lane. ``notice`` is N-Triples that end an answer of ``bound`` rows or more.
        Raises as `query` does.
        """
        _check_format("CONSTRUCT", format)
        return self._trusted("SELECT", format, self._request(text, format, quads=True, notice=notice, bound=bound))

    def rows(self, text: str) -> list[Row]:
        """The rows of a small SELECT of ours, as terms; unbound variables are absent. Raises as `query` does."""
        found = self._parsed(text)
        if not isinstance(found, QuerySolutions):
            raise BadRequest("rows come from a SELECT")
        names = [variable.value for variable in found.variables]
        return [{name: term for name, term in zip(names, row, strict=True) if term is not None} for row in found]

    def ask(self, text: str) -> bool:
        """The answer to an ASK of ours. Raises as `query` does."""
        found = self._parsed(text)
        if not isinstance(found, QueryBoolean):
            raise BadRequest("a yes or no comes from an ASK")
        return bool(found)

    def labels(self, iris: Iterable[str]) -> dict[str, dict[str, str]]:
        """Labels of all these things at once: IRI → language tag (or "") → label. Things without one are absent."""
        return self._tables.of(self._pinned, iris) if self._pinned else self._engine.labels(iris)

    def search(self, search: Search) -> Found:
        """What the index of the current release has for a question: words, filters, counts by facet.

        Raises:
            NoIndex: the release has none (it was made before there were indexes; or a remote engine holds it, and it
                was not built on this machine).
            NoRelease, ReleaseDamaged.
        """
        return self._indexes.search(self.release.index_path, search)

    def near(self, near: Near) -> Nearby:
        """What a name may mean, which may be misspelt or shortened: the things of the index worth a closer look.

        Raises as `search`; NoIndex too where classes are asked for and the index was made before it knew them.
        """
        return self._indexes.near(self.release.index_path, near)

    def told(self, iris: Iterable[str]) -> tuple[Hit, ...]:
        """What the index tells of things, in their order; what it has not is left out. Raises as `search`."""
        return self._indexes.told(self.release.index_path, iris)

    def classes(self) -> dict[str, int]:
        """How many listed things there are of each class that has some: IRI → number. Raises as `search`."""
        return self._indexes.classes(self.release.index_path)

    def usage(self) -> Usage:
        """Which properties the things of each class have; nothing where the release does not tell. Raises NoRelease,
        ReleaseDamaged."""
        return completion.usage(self.release)

    def charged(self, client: Client) -> AbstractContextManager[None]:
        """What is done for a client of the public lane in this process: it is charged for the time, and for its errors.

        Raises:
            BudgetSpent: it has spent all it may; nothing is done then.
        """
        return self._engine.aside(Lane.PUBLIC, client)

    def counts(self) -> dict[str, int]:
        """How many things there are of each listed kind that has some: kind → number. Raises as `search`."""
        return self._indexes.counts(self.release.index_path)

    def ready(self, wait: float = 1.0) -> bool:
        """Whether a worker answers a question. Opening the release, waiting and running may each take ``wait`` s."""
        request = self._request("ASK {}", JSON)
        try:
            _, parts = self._engine.run(request, Conditions(Lane.TRUSTED, wait, patience=wait))
            return b"true" in b"".join(parts)
        except TerrinclusError:
            return False

    def close(self) -> None:
        """Ends all workers. The reader cannot be used afterwards."""
        self._engine.close()

    def _screened(self, text: str, lane: Lane, client: Client) -> Screened:
        """What the guard says of a query that it lets pass; its author is charged for one that it refuses."""
        with self._engine.aside(lane, client):
            return screen(text, self._settings)

    def _evident(self, text: str) -> TerrinclusError | None:
        """What keeps a query from being sent to the engine at all."""
        try:
            screen(text, self._settings)
        except TerrinclusError as error:
            return error
        return None

    def _parsed_elsewhere(self, text: str, client: Client) -> TerrinclusError | None:
        """What the parser of the engine says of a query, asked in a worker."""
        request = self._request(text, JSON, check=True)
        run, parts = self._engine.run(request, Conditions(Lane.PUBLIC, _CHECKED, client))
        try:
            told = json.loads(b"".join(parts))
        finally:
            run.close()
        return QuerySyntaxError(told["message"], line=told["line"], column=told["column"]) if told else None

    def _asked(
        self,
        text: str,
        screened: Screened,
        syntax: Format,
        dataset: tuple[list[str] | None, list[str] | None],
        conditions: Conditions,
        *,
        explain: bool = False,
    ) -> Answer:
        """Asks a screened query, after the endpoints that it calls; the time they take is part of its own."""
        if screened.services:
            began, client = monotonic(), conditions.client
            with self._engine.aside(conditions.lane, client):
                limit = conditions.limit
                text = self._federation.fill(
                    text, screened.services, conditions.deadline, limit=limit, gone=client.gone
                )
            conditions = replace(conditions, deadline=conditions.deadline - (monotonic() - began), admitted=True)
        default, named = dataset
        request = self._request(text, syntax, default_graphs=default, named_graphs=named, explain=explain)
        return self._answer(screened.form, syntax, request, conditions, volatile=screened.volatile)

    def _parsed(self, text: str) -> QuerySolutions | QueryBoolean:
        answer = self._trusted("", JSON, self._request(text, JSON))
        return parse_query_results(answer.read(), format=QueryResultsFormat.JSON)

    def _request(self, text: str, syntax: Format, **more: Any) -> Request:
        return Request(text, syntax.slug, self._settings.answer_size, self._settings.worker_memory, **more)

    def _trusted(self, form: str, syntax: Format, request: Request) -> Answer:
        release = self._pinned.id if self._pinned else ""
        conditions = Conditions(Lane.TRUSTED, self._settings.trusted_deadline, release=release)
        answer = self._answer(form, syntax, request, conditions)
        if release and answer.release != release:
            answer.close()
            raise NotFound("this release cannot be queried here")
        return answer

    def _answer(
        self, form: str, syntax: Format, request: Request, conditions: Conditions, *, volatile: bool = False
    ) -> Answer:
        run, parts = self._engine.run(request, conditions)
        return Answer(form, syntax, run.release.id, parts, run, volatile)

    def _conditions(self, lane: Lane, wish: float | None, client: Client, release: str) -> Conditions:
        """The terms of a query: the setting of its lane and client bounds how long it runs, or a lower wish."""
        settings = self._settings
        public = settings.token_deadline if client.authorised else settings.public_deadline
        longest = settings.trusted_deadline if lane is Lane.TRUSTED else public
        deadline = min(wish or longest, longest)
        return Conditions(lane, deadline, client, release, wished=deadline < longest)


def _check_format(form: str, syntax: Format) -> None:
    """Raises NotAcceptable when a format cannot carry the answer to a form of query."""
    triples = form in ("CONSTRUCT", "DESCRIBE")
    offered = RDF_FORMATS if triples else tuple(f for f in RESULT_FORMATS if f.booleans or form != "ASK")
    if syntax not in offered:
        variants = [f.media_type for f in offered]
        raise NotAcceptable(f"{syntax.name} cannot carry the answer to {form}", extra={"variants": variants})


def _dataset(default: Sequence[str] | None, named: Sequence[str] | None) -> tuple[list[str] | None, list[str] | None]:
    """What was given of a dataset, completed: the part not given is empty (SPARQL 1.1 Protocol §2.1.4)."""
    if not default and not named:
        return None, None
    for iri in (*(default or ()), *(named or ())):
        absolute(iri, "a graph of the dataset")
    return list(default or ()), list(named or ())
