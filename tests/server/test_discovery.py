"""What programs find out by themselves: VoID, stored questions, prefixes; at their addresses and in the endpoint."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, QuerySolutions, RdfFormat, Store, parse, parse_query_results
from pyoxigraph import QueryResultsFormat as Results

from terrinclus_kg.config import Settings
from terrinclus_kg.questions import all_questions
from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.formats import RDF_FORMATS
from terrinclus_kg.rdf.iri import from_iri
from terrinclus_kg.rdf.namespaces import BASE, DATASET, FOAF, RDF, RDFS, SH, VOID, prefixes
from terrinclus_kg.server import create_app
from terrinclus_kg.server.context import EXTENSION
from tests.server.conftest import Buffering

WELL_KNOWN = ("/.well-known/void", "/.well-known/sparql-examples", "/prefixes")


@pytest.fixture(scope="module")
def real(home: Path) -> Iterator[FlaskClient]:
    """The application over the real release."""
    settings = Settings(home=home, public_url="https://kg.example.org", client_seconds=1e6, public_workers=1)
    app = create_app(settings)
    app.test_client_class = Buffering
    yield app.test_client()
    app.extensions[EXTENSION].reader.close()


@pytest.mark.parametrize("path", WELL_KNOWN)
@pytest.mark.parametrize("form", RDF_FORMATS, ids=lambda form: form.suffix)
def test_each_is_there_in_every_format(real: FlaskClient, path: str, form) -> None:
    answer = real.get(path, headers={"Accept": form.media_type})
    assert (answer.status_code, answer.mimetype) == (200, form.media_type)
    assert len(list(parse(answer.data, format=form.rdf))) > 20
    again = real.get(path, headers={"Accept": form.media_type, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert real.get(path, headers={"Accept": "image/png"}).status_code == 406


def test_void_tells_where_the_data_are_to_be_had_here(real: FlaskClient) -> None:
    store = Store()
    store.load(real.get("/.well-known/void?format=nt").data, format=RdfFormat.N_TRIPLES)
    dumps = [quad.object.value for quad in store.quads_for_pattern(DATASET, VOID["dataDump"], None)]
    assert dumps
    for dump in dumps:
        assert dump.startswith("https://kg.example.org/releases/")
        assert real.get(dump.removeprefix("https://kg.example.org")).status_code == 200
    document = NamedNode("https://kg.example.org/.well-known/void")
    assert store.quads_for_pattern(document, FOAF["primaryTopic"], DATASET)
    for term, path in (("sparqlEndpoint", "/sparql"), ("openSearchDescription", "/opensearch.xml")):
        found = [q.object.value for q in store.quads_for_pattern(DATASET, VOID[term], None)]
        assert found == [f"https://kg.example.org{path}"]
    asked = f"SELECT ?file {{ GRAPH <{BASE}graph/publication> {{ <{DATASET.value}> void:dataDump ?file }} }}"
    in_graph = {row["file"] for row in ask(real, "PREFIX void: <http://rdfs.org/ns/void#> " + asked)}
    assert in_graph == {dump.replace("https://kg.example.org/", BASE) for dump in dumps}
    examples = [q.object.value for q in store.quads_for_pattern(DATASET, VOID["exampleResource"], None)]
    for example in examples:
        name = from_iri(example)
        assert name
        assert real.get(f"/fr/{name.path}").status_code == 200
    assert not list(store.quads_for_pattern(None, NamedNode("http://www.w3.org/ns/shacl#select"), None))


def test_prefixes_are_plain_json(real: FlaskClient) -> None:
    answer = real.get("/prefixes")
    assert answer.mimetype == "application/json"
    assert json.loads(answer.data) == prefixes()


def ask(client: FlaskClient, text: str) -> list[dict[str, str]]:
    """As editors ask the endpoint: the default graph, answers in JSON."""
    answer = client.get("/sparql", query_string={"ac": "1", "query": text}, headers={"Accept": Results.JSON.media_type})
    assert answer.status_code == 200, answer.text
    found = parse_query_results(answer.data, format=Results.JSON)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    return [{n: v.value for n, v in zip(names, row, strict=True) if v is not None} for row in found]


def test_an_editor_finds_the_prefixes(real: FlaskClient) -> None:
    rows = ask(
        real,
        "PREFIX sh: <http://www.w3.org/ns/shacl#> "
        "SELECT DISTINCT ?prefix ?namespace { [] sh:prefix ?prefix ; sh:namespace ?namespace }",
    )
    assert {row["prefix"]: row["namespace"] for row in rows} == prefixes()


def test_an_editor_finds_the_questions_and_can_run_them(real: FlaskClient) -> None:
    rows = ask(
        real,
        "PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
        "SELECT DISTINCT ?it ?told ?text (LANG(?said) AS ?lang) { "
        "?it a sh:SPARQLExecutable ; rdfs:comment ?said ; sh:select|sh:ask|sh:construct|sh:describe ?text "
        "BIND(STR(?said) AS ?told) }",
    )
    known = {f"{BASE}questions/{question.slug}": question for question in all_questions()}
    assert {row["it"] for row in rows} == known.keys()
    for row in rows:
        question = known[row["it"]]
        assert row["text"] == question.text.replace('VALUES ?lang { "fr" }', 'VALUES ?lang { "en" }')
        assert row["lang"] == "en"
        assert row["told"].startswith(question.title["en"])
    assert len(rows) == len(known)  # editors show each row
    for text in {row["text"] for row in rows}:
        assert real.post("/sparql/check", data={"query": text}).get_json()["ok"]


def test_an_editor_finds_what_each_class_has_and_leads_to(real: FlaskClient) -> None:
    rows = ask(
        real,
        "PREFIX void: <http://rdfs.org/ns/void#> PREFIX ext: <http://ldf.fi/void-ext#> "
        "SELECT DISTINCT ?class ?property ?to ?datatype { "
        "?part void:class ?class ; void:propertyPartition ?of . ?of void:property ?property "
        "OPTIONAL { { ?of void:classPartition [ void:class ?to ] } "
        "UNION { ?of ext:datatypePartition [ ext:datatype ?datatype ] } } }",
    )
    expected = ask(
        real,
        "SELECT DISTINCT ?class ?property ?to ?datatype { "
        "?s a ?class ; ?property ?o OPTIONAL { ?o a ?to } BIND(DATATYPE(?o) AS ?datatype) "
        f"FILTER NOT EXISTS {{ GRAPH <{BASE}graph/publication> {{ ?s ?p ?x }} }} }}",
    )
    plain = {tuple(sorted(row.items())) for row in expected}
    told = {tuple(sorted(row.items())) for row in rows}
    assert told
    assert told <= plain


def test_questions_say_what_they_take(real: FlaskClient) -> None:
    store = Store()
    answer = real.get("/.well-known/sparql-examples", headers={"Accept": "application/n-triples"})
    store.load(answer.data, format=RdfFormat.N_TRIPLES)
    node = NamedNode(f"{BASE}questions/q05-departements-participants#project")
    told = {quad.predicate.value.rpartition("#")[2]: quad.object for quad in store.quads_for_pattern(node, None, None)}
    assert told["nodeKind"].value.endswith("#IRI")
    assert told["defaultValue"] == NamedNode(f"{BASE}id/projet/terrinclus")
    assert {q.object for q in store.quads_for_pattern(node, NamedNode("http://www.w3.org/ns/shacl#name"), None)} == {
        Literal("Projet", language="fr"),
        Literal("Project", language="en"),
    }
    target = NamedNode("https://schema.org/target")
    here = NamedNode("https://kg.example.org/sparql")
    subjects = {q.subject for q in store.quads_for_pattern(None, target, None) if q.object == here}
    assert len(subjects) == len(all_questions())
    for subject in subjects:
        for term in (RDF["type"], RDFS["label"]):
            assert list(store.quads_for_pattern(subject, term, None))
        for quad in store.quads_for_pattern(subject, SH["prefixes"], None):
            assert len(list(store.quads_for_pattern(quad.object, SH["declare"], None))) == len(prefixes())
    leads = real.get("/questions/q03-debut-de-terrinclus", headers={"Accept": "text/turtle"})
    assert (leads.status_code, leads.headers["Location"][22:]) == (303, "/.well-known/sparql-examples?format=ttl")


@pytest.mark.parametrize("path", [*WELL_KNOWN, "/linkset"])
def test_browsers_are_shown_them_too(real: FlaskClient, path: str) -> None:
    assert real.get(path, headers={"Accept": "text/html"}).status_code == 200


def targets(client: FlaskClient, path: str, rel: str) -> list[str]:
    """Where the links of a relation lead that an answer has, without our own host."""
    header = client.get(path).headers["Link"]
    found = re.findall(rf'<([^>]*)>; rel="{re.escape(rel)}"', header)
    return [target.removeprefix("https://kg.example.org") for target in found]


def test_the_page_of_the_dataset_leads_to_all_of_it_and_back(real: FlaskClient) -> None:
    assert targets(real, "/fr/donnees", "cite-as") == [DATASET.value]
    assert len(targets(real, "/fr/donnees", "license")) == len(targets(real, "/fr/donnees", "author")) == 1
    for path in targets(real, "/fr/donnees", "describedby"):
        assert real.get(path).status_code == 200
    items = targets(real, "/fr/donnees", "item")
    assert items
    for item in items:
        assert targets(real, item, "collection") == ["/fr/donnees"]
        (description,) = targets(real, item, "describedby")
        assert real.get(description).status_code == 200
    assert len(real.get("/fr/donnees").headers["Link"]) < 3000


def test_the_link_set_has_what_the_headers_have_and_all_files(real: FlaskClient) -> None:
    (path,) = targets(real, "/fr/donnees", "linkset")
    answer = real.get(path)
    assert answer.mimetype == "application/linkset+json"
    plain = real.get(path, headers={"Accept": "application/linkset"})
    assert plain.mimetype == "application/linkset"
    links = sum(
        len(targets) for each in answer.get_json()["linkset"] for rel, targets in each.items() if rel != "anchor"
    )
    assert plain.text.count('; anchor="') == links
    contexts = {each["anchor"]: each for each in answer.get_json()["linkset"]}
    page = contexts["https://kg.example.org/fr/donnees"]
    listed = {link["href"].removeprefix("https://kg.example.org") for link in page["item"]}
    assert set(targets(real, "/fr/donnees", "item")) < listed
    manifest = real.get(targets(real, next(iter(listed)), "describedby")[0]).get_json()
    assert listed == {entry["address"].removeprefix("https://kg.example.org") for entry in manifest["files"]}
    for path in listed:
        assert contexts[f"https://kg.example.org{path}"]["collection"] == [
            {"href": "https://kg.example.org/fr/donnees", "type": "text/html"}
        ]


def test_a_thing_its_page_and_its_data_are_told_apart(real: FlaskClient) -> None:
    iri = f"{BASE}id/projet/terrinclus"
    assert targets(real, "/fr/projet/terrinclus", "cite-as") == [iri]
    assert targets(real, "/fr/projet/terrinclus", "type") == ["https://schema.org/AboutPage"]
    assert targets(real, "/data/projet/terrinclus.ttl", "describes") == [iri]
    assert targets(real, "/data/projet/terrinclus.ttl", VOID["inDataset"].value) == [DATASET.value]
    for path in ("/fr/projet/terrinclus", "/data/projet/terrinclus.ttl"):
        assert targets(real, path, "collection") == ["/fr/donnees"]
        assert len(targets(real, path, "license")) == 1


def test_llms_txt_is_a_title_a_summary_and_links_that_lead_somewhere(real: FlaskClient) -> None:
    answer = real.get("/llms.txt")
    assert answer.mimetype == "text/plain"
    lines = answer.text.splitlines()
    assert (lines[0], lines[2][:2]) == (f"# {about().title.en}", "> ")
    assert next(line for line in lines if line.startswith("## ")) == "## Where to begin"
    below = answer.text.partition("\n## ")[2].splitlines()
    assert [line for line in below[1:] if line and not line.startswith(("## ", "- ["))] == []
    assert "/reconcile/en" in answer.text
    links = re.findall(r"\]\((https://kg\.example\.org([^)]*))\)", answer.text)
    assert len(links) > 20
    for _, path in links[:20]:
        assert real.get(path).status_code in (200, 302), path
    assert all(question.title["en"] in answer.text for question in all_questions())
    assert about().licences[0] in answer.text


def test_pages_do_not_show_what_the_release_says_of_itself(real: FlaskClient) -> None:
    page = real.get("/fr/projet/terrinclus").text
    assert "exampleResource" not in page
    assert "defaultValue" not in page
