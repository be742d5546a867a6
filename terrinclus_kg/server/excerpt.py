"""The lines of a query around a fault, for people to look at."""

from __future__ import annotations

from dataclasses import dataclass

_AROUND = 4  # lines before and after


@dataclass(frozen=True, slots=True)
class Line:
    """A line by its number; of the one with the fault, what stands before, at and after it."""

    number: int
    before: str
    at: str = ""
    after: str = ""


def excerpt(text: str, line: object, column: object) -> tuple[Line, ...]:
    """The lines around a place, both numbers from 1; nothing if the text has no such line."""
    lines = text.replace("\r\n", "\n").split("\n")
    if not isinstance(line, int) or not isinstance(column, int) or not 1 <= line <= len(lines):
        return ()
    first, last = max(1, line - _AROUND), min(len(lines), line + _AROUND)
    found = [Line(number, lines[number - 1]) for number in range(first, last + 1)]
    faulty, place = lines[line - 1], min(column - 1, len(lines[line - 1]))
    found[line - first] = Line(line, faulty[:place], faulty[place : place + 1] or " ", faulty[place + 1 :])
    return tuple(found)
