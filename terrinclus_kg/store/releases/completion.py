"""Which terms a release uses, and how: what an editor completes and a reader of queries checks names against.

    completion.write(folder, census, texts)     home/releases/{id}/completion.json
    completion.terms(release)                   all classes and properties, if it tells all
    completion.usage(release)                   which properties the things of each class have

Things are counted, not triples: "1,200 of the 3,000 actors have a foaf:homepage".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from terrinclus_kg.rdf.namespaces import prefixes
from terrinclus_kg.store.releases.census import Census
from terrinclus_kg.store.releases.layout import Release

FILE = "completion.json"
TOLD = 2_000  # of each that are told, the most frequent
TOLD_OF_CLASS = 300  # properties told of one class
Texts = Mapping[str, Mapping[str, Mapping[str, str]]]  # IRI → "label" or "definition" → language → text


def members(census: Census) -> dict[str, Any]:
    """Classes and properties, the most frequent first, and how many are not among them."""
    found = [
        {"iri": _iri(term), "count": count, "properties": _properties_of(census, term)}
        for term, count in told(census.classes).items()
    ]
    return {
        "classes": found,
        "properties": [{"iri": _iri(term), "count": n} for term, n in told(census.properties).items()],
        "left_out": {
            "classes": census.left_out["classes"] + max(0, len(census.classes) - TOLD),
            "properties": census.left_out["properties"] + max(0, len(census.properties) - TOLD),
        },
    }


def named(census: Census) -> list[str]:
    """The IRIs of all terms that are told."""
    return sorted({_iri(term) for counted in (census.classes, census.properties) for term in told(counted)})


def write(folder: Path, census: Census, texts: Texts) -> None:
    """Writes the file into the folder of a release. ``texts``: what people are told of each term."""
    told = {"format": 1, "prefixes": prefixes(), **members(census), "terms": texts}
    (folder / FILE).write_text(json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


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


def told(counted: Mapping[bytes, int], most: int = 0) -> dict[bytes, int]:
    """The most frequent; the IRI decides where counts do not, so that equal data give equal files."""
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return dict(ordered[: most or TOLD])


def _properties_of(census: Census, kind: bytes) -> dict[str, int]:
    things = {term: part.things for term, part in census.partitions.get(kind, {}).items()}
    return {_iri(term): n for term, n in told(things, TOLD_OF_CLASS).items()}


def _iri(term: bytes) -> str:
    return term[1:-1].decode()
