"""Identifiers lead to what can be sent; documents say the same in six formats."""

from __future__ import annotations

from importlib import import_module

import pytest
from flask.testing import FlaskClient
from pyoxigraph import CanonicalizationAlgorithm, Dataset, DefaultGraph, Quad, parse
from rdflib import Graph
from rdflib.compare import isomorphic

from terrinclus_kg.rdf.formats import BY_SUFFIX
from terrinclus_kg.rdf.namespaces import BASE

THINGS = ["projet/essai", "acteur/hostile", "fait/T01", "source/journal", "concept/role/porteur", "odd/10"]


@pytest.mark.parametrize(
    ("accept", "language", "location"),
    [
        (None, None, "/fr/projet/essai"),
        ("*/*", "en", "/en/projet/essai"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "en-US,en;q=0.5", "/en/projet/essai"),
        ("text/turtle", "en", "/data/projet/essai.ttl"),
        ("application/ld+json", None, "/data/projet/essai.jsonld"),
        ("application/rdf+xml", None, "/data/projet/essai.rdf"),
        ("application/n-triples", None, "/data/projet/essai.nt"),
        ("application/trig", None, "/data/projet/essai.trig"),
        ("application/n-quads", None, "/data/projet/essai.nq"),
        ("text/turtle;q=0.4, application/rdf+xml;q=0.6", None, "/data/projet/essai.rdf"),
    ],
)
def test_identity(client: FlaskClient, accept: str | None, language: str | None, location: str) -> None:
    headers = {k: v for k, v in (("Accept", accept), ("Accept-Language", language)) if v}
    answer = client.get("/id/projet/essai", headers=headers)
    assert answer.status_code == 303
    assert answer.headers["Location"] == location
    assert answer.headers["Vary"] == "Accept, Accept-Language"
    assert client.get(location, headers=headers).status_code == 200


def test_identity_of_other_bases(client: FlaskClient) -> None:
    rdf = {"Accept": "text/turtle"}
    assert client.get("/concept/role/porteur", headers=rdf).headers["Location"] == "/data/concept/role/porteur.ttl"
    assert client.get("/id/odd/10", headers=rdf).headers["Location"] == "/data/odd/10.ttl"


def test_a_suffix_wins_over_format_wins_over_accept(client: FlaskClient) -> None:
    accept = {"Accept": "application/rdf+xml"}
    assert client.get("/data/projet/essai", headers=accept).mimetype == "application/rdf+xml"
    assert client.get("/data/projet/essai?format=trig", headers=accept).mimetype == "application/trig"
    assert client.get("/data/projet/essai.ttl?format=trig", headers=accept).mimetype == "text/turtle"
    assert client.get("/data/projet/essai", headers=accept).headers["Content-Location"] == "/data/projet/essai.rdf"


