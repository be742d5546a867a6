"""Our own terms are complete and in use; the terms of others are listed and known to exist."""

from __future__ import annotations

import csv
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyoxigraph as ox
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, VANN, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection

from terrinclus_kg.drawing.shapes import MARKS

ROOT = Path(__file__).parents[2]
ONTOLOGY = ROOT / "ontology"
NS = "https://w3id.org/terrinclus/ns"
BASE = "https://w3id.org/terrinclus/"
TI = Namespace(NS + "#")
SH = Namespace("http://www.w3.org/ns/shacl#")
BIBO = Namespace("http://purl.org/ontology/bibo/")
PROPERTIES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
CLASS_SLOTS = (RDF.type, RDFS.subClassOf, SH.targetClass, SH["class"])
PROPERTY_SLOTS = (RDFS.subPropertyOf, SH.targetSubjectsOf, SH.targetObjectsOf, SH.inversePath)


@cache
def graph(name: str) -> Graph:
    """Of a file of the dataset, with that of the product that it goes with."""
    found = Graph().parse(ONTOLOGY / f"{name}.ttl")
    brought = {"terrinclus": "facts", "display-labels": "labels", "concepts": "facts"}.get(name)
    return found.parse(ONTOLOGY / f"{brought}.ttl") if brought else found


@cache
def data() -> frozenset[ox.Quad]:
    files = [f for f in sorted((ROOT / "data").rglob("*")) if f.suffix in {".ttl", ".trig"}]
    return frozenset(quad for f in files for quad in ox.parse(path=str(f), format=ox.RdfFormat.TRIG))


@cache
def external() -> dict[str, dict[str, str]]:
    with (ONTOLOGY / "external-terms.csv").open(encoding="utf-8", newline="") as file:
        return {row["iri"]: row for row in csv.DictReader(file)}


def classes() -> list[URIRef]:
    return sorted(s for s in graph("terrinclus").subjects(RDF.type, OWL.Class) if isinstance(s, URIRef))


def properties() -> list[URIRef]:
    return sorted(s for p in PROPERTIES for s in graph("terrinclus").subjects(RDF.type, p) if isinstance(s, URIRef))


def texts(name: str, term: URIRef, path: URIRef) -> dict[str, str]:
    """Language → text; fails when a language has two."""
    found = [o for o in graph(name).objects(term, path) if isinstance(o, Literal)]
    assert len({o.language for o in found}) == len(found), (term, path)
    return {str(o.language): str(o) for o in found}


def used_in_graph(rdf: Graph) -> Iterator[tuple[str, str]]:
    """(kind, IRI) of the terms that a graph of the ontology or the shapes uses."""
    for _, p, o in rdf:
        yield "property", str(p)
        if p in CLASS_SLOTS and isinstance(o, URIRef):
            yield "class", str(o)
        elif p in PROPERTY_SLOTS and isinstance(o, URIRef):
            yield "property", str(o)
        elif p == SH.path:
            yield from (("property", str(part)) for part in path_parts(rdf, o))
        elif p == SH.datatype:
            yield "datatype", str(o)
        elif isinstance(o, Literal) and o.datatype:
            yield "datatype", str(o.datatype)
    for shape, members in rdf.subject_objects(SH["in"]):
        if rdf.value(predicate=SH["not"], object=shape) is not None:  # a list of classes that are excluded
            yield from (("class", str(member)) for member in Collection(rdf, members))


def path_parts(rdf: Graph, path: object) -> Iterator[URIRef]:
    if isinstance(path, URIRef):
        yield path
        return
    steps = rdf.value(path, SH.alternativePath) or path
    for part in Collection(rdf, steps):
        if isinstance(part, URIRef):
            yield part


def used_in_data() -> Iterator[tuple[str, str]]:
    for quad in data():
        yield "property", quad.predicate.value
        if quad.predicate.value == str(RDF.type) and isinstance(quad.object, ox.NamedNode):
            yield "class", quad.object.value
        elif isinstance(quad.object, ox.Literal) and not quad.object.language:
            yield "datatype", quad.object.datatype.value


