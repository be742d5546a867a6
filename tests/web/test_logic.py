"""The logic of the editor, outside of a browser: tokens, the triple at the cursor, what is offered, formatting."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery

from terrinclus_kg import resources
from terrinclus_kg.rdf.queries import read_queries
from terrinclus_kg.store.queries import roles
from terrinclus_kg.store.releases import completion
from terrinclus_kg.store.releases.layout import Release

HERE = Path(__file__).parent
Ask = Callable[..., Any]
QUERIES = {
    name: query.text
    for folder in sorted({file.parent for file in resources.root("queries").rglob("*.rq")})
    for name, query in read_queries(sorted(folder.glob("*.rq"))).items()
}
TI = "PREFIX ti: <https://w3id.org/terrinclus/ns#>\n"
SKOS = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"


@pytest.fixture(scope="module")
def ask(release: Release) -> Iterator[Ask]:
    """Calls a function of logic.mjs. The vocabulary is that of the real release, in French."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is missing: the logic of the editor is not tested")
    with subprocess.Popen([node, str(HERE / "logic.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:

        def call(name: str, *given: object) -> Any:
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps([name, *given]).encode() + b"\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        call("learn", str(completion.path(release)), "fr")
        yield call
        assert process.stdin
        process.stdin.close()


def offered(ask: Ask, marked: str) -> list[dict[str, Any]]:
    """What is offered at the place of "¦"."""
    found: list[dict[str, Any]] = ask("offers", marked.replace("¦", ""), marked.index("¦"))
    return found


def names(found: list[dict[str, Any]]) -> list[str]:
    return [each["text"] for each in found]


def written(ask: Ask, text: str) -> list[str]:
    """The tokens of a text, but for capitals of words and blanks at the end of comments."""
    return [value.upper() if kind == "word" else value.rstrip() for kind, value in ask("tokens", text)]


def algebra(text: str) -> str:
    """What a query means: variables of blank nodes and the order of sets aside."""
    shown = repr(translateQuery(parseQuery(text)).algebra)
    numbers: dict[str, str] = {}
    return re.sub(r"BNode\('\w+'\)", lambda m: numbers.setdefault(m[0], f"_:{len(numbers)}"), shown)


# --- formatting


@pytest.mark.parametrize("name", QUERIES)
def test_formatting_keeps_the_meaning_of_our_queries(ask: Ask, name: str) -> None:
    text = QUERIES[name]
    once = ask("format", text)
    assert algebra(once) == algebra(text)
    assert ask("format", once) == once


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        ("select*{?s a ti:A;ti:p ?o,?q.?q ti:r 1}", "SELECT* {\n  ?s a ti:A ;\n    ti:p ?o, ?q .\n  ?q ti:r 1\n}"),
        ("ask{{?a ?b ?c}union{?d ?e ?f}}", "ASK {\n  {\n    ?a ?b ?c\n  } UNION {\n    ?d ?e ?f\n  }\n}"),
        ("SELECT ?x where{values ?x{1 2}} limit 3", "SELECT ?x WHERE {\n  VALUES ?x { 1 2 }\n}\nLIMIT 3"),
        ("ASK { ?s ?p 'a{b' . # why\n?s ?q 1 }", "ASK {\n  ?s ?p 'a{b' . # why\n  ?s ?q 1\n}"),
        ("ask {\n\n\n?s ?p ?o .\n\n\n\n# then\n?o ?p ?s }", "ASK {\n  ?s ?p ?o .\n\n  # then\n  ?o ?p ?s\n}"),
        ("ASK { FILTER(?a<?b&&?c>?d) }", "ASK {\n  FILTER(?a<?b&&?c>?d)\n}"),
        ("ASK {} }", "ASK {} }"),
        ("ASK { ?s ?p 'open }", "ASK { ?s ?p 'open }"),
    ],
)
def test_the_form(ask: Ask, text: str, formatted: str) -> None:
    assert ask("format", text) == formatted


PIECES = """?s ?p ?o $x a ti:A ti:b.c <http://e/> "s" 'q'@fr "5"^^ti:t 1 -2 3.5 .5 1e6 { } ( ) [ ] . ; , | / ^ * + ? !
    = < > <= && || OPTIONAL FILTER select where union values group by limit (1) {} _:b1 as count( ti:p/ti:q true #c"""
piece = st.sampled_from(PIECES.split())
gap = st.sampled_from(["", " ", "\n", "\r\n", "\t", "\n\n \n", " # é😀\n"])


@given(st.lists(st.tuples(piece, gap), max_size=30))
@settings(max_examples=400)
def test_formatting_changes_no_token_of_any_text(ask: Ask, parts: list[tuple[str, str]]) -> None:
    text = "".join(a + b for a, b in parts)
    once = ask("format", text)
    assert written(ask, once) == written(ask, text)
    assert ask("format", once) == once


@given(st.text(max_size=200))
def test_any_text_can_be_read(ask: Ask, text: str) -> None:
    text = text.encode("utf-16", "ignore").decode("utf-16")
    ask("format", text)
    ask("scene", text, len(text) // 2)
    ask("offers", text, len(text))


def test_a_megabyte_is_read_in_time(ask: Ask) -> None:
    for part in ("{ ?s ?p ?o . ", "?s ?p '''open ", '"', "<", "ti:p.", "'\\", "[ ( ", "a."):
        text = "SELECT * " + part * (1_000_000 // len(part))
        assert ask("offers", text, len(text)) is not None


# --- the triple at the cursor


@pytest.mark.parametrize("name", QUERIES)
def test_it_reads_roles_as_the_server_does(ask: Ask, name: str) -> None:
    text = QUERIES[name]
    for term in list(roles.terms(text))[::3]:
        expected = {"given": "aside"}.get(term.role.value, term.role.value)
        found = ask("scene", text, len(text[: term.token.start()].encode("utf-16-le")) // 2 + 1)["role"]
        template = "CONSTRUCT" in text  # in which we complete, but say of nothing that it is not there
        assert found == expected or (expected == "aside" and (found == "prologue" or template)), term.token[0]


@pytest.mark.parametrize(
    ("marked", "classes"),
    [
        ("SELECT * { ?x a ti:CooperationProject ; ¦ }", ["CooperationProject"]),
        ("SELECT * { ?x ¦ . ?x a ti:Fact }", ["Fact"]),
        ("SELECT * { ?x a ti:Fact , ti:Source . ?y a ti:Claim . ?x ¦ }", ["Fact", "Source"]),
        ("SELECT * { ?x a ti:Fact ; dct:source [ a ti:Source ; ¦ ] }", ["Source"]),
        ("SELECT * { ?x a ti:Fact ; dct:source [ a ti:Source ] ; ¦ }", ["Fact"]),
        ("SELECT * { OPTIONAL { $x ¦ } ?x a ti:Fact }", ["Fact"]),
        ("SELECT * { ?x a ti:Fact ; dct:source/¦ }", []),
        ("SELECT * { ?y ¦ . ?x a ti:Fact }", []),
    ],
)
def test_the_class_of_the_subject(ask: Ask, marked: str, classes: list[str]) -> None:
    marked = TI + marked
    found = ask("scene", marked.replace("¦", ""), marked.index("¦"))
    assert [iri.rpartition("#")[2] for iri in found["classes"]] == classes
    assert found["role"] == "property"


# --- what is offered


def test_properties_of_the_class_come_first(ask: Ask) -> None:
    found = offered(ask, TI + "SELECT * { ?x a ti:CooperationProject ; ¦ }")
    assert found[0]["text"] == "skos:prefLabel"
    assert found[0]["declare"] == SKOS.strip()
    fits = [each.get("fits") for each in found if each["type"] == "property"]
    assert fits == sorted(fits, reverse=True)
    of_class = {each["text"] for each in found if each.get("fits")}
    assert "cv:hasParticipation" in of_class
    assert "ti:locator" not in of_class


def test_without_a_class_what_the_subject_has_already_decides(ask: Ask) -> None:
    found = offered(ask, TI + "SELECT * { ?x ti:locator ?l ; ¦ }")
    assert {"ti:status", "dct:source"} <= {each["text"] for each in found if each.get("fits")}


@pytest.mark.parametrize(
    ("marked", "first"),
    [
        ("SELECT * { ?x a ti:Coop¦ }", "ti:CooperationProject"),
        ("SELECT * { ?x a coopération¦ }", "ti:CooperationProject"),
        ("SELECT * { ?x rôl¦ }", "cv:role"),
        ("SELECT * { ?x role¦ }", "cv:role"),
        ("SELECT ?project { ?pro¦ }", "?project"),
        ("SELECT * { ?x ?y ?z . opt¦ }", "OPTIONAL {"),
        ("SELECT * { FILTER(stra¦) }", ""),
        ("SELECT * { FILTER(strs¦) }", "STRSTARTS("),
        ("sel¦", "SELECT"),
        ("PREFIX sko¦", "skos: <http://www.w3.org/2004/02/skos/core#>"),
        ("PREFIX x: <https://w3id.org/terrinclus/ns#> SELECT * { ?p a x:Coop¦ }", "x:CooperationProject"),
        ("SELECT * { ?x a sdg¦ }", "sdgo:Target"),
        ("SELECT * { # ?x a ti:Coop¦\n}", ""),
        ('SELECT * { ?x ?p "ti:Coop¦" }', ""),
        ("SELECT * { ?x ?p <http¦ }", ""),
    ],
)
def test_the_first_offer(ask: Ask, marked: str, first: str) -> None:
    assert next(iter(names(offered(ask, marked))), "") == first


def test_a_prefix_with_another_meaning_is_not_used(ask: Ask) -> None:
    found = names(offered(ask, "PREFIX ti: <http://else/> SELECT * { ?p a Cooperation¦ }"))
    assert found[0] == "<https://w3id.org/terrinclus/ns#CooperationProject>"


def test_links_lead_to_the_ontology_or_to_the_web_alone(ask: Ask) -> None:
    own = "https://example.org/sky/ns#"
    assert ask("address", own + "Planet", "fr", own) == "/ns?lang=fr#Planet"
    assert ask("address", "http://purl.org/dc/terms/source", "fr", own) == "http://purl.org/dc/terms/source"
    for iri in ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", 'http://e/" onclick="x'):
        assert ask("address", iri, "fr", own) == ""
