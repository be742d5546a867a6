"""SPARQL 1.1 Graph Store HTTP Protocol: what a client sees."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse, serialize

from terrinclus_kg.ingest.changes import changes_of
from terrinclus_kg.rdf.formats import RDF_FORMATS, Format
from terrinclus_kg.store.releases import verify
from tests.writes.clauses import clause
from tests.writing import GRAPH, TOKEN, UPDATE, Site, site

STORE = f"/graph-store?graph={GRAPH}"
TURTLE = "<http://e/s> <http://e/p> 1 ."
ONE = [["http://e/s", "http://e/p", "1"]]


def triples(answer: object, form: RdfFormat = RdfFormat.TURTLE) -> set[str]:
    return {f"{q.subject} {q.predicate} {q.object}" for q in parse(answer.data, format=form)}  # type: ignore[attr-defined]


# Reading


@clause("store 4.2 a", "store 5.2 a", "store 5.6 a")
def test_get_needs_no_token(here: Site) -> None:
    here.write("PUT", data=TURTLE)
    answer = here.client.get(STORE)
    assert (answer.status_code, answer.content_type) == (200, "text/turtle; charset=utf-8")
    assert triples(answer) == {'<http://e/s> <http://e/p> "1"^^<http://www.w3.org/2001/XMLSchema#integer>'}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    head = here.client.head(STORE)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", answer.headers["ETag"])


@pytest.mark.parametrize("form", RDF_FORMATS, ids=lambda form: form.slug)
@clause("store 5.2 a")
def test_all_formats_both_ways(here: Site, form: Format) -> None:
    quad = Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), NamedNode("http://e/o"))
    assert here.write("PUT", data=serialize([quad], format=form.rdf), content_type=form.media_type).status_code == 201
    answer = here.client.get(STORE, headers={"Accept": form.media_type})
    assert answer.content_type == form.content_type
    assert triples(answer, form.rdf) == {"<http://e/s> <http://e/p> <http://e/o>"}


@clause("store 4.2 b")
def test_the_default_graph_is_the_merge(here: Site) -> None:
    here.write("PUT", data=TURTLE)
    here.write("PUT", "/graph-store?graph=http://e/h", data=TURTLE)
    found = [
        line for line in here.client.get("/graph-store?default&format=nt").text.splitlines() if "<http://e/s>" in line
    ]
    assert len(found) == 1


@clause("store 4.1 a")
def test_direct_naming(here: Site) -> None:
    address = "/graph/essai/un"
    assert here.client.get(address).status_code == 404
    assert here.write("PUT", address, data=TURTLE).status_code == 201
    assert here.graph("https://w3id.org/terrinclus/graph/essai/un") == ONE
    assert triples(here.client.get(address))
    assert here.client.get(f"{address}?default").status_code == 400
    assert here.write("DELETE", address).status_code == 204
    assert here.client.get(address).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?default&graph=http://e/g",
        "?graph=http://e/g&graph=http://e/h",
        "?graph=g",
        "?graph=",
        "?graph=a b",
        "?graph=http://e/%E9",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
@clause("store 4.2 c")
def test_a_graph_is_named_once(here: Site, method: str, query: str) -> None:
    answer = here.write(method, f"/graph-store{query}", data=TURTLE if method == "PUT" else None)
    assert answer.status_code == 400


@clause("store 5.2 b", "store 5.4 b")
def test_an_unknown_graph(here: Site) -> None:
    assert here.client.get(STORE).status_code == here.client.head(STORE).status_code == 404
    assert here.write("DELETE").status_code == 404


@clause("store 5.2 c")
def test_a_format_that_there_is_not(here: Site) -> None:
    here.write("PUT", data=TURTLE)
    assert here.client.get(STORE, headers={"Accept": "image/png"}).status_code == 406


# Writing


@clause("store 5.3 a", "store 5.3 b", "http 15.3.2")
def test_put_replaces(here: Site) -> None:
    created = here.write("PUT", data=TURTLE)
    assert (created.status_code, created.headers["Terrinclus-Release"]) == (201, here.release.id)
    assert not {"Location", "Content-Type"} & set(created.headers.keys())
    replaced = here.write("PUT", data="<http://e/s> <http://e/q> 2 .")
    assert replaced.status_code == 204
    assert here.graph() == [["http://e/s", "http://e/q", "2"]]
    assert here.write("PUT", data="<http://e/s> <http://e/q> 2 .").status_code == 204
    assert [change.method for change in changes_of(here.release)] == ["PUT", "PUT"]  # the third changed nothing
    verify.verify(here.release)


@clause("store 5.5 a")
def test_post_adds(here: Site) -> None:
    assert here.write("POST", data=TURTLE).status_code == 201
    assert here.write("POST", data="<http://e/s> <http://e/q> 2 .").status_code == 204
    assert here.graph() == [*ONE, ["http://e/s", "http://e/q", "2"]]


@clause("store 5.5 b", "http 15.3.2")
def test_post_that_names_no_graph_makes_one(here: Site) -> None:
    answer = here.write("POST", "/graph-store", data=TURTLE)
    assert answer.status_code == 201
    made = answer.headers["Location"]
    assert here.graph(f"https://w3id.org/terrinclus{made}") == ONE
    assert here.client.get(made).status_code == 200
    assert here.write("POST", "/graph-store", data=TURTLE).headers["Location"] != made


@clause("store 5.4 a")
def test_delete(here: Site) -> None:
    here.write("PUT", data=TURTLE)
    assert here.write("DELETE").status_code == 204
    assert here.client.get(STORE).status_code == 404
    assert here.rows("SELECT ?p ?o { <http://e/s> ?p ?o }") == []
    assert here.rows(f"SELECT ?p {{ <{GRAPH}> ?p ?o }}") == []  # where the graph came from is told no longer


@clause("store 5.7 a", "store 5.7 b", "store 5.7 c", "patch 3.1")
def test_patch_knows_its_graph_alone(here: Site) -> None:
    here.write("PUT", data=TURTLE)
    here.write("PUT", "/graph-store?graph=http://e/h", data="<http://e/s> <http://e/p> 5 .")
    step = "DELETE { ?s ?p ?v } INSERT { ?s ?p ?n } WHERE { ?s ?p ?v BIND(?v + 1 AS ?n) }"
    assert here.write("PATCH", data=step, content_type=UPDATE).status_code == 204
    assert here.graph() == [["http://e/s", "http://e/p", "2"]]
    assert here.graph("http://e/h") == [["http://e/s", "http://e/p", "5"]]
    outside = "INSERT DATA { GRAPH <http://e/h> { <http://e/s> <http://e/p> 6 } }"
    assert here.write("PATCH", data=outside, content_type=UPDATE).status_code == 400
    wrong = here.write("PATCH", data=TURTLE, content_type="text/turtle")
    assert (wrong.status_code, wrong.headers["Accept-Patch"], wrong.headers["Accept"]) == (415, UPDATE, UPDATE)
    assert here.client.options(STORE).headers["Accept-Patch"] == UPDATE
    assert here.write("PATCH", data="INSERT DATA { <#a> <http://e/p> <> }", content_type=UPDATE).status_code == 204
    assert [f"{GRAPH}#a", "http://e/p", GRAPH] in here.graph()
    assert here.write("PATCH", data="INSERT DATA {", content_type=UPDATE).status_code == 400


def test_the_default_graph_as_a_target(here: Site) -> None:
    assert here.write("POST", "/graph-store?default", data=TURTLE).status_code == 204
    assert here.rows("SELECT ?o { <http://e/s> <http://e/p> ?o }") == [["1"]]
    step = "DELETE DATA { <http://e/s> <http://e/p> 1 }"
    assert here.write("PATCH", "/graph-store?default", data=step, content_type=UPDATE).status_code == 204
    assert here.rows("SELECT ?o { <http://e/s> <http://e/p> ?o }") == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_nothing_would_be_left(here: Site, method: str) -> None:
    """Legal by the protocol; but no release is without facts."""
    before = here.release.id
    answer = here.write(method, "/graph-store?default", data=TURTLE if method == "PUT" else None)
    assert answer.status_code in {422, 503}, answer.text
    assert here.release.id == before


@pytest.mark.parametrize("graph", ["publication", "infere", "chargement/x", "modification/x"])
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_graph_that_the_service_computes(here: Site, method: str, graph: str) -> None:
    answer = here.write(method, f"/graph/{graph}", data=TURTLE)
    assert (answer.status_code, answer.json["graph"]) == (403, f"https://w3id.org/terrinclus/graph/{graph}")


# Bodies


@clause("store 5.1 a")
def test_a_body_that_does_not_parse(here: Site) -> None:
    answer = here.write("PUT", data="<http://e/s> <http://e/p> 1 .\n<http://e/s> oops .")
    assert (answer.status_code, answer.json["line"]) == (400, 2)
    assert "tmp" not in answer.text


@pytest.mark.parametrize("target", [GRAPH, "http://e/other", "https://w3id.org/terrinclus/graph/source/journal"])
def test_a_body_that_names_graphs(here: Site, target: str) -> None:
    answer = here.write("PUT", data=f"<{target}> {{ {TURTLE} }}", content_type="application/trig")
    assert (answer.status_code == 400) is (target != GRAPH)


@clause("store 5.1 d")
def test_relative_iris_and_blank_nodes(here: Site) -> None:
    here.write("PUT", data="<#it> <http://e/p> [ <http://e/q> 1 ] .")
    rows = here.graph()
    assert rows[0][0] == f"{GRAPH}#it"
    assert rows[0][2] == rows[1][0]
    assert rows[1][0].startswith("https://w3id.org/terrinclus/.well-known/genid/")


def test_a_compressed_body(here: Site) -> None:
    coded = {"headers": {"Content-Encoding": "gzip"}}
    assert here.write("PUT", data=gzip.compress(TURTLE.encode()), **coded).status_code == 201
    assert here.graph() == ONE
    assert here.write("PUT", data=b"not gzip", **coded).status_code == 400
    assert here.write("PUT", data=TURTLE, headers={"Content-Encoding": "br"}).status_code == 415


def test_a_body_that_grows(folder: Path, tmp_path: Path) -> None:
    with site(folder, tmp_path, write_size=100_000) as here:
        bomb = gzip.compress(b"# nothing\n" * 3_200_000)
        answer = here.write("PUT", data=bomb, headers={"Content-Encoding": "gzip"})
        assert (answer.status_code, answer.json["limit"]) == (413, "write_size")
        long = f"@prefix e: <http://e/{'x' * 50_000}> . e:s e:p {', '.join(f'e:{n}' for n in range(400))} ."
        answer = here.write("PUT", data=long)
        assert (answer.status_code, answer.json["limit"]) == (413, "write_size")
        answer = here.write("PUT", data="#" * 100_001)
        assert (answer.status_code, answer.json["limit"]) == (413, "write_size")
        assert here.write("PUT", data=TURTLE + "#" * (100_000 - len(TURTLE))).status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "x"])
@clause("store 5.1 c")
def test_a_body_of_another_type(here: Site, kind: str) -> None:
    answer = here.write("PUT", data=TURTLE, content_type=kind)
    assert answer.status_code == 415
    assert "text/turtle" in answer.headers["Accept"].split(", ")


@clause("store 5 a")
def test_a_body_without_a_type(here: Site) -> None:
    xml = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">
      <rdf:Description rdf:about="http://e/s"><e:p>é</e:p></rdf:Description></rdf:RDF>"""
    assert here.write("PUT", data=xml.encode(), content_type="").status_code == 201
    assert here.graph() == [["http://e/s", "http://e/p", "é"]]
    wrong = here.write("PUT", data=TURTLE, content_type="")
    assert (wrong.status_code, "without Content-Type" in wrong.json["detail"], wrong.json["line"]) == (400, True, 1)


