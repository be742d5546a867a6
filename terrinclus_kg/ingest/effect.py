"""What an order would add to and remove from a release, before anything is written.

The default graph of a release is the merge of its named graphs. So a triple that an order puts into the default
graph goes to a graph of the change; one that it takes out is taken out of each graph that holds it, but for those
that the service computes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, parse

from terrinclus_kg.config import MIB, Settings
from terrinclus_kg.errors import BadRequest, GraphProtected, NotFound, QueryTooLarge, SourceError, SourceTooLarge
from terrinclus_kg.ingest import changes
from terrinclus_kg.ingest.order import UNDO, UPDATE, Order
from terrinclus_kg.ingest.provenance import addition, is_computed, tells_of_change
from terrinclus_kg.rdf.namespaces import BASE, ENDPOINT
from terrinclus_kg.rdf.terms import fault_of
from terrinclus_kg.store.children.parsing import parse_foreign
from terrinclus_kg.store.children.updating import run_update, with_dataset
from terrinclus_kg.store.queries.guard import screen_update
from terrinclus_kg.store.releases import dataset
from terrinclus_kg.store.releases.snapshot import Snapshot
from terrinclus_kg.store.releases.writer import checkpoint

_GROWTH = 16  # a body may grow to so many times write_size, inflated and with its IRIs in full; an update likewise


@dataclass(slots=True)
class Effect:
    """Lines of named graphs that go and come. ``left``: statements that an undo finds already gone, or back."""

    removed: set[bytes] = field(default_factory=set)
    added: set[bytes] = field(default_factory=set)
    left: int = 0

    @property
    def graphs(self) -> set[str]:
        """The graphs that it touches."""
        return {dataset.graph_of(row) for row in self.removed | self.added}


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds the effect of an order on a release. ``key`` is that of the change to come; ``scratch`` a folder on the
    file system of the releases."""

    settings: Settings
    snapshot: Snapshot
    key: str
    scratch: Path

    def effect(self, order: Order) -> Effect:
        """The effect of an order.

        Raises:
            BadRequest and its kin, FeatureRefused, QueryTimeout, QueryMemory, WorkerDied: what is said of the text.
            BadRequest: a body does not parse, or holds what cannot be published.
            QueryTooLarge: it changes more statements than one may.
            NotFound: there is no such graph, or no such change.
            GraphProtected: it would change a graph that the service computes.
        """
        if order.method == UNDO:
            return self._undo(order.undoes)
        found = self._update(order) if order.method == UPDATE else self._graph_store(order)
        for row in found.removed | found.added:
            _check_graph(dataset.graph_of(row))
        return found

    def _undo(self, key: str) -> Effect:
        changes.find(self.snapshot.release, key)
        found = Effect()
        for new, row in changes.delta(key, self.settings):
            if new and tells_of_change(row):
                continue
            if self.snapshot.holds(row) is new:
                (found.removed if new else found.added).add(row)
            else:
                found.left += 1
        return found

    def _update(self, order: Order) -> Effect:
        screen_update(order.text, self.settings)
        text = with_dataset(order.text, order.using, order.using_named)
        store, out = self.scratch / "store", self.scratch / "after.nq"
        checkpoint(self.snapshot.release, store)
        run_update(text, out, self.settings, store=store)
        named = _difference(self.snapshot.lines(), self._after(out, named=True), self.settings)
        default = _difference(self.snapshot.triples(), self._after(out, named=False), self.settings)
        return self._resolved(*map(self._publishable, (*named, *default)))

    def _graph_store(self, order: Order) -> Effect:
        before = set(self.snapshot.graph(order.graph))
        if order.method == "DELETE" and not before:
            raise NotFound(f"there is no graph {order.graph}" if order.graph else "the default graph is empty")
        if order.method == "PATCH":
            after = self._patched(order, before)
        else:
            after = {row for number in range(len(order.bodies)) for row in self._body(order, number)}
        after |= before if order.method == "POST" else set()
        removed, added = before - after, after - before
        _check_count(len(removed) + len(added), self.settings)
        if not order.graph:
            return self._resolved(set(), set(), removed, self._publishable(added))
        _check_graph(order.graph)
        suffix = f" <{order.graph}> .\n".encode()
        return Effect({row[:-3] + suffix for row in removed}, {row[:-3] + suffix for row in self._publishable(added)})

    def _patched(self, order: Order, before: set[bytes]) -> set[bytes]:
        """The triples of a graph after an update that knows no other (Graph Store HTTP Protocol §5.7)."""
        screen_update(order.text, self.settings)
        triples, out = self.scratch / "before.nt", self.scratch / "after.nq"
        triples.write_bytes(b"".join(before))
        run_update(order.text, out, self.settings, base=order.graph or ENDPOINT, triples=triples)
        with out.open("rb") as rows:
            if any(dataset.is_named(row) for row in rows):
                raise BadRequest("a PATCH changes its own graph, which is its default graph; it may not name others")
        return set(self._after(out, named=False))

    def _body(self, order: Order, number: int) -> set[bytes]:
        """The triples of a body, or of a part of one."""
        file, out = Path(order.bodies[number]), self.scratch / "body.nq"
        graph = order.graph or addition(self.key)
        most = _most_bytes(self.settings)
        limits = self.settings.model_copy(update={"load_inflated": most, "load_deadline": self.settings.write_deadline})
        skolem = f"{BASE}.well-known/genid/{self.key}-{number}-"
        try:
            parse_foreign(file, out, limits, graph=graph, skolem=skolem, base=order.graph, most=most)
        except SourceTooLarge:
            raise _too_large(most) from None
        except SourceError as error:
            place = {"line": error.line} if error.line is not None else {}
            said = f"line {error.line}: {error.reason}" if error.line is not None else error.reason
            raise BadRequest(f"the body cannot be used: {said}", extra=place) from None
        with out.open("rb") as rows:
            found = set()
            for row in rows:
                if dataset.graph_of(row) != graph:
                    raise BadRequest(f"the body names the graph {dataset.graph_of(row)}; it may only hold triples")
                found.add(dataset.triple_of(row))
                _check_count(len(found), self.settings)
        return found

    def _after(self, out: Path, *, named: bool) -> Iterator[bytes]:
        with out.open("rb") as rows:
            yield from dataset.sort_unique((row for row in rows if dataset.is_named(row) is named), self.scratch)

    def _publishable(self, rows: Iterable[bytes]) -> set[bytes]:
        """Lines that the engine wrote, with IRIs for their blank nodes, the same for the same one.

        Raises:
            BadRequest: one holds what we cannot publish.
        """
        special = {row for row in rows if b"_:" in row or b"\\" in row or b"--" in row or b"<<(" in row or _odd(row)}
        plain = set(rows) - special
        for quad in parse(b"".join(special), format=RdfFormat.N_QUADS, lenient=True):
            if fault := fault_of(quad):
                raise BadRequest(fault)
            terms = [self._named(term) for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)]
            row = dataset.line(Quad(*terms))  # type: ignore[arg-type]  # as they were in the quad
            plain.add(row.replace(b" DEFAULT .\n", b" .\n") if row.endswith(b" DEFAULT .\n") else row)
        return plain

    def _named(self, term: object) -> object:
        if not isinstance(term, BlankNode):
            return term
        return NamedNode(f"{BASE}.well-known/genid/{self.key}-{hashlib.sha256(term.value.encode()).hexdigest()[:16]}")

    def _resolved(self, gone: set[bytes], new: set[bytes], gone_plain: set[bytes], new_plain: set[bytes]) -> Effect:
        """The effect on named graphs of what went and came there, and in the default graph."""
        found = Effect(set(gone), set(new))
        for row in gone_plain:
            holding = (line for line in self.snapshot.holding(row) if line not in new)
            found.removed.update(line for line in holding if not is_computed(dataset.graph_of(line)))
        suffix = f" <{addition(self.key)}> .\n".encode()
        found.added.update(row[:-3] + suffix for row in new_plain)
        _check_count(len(found.removed) + len(found.added), self.settings)
        return found


