"""Queries of a build: rules that infer, checks that find faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import Quad

from terrinclus_kg.ingest.validate import Finding, Report
from terrinclus_kg.rdf.namespaces import GRAPH, RDF, TI, compact
from terrinclus_kg.rdf.queries import Query, read_queries
from terrinclus_kg.store.releases import dataset
from terrinclus_kg.store.releases.excerpt import Excerpt
from terrinclus_kg.store.releases.writer import Draft

INFERRED = GRAPH["infere"]


def infer(draft: Draft, rules: Iterable[Path]) -> list[bytes]:
    """Runs each rule on what is stated and on what the rules before it inferred.

    Returns:
        The inferred quads as sorted lines; they are loaded, in a graph of their own that says what it is.
    """
    found: set[bytes] = set()
    for rule in read_queries(rules).values():
        new = draft.construct(rule.text, INFERRED)
        draft.load(new)
        found.update(new)
    if found:
        about = dataset.line(Quad(INFERRED, RDF["type"], TI["InferredGraph"], INFERRED))
        draft.load([about])
        found.add(about)
    return sorted(found)


def run_checks(concerned: Draft | Excerpt, checks: Iterable[Path]) -> Report:
    """Runs the check queries: each row is a fault, told by the title of its query; ``?in``: a graph that
    says so. They see what speaks of us."""
    return Report(tuple(fault for check in read_queries(checks).values() for fault in _faults(concerned, check)))


def _faults(concerned: Draft | Excerpt, check: Query) -> Iterator[Finding]:
    for row in concerned.select(check.text):
        shown = {name: compact(getattr(term, "value", str(term))) for name, term in row.items() if term is not None}
        facts = (shown.pop("in"),) if "in" in shown else ()
        focus, *rest = shown.values() or (check.slug,)
        yield Finding(True, focus, "", " ".join(rest), check.title, facts)
