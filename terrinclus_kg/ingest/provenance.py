"""What the graph itself says of a change: who, when, what (PROV-O), and where the graphs come from that it began.

…/graph/modification/{key}   about the change; nobody writes there
…/graph/ajout/{key}          the triples that it put into the default graph, which is the merge of all graphs
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Quad

from terrinclus_kg.ingest.changes import Change
from terrinclus_kg.ingest.source import FACT
from terrinclus_kg.rdf.namespaces import BASE, DCT, GRAPH, PROV, RDF, RDFS, SH, TI, XSD
from terrinclus_kg.rdf.terms import fault_of
from terrinclus_kg.store.releases import dataset

TOLD = 64 * 1024  # bytes: a longer update is told by its digest alone
_ABOUT = GRAPH["modification/"].value
_COMPUTED = (_ABOUT, GRAPH["chargement/"].value, GRAPH["infere"].value, GRAPH["publication"].value)
_NAMES = {"fr": "Modification", "en": "Change"}  # what a capture is called, whatever it was made by
_DESCRIBED = (TI["SourceGraph"], TI["Fact"])


def about(key: str) -> NamedNode:
    """The graph that tells of a change."""
    return NamedNode(_ABOUT + key)


def addition(key: str) -> str:
    """IRI of the graph for what a change puts into the default graph."""
    return GRAPH[f"ajout/{key}"].value


def is_computed(graph: str) -> bool:
    """Whether the service itself computes what stands in a graph, so that nobody else may write there."""
    return graph.startswith(_COMPUTED[:2]) or graph in _COMPUTED[2:]


def tells_of_change(line: bytes) -> bool:
    """Whether a line stands in a graph that tells of a change."""
    return dataset.graph_of(line).startswith(_ABOUT)


def describes(line: bytes) -> str:
    """IRI of the graph that a line says is a fact or a source graph; "" for all other lines."""
    for kind in _DESCRIBED:
        subject, found, _ = line.partition(f" {RDF['type']} {kind} ".encode())
        if found:
            return subject[1:-1].decode()
    return ""


def needs_origin(graph: str) -> bool:
    """Whether a change that begins a graph says where it comes from: facts are described by their source."""
    return not is_computed(graph) and not graph.startswith(FACT)


def origin(graph: str, change: Change) -> list[bytes]:
    """Says of a graph that it comes from a change."""
    filled, here = NamedNode(graph), about(change.key)
    quads = [
        Quad(filled, RDF["type"], TI["SourceGraph"], here),
        Quad(filled, DCT["source"], _capture(change), here),
        Quad(filled, PROV["wasGeneratedBy"], _activity(change.key), here),
    ]
    return [dataset.line(quad) for quad in quads]


def statements(change: Change, text: str) -> list[bytes]:
    """What the graph says of a change. ``text``: the update, "" for a write that was none."""
    return [dataset.line(Quad(s, p, o, about(change.key))) for s, p, o in _statements(change, text)]


def _statements(change: Change, text: str) -> Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]:
    activity, capture = _activity(change.key), _capture(change)
    agent = NamedNode(f"{BASE}agent/{quote(change.agent, safe='')}")
    yield activity, RDF["type"], PROV["Activity"]
    yield activity, PROV["endedAtTime"], Literal(change.at, datatype=XSD["dateTime"])
    yield activity, PROV["wasAssociatedWith"], agent
    yield agent, RDF["type"], PROV["Agent"]
    yield agent, RDFS["label"], Literal(change.agent)
    yield activity, DCT["description"], Literal(described(change), language="en")
    yield activity, PROV["used"], capture
    yield capture, RDF["type"], TI["SourceCapture"]
    for language, word in _NAMES.items():
        yield capture, DCT["title"], Literal(f"{word} {change.key}", language=language)
    yield capture, TI["sha256"], Literal(change.sha256)
    if change.undoes:
        yield activity, PROV["wasInformedBy"], _activity(change.undoes)
    if text and len(text.encode()) <= TOLD and fault_of(told := Quad(activity, SH["update"], Literal(text))) is None:
        yield told.subject, told.predicate, told.object  # type: ignore[misc]  # as it was put in


def described(change: Change) -> str:
    """A change in words."""
    what = {"update": "SPARQL update", "undo": f"undo of {change.undoes}"}.get(change.method, change.method)
    where = "" if change.method in ("update", "undo") else f" of {change.graph or 'the default graph'}"
    counts = f"statements added: {change.added}, removed: {change.removed}"
    return f"{what}{where}: {counts}" + (f", left as they were: {change.left}" if change.left else "")


def _activity(key: str) -> NamedNode:
    return NamedNode(f"{BASE}modification/{key}")


def _capture(change: Change) -> NamedNode:
    return NamedNode(f"{BASE}fichier/{change.sha256}")
