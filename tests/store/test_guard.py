"""The guard: what it sees, what it refuses, and that it never falls over."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import (
    BadRequest,
    FeatureRefused,
    MethodNotAllowed,
    QuerySyntaxError,
    QueryTooDeep,
    QueryTooLarge,
    TerrinclusError,
)
from terrinclus_kg.store.queries.guard import screen, screen_update
from terrinclus_kg.store.queries.tokens import runs, tokens

SETTINGS = Settings()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * {}", "SELECT"),
        ("ask{}", "ASK"),
        ("# SELECT\nCONSTRUCT { } WHERE { }", "CONSTRUCT"),
        ("DESCRIBE<http://example.org/>", "DESCRIBE"),
        ('VERSION "1.2" BASE <http://e/> PREFIX select: <x#y> PREFIX : <z> Select(1 AS ?x){}', "SELECT"),
    ],
)
def test_it_tells_the_form(text: str, form: str) -> None:
    assert screen(text, SETTINGS).form == form


@pytest.mark.parametrize(
    "text",
    [
        "ASK { SERVICE <http://e/> {} }",
        "ASK{service<http://e/>{}}",
        "ASK { SeRvIcE SILENT <http://e/> {} }",
        "ASK{SERVICESILENT<http://e/>{}}",
        "ASK { SERVICE#comment\n<http://e/> {} }",
        "PREFIX : <http://e/> ASK{SERVICE:x{}}",
        "PREFIX : <http://e/> ASK{?s ?p 1SERVICE:x{}}",
        "ASK{?s ?p trueSERVICE<http://e/>{}}",
        "ASK { FILTER EXISTS { SERVICE ?x {} } }",
        "BASE <http://e/> ASK { SERVICE <> {} }",
        "ASK { GRAPH service:x {} }",
        "ASK { \\u0053ERVICE <http://e/> {} }",
        "ASK { \\U00000053ERVICE <http://e/> {} }",
        # codepoint escapes that make a long string around the keyword, if one decodes them
        'ASK { ?s ?p "\\u0022" SERVICE <http://e/> {} FILTER("\\u0022") }',
        # "<" is a comparison for the engine, an IRI for a tokeniser, and takes a quotation mark with it
        "ASK { FILTER(?a<?b&&'a'='>' ) SERVICE <http://e/> {} #'\n}",
        "ASK { FILTER(?a <?b#'''>\n) SERVICE <http://e/> {} #'''\n}",
        "LOAD <http://e/>",
        "LOAD SILENT <http://e/> INTO GRAPH <g>",
        "ASK { LOAD <http://e/> }",
    ],
)
def test_it_refuses_to_reach_outside(text: str) -> None:
    with pytest.raises(FeatureRefused):
        screen(text, SETTINGS)


@pytest.mark.parametrize(
    "text",
    [
        'ASK { ?s ?p "SERVICE <http://e/> {}" }',
        "ASK { ?s ?p '''a ' SERVICE\n <x> ''' }",
        "ASK { ?service ?load $SERVICE }",
        "ASK { <http://e/SERVICE/LOAD> ?p 'x'@service }",
        "# SERVICE <http://e/> {}\nASK {}",
        "PREFIX service: <http://e/> ASK { service:load ex:service _:service }",
        "PREFIX ex: <http://e/> ASK { GRAPH ex:service { ?s ?p ex:o\\'brien, ex:SERVICE } }",
        "ASK { VALUES (?a ?b) { (<http://e/o'b> <http://e/c'd>) (\"it is a SERVICE\" 1) } }",
        "ASK { ?s ?p 1.0, 1e5, -3 . FILTER(?a < ?b && ?c > ?d) }",
    ],
)
def test_innocent_words_are_not_keywords(text: str) -> None:
    assert screen(text, SETTINGS).form == "ASK"


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters='"\\\n\r', codec="utf-8")))
def test_a_string_hides_all_that_it_holds(inside: str) -> None:
    assert screen(f'ASK {{ ?s ?p "{inside} SERVICE {{((" }}', SETTINGS).depth == 1


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\n\r", codec="utf-8")))
def test_a_comment_hides_all_that_it_holds(inside: str) -> None:
    assert screen(f"ASK {{ #{inside.replace(chr(92), '')} SERVICE {{((\n}}", SETTINGS).depth == 1


@settings(deadline=None)
@given(st.text("abcSERVICE:/.#?&=~-_0123456789"))
def test_an_iri_hides_all_that_it_holds(inside: str) -> None:
    assert screen(f"ASK {{ <http://e/{inside}SERVICE> ?p ?o }}", SETTINGS).depth == 1


PIECES = ["SELECT", "ASK", "SERVICE", "<", ">", "<x>", '"', "'", '"""', "'''", "\\", "\\u0022", "#", "\n", "{", "}"]
PIECES += ["(", ")", "<<(", ")>>", "{|", "|}", "?x", "ex:a", "_:b", "1.5e", "!", "*", "@en", "^^", " ", "é"]
PIECES += ["\ud800", "\0", ":", "."]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_it_raises_only_what_people_can_be_told(text: str) -> None:
    with suppress(TerrinclusError):
        screen(text, SETTINGS)


