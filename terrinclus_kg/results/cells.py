"""What a cell holds: a number, a date, a place."""

from __future__ import annotations

import math
import re

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.rdf.iri import from_iri, of_nature
from terrinclus_kg.rdf.namespaces import XSD
from terrinclus_kg.results.reading import Cell

_NUMBERS = frozenset(
    XSD[name]
    for name in (
        "integer", "decimal", "double", "float", "int", "long", "short", "byte", "nonNegativeInteger",
        "positiveInteger", "nonPositiveInteger", "negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort",
        "unsignedByte",
    )
)  # fmt: skip
_DATES = frozenset(XSD[name] for name in ("date", "dateTime", "gYear", "gYearMonth"))
_DATE = re.compile(r"([0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?)(?:T[0-9:.]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z")
_WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
_NUMBER = r"(-?[0-9]{1,3}(?:\.[0-9]{1,20})?)"
_POINT = re.compile(rf"(?:<[^<>]*>\s*)?POINT\s*\(\s*{_NUMBER}\s+{_NUMBER}\s*\)\s*\Z", re.IGNORECASE)


def number(cell: Cell) -> float | None:
    """The number that a cell holds; None if it holds none that can be compared."""
    if not isinstance(cell, Literal) or cell.datatype not in _NUMBERS:
        return None
    try:
        found = float(cell.value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def date(cell: Cell) -> str:
    """The year, month or day that a cell holds, with the precision it has; "" if it holds none."""
    if not isinstance(cell, Literal) or cell.datatype not in _DATES:
        return ""
    found = _DATE.match(cell.value)
    return found[1] if found else ""


def point(cell: Cell) -> tuple[float, float] | None:
    """Longitude and latitude of a WKT point (GeoSPARQL 1.1 §8.5.1, whose default is CRS84); None if it is none."""
    if not isinstance(cell, Literal) or cell.datatype.value != _WKT:
        return None
    found = _POINT.match(cell.value)
    if not found or abs(float(found[1])) > 180 or abs(float(found[2])) > 90:
        return None
    return float(found[1]), float(found[2])


def is_place(cell: Cell) -> bool:
    """Whether a cell is a place of ours."""
    name = from_iri(cell.value) if isinstance(cell, NamedNode) else None
    return name is not None and name.kind in of_nature("place")
