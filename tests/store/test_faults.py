"""What the one who wrote a query is told of its faults: through the reader, as people meet it."""

from __future__ import annotations

import pytest

from terrinclus_kg.errors import BadRequest, QuerySyntaxError
from terrinclus_kg.rdf.formats import JSON
from terrinclus_kg.store.reader import Reader


@pytest.mark.parametrize(
    ("text", "told", "place"),
    [
        ("SELECT * {\n  ?é foaf:name ?n }", "the prefix foaf: is not declared", (2, 6)),
        ("PREFIX ex: <http://e/>\nSELECT * { ?s ex:p ?o", "{ is not closed", (2, 10)),
        ("SELECT * { FILTER((?a) }", "} does not close the (", (1, 24)),
        ("SELECT * { } }", "} closes nothing", (1, 14)),
        ("SELECT ?x (COUNT(?s) AS ?n) { ?s ?p ?o }", "unbound", (None, None)),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", "not authorized with GROUP BY", (None, None)),
        ("SELECT (1 AS ?x) (2 AS ?x) {}", "Duplicated variable", (None, None)),
        ("SELECT * {\n FILTER(?a <?b) ?s <http://e/a b> ?o }", "no IRI", (2, 20)),
        ("SELECT * { <ok> ?p <http://e/%zz> }", "no IRI", (1, 20)),
        ("PREFIX e: <http://[bad>\nASK { e:a ?p ?o }", "no IRI", (1, 11)),
        ("SELECT * { ?s ?p ?o } LIMIT x", "line 1, column 29", (1, 29)),
    ],
)
def test_syntax(reader: Reader, text: str, told: str, place: tuple[int | None, int | None]) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        reader.query(text, JSON)
    assert told in caught.value.message
    assert (caught.value.line, caught.value.column) == place


def test_an_unknown_function(reader: Reader) -> None:
    with pytest.raises(BadRequest, match=r"<http://example\.org/f> is not supported"):
        reader.query("SELECT (<http://example.org/f>(1) AS ?x) {}", JSON)
