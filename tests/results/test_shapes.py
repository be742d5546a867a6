"""Which drawings fit an answer, and in which order its rows stand."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode

from terrinclus_kg.rdf.namespaces import BASE, XSD
from terrinclus_kg.results import Cell, Table, cells, ordered, shape

A, B = NamedNode("http://e.test/a"), NamedNode("http://e.test/b")
PLACE = NamedNode(BASE + "id/territoire/departement-44")
YEAR, DAY = Literal("2015", datatype=XSD["gYear"]), Literal("2015-03-27", datatype=XSD["date"])
WKT = NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")
POINT = Literal("POINT(2.4 43.1)", datatype=WKT)
TEXT, NUMBER = Literal("x", language="fr"), Literal(3)


def table(*rows: tuple[Cell, ...], form: str = "SELECT", columns: tuple[str, ...] = ()) -> Table:
    return Table(form, "one", False, columns or tuple("abcdef"[: len(rows[0])]), rows)


@pytest.mark.parametrize(
    ("row", "views"),
    [
        ((TEXT,), []),
        ((TEXT, NUMBER), ["bars"]),
        ((A, NUMBER), ["bars"]),
        ((A, B), ["network"]),
        ((A, YEAR), ["timeline"]),
        ((A, YEAR, DAY), ["timeline"]),
        ((YEAR,), []),
        ((PLACE,), ["map"]),
        ((PLACE, NUMBER), ["map", "bars"]),
        ((TEXT, POINT), ["map"]),
        ((POINT,), ["map"]),
        ((BlankNode("b"), NUMBER), []),
        ((None, None), []),
    ],
)
def test_views(row: tuple[Cell, ...], views: list[str]) -> None:
    assert list(shape(table(row)).views) == ["table", *views, "raw"]


def test_one_cell_that_does_not_fit_is_enough() -> None:
    assert "bars" in shape(table((A, NUMBER), (B, None))).views
    assert "bars" not in shape(table((A, NUMBER), (B, TEXT))).views
    assert "timeline" not in shape(table((A, YEAR), (B, Literal("2015", datatype=XSD["string"])))).views


def test_triples_are_a_network_and_a_boolean_is_only_raw() -> None:
    columns = ("subject", "predicate", "object")
    assert shape(table((A, B, A), form="CONSTRUCT", columns=columns)).views["network"] == (0, 2, 1)
    assert "network" not in shape(table((A, B, TEXT), form="CONSTRUCT", columns=columns)).views
    assert list(shape(Table("ASK", "one", False, truth=True)).views) == ["raw"]
    assert list(shape(Table("SELECT", "one", False, ("a",))).views) == ["table", "raw"]


def test_labels_are_folded_into_what_they_name() -> None:
    found = shape(table((A, TEXT, B, TEXT, TEXT), columns=("x", "xLabel", "source", "sourceTitle", "yLabel")))
    assert found.folded == {0: 1, 2: 3}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("POINT(2.4 43.1)", (2.4, 43.1)),
        ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> point ( -180 90 )", (-180, 90)),
        ("POINT(181 0)", None),
        ("POINT(0 91)", None),
        ("POINT(2.4,43.1)", None),
        ("POLYGON((0 0, 1 1))", None),
        ("POINT EMPTY", None),
        ("POINT(" + "9" * 10_000, None),
    ],
)
def test_points(text: str, at: tuple[float, float] | None) -> None:
    assert cells.point(Literal(text, datatype=WKT)) == at
    assert cells.point(Literal(text)) is None


@pytest.mark.parametrize("text", ["NaN", "INF", "1e999", "x", "", "9" * 5000])
def test_what_is_no_number_that_can_be_compared(text: str) -> None:
    assert cells.number(Literal(text, datatype=XSD["double"])) is None


@pytest.mark.parametrize(
    ("text", "kind", "date"),
    [("2015-03-27T10:00:00Z", "dateTime", "2015-03-27"), ("2015-03+01:00", "gYearMonth", "2015-03"),
     ("-0044", "gYear", ""), ("yesterday", "date", ""), ("2015", "string", "")],
)  # fmt: skip
def test_dates(text: str, kind: str, date: str) -> None:
    assert cells.date(Literal(text, datatype=XSD[kind])) == date


IN_ORDER: list[Cell] = [
    None, BlankNode("a"), BlankNode("b"), B, A, Literal(-1), Literal("1.5", datatype=XSD["decimal"]), Literal(10),
    Literal("Âne", language="fr"), Literal("bœuf"), Literal("Zèbre"),
]  # fmt: skip
NAMES = {A.value: "Zoé", B.value: "abricot"}


@given(st.integers())
def test_order(seed: int) -> None:
    mixed = [(cell,) for cell in IN_ORDER]
    random.Random(seed).shuffle(mixed)
    found = ordered(mixed, 0, falling=False, label=NAMES.__getitem__)
    assert [row[0] for row in found] == IN_ORDER
    assert [row[0] for row in ordered(mixed, 0, falling=True, label=NAMES.__getitem__)] == IN_ORDER[::-1]