@pytest.mark.parametrize("path", ["/id/projet/essai", "/data/projet/essai", "/ns"])
def test_not_acceptable_lists_what_there_is(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert "text/turtle" in answer.get_json()["variants"]
    assert answer.headers["Vary"] == "Accept, Accept-Language"


@pytest.mark.parametrize(
    "path",
    [
        "projet/nothing",
        "nokind/essai",
        "projet/",
        "projet",
        "projet/a b",
        "projet/é",
        "concept/role/x",
        "projet/essai.doc",
    ],
)
def test_unknown_things(client: FlaskClient, path: str) -> None:
    assert client.get(f"/id/{path}").status_code == 404
    assert client.get(f"/data/{path}").status_code == 404
    assert client.get(f"/data/{path}.ttl").status_code == 404


def test_withdrawn_things(client: FlaskClient) -> None:
    for path in ("/id/acteur/retire", "/fr/acteur/retire", "/data/acteur/retire.ttl"):
        answer = client.get(path, headers={"Accept": "application/json, */*;q=0.5"})
        assert answer.status_code == 410
    assert client.get("/id/acteur/retire").get_json()["successor"] == BASE + "id/acteur/equipe"


def document(client: FlaskClient, thing: str, suffix: str) -> set[Quad]:
    answer = client.get(f"/data/{thing}.{suffix}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == BY_SUFFIX[suffix].content_type
    assert answer.headers["Content-Disposition"].endswith(f'.{suffix}"')
    return set(parse(answer.data, format=BY_SUFFIX[suffix].rdf))


@pytest.mark.parametrize("thing", THINGS)
def test_formats_for_graphs_say_the_same(client: FlaskClient, thing: str) -> None:
    turtle, *others = (document(client, thing, suffix) for suffix in ("ttl", "jsonld", "rdf", "nt"))
    assert turtle
    for other in others:
        assert other == turtle


@pytest.mark.parametrize("thing", THINGS)
def test_formats_for_datasets_keep_the_facts_and_describe_them(client: FlaskClient, thing: str) -> None:
    trig, quads = document(client, thing, "trig"), document(client, thing, "nq")
    assert trig == quads
    assert all(quad.graph_name != DefaultGraph() for quad in trig)
    plain = {quad.triple for quad in document(client, thing, "nt")}
    assert plain <= {quad.triple for quad in trig}


def test_the_dataset_says_who_says_it(client: FlaskClient) -> None:
    quads = document(client, "projet/essai", "trig")
    graphs = {quad.graph_name.value for quad in quads}
    assert {BASE + "id/fait/T01", BASE + "id/fait/T03"} <= graphs
    assert {"locator", "source"} <= {q.predicate.value.rpartition("/")[2].rpartition("#")[2] for q in quads}


def test_a_second_library_reads_the_same(client: FlaskClient) -> None:
    turtle = Graph().parse(data=client.get("/data/projet/essai.ttl").data, format="turtle")
    xml = Graph().parse(data=client.get("/data/projet/essai.rdf").data, format="xml")
    assert isomorphic(turtle, xml)
    first, second = (Dataset(document(client, "projet/essai", s)) for s in ("trig", "nq"))
    for dataset in (first, second):
        dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    assert first == second


def test_a_document_holds_nodes_labels_and_incoming_links(client: FlaskClient) -> None:
    text = client.get("/data/projet/essai.nt").text
    assert "participation/essai-equipe> <http://data.europa.eu/m8g/role>" in text
    assert '"porteur"@fr' in text  # what a node names is two steps away: its label is there, and no more of it
    assert "role/porteur> <http://www.w3.org/2004/02/skos/core#inScheme>" not in text
    assert "evenement/e07> <http://purl.org/dc/terms/subject>" in text
    assert "statut" not in text


@pytest.mark.parametrize("suffix", list(BY_SUFFIX))
@pytest.mark.parametrize(
    ("bound", "value"), [("LINKS_LIMIT", 60), ("NODES_LIMIT", 2), ("DOCUMENT_LIMIT", 20), ("DATASET_LIMIT", 20)]
)
def test_a_document_that_is_cut_says_so(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, suffix: str, bound: str, value: int
) -> None:
    whole = document(client, "projet/essai", suffix)
    monkeypatch.setattr(import_module("terrinclus_kg.resource.document"), bound, value)
    found = {quad.triple for quad in document(client, "projet/essai", suffix)} - {quad.triple for quad in whole}
    other = {"DOCUMENT_LIMIT": ("trig", "nq"), "DATASET_LIMIT": ("ttl", "jsonld", "rdf", "nt")}
    if suffix in other.get(bound, ()):
        assert found == set()
        return
    assert {(t.subject.value, t.predicate.value) for t in found} == {
        (f"{BASE}data/projet/essai", "http://www.w3.org/2000/01/rdf-schema#comment")
    }
    assert {t.object.language for t in found} == {"fr", "en"}


def test_a_document_just_within_its_bound_is_whole(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = len(document(client, "acteur/editeur", "nt"))
    for value, comments in ((rows + 1, 0), (rows, 2)):
        monkeypatch.setattr(import_module("terrinclus_kg.resource.document"), "DOCUMENT_LIMIT", value)
        assert client.get("/data/acteur/editeur.nt").text.count("is incomplete") == comments / 2


def test_ontology(client: FlaskClient) -> None:
    turtle = set(parse(client.get("/ns.ttl").data, format=BY_SUFFIX["ttl"].rdf))
    assert len(turtle) == 16
    for suffix in ("jsonld", "rdf", "nt", "trig", "nq"):
        found = parse(client.get(f"/ns.{suffix}").data, format=BY_SUFFIX[suffix].rdf)
        assert {quad.triple for quad in found} == {quad.triple for quad in turtle}
    assert client.get("/ns", headers={"Accept": "text/turtle"}).data == client.get("/ns.ttl").data
    assert client.get("/ns/1.0.0", headers={"Accept": "text/turtle"}).data == client.get("/ns.ttl").data
    assert client.get("/ns/9.9.9").status_code == 404
    for language, word in (("fr", "projet de coopération"), ("en", "cooperation project")):
        page = client.get(f"/ns?lang={language}").text
        assert f'<html lang="{language}">' in page
        assert word in page
        assert 'id="CooperationProject"' in page


def test_shapes_are_turtle(client: FlaskClient) -> None:
    answer = client.get("/shapes")
    assert answer.mimetype == "text/turtle"
    assert len(list(parse(answer.data, format=BY_SUFFIX["ttl"].rdf))) > 50
