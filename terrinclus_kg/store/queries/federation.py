"""Federation: SERVICE clauses are asked of their endpoints here, and what they answer is put in their place.

    SERVICE <endpoint> { ?x ex:name ?name }   →   VALUES (?x ?name) { (<…> "…") … }

A SERVICE clause is joined by its solutions (SPARQL 1.1 Federated Query §2.4), and so is a VALUES block, wherever the
grammar allows one; so the workers need no network. Blank nodes have no name in VALUES; they become fresh IRIs
(``urn:uuid:…``), which like themselves are equal to nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore
from time import monotonic
from typing import Any
from uuid import UUID, uuid4, uuid5

from pyoxigraph import BaseDirection, Literal, NamedNode, Triple, Variable

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ClientLeft, QueryTimeout, QueueFull, RemoteFailed
from terrinclus_kg.store.queries import calls
from terrinclus_kg.store.queries.clauses import Service, replaced
from terrinclus_kg.store.queries.faults import too_many

_WAITING = 2  # times as many queries may wait as may call endpoints
_DEEPEST = 16  # triple terms within triple terms

Gone = Callable[[], bool]
Term = NamedNode | Literal | Triple


class Federation:
    """Answers SERVICE clauses, for a few queries at a time: slow endpoints hold no worker and few threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._calling = BoundedSemaphore(settings.service_queries)
        self._present = BoundedSemaphore(settings.service_queries * (1 + _WAITING))

    def fill(
        self, text: str, services: Sequence[Service], seconds: float, *, limit: str, gone: Gone | None = None
    ) -> str:
        """A query with its SERVICE clauses replaced by the solutions of their endpoints.

        Args:
            text: the query.
            services: its clauses, as the guard has found them.
            seconds: how long the query may run in all; ``limit``: which setting says so.
            gone: tells whether who asks has left.

        Raises:
            ClientLeft: who asks has left meanwhile.
            RemoteFailed: an endpoint did not answer as it should, and its clause is not SILENT.
            QueueFull: too many queries call endpoints already.
            QueryTimeout: the time of the query is over.
        """
        began = monotonic()
        with self._turn():
            until = monotonic() + min(seconds, self._settings.service_deadline)
            texts: list[str] = []
            left = self._settings.service_size
            for service in services:
                texts.append(_solutions(service, until - monotonic(), left, gone or _stays))
                left -= len(texts[-1])
        elapsed = monotonic() - began
        if elapsed >= seconds:
            raise QueryTimeout(
                f"calling other endpoints took all of the time that the query may have: {seconds:g} seconds",
                limit=limit,
                value=seconds,
                elapsed=round(elapsed, 1),
            )
        return replaced(text, services, texts)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._present.acquire(blocking=False):
            raise self._busy()
        try:
            if not self._calling.acquire(timeout=self._settings.queue_wait):
                raise self._busy()
            try:
                yield
            finally:
                self._calling.release()
        finally:
            self._present.release()

    def _busy(self) -> QueueFull:
        said = f"{self._settings.service_queries} queries call other endpoints already (service_queries)"
        return too_many(said, "service_queries", self._settings)


def _stays() -> bool:
    return False


def _solutions(service: Service, seconds: float, size: int, gone: Gone) -> str:
    """The VALUES block for a clause."""
    try:
        answer = calls.ask(service.endpoint, service.query, seconds=seconds, size=size, gone=gone)
        return values(answer, service.variables, size)
    except calls.CallFailed as error:
        if gone():
            raise ClientLeft("the client went away; its endpoints are asked no more") from None
        if service.silent:
            return _block(service.variables, [" ".join(["UNDEF"] * len(service.variables))])
        message = f"the endpoint <{service.endpoint}> of a SERVICE clause {error}"
        raise RemoteFailed(message, extra={"endpoint": service.endpoint}) from None


def values(answer: bytes, known: Sequence[str], size: int) -> str:
    """A VALUES block with the solutions of an answer.

    Args:
        answer: SPARQL Query Results JSON.
        known: the variables that may be bound; the others of the answer are left out.
        size: longest block, in characters.

    Raises:
        CallFailed: the answer is something else, or too long.
    """
    try:
        document = json.loads(answer)
        given = set(document["head"]["vars"])
        names = [name for name in known if name in given]
        return _block(names, _rows(document["results"]["bindings"], names, size))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        raise calls.CallFailed("did not answer with SPARQL results in JSON") from None


def _rows(bindings: Sequence[dict[str, Any]], names: Sequence[str], size: int) -> Iterator[str]:
    call = uuid4()
    for binding in bindings:
        row = " ".join(str(_term(binding[name], call)) if name in binding else "UNDEF" for name in names)
        size -= len(row.encode()) + 3
        if size < 0:
            raise calls.CallFailed("answered with more than the limit (service_size) for a query")
        yield row


def _block(names: Sequence[str], rows: Iterator[str] | Sequence[str]) -> str:
    head = " ".join(str(Variable(name)) for name in names)
    return f"VALUES ({head}) {{ {' '.join(f'({row})' for row in rows)} }}"


def _term(found: dict[str, Any], call: UUID, depth: int = 0) -> Term:
    """A term of SPARQL Query Results JSON (1.1 §3.2.2, and triple terms of 1.2). Raises ValueError and its like."""
    kind, value = found["type"], found["value"]
    if kind == "uri":
        return NamedNode(value)
    if kind == "bnode":
        return NamedNode(uuid5(call, value).urn)
    if kind in ("literal", "typed-literal"):  # the second one is what Virtuoso says
        return _literal(value, found)
    if kind == "triple" and depth < _DEEPEST:
        subject, predicate, object_ = (
            _term(value[part], call, depth + 1) for part in ("subject", "predicate", "object")
        )
        if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode):
            return Triple(subject, predicate, object_)
    raise ValueError(kind)


def _literal(value: str, found: dict[str, Any]) -> Literal:
    direction, language = found.get("its:dir"), found.get("xml:lang")
    if not isinstance(value, str):
        raise TypeError(value)
    if language:
        return Literal(value, language=language, direction=BaseDirection(direction) if direction else None)
    return Literal(value, datatype=NamedNode(found["datatype"])) if found.get("datatype") else Literal(value)