@pytest.mark.parametrize("text", ["", " \n\t", "# only a comment"])
def test_empty(text: str) -> None:
    with pytest.raises(BadRequest, match="empty"):
        screen(text, SETTINGS)


@pytest.mark.parametrize("word", ["INSERT DATA {}", "DELETE WHERE {}", "CLEAR ALL", "PREFIX a: <b> WITH <x> DELETE {}"])
def test_an_update_is_told_that_it_is_one(word: str) -> None:
    with pytest.raises(MethodNotAllowed, match="update"):
        screen(word, SETTINGS)


def test_a_fault_has_its_place() -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        screen("ASK {\n  ?s ?p 'é }", SETTINGS)
    assert (caught.value.line, caught.value.column) == (2, 9)


@pytest.mark.parametrize(
    "text",
    [
        "ASK " + "{" * 65,
        "ASK { FILTER" + "(" * 65,
        "ASK { FILTER(" + "STR(" * 64,
        "ASK { FILTER(" + "!" * 64 + "?x)}",
        "ASK { ?s ?p" + "*" * 64,
        "ASK { ?s ?p ?o " + "{| ?p ?o " * 64,
        "ASK { ?s ?p " + "<<( ?s ?p " * 64,
        "ASK { ?s ?p " + "[ ?p " * 64,
        "ASK { FILTER(?a <((((" + "(" * 64 + "?b>?c) }",
    ],
)
def test_too_deep(text: str) -> None:
    with pytest.raises(QueryTooDeep) as caught:
        screen(text, SETTINGS)
    assert caught.value.extra == {"limit": "query_depth", "value": 64}


@pytest.mark.parametrize(
    "text",
    [
        "ASK { FILTER(" + "1+" * 2001 + "1)}",
        "ASK { FILTER(" + "?a||" * 2001 + "1)}",
        "ASK { " + "{}UNION" * 1500 + "{} }",
        "ASK { " + "BIND(1 AS ?x)" * 2001 + "}",
        "ASK { ?s " + "<p>/" * 2001 + "<p> ?o }",
        "ASK { " + "?s ?p ?o ." * 2001 + "}",
    ],
)
def test_too_many_operators(text: str) -> None:
    with pytest.raises(QueryTooDeep) as caught:
        screen(text, SETTINGS)
    assert caught.value.extra == {"limit": "query_operators", "value": 2000}


def test_long_lists_are_not_operators() -> None:
    text = "SELECT * { VALUES ?x { " + "<http://example.org/thing-1> " * 2200 + "} }"
    assert screen(text, SETTINGS).operators < 10


def test_too_large_counts_bytes() -> None:
    with pytest.raises(QueryTooLarge) as caught:
        screen("ASK { #" + "é" * 32 * 1024 + "\n}", SETTINGS)
    assert caught.value.extra["limit"] == "query_size"


@pytest.mark.parametrize(
    "shape",
    [
        '"""\\',
        "<a",
        "<<",
        "1<'a>",
        "a.",
        "a-",
        "1<'''x>",
        "\\u0022",
        "<?a>",
        "a:",
        "'a",
        "(<x>",
        "?a<b#",
        "\\'",
        "ab:\\",
    ],
)
def test_the_work_is_linear(shape: str) -> None:
    """64 KiB of the worst that is known; a quadratic reader would need minutes."""
    text = ("ASK(1" + shape * 65536)[:65536]
    with suppress(TerrinclusError):
        screen(text, SETTINGS)


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_runs_are_tokens_taken_together(text: str) -> None:
    taken: list[tuple[str | None, str]] = []
    for run in runs(text):
        kind = run.lastgroup
        if kind == "operands":
            taken += [(token.lastgroup, token[0]) for token in tokens(run["operands"])]
        elif kind:
            taken.append((kind, run[kind]))
    assert taken == [(token.lastgroup, token[0]) for token in tokens(text)]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (NOW() AS ?t) {}",
        "SELECT (now ( ) AS ?t) {}",
        "SELECT (RAND#here\n() AS ?t) {}",
        "SELECT (UUID() AS ?t) {}",
        "SELECT (StrUuid() AS ?t) {}",
        "SELECT (BNODE() AS ?t) {}",
        "SELECT (BNODE('x') AS ?t) {}",
        "SELECT ?t { BIND(1 +RAND() AS ?t) }",
        "SELECT * { ?s ?p ?o } ORDER BY RAND()",
        "SELECT * { FILTER(trueRAND()) }",
        "SELECT * { FILTER(1RAND()) }",
        "SELECT (\\u004eOW() AS ?t) {}",
        "ASK { FILTER(?a <NOW()&&?b>?c) }",
        "ASK { FILTER(?a<RAND()&&?b>?c) }",
        "SELECT * { { SELECT (NOW() AS ?n) {} } FILTER EXISTS { ?s ?p ?o } }",
        "CONSTRUCT { ?s ?p ?n } WHERE { ?s ?p ?o BIND(NOW() AS ?n) }",
    ],
)
def test_it_sees_what_differs_from_run_to_run(text: str) -> None:
    assert screen(text, SETTINGS).volatile


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?now ?rand $uuid { ?s ?p ?o }",
        'SELECT * { ?s ?p \'NOW() RAND()\', """UUID()""" }',
        "# NOW()\nSELECT * { ?s ?p ?o } # BNODE()",
        "PREFIX now: <http://e/NOW()> SELECT * { now:here ex:RAND ex:uuid, <http://e/UUID> }",
        "SELECT * { ?s ?p 'x'@now }",
        "SELECT * { ?s ?p ?o FILTER(YEAR(?o) > 2000 && ?o < ?p && ?s > 3) }",
        "SELECT (MD5('x') AS ?m) (SAMPLE(?x) AS ?y) { _:b ?p [] }",
    ],
)
def test_what_does_not_differ(text: str) -> None:
    assert not screen(text, SETTINGS).volatile


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("SELECT * {}", ""),
        ('VERSION "1.2" SELECT * {}', "1.2"),
        ("PREFIX a: <b> version '1.2-basic' PREFIX c: <d> ASK {}", "1.2-basic"),
        ('VERSION "1.1" VERSION "1.2" ASK {}', "1.2"),
        ('ASK { ?s ?p "VERSION", "1.2" }', ""),
        ('# VERSION "1.2"\nASK { ?version ?p "1.2" }', ""),
    ],
)
def test_it_tells_the_version_that_is_announced(text: str, version: str) -> None:
    assert screen(text, SETTINGS).version == version


