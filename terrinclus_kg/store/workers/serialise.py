"""Writes what a query has given in the format that was asked for, row by row."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import IO, cast

import pyoxigraph as ox

from terrinclus_kg.errors import BadRequest, NotAcceptable
from terrinclus_kg.rdf.formats import BY_SLUG, CSV, JSON_LD, RDF_XML, XML, Carries, Format
from terrinclus_kg.rdf.namespaces import RDF, XSD, prefixes
from terrinclus_kg.store.engine import Request
from terrinclus_kg.store.workers.xmltext import XmlText

_PEEK = 1000  # triples that are looked at to declare only the prefixes that are used
_BARE = frozenset(XSD + name for name in ("string", "integer", "decimal", "double", "boolean"))
# What an IRI must end with to be split into a namespace and an XML name.
_XML_NAME = re.compile("[A-Za-z_\u00c0-\ufffd][A-Za-z0-9_.\u00b7\u00c0-\ufffd-]*$")

# RDF/XML §6.1: what its syntax keeps to itself; and the namespace that no prefix may have (Namespaces in XML §3).
_SYNTAX = "RDF ID about parseType resource nodeID datatype Description li aboutEach aboutEachPrefix bagID"
_RESERVED = frozenset(RDF + name for name in _SYNTAX.split())
_XMLNS = "http://www.w3.org/2000/xmlns/"

Statement = ox.Triple | ox.Quad
Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


def write(results: Results | Iterator[Statement], request: Request, file: IO[bytes]) -> None:
    """Writes what a query gave as the request asks, row by row. Statements that come one by one are written as they
    come. Raises BadRequest, NotAcceptable, and what ``results`` and ``file`` raise."""
    syntax = BY_SLUG[request.format]
    if syntax in (XML, RDF_XML):
        file = cast(IO[bytes], XmlText(file))
    if request.quads:
        if not isinstance(results, ox.QuerySolutions):
            raise BadRequest("statements are made of the rows of a SELECT")
        write_rdf(_statements(results, syntax, request), syntax, file)
    elif isinstance(results, ox.QueryTriples):
        write_rdf(once(results), syntax, file)
    elif syntax is CSV and isinstance(results, ox.QuerySolutions):
        write_csv(results.variables, results, file)
    elif isinstance(results, (ox.QuerySolutions, ox.QueryBoolean)):
        results.serialize(file, format=syntax.results)
    else:
        write_rdf(results, syntax, file)


def write_csv(variables: Sequence[ox.Variable], rows: Iterable[ox.QuerySolution], file: IO[bytes]) -> None:
    """SPARQL 1.1 Query Results CSV §3. Ours, because the engine does not quote an IRI that holds a comma."""
    names = [variable.value for variable in variables]
    lines = csv.writer(codecs.getwriter("utf-8")(file))
    lines.writerow(names)
    lines.writerows([_csv_value(row[name]) for name in names] for row in rows)


def _csv_value(term: object) -> str:
    if isinstance(term, ox.Triple):
        return f"<<( {term} )>>"
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else "" if term is None else str(term)


def once(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Each triple once: DESCRIBE repeats those that several graphs of its dataset state."""
    seen: set[ox.Triple] = set()
    for triple in triples:
        if triple not in seen:
            seen.add(triple)
            yield triple


def _statements(results: ox.QuerySolutions, syntax: Format, request: Request) -> Iterator[Statement]:
    names = {variable.value for variable in results.variables}
    if not {"s", "p", "o"} <= names:
        raise BadRequest("statements need the variables ?s ?p ?o, and ?g for their graph")
    rows = _Counted(results)
    if syntax.carries is Carries.DATASET and "g" in names:
        yield from (ox.Quad(t.subject, t.predicate, t.object, row["g"]) for row in rows if (t := _triple(row)))
    else:
        yield from once(triple for row in rows if (triple := _triple(row)))
    if request.notice and rows.count >= request.bound:
        yield from (quad.triple for quad in ox.parse(request.notice, format=ox.RdfFormat.N_TRIPLES))


class _Counted:
    """Rows on their way, counted."""

    def __init__(self, rows: Iterable[ox.QuerySolution]) -> None:
        self._rows, self.count = rows, 0

    def __iter__(self) -> Iterator[ox.QuerySolution]:
        for row in self._rows:
            self.count += 1
            yield row


def _triple(row: ox.QuerySolution) -> ox.Triple | None:
    """The terms of a row; None if they make no triple (as in CONSTRUCT)."""
    subject, predicate, object_ = row["s"], row["p"], row["o"]
    if isinstance(subject, (ox.NamedNode, ox.BlankNode)) and isinstance(predicate, ox.NamedNode) and object_:
        return ox.Triple(subject, predicate, object_)
    return None


def write_rdf(statements: Iterable[Statement], syntax: Format, file: IO[bytes]) -> None:
    """Serialises as it goes. A short answer declares only the prefixes it uses, a long one all of ours."""
    fit = {RDF_XML: _named, JSON_LD: _plain}.get(syntax)
    rest = iter(fit(statements) if fit else statements)
    head = list(islice(rest, _PEEK))
    declared = prefixes() if len(head) == _PEEK else _used(head)
    ox.serialize(cast(Iterable[ox.Quad], chain(head, rest)), file, format=syntax.rdf, prefixes=declared)


def _named(statements: Iterable[Statement]) -> Iterator[Statement]:
    """The same, as long as RDF/XML has names for their predicates and classes (its §2.4, §6.1); the engine would fail,
    or write broken XML."""
    known: set[ox.NamedNode] = set()
    for statement in statements:
        predicate, value = statement.predicate, statement.object
        names = (predicate, value) if predicate == RDF["type"] and isinstance(value, ox.NamedNode) else (predicate,)
        for name in names:
            if name not in known:
                _check_name(name.value)
                known.add(name)
        yield statement


def _check_name(iri: str) -> None:
    if not _XML_NAME.search(iri) or iri in _RESERVED or iri.startswith(_XMLNS):
        raise NotAcceptable(f"RDF/XML cannot write the property or class <{iri}>; ask for another format")


def _plain(statements: Iterable[Statement]) -> Iterator[Statement]:
    """The same, as long as they are RDF 1.1: JSON-LD 1.1 knows no more."""
    for statement in statements:
        value = statement.object
        if isinstance(value, ox.Triple) or (isinstance(value, ox.Literal) and value.direction is not None):
            raise NotAcceptable("JSON-LD cannot write triple terms and base directions (RDF 1.2); ask for Turtle")
        yield statement


def _used(statements: Iterable[Statement]) -> dict[str, str]:
    spaces = {_space(term) for statement in statements for term in statement}
    return {prefix: space for prefix, space in prefixes().items() if space in spaces}


def _space(term: object) -> str:
    """The namespace that a term needs; literals that Turtle writes bare need none."""
    if isinstance(term, ox.Literal):
        term = None if term.language or term.datatype.value in _BARE else term.datatype
    iri = term.value if isinstance(term, ox.NamedNode) else ""
    return iri[: max(iri.rfind("/"), iri.rfind("#")) + 1]
