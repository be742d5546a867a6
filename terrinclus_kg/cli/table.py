"""Rows for people at a terminal: a table, or one block a row where the columns do not fit beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import IO, cast

from pyoxigraph import Literal, NamedNode, QueryBoolean, QueryResultsFormat, parse_query_results
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from terrinclus_kg.rdf.namespaces import compact
from terrinclus_kg.rdf.parts import PartsFile

MOST = 200  # rows shown
_COLUMN = 14  # characters that a column needs to be readable


def show(chunks: Iterable[bytes], release: str) -> None:
    """Prints an answer to SELECT or ASK, told in SPARQL 1.1 Query Results JSON, and reads no more than it shows.

    What is left out is said in the last line. Raises what breaks the answer, ValueError if it is not such JSON.
    """
    console = Console(highlight=False, soft_wrap=False)
    found = parse_query_results(cast(IO[bytes], PartsFile(chunks)), format=QueryResultsFormat.JSON)
    if isinstance(found, QueryBoolean):
        console.print("yes" if found else "no")
        return
    names = [variable.value for variable in found.variables]
    rows = [[row[name] for name in names] for row in islice(found, MOST + 1)]
    _print(console, names, rows[:MOST])
    console.print(Text(_last_line(len(rows), release), style="dim"))


def _print(console: Console, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    if len(names) * _COLUMN <= console.width:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in names:
            table.add_column(Text(name), overflow="fold")
        for row in rows:
            table.add_row(*(_cell(term) for term in row))
        console.print(table)
        return
    for number, row in enumerate(rows, 1):
        block = Table.grid(padding=(0, 2))
        block.title, block.title_justify = Text(f"{number}"), "left"
        for name, term in zip(names, row, strict=True):
            if term is not None:
                block.add_row(Text(name, style="dim"), _cell(term))
        console.print(block)


def _cell(term: object) -> Text:
    """A term as people read it: short IRIs, a literal without quotes but with its language."""
    if term is None:
        return Text()
    if isinstance(term, NamedNode):
        return Text(_printable(compact(term.value)), style="cyan")
    if isinstance(term, Literal):
        text = Text(_printable(term.value))
        return text.append(f" @{term.language}", style="dim") if term.language else text
    return Text(_printable(str(term)))


def _printable(text: str) -> str:
    """Without characters that could command the terminal."""
    return "".join(c if c.isprintable() or c in "\n\u00a0\u202f" else "\ufffd" for c in text)


def _last_line(count: int, release: str) -> str:
    place = f", release {_printable(release)}" if release else ""
    if count > MOST:
        return f"The first {MOST} rows{place}. There are more: --format csv prints all of them."
    return f"{count} row{'s' * (count != 1)}{place}"
