"""What a page shows of an answer: its rows as far as a page goes, their order, the drawings that fit them, and the
code that asks the same elsewhere."""

from terrinclus_kg.results.cells import number
from terrinclus_kg.results.ordering import ordered
from terrinclus_kg.results.reading import Bounds, Cell, Row, Table, read, syntax
from terrinclus_kg.results.shapes import VIEWS, Shape, shape
from terrinclus_kg.results.snippets import Snippet, snippets

__all__ = [
    "VIEWS",
    "Bounds",
    "Cell",
    "Row",
    "Shape",
    "Snippet",
    "Table",
    "number",
    "ordered",
    "read",
    "shape",
    "snippets",
    "syntax",
]
