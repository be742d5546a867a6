"""The SHACL shapes report what they should, and nothing else.

`shapes/conforming/` holds well-formed examples of everything; each file of `shapes/violating/` stands on top of
them and breaks constraints, listed one by one in `shapes/manifest.toml`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest
from rdflib import RDF, RDFS, BNode, Graph, Literal, Namespace, URIRef

ROOT = Path(__file__).parents[2]
ONTOLOGY, DATA = ROOT / "ontology", ROOT / "data"
EXAMPLES = Path(__file__).parent / "shapes"
SH = Namespace("http://www.w3.org/ns/shacl#")
SHAPES = "https://w3id.org/terrinclus/shapes#"
THINGS = "https://w3id.org/terrinclus/id/"
FILES = ("required", "recommended")
# The parameter that makes a shape use a constraint component (SHACL §4).
COMPONENTS = {
    SH["class"]: "Class",
    SH.datatype: "Datatype",
    SH.hasValue: "HasValue",
    SH["in"]: "In",
    SH.maxCount: "MaxCount",
    SH.maxInclusive: "MaxInclusive",
    SH.minCount: "MinCount",
    SH.minInclusive: "MinInclusive",
    SH.nodeKind: "NodeKind",
    SH["not"]: "Not",
    SH["or"]: "Or",
    SH.pattern: "Pattern",
    SH.qualifiedMaxCount: "QualifiedMaxCount",
    SH.qualifiedMinCount: "QualifiedMinCount",
    SH.sparql: "SPARQL",
    SH.uniqueLang: "UniqueLang",
}
# What else a shape of ours may say.
OTHER = {RDF.type, SH.message, SH.path, SH.property, SH.qualifiedValueShape, SH.select, SH.severity}
OTHER |= {SH.targetClass, SH.targetObjectsOf, SH.targetSubjectsOf}

Result = tuple[str, str, str]


@cache
def shapes(name: str) -> Graph:
    return Graph().parse(ONTOLOGY / "shapes" / f"{name}.ttl")


@cache
def prefixes() -> dict[str, str]:
    declared = Graph().parse(ONTOLOGY / "prefixes.ttl")
    return {str(declared.value(s, SH.prefix)): str(o) for s, o in declared.subject_objects(SH.namespace)}


@cache
def manifest() -> list[dict]:
    return tomllib.loads((EXAMPLES / "manifest.toml").read_text(encoding="utf-8"))["example"]


def expand(name: str) -> str:
    prefix, _, local = name.partition(":")
    return name if local.startswith("//") else prefixes()[prefix] + local


def graph_of(*files: Path) -> Graph:
    graph = Graph()
    for file in (*(ONTOLOGY / f"{name}.ttl" for name in ("terrinclus", "facts", "concepts")), *files):
        graph.parse(file)
    return graph


def conforming() -> list[Path]:
    return sorted((EXAMPLES / "conforming").glob("*.ttl"))


def results(graph: Graph, name: str) -> list[Result]:
    """(focus, shape, component) of each validation result."""
    own = Graph().parse(ONTOLOGY / "shapes" / f"{name}.ttl")  # not the cached one: pyshacl adds to it
    _, report, _ = pyshacl.validate(graph, shacl_graph=own, inference="none")
    assert isinstance(report, Graph)
    return sorted(
        (
            str(report.value(result, SH.focusNode)),
            str(report.value(result, SH.sourceShape)),
            str(report.value(result, SH.sourceConstraintComponent)),
        )
        for result in report.subjects(RDF.type, SH.ValidationResult)
    )


def expected(name: str) -> list[Result]:
    return sorted(
        (expand(result["focus"]), expand(result["shape"]), expand(result["component"]))
        for example in manifest()
        if example["shapes"] == name
        for result in example["results"]
    )


def constraints(name: str) -> set[tuple[str, str]]:
    """(shape, component) of every constraint of a shapes file."""
    graph = shapes(name)
    return {
        (str(shape), str(SH[f"{COMPONENTS[parameter]}ConstraintComponent"]))
        for shape in graph.subjects(unique=True)
        if isinstance(shape, URIRef)
        for parameter in graph.predicates(shape)
        if parameter in COMPONENTS
    }


def targets(graph: Graph, shape: URIRef, data: Graph) -> set:
    nodes = set()
    for target in graph.objects(shape, SH.targetClass):
        for kind in data.transitive_subjects(RDFS.subClassOf, target):
            nodes |= set(data.subjects(RDF.type, kind))
    for path in graph.objects(shape, SH.targetSubjectsOf):
        nodes |= set(data.subjects(path))
    for path in graph.objects(shape, SH.targetObjectsOf):
        nodes |= set(data.objects(None, path))
    return nodes


@pytest.mark.parametrize("name", FILES)
def test_conforming_examples_conform(name: str) -> None:
    assert results(graph_of(*conforming()), name) == []


@pytest.mark.parametrize("name", FILES)
def test_violating_examples_break_what_the_manifest_says(name: str) -> None:
    files = [EXAMPLES / example["file"] for example in manifest() if example["shapes"] == name]
    assert results(graph_of(*conforming(), *files), name) == expected(name)


def test_manifest_lists_every_example() -> None:
    listed = {example["file"] for example in manifest()}
    assert listed == {f"violating/{file.name}" for file in (EXAMPLES / "violating").iterdir()}


@pytest.mark.parametrize("name", FILES)
def test_every_constraint_has_a_violating_example(name: str) -> None:
    assert constraints(name) - {(shape, component) for _, shape, component in expected(name)} == set()


@pytest.mark.parametrize("name", FILES)
def test_every_node_shape_has_a_conforming_example(name: str) -> None:
    examples = Graph()
    for file in (ONTOLOGY / "terrinclus.ttl", ONTOLOGY / "facts.ttl", *conforming()):
        examples.parse(file)
    graph = shapes(name)
    without = {str(s) for s in graph.subjects(RDF.type, SH.NodeShape) if not targets(graph, s, examples)}
    assert without == set()


@pytest.mark.parametrize("name", FILES)
def test_shapes_speak_both_languages(name: str) -> None:
    graph = shapes(name)
    for shape, component in constraints(name):
        where = component.endswith("SPARQLConstraintComponent") and graph.value(URIRef(shape), SH.sparql)
        messages = list(graph.objects(where or URIRef(shape), SH.message))
        assert sorted(m.language or "" for m in messages if isinstance(m, Literal)) == ["en", "fr"], shape


@pytest.mark.parametrize("name", FILES)
def test_shapes_use_only_what_the_tests_know(name: str) -> None:
    graph = shapes(name)
    named = {s for s in graph.subjects(unique=True) if isinstance(s, URIRef)}
    assert {str(s) for s in named if not s.startswith(SHAPES)} == set()
    assert {p for s in named for p in graph.predicates(s)} - OTHER - set(COMPONENTS) == set()


def test_severities() -> None:
    assert set(shapes("required").objects(None, SH.severity)) == set()
    graph = shapes("recommended")
    for shape, _ in constraints("recommended"):
        assert graph.value(URIRef(shape), SH.severity) == SH.Warning


def test_every_kind_has_the_form_of_its_iris_checked() -> None:
    kinds = tomllib.loads((ONTOLOGY / "kinds.toml").read_text(encoding="utf-8"))["kind"]
    graph = shapes("required")
    keys = {s for s in graph.subjects(RDF.type, SH.NodeShape) if s.endswith("Key")}
    patterns = " ".join(str(graph.value(shape, SH.pattern)) for shape in keys)
    for kind in kinds:
        if kind["base"].startswith("id/"):
            slug = kind["slug"]
            assert f"/id/{slug}/" in patterns or f"({slug}|" in patterns or f"|{slug}" in patterns, slug


def test_no_resource_of_the_data_escapes_the_check_for_a_type() -> None:
    graph, thing = shapes("required"), URIRef(SHAPES + "Thing")
    subjects = {str(p) for p in graph.objects(thing, SH.targetSubjectsOf)}
    objects = {str(p) for p in graph.objects(thing, SH.targetObjectsOf)}
    typed, reached, seen = set(), set(), set()
    for quad in data_quads():
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(THINGS):
            seen.add(quad.subject.value)
            if quad.predicate.value == str(RDF.type):
                typed.add(quad.subject.value)
            if quad.predicate.value in subjects:
                reached.add(quad.subject.value)
        if isinstance(quad.object, ox.NamedNode) and quad.object.value.startswith(THINGS):
            seen.add(quad.object.value)
            if quad.predicate.value in objects:
                reached.add(quad.object.value)
    assert sorted(seen - typed - reached) == []


def data_quads() -> list[ox.Quad]:
    files = [f for f in sorted(DATA.rglob("*")) if f.suffix in {".ttl", ".trig"}]
    return [quad for file in files for quad in ox.parse(path=str(file), format=ox.RdfFormat.TRIG)]


def test_no_blank_node_but_in_the_shapes() -> None:
    for file in sorted(ONTOLOGY.glob("*.ttl")):
        assert not any(isinstance(term, BNode) for triple in Graph().parse(file) for term in triple), file.name
