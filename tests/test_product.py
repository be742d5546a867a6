"""The service is a product: what it is made of knows nothing of the dataset of Terrinclus, its first case."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from rdflib import OWL, RDF, Graph, URIRef

from terrinclus_kg import resources

ROOT = resources.product()
NS = "https://w3id.org/terrinclus/ns#"
# What may name the product: its vocabulary of facts, and the concepts in it.
OWN = re.compile(r"https://w3id\.org/terrinclus/(ns#|ns>|concept/statut)")
FOLDERS = {
    "terrinclus_kg": "*.py",
    "web/templates": "*.html",
    "web/src": "*.[jc]s*",
    "queries/pages": "*.rq",
    "queries/index": "*.rq",
    "queries/checks": "*.rq",
}
FILES = [
    file
    for folder, pattern in FOLDERS.items()
    for file in sorted((ROOT / folder).rglob(pattern))
    if "prose" not in file.parts
]
# Words of other things in the code, too: a field of a form, a result, a property of a source, the word of an address.
ALSO = {"source", "concept", "publication", "observation", "nom", "loi", "participation"}


def declared(names: Iterable[str]) -> set[str]:
    """The terms that files of the ontology declare, without their namespace."""
    graph = Graph()
    for name in names:
        graph.parse(ROOT / "ontology" / f"{name}.ttl")
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    terms = {term for kind in kinds for term in graph.subjects(RDF.type, kind) if isinstance(term, URIRef)}
    return {term.removeprefix(NS) for term in terms if term.startswith(NS)}


def slugs() -> set[str]:
    """The kinds of Terrinclus, without words that mean something else as well."""
    return {kind["slug"] for kind in tomllib.loads((ROOT / "ontology/kinds.toml").read_text())["kind"]} - ALSO


def code(file: Path) -> str:
    """A file without comments and docstrings, which may tell by example."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        return re.sub(r'"""[\s\S]*?"""|(?m:(?<!["\'\w])#.*$)', "", text)
    return re.sub(r"\{#[\s\S]*?#\}|/\*[\s\S]*?\*/|(?m:^\s*//.*$)", "", text)


def naming(pattern: str) -> dict[str, list[str]]:
    """The files that say something, with what they say."""
    found = {str(file.relative_to(ROOT)): re.findall(pattern, OWN.sub("", code(file))) for file in FILES}
    return {file: said for file, said in found.items() if said}


def test_no_iri_of_the_dataset() -> None:
    assert naming(r"https://w3id\.org/terrinclus/\S*") == {}


def test_no_term_of_the_domain() -> None:
    domain = "|".join(sorted(declared(["terrinclus"])))
    assert naming(rf'\bti:(?:{domain})\b|\bTI\["(?:{domain})"\]|\b(?:igeo|sdgo|proj|locn):[A-Z]\w+') == {}


def test_no_kind_of_the_dataset() -> None:
    names = "|".join(sorted(slugs()))
    assert naming(rf"""["'/](?:{names})["'/]|\bk-(?:{names})\b""") == {}


def test_the_vocabulary_of_facts_is_apart() -> None:
    facts, domain = declared(["facts"]), declared(["terrinclus"])
    assert {"Fact", "Source", "SourceGraph", "locator", "status", "opposes"} <= facts
    assert facts & domain == set()
