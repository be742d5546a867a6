"""An answer as a page shows it: one part of its rows, their labels in one batch, and ways to the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from math import ceil

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from terrinclus_kg import results
from terrinclus_kg.rdf.formats import RDF_FORMATS, RESULT_FORMATS, Format
from terrinclus_kg.results import Cell, Row, Shape, Snippet, Table
from terrinclus_kg.server import releases, sketches
from terrinclus_kg.server.context import endpoint, reader
from terrinclus_kg.server.pictures import Picture, picture
from terrinclus_kg.server.place import Place
from terrinclus_kg.server.render import Shown

A_PAGE = 100  # rows
_RAW = 128 * 1024  # characters of the raw view


@dataclass(frozen=True, slots=True)
class Answered:
    """What a template shows of an answer: ``rows`` are those of the page, ``columns`` those shown, by number."""

    table: Table
    shape: Shape
    place: Place
    view: str
    rows: tuple[Row, ...]
    columns: tuple[tuple[int, str], ...]
    pages: int
    picture: Picture | None
    snippets: tuple[Snippet, ...]
    headings: Mapping[str, str]

    @property
    def first(self) -> int:
        """The number of the first row of the page, from 1."""
        return (self.place.state.page - 1) * A_PAGE + 1

    @property
    def milliseconds(self) -> int:
        """How long it took, at least 1."""
        return max(1, round(self.table.seconds * 1000))

    @property
    def downloads(self) -> tuple[Format, ...]:
        """The formats that can carry the answer."""
        if self.table.form in ("CONSTRUCT", "DESCRIBE"):
            return RDF_FORMATS
        return tuple(f for f in RESULT_FORMATS if f.booleans or self.table.form == "SELECT")

    @property
    def unfit(self) -> bool:
        """Whether a view was asked for that does not fit."""
        return self.place.state.view not in ("", self.view)

    @property
    def permalink(self) -> str:
        """The whole address of this page."""
        return endpoint(self.place.href())

    @property
    def frame(self) -> str:
        """The whole address of the answer alone, to be shown in the pages of others."""
        return endpoint(self.place.href(embed=1))

    def pinned(self, query: str) -> str:
        """The whole address at which this release answers a query for ever, in this view."""
        if self.place.path.endswith("/sparql"):
            return endpoint(self.place.elsewhere(releases.path(self.table.release, "sparql")))
        place = Place(releases.path(self.table.release, "sparql"), (("query", query),), "", self.place.state)
        return endpoint(place.href())

    def numeric(self, column: int) -> bool:
        """Whether all cells of a column on this page are numbers."""
        held = [row[column] for row in self.rows if row[column] is not None]
        return bool(held) and all(results.number(cell) is not None for cell in held)

    def named(self, row: Row, column: int) -> Literal | None:
        """What a row itself calls the thing of a column, where the columns with labels are folded."""
        label = row[self.shape.folded[column]] if column in self.shape.folded else None
        return label if isinstance(label, Literal) and self.headings else None

    @property
    def raw(self) -> tuple[str, bool]:
        """The rows of the page, each term as N-Triples writes it; and whether they are cut."""
        select = self.table.form == "SELECT"
        head = ["\t".join(f"?{name}" for name in self.table.columns)] if select else []
        end = "" if select else " ."
        lines = ["\t".join(map(written, row)) if select else " ".join(map(written, row)) + end for row in self.rows]
        text = "\n".join([*head, *lines])
        return (text, False) if len(text) <= _RAW else (text[:_RAW], True)


def answered(
    table: Table,
    place: Place,
    query: str,
    language: str,
    *,
    usual: str = "table",
    headings: Mapping[str, str] | None = None,
) -> tuple[Answered, Shown]:
    """What a page shows of an answer, and how things read on it.

    Args:
        usual: the view where none is asked for.
        headings: of the columns, in words; then a column ``xLabel`` becomes the text of the links of the column ``x``.

    Raises:
        ParameterError: the state names a page or a column that the answer does not have.
    """
    pages = max(1, ceil(len(table.rows) / A_PAGE))
    place.state.check(table, pages)
    shape = results.shape(table)
    view = next(v for v in (place.state.view or usual, *shape.views) if v in shape.views)
    wanted = [n for n in shape.views[view] if n >= 0]
    if place.state.column:
        wanted.append(table.columns.index(place.state.column))
    frames = map(NamedNode, sketches.framed() if view == "map" else ())
    labels = _labels(chain(frames, (row[column] for row in table.rows for column in wanted)))
    ordered = _ordered(table, place, Shown(language, labels))
    rows = ordered[(place.state.page - 1) * A_PAGE :][:A_PAGE]
    shown = Shown(language, labels | _labels((cell for row in rows for cell in row), labels))
    hidden = set(shape.folded.values()) if headings else set()
    found = Answered(
        table=table,
        shape=shape,
        place=place,
        view=view,
        rows=rows,
        columns=tuple((n, name) for n, name in enumerate(table.columns) if n not in hidden),
        pages=pages,
        picture=picture(ordered, shape, view, shown),
        snippets=tuple(results.snippets(_endpoint(place), query, table.form)),
        headings=headings or {},
    )
    return found, shown


def kind(cell: Cell) -> str:
    """What a cell holds: iri, literal, blank, triple, or "" for nothing."""
    kinds = ((NamedNode, "iri"), (Literal, "literal"), (BlankNode, "blank"), (Triple, "triple"))
    return next((name for type_, name in kinds if isinstance(cell, type_)), "")


def written(cell: Cell) -> str:
    """A cell as N-Triples writes it, "" for nothing."""
    return f"<<( {cell} )>>" if isinstance(cell, Triple) else "" if cell is None else str(cell)


def _ordered(table: Table, place: Place, shown: Shown) -> tuple[Row, ...]:
    if not place.state.column:
        return table.rows
    column = table.columns.index(place.state.column)
    return results.ordered(table.rows, column, falling=place.state.falling, label=lambda iri: shown.label(iri).text)


def _labels(cells: Iterable[Cell], known: Iterable[str] = ()) -> dict[str, dict[str, str]]:
    wanted = {iri for cell in cells for iri in _iris(cell)}
    wanted.difference_update(known)
    return reader().labels(wanted) if wanted else {}


def _iris(cell: Cell) -> list[str]:
    if isinstance(cell, Triple):
        return [part.value for part in (cell.subject, cell.predicate, cell.object) if isinstance(part, NamedNode)]
    return [cell.value] if isinstance(cell, NamedNode) else []


def _endpoint(place: Place) -> str:
    """Where programs ask the same, with what was said of the dataset."""
    path = place.path if place.path.endswith("/sparql") else "/sparql"
    beside = tuple(pair for pair in place.asked if pair[0] in ("default-graph-uri", "named-graph-uri"))
    return endpoint(Place(path, beside, path).href())
