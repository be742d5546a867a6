"""What a reader asks of an engine, whichever it is: the pool of our own workers, or one far away."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from terrinclus_kg.store.releases.layout import Release

START = 30.0  # seconds a release may take to open

Gone = Callable[[], bool]  # tells whether a client has left


class Lane(Enum):
    """PUBLIC: what strangers ask. TRUSTED: what our own pages ask."""

    PUBLIC = "public"
    TRUSTED = "trusted"


def digest(query: str) -> str:
    """What all logs call a query by."""
    return hashlib.sha256(query.encode("utf-8", "replace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Request:
    """What a pool asks of a worker.

    ``quads``: the query is a SELECT whose rows ?s ?p ?o ?g are statements, to be written as RDF.
    ``notice``: N-Triples that end the statements if there are ``bound`` of them or more: they may be cut.
    ``default_graphs``, ``named_graphs``: IRIs of the dataset (SPARQL 1.1 Protocol §2.1.4); both None: all.
    ``answer_size``, ``memory``: limits in bytes; ``memory`` is for the message only.
    ``explain``: run the query, and answer what it took (JSON) instead of what it found.
    ``check``: read the query without the data, and answer what is wrong with it (JSON).
    """

    query: str
    format: str
    answer_size: int
    memory: int
    quads: bool = False
    notice: str = ""
    bound: int = 0
    default_graphs: list[str] | None = None
    named_graphs: list[str] | None = None
    explain: bool = False
    check: bool = False

    def pack(self) -> bytes:
        return json.dumps({name: getattr(self, name) for name in self.__slots__}).encode()


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks. ``name`` is charged for the processing, "" nobody; ``authorised``: has shown a token.

    ``gone`` tells whether the client has left; it is asked now and then from another thread, and must not block.
    """

    name: str = ""
    authorised: bool = False
    gone: Gone | None = None


NOBODY = Client()


@dataclass(frozen=True, slots=True)
class Conditions:
    """On what terms a query runs.

    ``deadline``: longest run in seconds, the delivery of the answer included. ``release``: the id of the one to
    ask; "" the current one. ``patience``: longest wait in seconds for a release to be open, and for a slot.
    ``admitted``: something has been done for it already (`Engine.aside`), and is not to be thrown away for a budget.
    ``wished``: the deadline is what the client asks for, and not what it could have.
    """

    lane: Lane
    deadline: float = math.inf
    client: Client = field(default=NOBODY)
    release: str = ""
    patience: float = START
    admitted: bool = False
    wished: bool = False

    @property
    def limit(self) -> str:
        """What bounds the deadline: a setting, or the wish of the client."""
        if self.wished:
            return "timeout"
        return "token_deadline" if self.client.authorised else f"{self.lane.value}_deadline"


class Run(Protocol):
    """A query under way."""

    @property
    def release(self) -> Release:
        """The release that answers."""

    def close(self) -> None:
        """Gives up the answer if it is not whole yet."""


class Engine(Protocol):
    """Answers queries. All methods may be called from any thread."""

    @property
    def release(self) -> Release:
        """The release that new queries are asked of. Raises NoRelease, ReleaseDamaged."""

    @property
    def serving(self) -> str:
        """The id of the release that new queries are asked of, "" while there is none. Never waits, never raises."""

    def run(self, request: Request, conditions: Conditions) -> tuple[Run, Iterator[bytes]]:
        """Asks a query.

        Returns:
            the run, and the parts of its answer, which raise a TerrinclusError if it breaks off. Nothing has been
            sent if this raises.
        """

    def aside(self, lane: Lane, client: Client) -> AbstractContextManager[None]:
        """What is done for a query before the engine is asked: its author is charged for the time, and for an error.

        Raises:
            BudgetSpent: the client has spent all it may; nothing is done then.
        """

    def labels(self, iris: Iterable[str]) -> dict[str, dict[str, str]]:
        """Labels of all these things at once: IRI → language tag (or "") → label. Things without one are absent."""

    def close(self) -> None:
        """Ends what it has started. It cannot be used afterwards."""
