"""What a release holds, told in VoID: partitions by class and property (§4.5), statistics (§4.6), linksets (§5).

The partitions have the shape that editors and other tools read (``void-ext`` is that of void-generator): in the
partition of a class one for each property, and in that the classes and datatypes of its values, each with its triples.
Counts are those of the dump: what a release says of itself is not among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from pyoxigraph import Literal, NamedNode, Quad

from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.links import Target
from terrinclus_kg.rdf.namespaces import (
    BASE,
    DATASET,
    DCT,
    ENDPOINT,
    FOAF,
    PUBLICATION,
    RDF,
    RDFS,
    VOID,
    VOID_EXT,
    compact,
    prefixes,
)
from terrinclus_kg.rdf.partition import named, part
from terrinclus_kg.store.releases.census import ALL, Census, Partition
from terrinclus_kg.store.releases.completion import TOLD_OF_CLASS, Texts, told

PARTITIONS = 20_000  # properties of classes that are told
VALUES = 50  # classes and datatypes of the values of one
LINKSETS = 500
Triples = Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]


def description(census: Census, texts: Texts, dumps: Iterable[str]) -> Iterator[Quad]:
    """The quads, all about `DATASET` and its parts.

    Args:
        texts: the labels of terms.
        dumps: the paths of the files that hold all of it.
    """
    parts = (_whole(census), _places(dumps), _classes(census, texts), _properties(census, texts), _linksets(census))
    for told_of in parts:
        for triple in told_of:
            yield Quad(*triple, PUBLICATION)


def _whole(census: Census) -> Triples:
    counts = {
        "entities": census.things,
        "distinctSubjects": census.things,
        "distinctObjects": census.objects,
        "classes": sum(map(bool, census.classes.values())),
        "properties": sum(map(bool, census.properties.values())),
    }
    for name, count in counts.items():
        yield DATASET, VOID[name], Literal(count)
    yield DATASET, VOID["uriSpace"], Literal(BASE)
    for space in _vocabularies(census):
        yield DATASET, VOID["vocabulary"], NamedNode(space)
    for thing in _examples(census):
        yield DATASET, VOID["exampleResource"], thing
    if census.left_out:
        text = ", ".join(f"{what}: {count}" for what, count in sorted(census.left_out.items()))
        yield DATASET, RDFS["comment"], Literal(f"Not counted apart: {text}.", language="en")
        yield DATASET, RDFS["comment"], Literal(f"Non comptés à part\u00a0: {text}.", language="fr")


def _places(dumps: Iterable[str]) -> Triples:
    """Where the dataset is to be had (VoID §3)."""
    yield DATASET, VOID["sparqlEndpoint"], NamedNode(ENDPOINT)
    yield DATASET, VOID["openSearchDescription"], NamedNode(BASE + "opensearch.xml")
    yield DATASET, VOID["uriLookupEndpoint"], NamedNode(BASE + "fragments?subject=")
    for path in dumps:
        yield DATASET, VOID["dataDump"], NamedNode(BASE + path)


def _vocabularies(census: Census) -> list[str]:
    """The namespaces of the terms that are used, of those that have a prefix."""
    known = sorted(prefixes().values(), key=len, reverse=True)
    used = [term[1:-1].decode() for counted in (census.classes, census.properties) for term, n in counted.items() if n]
    return sorted({space for term in used if (space := next(filter(term.startswith, known), ""))})


def _examples(census: Census) -> Iterator[NamedNode]:
    """One thing of each kind that is listed: of that of which most is told."""
    for kind in kinds().values():
        found = [census.examples[term] for iri in kind.classes if (term := f"<{iri}>".encode()) in census.examples]
        if kind.listed and found:
            yield _node(max(found)[1])


def _classes(census: Census, texts: Texts) -> Triples:
    room = PARTITIONS
    for kind, count in told(census.classes).items():
        if not count:
            continue
        node = _part(kind)
        yield DATASET, VOID["classPartition"], node
        yield node, RDF["type"], VOID["Dataset"]
        yield node, VOID["class"], _node(kind)
        yield node, VOID["entities"], Literal(count)
        yield node, VOID["exampleResource"], _node(census.examples[kind][1])
        yield from _labels(node, kind, texts)
        of = census.partitions[kind]
        shown = told({term: each.things for term, each in of.items()}, min(TOLD_OF_CLASS, room)) if room else {}
        room -= len(shown)
        for term in shown:
            yield from _of_class(node, kind, term, of[term])
        if len(shown) < len(of):
            yield from _more(node, len(of) - len(shown))


def _of_class(holder: NamedNode, kind: bytes, term: bytes, it: Partition) -> Triples:
    node = _part(kind, term)
    yield holder, VOID["propertyPartition"], node
    yield from _counted(node, term, it)
    for value, count in islice(told(it.values).items(), VALUES):
        inner = _part(kind, term, value)
        yield node, VOID["classPartition"], inner
        yield inner, VOID["class"], _node(value)
        yield inner, VOID["triples"], Literal(count)
    for value, count in islice(told(it.texts).items(), VALUES):
        inner = _part(kind, term, value)
        yield node, VOID_EXT["datatypePartition"], inner
        yield inner, VOID_EXT["datatype"], _node(value)
        yield inner, VOID["triples"], Literal(count)
    if (more := sum(max(0, len(values) - VALUES) for values in (it.values, it.texts))) > 0:
        yield from _more(node, more)


def _properties(census: Census, texts: Texts) -> Triples:
    of = census.partitions.get(ALL, {})
    for term in told({term: count for term, count in census.properties.items() if count}):
        node = named(("property", ""), (compact(_iri(term)), _iri(term)))
        yield DATASET, VOID["propertyPartition"], node
        yield node, RDF["type"], VOID["Dataset"]
        yield from _counted(node, term, of[term])
        yield node, VOID["distinctObjects"], Literal(census.distinct[term])
        yield from _labels(node, term, texts)


def _counted(node: NamedNode, term: bytes, it: Partition) -> Triples:
    yield node, VOID["property"], _node(term)
    yield node, VOID["triples"], Literal(it.triples)
    yield node, VOID["distinctSubjects"], Literal(it.things)


def _linksets(census: Census) -> Triples:
    ordered = sorted(census.outward.items(), key=lambda entry: (-entry[1], entry[0][0], entry[0][1].space))
    for (term, target), count in ordered[:LINKSETS]:
        node = named(("links", ""), (target.key, target.space), (compact(_iri(term)), _iri(term)))
        yield DATASET, VOID["subset"], node
        yield node, RDF["type"], VOID["Linkset"]
        yield node, VOID["subjectsTarget"], DATASET
        yield node, VOID["objectsTarget"], _target(target)
        yield node, VOID["linkPredicate"], _node(term)
        yield node, VOID["triples"], Literal(count)
    for target in dict.fromkeys(target for (_, target), _ in ordered[:LINKSETS]):
        yield from _dataset(target)
    if len(ordered) > LINKSETS:
        yield from _more(DATASET, len(ordered) - LINKSETS)


def _target(target: Target) -> NamedNode:
    return named(("target", ""), (target.key, target.space))


def _dataset(target: Target) -> Triples:
    node = _target(target)
    yield node, RDF["type"], VOID["Dataset"]
    yield node, VOID["uriSpace"], Literal(target.space)
    if target.homepage:
        yield node, FOAF["homepage"], NamedNode(target.homepage)
    for language, title in target.titles.items():
        yield node, DCT["title"], Literal(title, language=language)


def _labels(node: NamedNode, term: bytes, texts: Texts) -> Triples:
    labels: Mapping[str, str] = texts.get(_iri(term), {}).get("label", {})
    for language in LANGUAGES:
        if language in labels:
            yield node, RDFS["label"], Literal(labels[language], language=language)


def _more(node: NamedNode, count: int) -> Triples:
    yield node, RDFS["comment"], Literal(f"{count} more are not told here.", language="en")
    yield node, RDFS["comment"], Literal(f"{count} autres ne sont pas indiqués ici.", language="fr")


def _part(*terms: bytes) -> NamedNode:
    return part(*map(_iri, terms))


def _node(term: bytes) -> NamedNode:
    return NamedNode(_iri(term))


def _iri(term: bytes) -> str:
    return term[1:-1].decode()
