"""How a query was read, and where its time went: for those who tune it.

The query has really been run, with the limits of any other; only its answer was thrown away. Rows are written
as CSV and triples as Turtle, by Python, so that reading and writing can be told apart: the answer in another
format takes a little less. The algebra comes from a parser that is not the engine's (see `algebra`): it shows how the
specification reads the text (SPARQL 1.1 §18.2), not the plan that the engine makes of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from threading import BoundedSemaphore
from time import perf_counter
from typing import Any, Protocol

from terrinclus_kg.config import MIB, Settings
from terrinclus_kg.rdf.formats import Format
from terrinclus_kg.store.children import child
from terrinclus_kg.store.queries.guard import Screened

_MEMORY = 256 * MIB  # of the child
_PATIENCE = 10.0  # seconds for the child, which takes a quarter of one, and as long for its turn
_SORTED, _MANY = "order-without-limit", 1000  # rows; sorting fewer costs nothing


class Explainer:
    """Asks `algebra` in a child, one at a time. May be used from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turn = BoundedSemaphore()

    def explanation(self, text: str, screened: Screened, run: dict[str, Any], **more: object) -> dict[str, Any]:
        """All that is told of a query.

        Args:
            text: the query.
            screened: what the guard saw.
            run: what the worker reports: format, phases, rows or triples, bytes.
            more: further members, which stand first.
        """
        found = self._algebra(text)
        return {
            "form": screened.form,
            **more,
            "guard": self._guard(screened),
            **run,
            "warnings": [w for w in found.get("warnings", []) if w["code"] != _SORTED or run.get("count", 0) >= _MANY],
            "algebra": found.get("algebra"),
            "algebra_error": found.get("error"),
        }

    def _guard(self, screened: Screened) -> dict[str, object]:
        return {
            "depth": {"found": screened.depth, "limit": self._settings.query_depth},
            "operators": {"found": screened.operators, "limit": self._settings.query_operators},
            "volatile": screened.volatile,
            "version": screened.version,
            "services": [service.endpoint for service in screened.services],
        }

    def _algebra(self, text: str) -> dict[str, Any]:
        if not self._turn.acquire(timeout=_PATIENCE):
            return {"error": "other explanations are at work; the query itself was run"}
        try:
            return _ask_child(text)
        finally:
            self._turn.release()


class Coming(Protocol):
    """An answer under way, as `Reader.query` gives it."""

    @property
    def format(self) -> Format: ...
    @property
    def chunks(self) -> Iterator[bytes]: ...


def timed(answer: Coming, began: float, screened: float, *, embedded: bool) -> dict[str, Any]:
    """What a run took: format, phases in milliseconds, bytes, and the rows or triples where the engine is ours.

    Args:
        answer: the report of our worker; the answer itself where the engine is another one.
        began, screened: when it was asked, and when the guard had read it, by `time.perf_counter`.

    The phases of another engine are those that can be seen from here: until the first bytes, and the others.
    """
    if embedded:
        run: dict[str, Any] = json.loads(b"".join(answer.chunks))
        inside = run["phases"]
    else:
        first, size = perf_counter(), 0
        for chunk in answer.chunks:
            size += len(chunk)
        inside = {"first_bytes": (first - screened) * 1000, "bytes": (perf_counter() - first) * 1000}
        run = {"format": answer.format.slug, "phases": inside, "bytes": size}
    total = (perf_counter() - began) * 1000
    screen = (screened - began) * 1000
    queue = {"queue": total - screen - sum(inside.values())} if embedded else {}
    run["phases"] = {k: round(v, 3) for k, v in {"screen": screen, **queue, **inside, "total": total}.items()}
    return run


def _ask_child(text: str) -> dict[str, Any]:
    arguments = (str(os.getpid()), str(_MEMORY))
    module = "terrinclus_kg.store.tuning.algebra"
    ended = child.run(module, *arguments, given=text.encode(), deadline=_PATIENCE)
    if ended.late:
        return {"error": f"the parser that explains did not end within {_PATIENCE:g} seconds"}
    return ended.last or {"error": "the parser that explains died of this text"}
