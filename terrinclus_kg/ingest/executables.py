"""The stored questions as data: ``sh:SPARQLExecutable`` (SHACL Advanced Features §5), as editors and collections of
example queries read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Quad

from terrinclus_kg.rdf.namespaces import BASE, ENDPOINT, PUBLICATION, RDF, RDFS, SCHEMA, SH, XSD
from terrinclus_kg.rdf.queries import Parameter, Query

_FORM = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT)\b", re.IGNORECASE | re.MULTILINE)
_CLASSES = {"select": "SPARQLSelectExecutable", "ask": "SPARQLAskExecutable", "construct": "SPARQLConstructExecutable"}
_DATATYPES = {name: XSD[name] for name in ("string", "integer", "decimal", "date")} | {"language": XSD["string"]}
_PREFIXES = NamedNode(BASE + "ns")  # declares them
Triples = Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]


def of(questions: Iterable[Query]) -> Iterator[Quad]:
    """The quads that describe stored queries, each ready to run."""
    for question in questions:
        for triple in _described(question):
            yield Quad(*triple, PUBLICATION)


def _described(question: Query) -> Triples:
    node, text = NamedNode(f"{BASE}questions/{question.slug}"), question.text
    found = _FORM.search(question.body)
    form = found[1].lower() if found else "select"
    yield node, RDF["type"], SH["SPARQLExecutable"]
    yield node, RDF["type"], SH[_CLASSES[form]]
    yield node, SH[form], Literal(text)
    yield node, SH["prefixes"], _PREFIXES
    yield node, SCHEMA["target"], NamedNode(ENDPOINT)
    yield from _texts(node, RDFS["label"], question.title)
    yield from _texts(node, RDFS["comment"], question.title | question.description)
    yield from _texts(node, SCHEMA["keywords"], question.group)
    for parameter in question.parameters.values():
        yield from _parameter(node, parameter)


def _parameter(node: NamedNode, parameter: Parameter) -> Triples:
    it = NamedNode(f"{node.value}#{parameter.name}")
    yield node, SH["parameter"], it
    yield it, RDF["type"], SH["Parameter"]
    yield it, SH["path"], NamedNode(f"{BASE}questions#{parameter.name}")  # its local name is that of the variable
    yield from _texts(it, SH["name"], parameter.label)
    yield from _texts(it, SH["description"], parameter.description)
    if datatype := _DATATYPES.get(parameter.type):
        yield it, SH["datatype"], datatype
    else:
        yield it, SH["nodeKind"], SH["IRI"]
    for default in parameter.default[:1]:
        yield it, SH["defaultValue"], default


def _texts(node: NamedNode, term: NamedNode, texts: Mapping[str, str]) -> Triples:
    for language, text in texts.items():
        yield node, term, Literal(text, language=language)
