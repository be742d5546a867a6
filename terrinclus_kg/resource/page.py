"""The page of a thing: what is said of it, by whom, and what links to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.rdf.iri import Name, from_iri, kinds
from terrinclus_kg.rdf.namespaces import BASE, CV, DCT, GRAPH, RDF, TI
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.resource.document import LINKS_LIMIT, NODES_LIMIT, check
from terrinclus_kg.resource.model import Cells, Group, Mark, Page, Statement, Term, Triple, is_node
from terrinclus_kg.resource.order import FIRST_PROPERTIES, Sorter
from terrinclus_kg.store.reader import Reader, Row

_VALUES = frozenset({"periode", "montant", "nom", "adresse"})  # nodes that a fact states in full
_PARENT = CV["hasParticipation"].value
# What the mark of a fact shows already.
_MARKED = frozenset(
    {DCT[name] for name in ("source", "date", "description", "identifier")} | {TI["locator"], TI["status"]}
)


def describe(reader: Reader, name: Name, language: str) -> Page:
    """The page of a thing, sorted for ``language`` ("fr" or "en").

    Raises:
        NotFound, Gone: as `check`.
    """
    check(reader, name)
    thing = NamedNode(name.iri)
    links = reader.rows(query("pages", "links").bind(thing=thing))
    said = [row for row in links if row["s"] == thing]
    into = [row for row in links if row["s"] != thing and not row["s"].value.startswith(str(GRAPH))]
    cells = _cells(reader, [row["o"] for row in said] + [row["s"] for row in into], thing)
    if name.kind == "fait":
        said = [row for row in said if row["p"] not in _MARKED]
    facts = _facts_of(reader, name)
    triples = _triples_of(reader, name)
    marks = _marks(reader, {row["g"].value for row in links} | set(facts) | ({name.iri} if triples else set()))
    labels = reader.labels(_iris(links, cells, marks.values(), triples))
    sort = Sorter(labels, language)
    return Page(
        name=name,
        types=tuple(sorted({row["o"].value for row in said if row["p"] == RDF["type"]}, key=sort.key)),
        groups=sort.groups(_by_property(said, cells), FIRST_PROPERTIES),
        joined=sort.groups(_by_kind(into, cells), list(kinds())),
        incoming=sort.incoming([r for r in into if not is_node(r["s"])], name),
        facts=facts,
        triples=triples,
        marks=marks,
        labels=labels,
        whole=len(links) < LINKS_LIMIT,
    )


def _by_property(rows: Iterable[Row], cells: Cells) -> dict[str, list[Statement]]:
    return _grouped(((row["p"].value, row["o"], row["g"].value) for row in rows), cells)


def _by_kind(rows: Iterable[Row], cells: Cells) -> dict[str, list[Statement]]:
    """The nodes among the subjects, as statements."""
    named = ((from_iri(row["s"].value), row) for row in rows if is_node(row["s"]))
    return _grouped(((name.kind, row["s"], row["g"].value) for name, row in named if name), cells)


def _grouped(said: Iterable[tuple[str, Term, str]], cells: Cells) -> dict[str, list[Statement]]:
    """Key, value and graph of each triple → statements by key; a value that several graphs state is one."""
    found: dict[str, dict[Term, list[str]]] = defaultdict(lambda: defaultdict(list))
    for key, value, graph in said:
        found[key][value].append(graph)
    return {
        key: [Statement(term, tuple(dict.fromkeys(graphs)), cells.get(term, ())) for term, graphs in values.items()]
        for key, values in found.items()
    }


def _cells(reader: Reader, ends: Iterable[Term], thing: NamedNode, *, deeper: bool = True) -> Cells:
    """What each node among ``ends`` says, but for what it says of ``thing``; and so for nodes that it names."""
    nodes = list(dict.fromkeys(end for end in ends if isinstance(end, NamedNode) and is_node(end)))[:NODES_LIMIT]
    if not nodes:
        return {}
    said: dict[Term, list[tuple[str, Term]]] = {node: [] for node in nodes}
    for row in reader.rows(query("pages", "nodes").bind(node=[*nodes])):
        upward = row["p"].value == _PARENT and row["o"] in said
        node, value = (row["o"], row["s"]) if upward else (row["s"], row["o"])
        if value != thing and node in said:
            said[node].append((row["p"].value, value))
    values = [value for pairs in said.values() for _, value in pairs if _is_value(value)]
    inner = _cells(reader, values, thing, deeper=False) if deeper else {}
    return {node: _folded(pairs, inner) for node, pairs in said.items()} | dict(inner)


def _is_value(term: Term) -> bool:
    """Whether a node is unfolded within another. A membership within an involvement is not: the facts that
    state it are not those beside which it would stand."""
    name = from_iri(term.value) if isinstance(term, NamedNode) else None
    return name is not None and name.kind in _VALUES


def _folded(pairs: Iterable[tuple[str, Term]], inner: Cells) -> tuple[Group, ...]:
    found: dict[str, list[Statement]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(Statement(value, cells=inner.get(value, ())))
    return tuple(Group(key, tuple(values)) for key, values in found.items())


def _facts_of(reader: Reader, name: Name) -> tuple[str, ...]:
    if name.kind != "source":
        return ()
    rows = reader.rows(query("pages", "saying").bind(thing=NamedNode(name.iri)))
    return tuple(sorted(row["fact"].value for row in rows))


def _triples_of(reader: Reader, name: Name) -> tuple[Triple, ...]:
    if name.kind != "fait":
        return ()
    rows = reader.rows(query("pages", "fact").bind(thing=NamedNode(name.iri)))
    return tuple((row["s"], row["p"], row["o"]) for row in rows)


def _marks(reader: Reader, graphs: set[str]) -> dict[str, Mark]:
    marks = {graph: Mark(graph, _origin(graph)) for graph in sorted(graphs)}
    told = [graph for graph, mark in marks.items() if mark.origin in ("fact", "source")]
    for row in reader.rows(query("pages", "facts").bind(fact=[NamedNode(graph) for graph in told])):
        _tell(marks[row["fact"].value], row["p"].value, row["o"])
    return marks


def _tell(mark: Mark, property_iri: str, value: Term) -> None:
    text = value.value
    if property_iri == DCT["source"].value:
        mark.source = text
    elif property_iri == DCT["publisher"].value:
        mark.publisher = text
    elif property_iri == TI["status"].value:
        mark.status = text
    elif property_iri == TI["opposes"].value:
        mark.disagreements.append(text)
    elif isinstance(value, Literal):
        texts = {TI["locator"]: mark.locators, DCT["date"]: mark.dates, DCT["description"]: mark.descriptions}
        texts[NamedNode(property_iri)].append(value)


def _origin(graph: str) -> str:
    if graph.startswith(BASE + "id/fait/"):
        return "fact"
    if graph.startswith(GRAPH + "source/"):
        return "source"
    return "inferred" if graph == GRAPH["infere"].value else "house"


def _iris(links: Iterable[Row], cells: Cells, marks: Iterable[Mark], triples: Iterable[Triple]) -> set[str]:
    terms = {row[place] for row in links for place in "spo"} | {term for triple in triples for term in triple}
    for groups in cells.values():
        terms |= {statement.value for group in groups for statement in group.statements}
    iris = {term.value for term in terms if isinstance(term, NamedNode)}
    iris |= {group.key for groups in cells.values() for group in groups}
    for mark in marks:
        iris |= {mark.source, mark.publisher, mark.status, *mark.disagreements}
    return iris - {""}
