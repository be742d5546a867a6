"""Who says that the things of a chain are linked, and in which role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from pyoxigraph import NamedNode

from terrinclus_kg.rdf.queries import query
from terrinclus_kg.resource.marks import marks_of
from terrinclus_kg.resource.model import Labels, Mark
from terrinclus_kg.resource.path import Chain, Paths, Step
from terrinclus_kg.resource.plan import plans
from terrinclus_kg.store.reader import Reader, Row


@dataclass(frozen=True, slots=True)
class Told:
    """A step with what a page tells of it: the roles, if it passes through a node, and the graphs that state it."""

    step: Step
    roles: tuple[str, ...]
    graphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What backs some chains. ``told`` is by two things; ``queries`` are those of each chain."""

    told: Mapping[tuple[str, str], tuple[Told, ...]]
    marks: Mapping[str, Mark]
    labels: Labels
    queries: tuple[str, ...]


def evidence(reader: Reader, paths: Paths, named: Iterable[str] = ()) -> Evidence:
    """Who states each link of the chains. ``named``: further things whose labels are wanted."""
    queries = tuple(_query(chain, paths) for chain in paths.chains)
    rows = [row for text in queries for row in reader.rows(text)]
    told = {pair: tuple(_told(step, rows) for step in steps) for pair, steps in paths.steps.items()}
    graphs = sorted({graph for each in told.values() for one in each for graph in one.graphs})
    sources = reader.rows(query("pages", "facts").bind(fact=[NamedNode(graph) for graph in graphs]))
    marks = marks_of(graphs, sources)
    return Evidence(told, marks, reader.labels(_named(paths, told, marks.values()) | set(named)), queries)


def _query(chain: Chain, paths: Paths) -> str:
    nodes = {step.node for pair in pairwise(chain) for step in paths.steps[pair]} - {""}
    things = [NamedNode(iri) for iri in (*chain, *sorted(nodes))]
    return query("pages", "chain").bind(
        start=[*things], end=[*things], node=[NamedNode(node) for node in sorted(nodes)]
    )


def _told(step: Step, rows: Iterable[Row]) -> Told:
    graphs: dict[str, None] = {}
    roles: dict[str, None] = {}
    ends = {step.start, step.end} | ({step.node} if step.node else set())
    for row in rows:
        told = {row["subject"].value, row["object"].value}
        if step.node and row["property"].value in plans().roles and row["subject"].value == step.node:
            roles[row["object"].value] = None
        elif not (told <= ends and (step.node in told or _is(step, row))):
            continue
        graphs[row["graph"].value] = None
    return Told(step, tuple(sorted(roles)), tuple(sorted(graphs)))


def _is(step: Step, row: Row) -> bool:
    """Whether a triple is the step itself."""
    ends = (step.end, step.start) if step.link.inverse else (step.start, step.end)
    return (row["subject"].value, row["object"].value) == ends and row["property"].value == step.link.property


def _named(paths: Paths, told: Mapping[tuple[str, str], tuple[Told, ...]], marks: Iterable[Mark]) -> set[str]:
    found = {thing for chain in paths.chains for thing in chain} | {*paths.hubs}
    for one in (one for each in told.values() for one in each):
        found |= {one.step.link.property, one.step.node, *one.roles}
    for mark in marks:
        found |= {mark.source, mark.publisher, mark.status, *mark.disagreements}
    return found - {""}
