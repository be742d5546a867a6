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
from terrinclus_kg.store.guard import screen

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