def used() -> set[tuple[str, str]]:
    terms = set(used_in_data())
    for file in [*ONTOLOGY.glob("*.ttl"), *ONTOLOGY.glob("shapes/*.ttl")]:
        terms |= set(used_in_graph(Graph().parse(file)))
    for kind in (RDFS.Class, RDF.Property):
        terms |= {("class" if kind == RDFS.Class else "property", str(s)) for s in labelled(kind)}
    return terms


def labelled(kind: URIRef) -> set[URIRef]:
    """The reused terms of display-labels.ttl: classes begin with a capital, properties do not."""
    terms = {s for s in graph("display-labels").subjects(RDFS.label) if isinstance(s, URIRef)}
    capital = {s for s in terms if re.split(r"[/#]", s)[-1][0].isupper()}
    return capital if kind == RDFS.Class else terms - capital


def test_header() -> None:
    header, rdf = URIRef(NS), graph("terrinclus")
    assert (header, RDF.type, OWL.Ontology) in rdf
    for path in (DCTERMS.title, DCTERMS.description):
        assert set(texts("terrinclus", header, path)) == {"fr", "en"}
    for path in (DCTERMS.creator, DCTERMS.license, DCTERMS.created, DCTERMS.modified, DCTERMS.references):
        assert rdf.value(header, path, any=True) is not None, path
    assert rdf.value(header, BIBO.status) is not None
    assert rdf.value(header, OWL.versionIRI) == URIRef(f"{NS}/{rdf.value(header, OWL.versionInfo)}")
    assert str(rdf.value(header, VANN.preferredNamespacePrefix)) == "ti"
    assert str(rdf.value(header, VANN.preferredNamespaceUri)) == str(TI)


def test_no_import_from_the_network() -> None:
    assert list(graph("terrinclus").objects(None, OWL.imports)) == []


def test_terms_have_names_and_definitions_in_both_languages() -> None:
    for term in [*classes(), *properties()]:
        assert set(texts("terrinclus", term, RDFS.label)) == {"fr", "en"}, term
        assert set(texts("terrinclus", term, SKOS.definition)) == {"fr", "en"}, term
        assert graph("terrinclus").value(term, RDFS.isDefinedBy) == URIRef(NS), term


def test_names_follow_the_habit() -> None:
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]+", c.removeprefix(TI)) for c in classes())
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9]+", p.removeprefix(TI)) for p in properties())


def test_definitions_are_one_sentence_that_does_not_repeat_the_name() -> None:
    for term in [*classes(), *properties()]:
        names = texts("terrinclus", term, RDFS.label)
        for language, definition in texts("terrinclus", term, SKOS.definition).items():
            assert re.fullmatch(r"[A-ZÀ-Þ][^.]*\.", definition), definition
            if term in classes():
                assert not re.search(rf"\b{re.escape(names[language])}\b", definition, re.IGNORECASE), definition


def test_typography() -> None:
    for name in ("terrinclus", "display-labels"):
        for literal in graph(name).objects():
            if isinstance(literal, Literal) and literal.language:
                text = str(literal)
                assert "'" not in text
                assert unicodedata.normalize("NFC", text) == text
                assert not re.search(r"^ | $|  ", text), text
                assert literal.language != "fr" or not re.search(r" [:;?!»]|« ", text), text


def test_labels_are_unique() -> None:
    for terms in (classes(), properties()):
        for language in ("fr", "en"):
            names = [texts("terrinclus", term, RDFS.label)[language] for term in terms]
            assert len(names) == len(set(names))


def test_no_domain_or_range() -> None:
    for path in (RDFS.domain, RDFS.range):
        assert list(graph("terrinclus").subjects(path)) == []


def test_links_between_resources_have_a_label_for_each_direction() -> None:
    for term in properties():
        directions = texts("terrinclus", term, TI.inverseLabel)
        is_link = (term, RDF.type, OWL.ObjectProperty) in graph("terrinclus")
        assert set(directions) == ({"fr", "en"} if is_link else set()), term


