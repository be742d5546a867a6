"""Which terms a release uses, and how: what an editor completes and a reader of queries checks names against.

    census = Census()
    dataset.write(census.passing(lines), …)     counts in the pass that writes the dump
    completion.write(folder, census, texts)     home/releases/{id}/completion.json
    completion.terms(release)                   all classes and properties, if it tells all
    completion.usage(release)                   which properties the things of each class have

Things are counted, not triples: "1,200 of the 3,000 actors have a foaf:homepage". One pass over sorted lines, in
memory that does not grow with them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from terrinclus_kg.rdf.namespaces import OWL, RDF, RDFS, prefixes
from terrinclus_kg.store.releases.layout import Release

FILE = "completion.json"
HELD = 20_000  # classes, and properties, that are counted; what comes beyond is only numbered
TOLD = 2_000  # of each that are told, the most frequent
TOLD_OF_CLASS = 300  # properties told of one class
_OF_ONE_THING = 100  # classes of one thing that are counted
_TYPE = str(RDF["type"]).encode()
_CLASSES = frozenset(str(term).encode() for term in (OWL["Class"], RDFS["Class"]))
_PROPERTIES = frozenset(
    str(term).encode()
    for term in (OWL["ObjectProperty"], OWL["DatatypeProperty"], OWL["AnnotationProperty"], RDF["Property"])
)
Texts = Mapping[str, Mapping[str, Mapping[str, str]]]  # IRI → "label" or "definition" → language → text


class Census:
    """Counts the things of each class, and of those the ones that have each property."""

    def __init__(self) -> None:
        self.classes: Counter[bytes] = Counter()
        self.properties: Counter[bytes] = Counter()
        self.left_out: Counter[str] = Counter()
        self._of: dict[bytes, Counter[bytes]] = {}

    def passing(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The lines, which are sorted canonical N-Quads, as they come; each is counted."""
        subject, had, types = b"", set[bytes](), set[bytes]()
        for line in lines:
            this, predicate, rest = line.split(b" ", 2)
            if this != subject:
                self._count(subject, had, types)
                subject, had, types = this, set(), set()
            had.add(predicate)
            if predicate == _TYPE:
                types.add(rest.partition(b" ")[0])
            yield line
        self._count(subject, had, types)

    def also(self, lines: Iterable[bytes]) -> None:
        """Lines about one thing that has been counted: only terms that nothing else has are new."""
        parts = [line.split(b" ", 3)[1:3] for line in lines]
        had = {predicate for predicate, _ in parts}
        for kind in {value for predicate, value in parts if predicate == _TYPE} - self.classes.keys():
            self.classes[kind] = 1
            self._of[kind] = Counter(had)
        self.properties.update(had - self.properties.keys())

    def terms(self) -> list[str]:
        """The IRIs of all terms that are told."""
        return sorted({_iri(term) for counted in (self.classes, self.properties) for term in _told(counted)})

    def members(self) -> dict[str, Any]:
        """Classes and properties, the most frequent first, and how many are not among them."""
        found = [
            {"iri": _iri(term), "count": count, "properties": self._properties_of(term)}
            for term, count in _told(self.classes).items()
        ]
        return {
            "classes": found,
            "properties": [{"iri": _iri(term), "count": n} for term, n in _told(self.properties).items()],
            "left_out": {
                "classes": self.left_out["classes"] + max(0, len(self.classes) - TOLD),
                "properties": self.left_out["properties"] + max(0, len(self.properties) - TOLD),
            },
        }

    def _count(self, subject: bytes, had: set[bytes], types: set[bytes]) -> None:
        for declared, counted, what in (
            (_CLASSES, self.classes, "classes"),
            (_PROPERTIES, self.properties, "properties"),
        ):
            if types & declared:
                self._hold(counted, subject, what, 0)
        known = {predicate for predicate in had if self._hold(self.properties, predicate, "properties")}
        for kind in sorted(types)[:_OF_ONE_THING]:
            if self._hold(self.classes, kind, "classes"):
                self._of.setdefault(kind, Counter()).update(known)

    def _hold(self, counted: Counter[bytes], term: bytes, what: str, more: int = 1) -> bool:
        """Counts a term, if there is room for it."""
        room = term in counted or len(counted) < HELD
        if room:
            counted[term] += more
        elif more:
            self.left_out[what] += 1
        return room

    def _properties_of(self, kind: bytes) -> dict[str, int]:
        return {_iri(term): n for term, n in self._of.get(kind, Counter()).most_common(TOLD_OF_CLASS)}


def write(folder: Path, census: Census, texts: Texts) -> None:
    """Writes the file into the folder of a release. ``texts``: what people are told of each term."""
    members = {"format": 1, "prefixes": prefixes(), **census.members(), "terms": texts}
    (folder / FILE).write_text(json.dumps(members, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


def path(release: Release) -> Path | None:
    """The file of a release; None where there is none: it is older, or another engine holds it alone."""
    file = release.path / FILE
    return file if file.is_file() else None


def terms(release: Release) -> tuple[frozenset[str], frozenset[str]] | None:
    """All classes and all properties that a release knows; None where nobody can tell all of them."""
    file = path(release)
    return _terms(file) if file else None


@lru_cache(2)
def _terms(file: Path) -> tuple[frozenset[str], frozenset[str]] | None:
    members = json.loads(file.read_text("utf-8"))
    if any(members["left_out"].values()):
        return None
    classes, properties = (frozenset(term["iri"] for term in members[what]) for what in ("classes", "properties"))
    return classes, properties


@dataclass(frozen=True, slots=True)
class Usage:
    """Which properties things have: ``of``: class → property → how many things of it have that; ``all``: property →
    how many things have it; ``labels``: IRI of a property → language → label. All are IRIs; the most frequent first."""

    of: Mapping[str, Mapping[str, int]]
    all: Mapping[str, int]
    labels: Mapping[str, Mapping[str, str]]


def usage(release: Release) -> Usage:
    """Which properties the things of a release have; nothing where there is no file."""
    file = path(release)
    return _usage(file) if file else Usage({}, {}, {})


@lru_cache(2)
def _usage(file: Path) -> Usage:
    members = json.loads(file.read_text("utf-8"))
    every = {term["iri"]: term["count"] for term in members["properties"] if term["count"]}
    labels = {iri: texts.get("label", {}) for iri, texts in members["terms"].items() if iri in every}
    return Usage({term["iri"]: term["properties"] for term in members["classes"]}, every, labels)


def _told(counted: Counter[bytes]) -> dict[bytes, int]:
    """The most frequent; the IRI decides where counts do not, so that equal data give equal files."""
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return dict(ordered[:TOLD])


def _iri(term: bytes) -> str:
    return term[1:-1].decode()
