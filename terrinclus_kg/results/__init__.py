"""What a page shows of an answer: its rows as far as a page goes, their order, the drawings that fit them, the code
that asks the same elsewhere; and its rows as applications read them."""

from terrinclus_kg.results.cells import number
from terrinclus_kg.results.ordering import ordered
from terrinclus_kg.results.plain import as_csv, features, plain
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
    "as_csv",
    "features",
    "number",
    "ordered",
    "plain",
    "read",
    "shape",
    "snippets",
    "syntax",
]
