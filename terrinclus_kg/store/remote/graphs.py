"""The graphs of a remote engine, as whoever fills it sees them: counted, replaced, dropped.

By the Graph Store Protocol (SPARQL 1.1 Graph Store HTTP Protocol §5) where the engine has an address for it, which is
best for large graphs; by SPARQL 1.1 Update where it has one for that, which takes many small graphs at a time. Every
request here may be sent twice without harm, as long as there are no blank nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any
from urllib.parse import quote, urlencode

from terrinclus_kg.config import MIB, Settings
from terrinclus_kg.errors import ConfigurationError, RemoteFailed
from terrinclus_kg.rdf.formats import N_TRIPLES
from terrinclus_kg.store.remote.dialects import DIALECTS, Refusal, cut, meaning
from terrinclus_kg.store.remote.transcode import rows
from terrinclus_kg.store.remote.upstream import Refused, Upstream, lowered, read

BODY = 8 * MIB  # bytes of triples in one request of the Graph Store Protocol
STATEMENT = 64 * 1024  # bytes of triples in one update: engines parse it as a whole
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_PROBE = "urn:x-terrinclus:probe"
_COUNTS = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"

Lines = Iterable[bytes]  # N-Triples, one triple a line


class RemoteGraphs:
    """The graphs of the engine that the settings name. ``None`` stands for the default graph.

    Raises ConfigurationError: the settings name no address to write to. Its methods raise RemoteFailed,
    QueryTimeout, AnswerTooLarge and the like: what the engine tells.
    """

    def __init__(self, settings: Settings) -> None:
        if not settings.remote_query or not (settings.remote_graph_store or settings.remote_update):
            raise ConfigurationError(
                "publishing needs the addresses of the remote engine: remote_query, and remote_graph_store or "
                "remote_update or both"
            )
        self._settings = settings
        self._dialect = DIALECTS[settings.remote_engine]
        self._upstream = Upstream(settings)

    @property
    def takes_many(self) -> bool:
        """Whether `put_small` can be used."""
        return bool(self._settings.remote_update) and self._dialect.updates

    def select(self, query: str) -> list[dict[str, Any]]:
        """The rows of a SELECT; unbound variables are absent."""
        pivot = self._dialect.pivot
        body = urlencode({"query": query}).encode()
        headers, answer = self._send(
            "POST", self._settings.remote_query, body, {**_FORM, "Accept": pivot.media_type}, query
        )
        if fault := cut(headers):
            raise fault
        return rows(answer, pivot)

    def counts(self) -> dict[str, int]:
        """How many triples each named graph holds."""
        return {row["g"].value: int(row["n"].value) for row in self.select(_COUNTS) if "g" in row}

    def default_count(self) -> int:
        """How many triples the default graph holds."""
        (row,) = self.select("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
        return int(row["n"].value)

    def default_is_union(self) -> bool:
        """Whether the default graph holds what named graphs hold: found out with a graph made for that."""
        self.put(_PROBE, [f"<{_PROBE}> <{_PROBE}> <{_PROBE}> .\n".encode()])
        try:
            return bool(self.select(f"SELECT ?p WHERE {{ <{_PROBE}> ?p <{_PROBE}> }}"))
        finally:
            self.drop(_PROBE)

    def put(self, graph: str | None, triples: Lines) -> None:
        """Makes a graph hold these triples and no others. A large one is sent in several requests."""
        bodies = _bodies(triples, BODY if self._settings.remote_graph_store else STATEMENT)
        first = next(bodies, b"")
        if not self._settings.remote_graph_store:
            self._update([_clear(graph)])
            for body in chain([first] if first else [], bodies):
                self._update([_insert(graph, body)])
            return
        self._store("PUT", graph, first)
        for body in bodies:
            self._store("POST", graph, body)

    def put_small(self, graphs: Iterable[tuple[str, bytes]]) -> None:
        """As `put`, for many named graphs with their triples at once, if the engine `takes_many`."""
        steps = [step for graph, triples in graphs for step in (_clear(graph), _insert(graph, triples))]
        self._update(steps)

    def drop(self, graph: str | None) -> None:
        """Removes a graph, which may be gone already."""
        if self._settings.remote_graph_store:
            self._store("DELETE", graph, b"")
        else:
            self._update([_clear(graph)])

    def close(self) -> None:
        """Closes the connections."""
        self._upstream.close()

    def _update(self, steps: list[str]) -> None:
        body = urlencode({"update": " ;\n".join(steps)}).encode()
        self._send("POST", self._settings.remote_update, body, _FORM)

    def _store(self, method: str, graph: str | None, triples: bytes) -> None:
        address = self._settings.remote_graph_store
        which = "default" if graph is None else f"graph={quote(graph, safe='')}"
        url = f"{address}{'&' if '?' in address else '?'}{which}"
        headers = {"Content-Type": N_TRIPLES.media_type} if method != "DELETE" else {}
        self._send(method, url, triples, headers, missing=method == "DELETE")

    def _send(
        self, method: str, url: str, body: bytes, headers: dict[str, str], query: str = "", *, missing: bool = False
    ) -> tuple[dict[str, str], bytes]:
        try:
            response = self._upstream.send(
                method, url, body=body, headers=headers, seconds=self._settings.load_deadline
            )
            return lowered(response.headers), read(response)
        except Refused as error:
            if missing and error.refusal.status == 404:
                return {}, b""
            raise _told(error.refusal, query, self._settings) from None


def _told(refusal: Refusal, query: str, settings: Settings) -> Exception:
    error = meaning(refusal, query, settings)
    if query or isinstance(error, RemoteFailed):
        return error
    return RemoteFailed(f"the remote engine does not take the write: {error.message}")


def _bodies(triples: Lines, size: int) -> Iterator[bytes]:
    """Triples in pieces of so many bytes, or little more."""
    body = bytearray()
    for line in triples:
        body += line
        if len(body) >= size:
            yield bytes(body)
            body.clear()
    if body:
        yield bytes(body)


def _clear(graph: str | None) -> str:
    return "CLEAR DEFAULT" if graph is None else f"DROP SILENT GRAPH <{graph}>"


def _insert(graph: str | None, triples: bytes) -> str:
    text = triples.decode()
    return f"INSERT DATA {{\n{text}}}" if graph is None else f"INSERT DATA {{ GRAPH <{graph}> {{\n{text}}} }}"