def _odd(row: bytes) -> bool:
    """Whether a line holds a character that some format cannot carry."""
    return b"\xef\xbf\xbe" in row or b"\xef\xbf\xbf" in row or any(byte < 0x20 and byte != 0x0A for byte in row)


def _difference(before: Iterable[bytes], after: Iterable[bytes], settings: Settings) -> tuple[set[bytes], set[bytes]]:
    """Lines gone and lines new."""
    found, room = [], _most_bytes(settings)
    for each in dataset.difference(before, after):
        found.append(each)
        room -= len(each[1])
        _check_count(len(found), settings)
        if room < 0:
            raise _too_large(_most_bytes(settings))
    return {row for new, row in found if not new}, {row for new, row in found if new}


def _most_bytes(settings: Settings) -> int:
    return _GROWTH * max(settings.write_size, MIB)


def _too_large(most: int) -> QueryTooLarge:
    reason = f"the statements of the write come to more than {most} bytes, {_GROWTH} times write_size"
    return QueryTooLarge(f"{reason}; `load` adds files of any size", limit="write_size", value=most)


def _check_count(count: int, settings: Settings) -> None:
    if count > settings.write_statements:
        message = f"the write changes more than {settings.write_statements} statements (write_statements)"
        raise QueryTooLarge(f"{message}; `load` adds files of any size", limit="write_statements", value=count - 1)


def _check_graph(graph: str) -> None:
    if is_computed(graph):
        raise GraphProtected(
            f"the graph {graph} is computed by the service: it cannot be written", extra={"graph": graph}
        )