def test_every_own_term_is_in_use() -> None:
    files = [*ONTOLOGY.glob("shapes/*.ttl"), *(ROOT / "queries").rglob("*.rq"), *ONTOLOGY.glob("*labels.ttl")]
    written = "\n".join(file.read_text(encoding="utf-8") for file in files)
    in_use = {TI[name] for name in re.findall(r"\bti:([A-Za-z0-9]+)", written)}
    in_use |= {URIRef(iri) for _, iri in used_in_data()}
    assert sorted({*classes(), *properties()} - in_use) == []


def test_every_own_term_that_is_written_is_declared() -> None:
    files = [*ONTOLOGY.glob("shapes/*.ttl"), *(ROOT / "queries").rglob("*.rq"), *ONTOLOGY.glob("*labels.ttl")]
    written = {
        TI[name]
        for file in files
        for name in re.findall(r"(?<![\w?$-])ti:([A-Za-z0-9]+)", file.read_text(encoding="utf-8"))
    }
    written |= {URIRef(iri) for _, iri in used() if iri.startswith(TI)}
    assert sorted(written - {*classes(), *properties()}) == []


def test_every_external_term_is_listed() -> None:
    missing = {(kind, iri) for kind, iri in used() if not iri.startswith(BASE) and iri not in external()}
    assert sorted(missing) == []


def test_the_list_is_complete_and_sorted() -> None:
    rows = list(external().values())
    assert [row["iri"] for row in rows] == sorted(row["iri"] for row in rows)
    assert {row["kind"] for row in rows} == {"class", "property", "datatype"}
    assert all(row["vocabulary"] and row["checked"] for row in rows)


def test_schema_org_is_written_with_https() -> None:
    assert [iri for _, iri in used() if iri.startswith("http://schema.org/")] == []


def test_classes_of_the_data_and_of_the_kinds_are_known() -> None:
    known = {str(c) for c in classes()} | {iri for iri, row in external().items() if row["kind"] == "class"}
    found = {iri for kind, iri in used_in_data() if kind == "class"}
    declared = graph("prefixes")
    prefixes = {str(declared.value(s, SH.prefix)): str(o) for s, o in declared.subject_objects(SH.namespace)}
    for kind in tomllib.loads((ONTOLOGY / "kinds.toml").read_text(encoding="utf-8"))["kind"]:
        found |= {prefixes[prefix] + local for prefix, local in (c.split(":") for c in kind["classes"])}
    assert sorted(found - known) == []


def test_kinds() -> None:
    kinds = tomllib.loads((ONTOLOGY / "kinds.toml").read_text(encoding="utf-8"))["kind"]
    assert len({kind["slug"] for kind in kinds}) == len({kind["base"] for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert set(kind) - {"nature", "mark", "also"} == {"slug", "base", "classes", "label", "plural", "listed"}
        assert kind.get("mark", "star") in MARKS
        assert set(kind["label"]) == set(kind["plural"]) == {"fr", "en"}
        assert kind["base"].endswith("/")
    spaces = {str(o).removeprefix(BASE) for o in graph("prefixes").objects(None, SH.namespace)}
    assert {s for s in spaces if s.startswith("id/")} == {k["base"] for k in kinds if k["base"].startswith("id/")}


def test_display_labels_are_in_both_languages_and_for_reused_terms_only() -> None:
    rdf = graph("display-labels")
    for term in rdf.subjects(unique=True):
        assert isinstance(term, URIRef)
        assert not term.startswith(BASE)
        assert set(texts("display-labels", term, RDFS.label)) == {"fr", "en"}, term
        assert set(texts("display-labels", term, TI.inverseLabel)) in ({"fr", "en"}, set()), term


def test_every_term_of_the_data_can_be_shown() -> None:
    own = {str(t) for t in [*classes(), *properties()]}
    shown = {str(t) for t in graph("display-labels").subjects(RDFS.label)}
    assert sorted({iri for kind, iri in used_in_data() if kind != "datatype"} - own - shown) == []


def test_every_link_of_the_data_has_a_label_for_its_other_direction() -> None:
    links = {
        quad.predicate.value
        for quad in data()
        if isinstance(quad.object, ox.NamedNode) and quad.object.value.startswith((BASE, "http://metadata.un.org/sdg/"))
    }
    inverse = {str(t) for name in ("terrinclus", "display-labels") for t in graph(name).subjects(TI.inverseLabel)}
    assert sorted(links - inverse) == []
