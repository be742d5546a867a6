"""SPARQL 1.1 Protocol §2.2, the update operation: what a client sees over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from terrinclus_kg.config import MIB
from terrinclus_kg.ingest.changes import changes_of
from terrinclus_kg.store.releases import verify
from tests.small_store import until
from tests.writes.clauses import clause
from tests.writing import GRAPH, SECRET, TOKEN, UPDATE, Site, site

FORM = "application/x-www-form-urlencoded"
INSERT = f"INSERT DATA {{ GRAPH <{GRAPH}> {{ <http://e/s> <http://e/p> 1 }} }}"
FORM = "application/x-www-form-urlencoded"
ONE = [["http://e/s", "http://e/p", "1"]]


@clause("update 2.2.4 a")
def test_a_write_is_a_release(here: Site) -> None:
    before = here.release.id
    answer = here.update(INSERT)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Terrinclus-Release"] == here.release.id != before
    assert here.graph() == ONE  # read your writes
    (change,) = changes_of(here.release)
    assert answer.headers["Location"] == f"/changes/{change.key}"
    assert (change.agent, change.on, change.added, change.removed) == ("anna", before, 1, 0)
    verify.verify(here.release)


def test_what_a_release_says_of_itself_is_counted_anew(here: Site) -> None:
    told = "PREFIX void: <http://rdfs.org/ns/void#> SELECT ?n { ?part void:class <http://e/C> ; void:entities ?n }"
    whole = "SELECT ?n { ?dataset <http://rdfs.org/ns/void#uriSpace> ?space ; <http://rdfs.org/ns/void#triples> ?n }"
    (before,) = here.rows(whole)
    here.update(f"INSERT DATA {{ GRAPH <{GRAPH}> {{ <http://e/a> a <http://e/C> . <http://e/b> a <http://e/C> }} }}")
    assert here.rows(told) == [["2"]]
    (after,) = here.rows(whole)
    assert int(after[0]) == here.release.manifest["triples"] > int(before[0]) + 1
    here.update(f"DELETE DATA {{ GRAPH <{GRAPH}> {{ <http://e/a> a <http://e/C> }} }}")
    assert here.rows(told) == [["1"]]  # what was said before is gone


def test_what_changes_nothing_publishes_nothing(here: Site) -> None:
    before = here.release.id
    for text in ("", "DELETE DATA { <http://e/never> <http://e/was> 1 }", "INSERT { ?s ?p ?o } WHERE { ?s ?p ?o }"):
        answer = here.update(text)
        assert (answer.status_code, answer.headers["Terrinclus-Release"]) == (204, before)
        assert "Location" not in answer.headers
    assert here.release.id == before


@clause("update 2.2.1 a")
def test_a_form(here: Site) -> None:
    assert here.client.post("/update", data={"update": INSERT, "unknown": "1"}, headers=TOKEN).status_code == 204
    assert here.graph() == ONE


@pytest.mark.parametrize("kind", [UPDATE, f"{UPDATE}; charset=UTF-8", f"{UPDATE.upper()};charset=utf-8"])
@clause("update 2.2.2 a")
def test_the_body_is_the_update(here: Site, kind: str) -> None:
    text = INSERT.replace("1 }", '"é" }')
    assert here.client.post("/update", data=text.encode(), content_type=kind, headers=TOKEN).status_code == 204
    assert here.graph() == [["http://e/s", "http://e/p", "é"]]


@pytest.mark.parametrize(
    ("data", "kind", "query", "status"),
    [
        (b"", FORM, "", 400),
        (b"update=CLEAR+ALL&update=CLEAR+ALL", FORM, "", 400),
        (b"query=ASK{}", FORM, "", 400),
        (b"update=CLEAR+ALL&query=ASK{}", FORM, "", 400),
        (b"ASK {}", UPDATE, "", 400),
        (b"DELETE DATA {", UPDATE, "", 400),
        (b"\xff\xfe", UPDATE, "", 400),
        (b"CLEAR DEFAULT", UPDATE, "?update=CLEAR+ALL", 400),
        (b"CLEAR DEFAULT", UPDATE, "?using-graph-uri=http://e/%E9", 400),
        (b"update=CLEAR+DEFAULT", FORM, "?update=CLEAR+ALL", 400),
        (b"update=CLEAR+DEFAULT", FORM, "?query=ASK{}", 400),
        (b"update=CLEAR+DEFAULT", f"{FORM};charset=latin1", "", 415),
        (b"update=INSERT+DATA+{+<a:b>+<a:b>+'%E9'+}", FORM, "", 400),
        (b"", FORM, "?update=CLEAR+ALL", 400),
        (b"CLEAR DEFAULT", UPDATE, "?query=ASK{}", 400),
        (b"CLEAR DEFAULT", f"{UPDATE};charset=latin1", "", 415),
        (b"CLEAR DEFAULT", "application/sparql-query", "", 415),
        (b"CLEAR DEFAULT", "text/plain", "", 415),
    ],
)
@clause("update 2.2 b", "update 2.2.2 c", "update 2.2.5 a", "update 2.2.5 c")
def test_what_is_no_update_request(here: Site, data: bytes, kind: str, query: str, status: int) -> None:
    before = here.release.id
    answer = here.client.post(f"/update{query}", data=data, content_type=kind, headers=TOKEN)
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert here.release.id == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "QUERY"])
@clause("update 2.2 a", "http 15.5.6")
def test_other_methods(here: Site, method: str) -> None:
    answer = here.client.open("/update?update=CLEAR+ALL", method=method, headers=TOKEN)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


def test_a_syntax_error_has_its_place(here: Site) -> None:
    answer = here.update("INSERT DATA {\n <http://e/s> foaf:name 1 }")
    assert (answer.status_code, answer.json["line"]) == (400, 2)


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <http://127.0.0.1:9/x>",
        "LOAD SILENT <file:///etc/passwd> INTO GRAPH <http://e/g>",
        "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    ],
)
@clause("update 4 a")
def test_no_update_reaches_outside(here: Site, text: str) -> None:
    answer = here.update(text)
    assert answer.status_code == 403
    assert "refused in updates" in answer.json["detail"]


# The dataset (§2.2.3)

FILL = f"""INSERT DATA {{
  GRAPH <{GRAPH}> {{ <http://e/a> <http://e/p> 1 }}
  GRAPH <http://e/h> {{ <http://e/b> <http://e/p> 2 }} }}"""
COPY = "INSERT { GRAPH <http://e/out> { ?s ?p ?o } } WHERE { ?s ?p ?o }"


@clause("update 2.2.3 a", "update 2.2.2 b")
def test_using_graph_uri(here: Site) -> None:
    here.update(FILL)
    assert here.update(COPY, query_string={"using-graph-uri": [GRAPH, "http://e/h"]}).status_code == 204
    assert [row[0] for row in here.graph("http://e/out")] == ["http://e/a", "http://e/b"]


@clause("update 2.2.3 b", "update 2.2.1 b")
def test_using_named_graph_uri(here: Site) -> None:
    here.update(FILL)
    text = COPY.replace("WHERE { ?s ?p ?o }", "WHERE { GRAPH ?g { ?s ?p ?o } }")
    data = {"update": text, "using-named-graph-uri": "http://e/h"}
    assert here.client.post("/update", data=data, headers=TOKEN).status_code == 204
    assert [row[0] for row in here.graph("http://e/out")] == ["http://e/b"]


def test_a_dataset_beside_a_form(here: Site) -> None:
    """Clients that put it into the URL must not change more than they mean to."""
    here.update(FILL)
    data = {"update": "DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }"}
    answer = here.client.post("/update?using-named-graph-uri=http://e/h", data=data, headers=TOKEN)
    assert answer.status_code == 204, answer.text
    assert [row[0] for row in here.graph()] == ["http://e/a"]
    assert here.graph("http://e/h") == []


@clause("update 2.2 c", "update 2.2.3 a", "update 2.2.3 b")
def test_using_in_each_operation(here: Site) -> None:
    """A sequence of operations, the short form and a WHERE in a string and in a comment among them."""
    here.update(FILL)
    text = f"""
      DELETE WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }} ; # WHERE {{
      INSERT {{ GRAPH <http://e/out> {{ ?s <http://e/q> "WHERE {{ USING" }} }} WHERE {{ ?s ?p ?o }} ;
      INSERT DATA {{ GRAPH <http://e/out> {{ <http://e/c> <http://e/p> 3 }} }}"""
    answer = here.update(text, query_string={"using-graph-uri": "http://e/h", "using-named-graph-uri": GRAPH})
    assert answer.status_code == 204, answer.text
    assert here.graph() == []
    assert [row[0] for row in here.graph("http://e/out")] == ["http://e/b", "http://e/c"]


@pytest.mark.parametrize(
    "text",
    [
        "WITH <http://e/h> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "DELETE { ?s ?p ?o } USING <http://e/h> WHERE { ?s ?p ?o }",
        "INSERT { ?s ?p ?o } using named <http://e/h> WHERE { ?s ?p ?o }",
    ],
)
@pytest.mark.parametrize("parameter", ["using-graph-uri", "using-named-graph-uri"])
@clause("update 2.2.3 c")
def test_a_dataset_said_twice(here: Site, text: str, parameter: str) -> None:
    answer = here.update(text, query_string={parameter: GRAPH})
    assert answer.status_code == 400
    assert parameter in answer.json["detail"]


def test_a_dataset_of_no_iris(here: Site) -> None:
    assert here.update(COPY, query_string={"using-graph-uri": "not an IRI"}).status_code == 400


@clause("update 2.3 a")
def test_relative_iris(here: Site) -> None:
    here.update(f"INSERT DATA {{ GRAPH <{GRAPH}> {{ <id/a> <http://e/p> <> }} }}")
    here.update(f"BASE <http://e/b/> INSERT DATA {{ GRAPH <{GRAPH}> {{ <c> <http://e/p> <> }} }}")
    assert here.graph() == [
        ["http://e/b/c", "http://e/p", "http://e/b/"],
        ["https://w3id.org/terrinclus/id/a", "http://e/p", "https://w3id.org/terrinclus/sparql"],
    ]


def test_a_byte_order_mark_is_no_part_of_an_update(here: Site) -> None:
    assert here.update(f"\ufeff{INSERT}").status_code == 204
    data = {"update": f"\ufeffDELETE WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"}
    assert here.client.post("/update", data=data, headers=TOKEN).status_code == 204
    assert here.graph() == []


# What may be written, and how much


def test_a_graph_that_the_service_computes(here: Site) -> None:
    for graph in ("publication", "infere", "chargement/x", "modification/x"):
        iri = f"https://w3id.org/terrinclus/graph/{graph}"
        answer = here.update(f"INSERT DATA {{ GRAPH <{iri}> {{ <http://e/s> <http://e/p> 1 }} }}")
        assert (answer.status_code, answer.json["graph"]) == (403, iri)
    assert here.update("CLEAR ALL").status_code == 403


@pytest.mark.parametrize("value", ['"\\u0007"', "<<( <http://e/a> <http://e/b> <http://e/c> )>>", '"x"@ar--rtl'])
def test_what_not_every_format_can_carry(here: Site, value: str) -> None:
    answer = here.update(f"INSERT DATA {{ <http://e/s> <http://e/p> {value} }}")
    assert answer.status_code == 400
    assert here.graph() == []


def test_blank_nodes_become_iris(here: Site) -> None:
    here.update(f"INSERT DATA {{ GRAPH <{GRAPH}> {{ _:x <http://e/p> _:y . _:y <http://e/q> [] }} }}")
    (first, second) = here.graph()
    assert {first[0], second[0]} & {first[2], second[2]}
    assert all(row[0].startswith("https://w3id.org/terrinclus/.well-known/genid/") for row in (first, second))


@clause("http 15.5.14")
def test_the_size_of_an_update(folder: Path, tmp_path: Path) -> None:
    with site(folder, tmp_path, write_size=2000, write_statements=10) as small_one:
        text = INSERT + "#" * (2000 - len(INSERT))
        assert small_one.update(text).status_code == 204
        for answer in (
            small_one.update(text + "#"),
            small_one.client.post("/update", data={"update": text + "#"}, headers=TOKEN),
            small_one.client.post("/update", data={"update": text + "#" * 50_000}, headers=TOKEN),
        ):
            assert (answer.status_code, answer.json["limit"], answer.json["value"]) == (413, "write_size", 2000)
        many = " ".join(f"<http://e/{n}> <http://e/p> {n} ." for n in range(11))
        answer = small_one.update(f"INSERT DATA {{ {many} }}")
        assert (answer.status_code, answer.json["limit"]) == (413, "write_statements")


def test_statements_that_grow(folder: Path, tmp_path: Path) -> None:
    """A short text may write much: the bytes of what it changes are bounded too, by 16 times write_size."""
    digits = " ".join(f"VALUES ?{name} {{ 0 1 2 3 4 5 6 7 8 9 }}" for name in "abcd")
    text = f"""INSERT {{ GRAPH <{GRAPH}> {{ <http://e/s> <http://e/p> ?long }} }}
      WHERE {{ {digits} BIND(CONCAT("{"x" * 1750}", STR(?a), STR(?b), STR(?c), STR(?d)) AS ?long) }}"""
    with site(folder, tmp_path, write_size=2200) as small_one:
        answer = small_one.update(text)
        assert (answer.status_code, answer.json["limit"], answer.json["value"]) == (413, "write_size", 16 * MIB)
        assert small_one.graph() == []


ENDLESS = """INSERT { <http://e/s> <http://e/p> ?n }
  WHERE { SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } }"""


def test_the_time_of_an_update(folder: Path, tmp_path: Path) -> None:
    with site(folder, tmp_path, write_deadline=10.0) as hasty:
        answer = hasty.update(ENDLESS)
        assert (answer.status_code, answer.json["limit"]) == (503, "write_deadline")
        assert hasty.update(INSERT).status_code == 204  # the next one has its turn


# The default graph is the merge of all graphs


def test_what_goes_into_the_default_graph(here: Site) -> None:
    assert here.update("INSERT DATA { <http://e/s> <http://e/p> 1 }").status_code == 204
    (graph,) = here.rows("SELECT ?g { GRAPH ?g { <http://e/s> ?p ?o } }")
    (change,) = changes_of(here.release)
    assert graph == [f"https://w3id.org/terrinclus/graph/ajout/{change.key}"]
    assert here.rows("SELECT ?o { <http://e/s> <http://e/p> ?o }") == [["1"]]


def test_what_goes_out_of_the_default_graph(here: Site) -> None:
    triple = "<http://e/s> <http://e/p> 1"
    here.update(f"INSERT DATA {{ GRAPH <{GRAPH}> {{ {triple} }} GRAPH <http://e/h> {{ {triple} }} }}")
    here.update(f"DELETE DATA {{ GRAPH <{GRAPH}> {{ {triple} }} }}")
    assert here.rows("SELECT ?o { <http://e/s> <http://e/p> ?o }") == [["1"]]  # the other graph still says it
    here.update(f"INSERT DATA {{ GRAPH <{GRAPH}> {{ {triple} }} }}")
    here.update(f"DELETE DATA {{ {triple} }}")
    assert here.graph() == here.graph("http://e/h") == here.rows("SELECT ?o { <http://e/s> <http://e/p> ?o }") == []
    verify.verify(here.release)


def test_moved_from_the_default_graph(here: Site) -> None:
    here.update("INSERT DATA { <http://e/s> <http://e/p> 1 }")
    pattern = "?s <http://e/p> ?o"
    here.update(f"DELETE {{ {pattern} }} INSERT {{ GRAPH <{GRAPH}> {{ {pattern} }} }} WHERE {{ {pattern} }}")
    assert here.graph() == ONE
    assert here.rows("SELECT ?g { GRAPH ?g { <http://e/s> <http://e/p> ?o } }") == [[GRAPH]]


# Writers in a row


def test_no_update_is_lost(here: Site) -> None:
    here.update("INSERT DATA { GRAPH <http://e/graph> { <http://e/s> <http://e/p> 0 } }")
    step = f"WITH <{GRAPH}> DELETE {{ ?s ?p ?v }} INSERT {{ ?s ?p ?n }} WHERE {{ ?s ?p ?v BIND(?v + 1 AS ?n) }}"

    def add(_: int) -> int:
        return int(Site(here.settings, here.client.application.test_client()).update(step).status_code)

    with ThreadPoolExecutor(16) as clients:
        assert list(clients.map(add, range(16))) == [204] * 16
    assert here.graph() == [["http://e/s", "http://e/p", "16"]]
    assert len(changes_of(here.release)) == 17


@clause("http 10.2.3")
def test_one_that_waits_too_long(folder: Path, tmp_path: Path) -> None:
    with site(folder, tmp_path, write_wait=0.0, write_deadline=20.0) as hasty, ThreadPoolExecutor(1) as others:
        first = others.submit(hasty.update, ENDLESS)
        until(lambda: b"update by anna" in (hasty.settings.home / "writer.lock").read_bytes())
        second = Site(hasty.settings, hasty.client.application.test_client()).update(INSERT)
        assert second.status_code == 503
        assert second.json["type"].endswith("/writer-busy")
        assert int(second.headers["Retry-After"]) >= 1
        assert first.result().status_code == 503


@clause("update 2.2.5 b")
def test_a_graph_that_fails_the_checks(here: Site, folder: Path) -> None:
    check = folder / "queries" / "checks" / "forbidden.rq"
    check.write_text('#: [title]\n#: fr = "Interdit"\n#: en = "Forbidden"\nSELECT ?s { ?s <http://e/forbidden> ?o }\n')
    try:
        before = here.release.id
        answer = here.update("INSERT DATA { GRAPH <http://e/graph> { <http://e/s> <http://e/forbidden> 1 } }")
        assert (answer.status_code, here.release.id) == (422, before)
        assert "Forbidden" in answer.json["report"]
        assert here.graph() == []
        assert not list((here.settings.home / "changes").glob("*"))
    finally:
        check.unlink()


def test_the_secret_is_not_in_what_is_kept(here: Site) -> None:
    here.update(INSERT)
    assert SECRET not in repr(here.settings)
    for file in here.settings.home.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes()


def test_credentials_of_a_remote_engine_do_not_hinder_writes(folder: Path, tmp_path: Path) -> None:
    settings = {"remote_query": "http://127.0.0.1:9/query", "remote_user": "anna", "remote_password": "secret"}
    with site(folder, tmp_path, **settings) as publisher:  # one who serves here, and publishes to an engine elsewhere
        assert publisher.update(INSERT).status_code == 204


@pytest.mark.parametrize(
    ("kind", "data", "status"),
    [
        (FORM, b"update=INSERT+DATA+{+<http://e/s>+<http://e/p>+'%E9'+}", 400),
        (FORM, b"update=INSERT+DATA+{}&using-graph-uri=http://e/%E9", 400),
        (f"{FORM}; charset=iso-8859-1", b"update=INSERT+DATA+{+<http://e/s>+<http://e/p>+'e'+}", 415),
    ],
)
def test_a_form_that_is_not_utf8_is_refused(here: Site, kind: str, data: bytes, status: int) -> None:
    before = here.release.id
    answer = here.client.post("/update", data=data, content_type=kind, headers=TOKEN)
    assert (answer.status_code, here.release.id) == (status, before), answer.text