@pytest.mark.parametrize("form", RDF_FORMATS, ids=lambda form: form.slug)
def test_a_byte_order_mark_is_no_part_of_a_body(here: Site, form: Format) -> None:
    quad = Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), NamedNode("http://e/o"))
    body = b"\xef\xbb\xbf" + serialize([quad], format=form.rdf)
    assert here.write("PUT", data=body, content_type=form.media_type).status_code == 201
    assert here.graph() == [["http://e/s", "http://e/p", "http://e/o"]]


@clause("store 5.5 a", "store 5.5 c")
def test_a_form_of_several_files(here: Site) -> None:
    xml = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">
      <rdf:Description rdf:about="http://e/t"><e:q rdf:nodeID="x"/></rdf:Description></rdf:RDF>"""
    parts = [
        (io.BytesIO(b"<http://e/s> <http://e/p> _:x ."), "a.ttl", "text/turtle"),
        (io.BytesIO(xml.encode()), "b.rdf", "application/rdf+xml"),
    ]
    assert here.write("POST", data={"graph": parts}, content_type="multipart/form-data").status_code == 201
    first, second = here.graph()
    assert (first[:2], second[:2]) == (["http://e/s", "http://e/p"], ["http://e/t", "http://e/q"])
    assert first[2] != second[2]  # blank nodes of two files are two
    for wrong in ({"graph": TURTLE}, {}):
        assert here.write("POST", data=wrong, content_type="multipart/form-data").status_code == 400
    png = {"graph": [(io.BytesIO(b"x"), "a.png", "image/png")]}
    assert here.write("POST", data=png, content_type="multipart/form-data").status_code == 415


# Two editors


@clause("http 13.1.1")
def test_an_editor_who_comes_late(here: Site) -> None:
    here.write("PUT", data=TURTLE)
    read = here.client.get(STORE).headers["ETag"]
    assert not read.startswith("W/")
    assert here.write("PUT", data="<http://e/s> <http://e/p> 2 .", headers={"If-Match": read}).status_code == 204
    late = here.write("PUT", data="<http://e/s> <http://e/p> 3 .", headers={"If-Match": read})
    assert late.status_code == 412
    assert late.json["type"].endswith("/precondition-failed")
    assert here.graph() == [["http://e/s", "http://e/p", "2"]]


def test_other_graphs_do_not_disturb(here: Site) -> None:
    here.write("PUT", data=TURTLE)
    jsonld = here.client.get(STORE, headers={"Accept": "application/ld+json"}).headers["ETag"]
    here.write("PUT", "/graph-store?graph=http://e/h", data=TURTLE)
    assert here.client.get(STORE, headers={"Accept": "application/ld+json", "If-None-Match": jsonld}).status_code == 304
    coded = jsonld[:-1] + '-gzip"'  # as a coding on the way tells its own
    assert here.write("DELETE", headers={"If-Match": f'"other", {coded}'}).status_code == 204


@clause("http 13.1.1", "http 13.1.2")
def test_whether_there_is_one(here: Site) -> None:
    assert here.write("PUT", data=TURTLE, headers={"If-Match": "*"}).status_code == 412
    assert here.write("PUT", data=TURTLE, headers={"If-None-Match": "*"}).status_code == 201
    assert here.write("PUT", data="", headers={"If-None-Match": "*"}).status_code == 412
    assert here.write("PUT", data="", headers={"If-Match": "*"}).status_code == 204
    assert here.graph() == []


# Strangers


@pytest.mark.parametrize("path", ["/update", STORE, "/graph/x", "/changes/x/undo"])
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
@clause("store 5.1 b", "http 15.5.2")
def test_no_write_without_a_token(here: Site, path: str, method: str) -> None:
    before = here.release.id
    for headers in ({}, {"Authorization": "Bearer wrong-wrong-wrong-wrong"}, {"Authorization": "Basic YTpi"}):
        answer = here.client.open(path, method=method, data=TURTLE, content_type="text/turtle", headers=headers)
        if answer.status_code != 405:
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="terrinclus"'
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert here.release.id == before


def test_browsers_of_other_sites_write_nothing(here: Site) -> None:
    for path in ("/update", STORE, "/graph/x", "/changes/x/undo"):
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}
        answer = here.client.options(path, headers=asked)
        assert set(answer.headers["Access-Control-Allow-Methods"].split(", ")) <= {"GET", "HEAD", "OPTIONS"}
        assert "authorization" not in answer.headers["Access-Control-Allow-Headers"].lower()


@clause("store 5.1 b")
def test_writes_are_off_without_a_token(folder: Path, tmp_path: Path) -> None:
    with site(folder, tmp_path, token="") as closed:
        for headers in ({}, TOKEN):
            answer = closed.client.put(STORE, data=TURTLE, content_type="text/turtle", headers=headers)
            assert (answer.status_code, answer.json["type"].rpartition("/")[2]) == (403, "feature-refused")