# ---- updates


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        "PREFIX a: <http://e/>",
        "INSERT DATA { <a> <b> <c> }",
        "PREFIX a: <b> DELETE WHERE { ?s ?p ?o } ; INSERT DATA { <a> <b> 'LOAD <x>' } ;",
        "WITH <g> DELETE { ?s ?p ?o } INSERT { ?s ?p ?service } USING <h> WHERE { ?s ?p ?o }",
        "CLEAR SILENT ALL; CREATE GRAPH <g>; DROP DEFAULT; COPY <a> TO <b>; MOVE <a> TO <b>; ADD <a> TO <b>",
    ],
)
def test_updates_pass(text: str) -> None:
    assert screen_update(text, SETTINGS).form == "UPDATE"


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <http://e/>",
        "load silent <http://e/> into graph <g>",
        "INSERT DATA {} ; LOAD <http://e/>",
        "\\u004cOAD <http://e/>",
        "INSERT { ?s ?p ?o } WHERE { SERVICE <http://e/> { ?s ?p ?o } }",
        "DELETE { ?s ?p ?o } WHERE { FILTER(?a<?b&&'a'='>' ) SERVICE <http://e/> {} #'\n}",
    ],
)
def test_updates_call_no_other_server_whatever_is_listed(text: str) -> None:
    with pytest.raises(FeatureRefused, match="LOAD"):
        screen_update(text, Settings(service_endpoints=("http://e/",)))


@pytest.mark.parametrize("text", ["SELECT * {}", "ask{}", "PREFIX a: <b> CONSTRUCT WHERE {}", "DESCRIBE <x>"])
def test_a_query_is_told_that_it_is_one(text: str) -> None:
    with pytest.raises(BadRequest, match="this is a query"):
        screen_update(text, SETTINGS)


def test_what_is_neither() -> None:
    with pytest.raises(QuerySyntaxError, match="line 2, column 1: an update begins with"):
        screen_update("\nUPSERT DATA {}", SETTINGS)


def test_data_is_not_counted_patterns_are() -> None:
    many = "<s> <p> <o> ; <q> 1.5 , [ <r> ?x ] . GRAPH <g> { <s> <p> -1 } " * 1000
    assert screen_update(f"INSERT DATA {{ {many} }} ; DELETE DATA {{ {many} }}", SETTINGS).operators < 10
    for text in (
        f"INSERT {{ {many} }} WHERE {{}}",
        f"DELETE WHERE {{ {many} }}",
        f"INSERT DATA {{}} ; DELETE WHERE {{ {many} }}",
        f"INSERT DATA {{ }} }} {many}",
        "INSERT DATA {} ; " * 2001,
    ):
        with pytest.raises(QueryTooDeep):
            screen_update(text, SETTINGS)


def test_data_that_nests_is_too_deep() -> None:
    with pytest.raises(QueryTooDeep):
        screen_update("INSERT DATA { <s> <p> " + "<<( <s> <p> " * 65, SETTINGS)


def test_the_size_of_an_update_is_that_of_a_write() -> None:
    text = "INSERT DATA { <s> <p> '" + "x" * 100_000 + "' }"
    assert screen_update(text, SETTINGS).form == "UPDATE"
    with pytest.raises(QueryTooLarge) as caught:
        screen_update(text, Settings(write_size=1000))
    assert caught.value.extra == {"limit": "write_size", "value": 1000}
