"""What the forms above drawings let a reader choose: a year, a goal, kinds, a thing by its name.

An empty field chooses nothing. Names of fields and their values are French, as all addresses are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from flask import request

from terrinclus_kg.errors import ParameterError
from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.resource.site import site

_YEAR = re.compile(r"[0-9]{4}\Z")
_GOAL = re.compile(r"[0-9]{1,2}(?:\.[0-9a-z]{1,2})?\Z")


def year(field: str) -> int | None:
    """A year of four digits. Raises ParameterError."""
    given = _given(field)
    if given and not _YEAR.match(given):
        raise ParameterError(f"{field}: write a year in four digits", extra={"parameter": field})
    return int(given) if given else None


def goal() -> str:
    """The IRI of the goal or target whose number stands in the field of their kind, or "". Raises ParameterError."""
    field = site().goal
    given = _given(field) if field else ""
    if given and not _GOAL.match(given):
        raise ParameterError(f"{field}: write the number of a goal or target: 10, 10.2", extra={"parameter": field})
    return kinds()[field].base + given if given else ""


def goals() -> list[str]:
    """The IRIs of the goals that may be chosen; none, where the site has no page of them."""
    return [f"{kinds()[site().goal].base}{number}" for number in range(1, 18)] if site().goal else []


def some(field: str, known: Sequence[str]) -> tuple[str, ...]:
    """Those of the known values that are chosen, in their order; all if none is. Raises ParameterError."""
    given = [value for value in request.args.getlist(field) if value]
    for value in given:
        if value not in known:
            raise ParameterError(f"{field}: there is {', '.join(known)}", extra={"parameter": field})
    return tuple(value for value in known if value in given) or tuple(known)


def one(field: str, known: Mapping[str, object] | Sequence[str]) -> str:
    """The known value that is chosen, the first if none is. Raises ParameterError."""
    given = _given(field) or next(iter(known))
    if given not in known:
        raise ParameterError(f"{field}: there is {', '.join(known)}", extra={"parameter": field})
    return given


def text(field: str) -> str:
    """What is written in a field, of which no name needs more than 300 characters."""
    return _given(field)[:300]


def _given(field: str) -> str:
    return request.args.get(field, "").strip()
