"""What is doubtful in the data of a release, in the light of its configuration: it is told, and blocks nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from terrinclus_kg.ingest.source import FACT
from terrinclus_kg.ingest.validate import Finding
from terrinclus_kg.rdf.iri import Kind, from_iri, kinds
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import DCT, RDF, RDFS, SKOS, compact
from terrinclus_kg.store.releases import dataset

_TYPE, _SAID = str(RDF["type"]).encode(), str(DCT["description"]).encode()
_LABELS = {str(term).encode() for term in (RDFS["label"], SKOS["prefLabel"])}


@dataclass(slots=True)
class _Seen:
    """What stands in some lines: ``types``, languages of ``descriptions``, who has ``labels``, by IRI; and the first
    fact that uses each property."""

    types: dict[str, set[str]] = field(default_factory=dict)
    descriptions: dict[str, set[str]] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    properties: dict[str, str] = field(default_factory=dict)

    def add(self, line: bytes) -> None:
        subject, predicate, rest = line.split(b" ", 2)
        value = rest.rsplit(b" ", 2)[0]
        if predicate == _TYPE:
            self.types.setdefault(_iri(subject), set()).add(_iri(value))
        elif predicate == _SAID and value.startswith(b'"'):
            self.descriptions.setdefault(_iri(subject), set()).add(value.rpartition(b'"@')[2].decode())
        elif predicate in _LABELS:
            self.labels.add(_iri(subject))
        graph = dataset.graph_of(line)
        if graph.startswith(FACT):
            self.properties.setdefault(_iri(predicate), graph)


def doubtful(lines: Iterable[bytes], named: Mapping[str, str]) -> Iterator[Finding]:
    """Doubts about canonical N-Quads lines.

    Args:
        named: things that should be there, by IRI, and who says so.
    """
    seen = _Seen()
    for line in lines:
        seen.add(line)
    yield from _of_kinds(seen)
    for iri, where in named.items():
        if iri not in seen.types:
            yield _doubt(
                compact(iri), f"{where} names it, and nothing is said of it", f"{where} le nomme, et rien n’en est dit"
            )
    for iri, tags in seen.descriptions.items():
        if len(told := tags & set(LANGUAGES)) == 1:
            there, missing = *told, *(set(LANGUAGES) - told)
            yield _doubt(
                compact(iri),
                f"described in {there} only, not in {missing}",
                f"décrit en {there} seulement, pas en {missing}",
            )
    for iri, fact in seen.properties.items():
        if iri not in seen.labels:
            yield _doubt(
                compact(iri),
                "a property without a label: pages show its IRI",
                "une propriété sans libellé : les pages montrent son IRI",
                fact,
            )


def _of_kinds(seen: _Seen) -> Iterator[Finding]:
    used: set[str] = set()
    for iri, types in seen.types.items():
        name = from_iri(iri)
        kind = kinds()[name.kind] if name else None
        if kind:
            used.add(kind.slug)
        if kind and not types & set(kind.classes):
            yield _stranger(iri, types, kind)
    for slug in kinds().keys() - used:
        yield _doubt(f"ontology/kinds.toml {slug}", "nothing has an IRI of this kind", "rien n’a d’IRI de cette sorte")


def _stranger(iri: str, types: set[str], kind: Kind) -> Finding:
    classes = ", ".join(sorted(map(compact, types)))
    return _doubt(
        compact(iri),
        f"is of {classes}, none of which is a class of the kind {kind.slug}: no list and no search has it",
        f"est de {classes}, dont aucune n’est une classe de la sorte {kind.slug} : ni liste ni recherche ne l’a",
    )


def _doubt(focus: str, english: str, french: str, fact: str = "") -> Finding:
    return Finding(False, focus, "", "", {"en": english, "fr": french}, (compact(fact),) if fact else ())


def _iri(term: bytes) -> str:
    return term[1:-1].decode()
