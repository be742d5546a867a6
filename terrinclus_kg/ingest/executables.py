"""The stored questions as data: ``sh:SPARQLExecutable`` (SHACL Advanced Features §5), as editors and collections of
example queries read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Quad

from terrinclus_kg.rdf.namespaces import BASE, DCT, ENDPOINT, PUBLICATION, RDF, RDFS, SCHEMA, SH, XSD
from terrinclus_kg.rdf.queries import Parameter, Query, Term

_FORM = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT)\b", re.IGNORECASE | re.MULTILINE)
_CLASSES = {"select": "SPARQLSelectExecutable", "ask": "SPARQLAskExecutable", "construct": "SPARQLConstructExecutable"}
_DATATYPES = {name: XSD[name] for name in ("string", "integer", "decimal", "date")} | {"language": XSD["string"]}
_PREFIXES = NamedNode(BASE + "ns")  # declares them
_LANGUAGE = "en"  # editors show an executable once for each comment it has, and nothing else of what it is about
Triples = Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]


def of(questions: Iterable[Query]) -> Iterator[Quad]:
    """The quads that describe stored queries, each ready to run."""
    for question in questions:
        for triple in _described(question):
            yield Quad(*triple, PUBLICATION)


def _described(question: Query) -> Triples:
    node, text = NamedNode(f"{BASE}questions/{question.slug}"), question.bind(**_given(question))
    found = _FORM.search(question.body)
    form = found[1].lower() if found else "select"
    yield node, RDF["type"], SH["SPARQLExecutable"]
    yield node, RDF["type"], SH[_CLASSES[form]]
    yield node, SH[form], Literal(text)
    yield node, SH["prefixes"], _PREFIXES
    yield node, SCHEMA["target"], NamedNode(ENDPOINT)
    yield from _texts(node, RDFS["label"], question.title)
    yield node, RDFS["comment"], Literal(_told(question), language=_LANGUAGE)
    yield from _texts(node, DCT["description"], question.description)
    yield from _texts(node, SCHEMA["keywords"], question.group)
    for name, parameter in question.parameters.items():
        yield from _parameter(node, parameter, _given(question).get(name))


def _given(question: Query) -> dict[str, Term]:
    """The parameters that an executable does not leave as the file has them: its labels are in the language of its
    comment."""
    return {name: Literal(_LANGUAGE) for name, it in question.parameters.items() if it.type == "language"}


def _told(question: Query) -> str:
    """The question, and what is to be known about it."""
    return " ".join(filter(None, (text.get(_LANGUAGE, "") for text in (question.title, question.description))))


def _parameter(node: NamedNode, parameter: Parameter, given: Term | None) -> Triples:
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
    for default in [given] if given else parameter.default[:1]:
        yield it, SH["defaultValue"], default


def _texts(node: NamedNode, term: NamedNode, texts: Mapping[str, str]) -> Triples:
    for language, text in texts.items():
        yield node, term, Literal(text, language=language)
