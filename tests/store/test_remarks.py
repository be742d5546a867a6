"""What each term of a query stands for, and the slips that are found by it; never a false alarm on our own queries."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrinclus_kg import resources
from terrinclus_kg.rdf.queries import read_queries
from terrinclus_kg.store.queries.remarks import MOST, remarks
from terrinclus_kg.store.queries.roles import terms
from terrinclus_kg.store.releases import completion
from terrinclus_kg.store.releases.layout import Release

FILES = sorted(resources.root("queries").rglob("*.rq"))
# Asked about, and rightly not there: nothing was withdrawn yet, no indicators of targets are told, and other datasets
# say where a place is by other properties.
ABSENT = {"owl:deprecated", "owl:sameAs", "dct:isReplacedBy", "prov:invalidatedAtTime", "sdgo:isIndicatorOf"}
ABSENT |= {"geo:asWKT", "wgs84:lat", "wgs84:long", "schema:latitude", "schema:longitude"}
PREFIX = "PREFIX t: <http://t/> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "


SHORT = {"subject": "s", "property": "p", "object": "o", "class": "c", "chosen": "?"}


def roles(text: str) -> str:
    """The role of each term that has one, by its letter."""
    return " ".join(f"{t.token[0]}={SHORT[t.role.value]}" for t in terms(PREFIX + text) if t.role.value in SHORT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ASK { ?x a t:C , t:D ; t:p ?y }", "?x=s t:C=c t:D=c t:p=p ?y=o"),
        ("ASK { ?x rdf:type t:C }", "?x=s rdf:type=p t:C=c"),
        ("ASK { ?x a/t:sub* t:C }", "?x=s t:sub=p t:C=c"),
        ("ASK { ?x t:p/^t:q|!(t:r|^t:s) 5.5 }", "?x=s t:p=p t:q=p t:r=p t:s=p 5.5=o"),
        ("ASK { ?x t:p [ t:q 'x'^^t:d ; t:r (1 t:o) ] }", "?x=s t:p=p t:q=p 'x'=o t:r=p 1=o t:o=o"),
        ("ASK { FILTER(t:f(?x) > 1) ?x t:p true FILTER REGEX(?x, 'a') ?y t:q 1 }", "?x=s t:p=p ?y=s t:q=p 1=o"),
        ("ASK { GRAPH ?g { ?x t:p 1 } VALUES ?x { t:v } ?x t:q 2 }", "?x=s t:p=p 1=o ?x=s t:q=p 2=o"),
        ("ASK { FILTER NOT EXISTS { ?x t:p 1 } ?y t:q 2 }", "?x=s t:p=p 1=o ?y=s t:q=p 2=o"),
        ("SELECT ?x (1 AS ?n) { ?x t:p 1 } ORDER BY ?x", "?x=? ?x=s t:p=p 1=o"),
        ("ASK { { SELECT ?x { ?x t:p 1 } GROUP BY ?x LIMIT 3 } ?y t:q 2 }", "?x=? ?x=s t:p=p 1=o ?y=s t:q=p 2=o"),
        ("CONSTRUCT { ?x t:made 1 } WHERE { ?x t:p 1 }", "?x=s t:p=p 1=o"),
        ("CONSTRUCT WHERE { ?x t:p 1 }", "?x=s t:p=p 1=o"),
    ],
)
def test_roles(text: str, expected: str) -> None:
    assert roles(text) == expected


@given(st.text(alphabet="?ax:<>{}()[].;,/|^*!'\"@ \n", max_size=60))
def test_any_text_is_read(text: str) -> None:
    list(terms("SELECT " + text))
    remarks(text, frozenset(), frozenset())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_false_alarm(file: Path, release: Release) -> None:
    text = read_queries([file])[file.stem].text
    found = remarks(text, *(completion.terms(release) or (None, None)))
    assert {remark.name for remark in found} <= ABSENT


@pytest.mark.parametrize(
    ("text", "code", "name", "near"),
    [
        ("SELECT ?x { ?x t:propery ?y . ?y t:property ?x }", "unknown-property", "t:propery", "http://t/property"),
        ("SELECT ?x { ?x a t:class }", "unknown-class", "t:class", "http://t/Class"),
        ("SELECT ?x { ?x <http://elsewhere/Property> 1 }", "unknown-property", "<http://elsewhere/Property>", "http://t/property"),
        ("SELECT ?lable { ?x t:property ?label }", "unbound", "?lable", "?label"),
        ("SELECT ?x ?nothing { ?x a t:Class }", "unbound", "?nothing", ""),
        ("SELECT ?x { ?x t:property ?label . FILTER(?labl = 1) }", "once", "?labl", "?label"),
    ],
)  # fmt: skip
def test_slips(text: str, code: str, name: str, near: str) -> None:
    found = remarks(PREFIX + text, {"http://t/Class"}, {"http://t/property"})
    slip = next(each for each in found if (each.code, each.name) == (code, name))
    assert (slip.name, slip.near, slip.line, slip.length) == (name, near, 1, len(name))
    assert (PREFIX + text)[slip.column - 1 :].startswith(name)


def test_a_place_is_counted_in_characters() -> None:
    (slip,) = remarks('SELECT ?x {\r\n\t?x a "😀" ; <no:such> 1 }', frozenset(), frozenset())
    assert (slip.line, slip.column) == (2, 13)


def test_nothing_is_said_of_terms_that_nobody_counted() -> None:
    assert remarks("SELECT ?x { ?x a <no:such> }", None, None) == []


def test_there_are_never_too_many() -> None:
    text = "SELECT * {" + "".join(f"?s <no:such{n}> ?o{n} . " for n in range(1000)) + "}"
    assert len(remarks(text, frozenset(), frozenset(f"no:suchlike{n}" for n in range(2000)))) == MOST
