"""What looks like a slip in a query that parses: terms that no statement uses, variables that nothing binds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

from terrinclus_kg.store.queries.roles import Role, Term, terms
from terrinclus_kg.store.queries.tokens import place

MOST = 20  # remarks about one text; who has so many has them one after the other
_ALIKE = 0.75  # names that are taken for each other, of 1
_COMPARED = 200  # variables that another one is compared with
_STAR = re.compile(r"\bSELECT\s+(?:DISTINCT\s+|REDUCED\s+)?\*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Remark:
    """One slip. ``code``: unknown-property, unknown-class, unbound or once. ``name``: as it is written in the text.

    ``line``, ``column``: where it stands, from 1, in characters; ``length``: of the name. ``near``: what may have been
    meant, an IRI or a variable, "" where nothing is like it.
    """

    code: str
    name: str
    line: int
    column: int
    length: int
    near: str


def remarks(text: str, classes: Collection[str] | None, properties: Collection[str] | None) -> list[Remark]:
    """What is told of a query that parses, `MOST` remarks at the most.

    Args:
        text: the query.
        classes, properties: all that the data have, as IRIs; None where that is not known.
    """
    found = list(terms(text))
    slips = [*_unknown(found, classes, properties), *_variables(found, text)]
    return [
        Remark(code, term.token[0], *place(text, term.token.start()), len(term.token[0]), near)
        for code, term, near in islice(sorted(slips, key=lambda slip: slip[1].token.start()), MOST)
    ]


_Slip = tuple[str, Term, str]


def _unknown(found: list[Term], classes: Collection[str] | None, properties: Collection[str] | None) -> Iterator[_Slip]:
    known = {Role.CLASS: ("unknown-class", classes), Role.PROPERTY: ("unknown-property", properties)}
    seen: set[str] = set()
    for term in found:
        code, names = known.get(term.role, ("", None))
        if names is not None and term.iri and term.iri not in names and term.iri not in seen and len(seen) < MOST:
            seen.add(term.iri)
            yield code, term, _near(term.iri, names)


def _near(iri: str, known: Collection[str]) -> str:
    """The known IRI that is most like another: in the same namespace if there is one."""
    space, local = _split(iri)
    siblings = {name: each for each in known if (name := _split(each)[1]) and _split(each)[0] == space}
    others = {_split(each)[1]: each for each in known}
    for names in (siblings, others):
        if alike := get_close_matches(local, names, 1, _ALIKE):
            return names[alike[0]]
    return ""


def _split(iri: str) -> tuple[str, str]:
    """Namespace and local name."""
    position = max(iri.rfind("#"), iri.rfind("/")) + 1
    return iri[:position], iri[position:]


def _variables(found: list[Term], text: str) -> Iterator[_Slip]:
    """Those that are asked for but nowhere bound, and those that stand there once beside another of like name."""
    variables = [term for term in found if term.token.lastgroup == "variable"]
    counts = Counter(_name(term) for term in variables)
    bound = {_name(term) for term in variables if term.role is not Role.CHOSEN}
    given = {_name(term) for term in variables if term.role is Role.GIVEN}
    compared, everything = sorted(bound - given)[:_COMPARED], _STAR.search(text)
    lonely = [term for term in variables if counts[_name(term)] == 1 or _name(term) not in bound]
    for term in {_name(term): term for term in reversed(lonely)}.values():
        name = _name(term)
        alike = get_close_matches(name, [each for each in compared if each != name], 1, _ALIKE)
        near = f"?{alike[0]}" if alike else ""
        if name not in bound:
            yield "unbound", term, near
        elif near and not everything and name not in given:
            yield "once", term, near


def _name(term: Term) -> str:
    return term.token[0][1:]
