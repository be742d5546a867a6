"""Rows as applications read them: plain values in JSON and CSV, points in GeoJSON.

What a plain value leaves out (the datatype of a string, the language of a text) is in the result formats of SPARQL.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence

from pyoxigraph import BlankNode, Literal, NamedNode

from terrinclus_kg.rdf.namespaces import XSD
from terrinclus_kg.results import cells
from terrinclus_kg.results.reading import Cell, Row, Table
from terrinclus_kg.results.shapes import Shape

Value = None | bool | int | float | str | dict[str, object]
Point = tuple[float, float]
_EXACT = 15  # digits that a number of JSON keeps wherever it is read (IEEE 754 double, RFC 8259 §6)
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def plain(cell: Cell, thing: Callable[[str], dict[str, object]]) -> Value:
    """A cell as a value of JSON: null, a boolean, a number, a text, or an object that ``thing`` makes of an IRI.

    A number with more digits than every reader keeps is its text. A blank node is ``{"blank": …}``, a triple term
    ``{"triple": …}`` as N-Triples writes it.
    """
    if isinstance(cell, NamedNode):
        return thing(cell.value)
    if isinstance(cell, Literal):
        return _literal(cell)
    if isinstance(cell, BlankNode):
        return {"blank": cell.value}
    return None if cell is None else {"triple": f"<<( {cell} )>>"}


def as_csv(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """Rows as CSV, as SPARQL 1.1 Query Results CSV has them (§3): the text of each term, and nothing of its type."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_text(cell) for cell in row] for row in rows)
    return out.getvalue()


def features(
    table: Table,
    rows: Sequence[Row],
    shape: Shape,
    known: Mapping[str, Point],
    named: Callable[[str], str],
) -> list[dict[str, object]]:
    """Rows as features of GeoJSON (RFC 7946 §3.2), for a shape that has a map; a place without a point has no geometry.

    Args:
        known: points of places, by IRI, for answers without a column of points.
        named: the label of an IRI; a property ``xLabel`` beside the IRI ``x``, unless the answer has such a column.
    """
    place, point, *_ = shape.views["map"]
    found: list[dict[str, object]] = []
    for row in rows:
        at = cells.point(row[point]) if point >= 0 else None
        here = row[place] if place >= 0 else None
        if at is None and isinstance(here, NamedNode):
            at = known.get(here.value)
        geometry = {"type": "Point", "coordinates": list(at)} if at else None
        found.append({"type": "Feature", "geometry": geometry, "properties": _properties(table.columns, row, named)})
    return found


def _properties(columns: Sequence[str], row: Row, named: Callable[[str], str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, cell in zip(columns, row, strict=True):
        found[name] = plain(cell, lambda iri: {"iri": iri})
        if isinstance(cell, NamedNode):
            found[name] = cell.value
            if f"{name}Label" not in columns:
                found[f"{name}Label"] = named(cell.value)
    return found


def _literal(cell: Literal) -> Value:
    if cell.datatype == XSD["boolean"]:
        return _TRUTH.get(cell.value, cell.value)
    number = cells.number(cell)
    if number is None or sum(c.isdigit() for c in cell.value.lstrip("+-0.")) > _EXACT:
        return cell.value
    whole = cell.value.lstrip("+-").isdigit()
    return int(cell.value) if whole else number


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return cell.value if isinstance(cell, NamedNode | Literal) else str(cell)
