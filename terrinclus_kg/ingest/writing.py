"""A write is a release: an order becomes a change, validated, stamped, published atomically, and kept.

    wait for the writer lock → find the effect → stamp it → shapes → a draft (a copy of the store, revised; or built
    anew when most of it changes) → rules → checks → dump, labels → keep the change → switch

Nothing that readers see is touched before the switch, and nothing is acknowledged before it is durable. The release
that is written to is the only source: the files under ``data/`` are not read.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import PreconditionFailed
from terrinclus_kg.ingest import changes, rules
from terrinclus_kg.ingest.changes import Change
from terrinclus_kg.ingest.effect import Effect, Finder
from terrinclus_kg.ingest.finish import SMOKE_TEST, finish
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.ingest.order import Order, Outcome
from terrinclus_kg.ingest.rules import INFERRED
from terrinclus_kg.ingest.stamp import stamp
from terrinclus_kg.ingest.validate import check_shapes, concerns_us
from terrinclus_kg.progress import Progress, silent
from terrinclus_kg.rdf.namespaces import PUBLICATION
from terrinclus_kg.store.releases import dataset, layout
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.releases.snapshot import Snapshot
from terrinclus_kg.store.releases.writer import Draft, Writer

_REBUILT = 0.25  # share of its quads from which on a store is built anew
_DUMPED = 100_000  # quads up to which a write makes the dump in all formats; that takes a second


def write(
    order: Order,
    settings: Settings,
    material: Material | None = None,
    *,
    wait: float = 0,
    rebuilt: float = _REBUILT,
    progress: Progress = silent,
) -> Outcome:
    """Carries out an order on the current release.

    Args:
        material: where rules, checks and shapes are; by default this installation's own folders.
        wait: seconds that it waits for other writers.
        rebuilt: share of the quads from which on the store is built anew and not revised.

    Raises:
        WriterBusy: other writers took longer than ``wait``.
        NoRelease: there is nothing to write to.
        PreconditionFailed: the graph is not the one that the order is for.
        ValidationFailed: the outcome would not pass the required shapes or checks.
        TerrinclusError: others, see `effect.Finder.effect`. Nothing has been changed by an order that fails.
    """
    with Writer(settings, f"{order.method} by {order.agent}", wait=wait) as writer:
        release = layout.current(settings.releases)
        # Named like a draft, so that the next writer sweeps it away if this one is killed.
        with tempfile.TemporaryDirectory(dir=settings.releases, prefix=".draft-change-") as scratch:
            made = _Write(order, settings, material or Material.default(), Snapshot(release), Path(scratch), progress)
            return made.run(writer, rebuilt)


@dataclass(frozen=True, slots=True)
class _Write:
    """One order being carried out."""

    order: Order
    settings: Settings
    material: Material
    snapshot: Snapshot
    scratch: Path
    progress: Progress

    @property
    def release(self) -> Release:
        """The release that is written to."""
        return self.snapshot.release

    def run(self, writer: Writer, rebuilt: float) -> Outcome:
        self._check_preconditions()
        order, now = self.order, datetime.now(UTC)
        key = f"{now:%Y%m%dt%H%M%S}-{uuid4().hex[:8]}"
        self.progress("change", 0)
        effect = Finder(self.settings, self.snapshot, key, self.scratch).effect(order)
        effect = Effect(effect.removed - effect.added, effect.added - effect.removed, effect.left)
        created = bool(effect.added) and not self.snapshot.has_graph(order.graph)
        if not effect.removed and not effect.added:
            return Outcome(self.release.id, left=effect.left)
        change = self._change(key, now, effect)
        concerned = any(map(concerns_us, effect.removed | effect.added))
        stamp(effect, change, order.text, self.snapshot)
        if concerned:
            self.progress("validate", 0)
            concerning = filter(concerns_us, self._after(effect))
            check_shapes(concerning, self.material.ontology / "shapes", recommended=False).gate()
        draft, inferred = self._draft(writer, effect, rebuilt)
        draft.step("changed")
        everything = self._after(effect, inferred)
        manifest = (
            self._manifest(change)
            | finish(draft, everything, self.release, self.material, self.progress, most=_DUMPED)
            | {"inferred": len(inferred)}
        )
        changes.keep(change, sorted(effect.removed), sorted(effect.added), order.text, self.scratch, self.settings)
        draft.step("kept")
        self.progress("publish", 0)
        published = draft.publish(manifest, SMOKE_TEST)
        return Outcome(published.id, key, change.added, change.removed, created, change.left)

    def _check_preconditions(self) -> None:
        order = self.order
        if order.version and order.version != changes.version(self.release, order.graph):
            raise PreconditionFailed("the graph has changed since you read it: read it again (If-Match)")
        if order.exists is not None and order.exists != self.snapshot.has_graph(order.graph):
            state = "there is no such graph (If-Match: *)" if order.exists else "there is one (If-None-Match: *)"
            raise PreconditionFailed(f"the graph is not as you expect: {state}")

    def _change(self, key: str, now: datetime, effect: Effect) -> Change:
        order = self.order
        content = b"".join(Path(file).read_bytes() for file in order.bodies) or (order.text or order.undoes).encode()
        return Change(
            key=key,
            agent=order.agent,
            at=now.isoformat(timespec="seconds"),
            method=order.method,
            graph=order.graph,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            added=len(effect.added),
            removed=len(effect.removed),
            on=self.release.id,
            graphs=changes.named(effect.graphs),
            undoes=order.undoes,
            left=effect.left,
        )

    def _after(self, effect: Effect, inferred: Iterable[bytes] = ()) -> Iterator[bytes]:
        """The sorted lines of the release to come, with what is inferred."""
        graph = f" {INFERRED} .\n".encode()
        stated = (row for row in self.snapshot.dump() if not row.endswith(graph))
        return dataset.revised(stated, effect.removed, sorted(effect.added.union(inferred)))

    def _draft(self, writer: Writer, effect: Effect, rebuilt: float) -> tuple[Draft, list[bytes]]:
        """A draft with the change in it, and what the rules infer from it."""
        old = [row for graph in (INFERRED, PUBLICATION) for row in self.snapshot.lines_of(graph.value)]
        if len(effect.removed) + len(effect.added) + len(old) > rebuilt * self.release.manifest["quads"]:
            draft = writer.draft()
            draft.load(self._after(effect), self.progress)
        else:
            draft = writer.draft(self.release)
            draft.revise([*old, *effect.removed], effect.added)
        self.progress("infer", 0)
        inferred = rules.infer(draft, self.material.asked("rules"))
        rules.run_checks(draft, self.material.asked("checks")).gate()
        return draft, inferred

    def _manifest(self, change: Change) -> dict[str, Any]:
        old = self.release.manifest
        return {
            **{name: old[name] for name in ("loads", "warnings") if name in old},
            "base": old.get("base", self.release.id),
            "changes": [*old.get("changes", []), changes.record(change)],
            "inputs": _with_change(old["inputs"], change),
        }


def _with_change(inputs: list[dict[str, str]], change: Change) -> list[dict[str, str]]:
    """The inputs as `pipeline` would list them with this change: behind all others but the tools."""
    place = next((n for n, entry in enumerate(inputs) if entry["name"].startswith("terrinclus-kg ")), len(inputs))
    return [*inputs[:place], {"name": f"change {change.key}", "sha256": change.sha256}, *inputs[place:]]
