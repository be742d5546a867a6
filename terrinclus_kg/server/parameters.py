"""What operations for applications have in common: parameters that are known, a language, and pages (RFC 8288)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

from terrinclus_kg.errors import NotFound, ParameterError
from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import address, language
from terrinclus_kg.server.operations import ADDRESS, WHOLE, Parameter, Schema, choice, maybe
from terrinclus_kg.server.respond import link

PAGE, SIZE = "page", "page_size"  # the parameters
LONGEST = 2000  # characters of a name of a thing
USUAL, LARGEST, LAST = 100, 1000, 999_999_999
_DIGITS = re.compile("[0-9]{1,9}\\Z")


@dataclass(frozen=True, slots=True)
class Paging:
    """A page as it is asked for: its number, from 1, and how many it holds at most."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many come before it."""
        return (self.number - 1) * self.size

    def address(self, number: int) -> str:
        """Where another page of the same is."""
        given = [pair for pair in request.args.items(multi=True) if pair[0] != PAGE]
        given += [(PAGE, str(number))] if number > 1 else []
        return request.path + (f"?{urlencode(given)}" if given else "")

    def others(self, *, more: bool) -> dict[str, str | None]:
        """The addresses of the first page, the one before and the one after; None where there is none."""
        found: dict[str, str | None] = {"first": self.address(1), "prev": None, "next": None}
        found["prev"] = self.address(self.number - 1) if self.number > 1 else None
        found["next"] = self.address(self.number + 1) if more and self.number < LAST else None
        return found

    def links(self, *, more: bool) -> list[str]:
        """The same as elements of a ``Link`` header."""
        return [link(address(path), rel) for rel, path in self.others(more=more).items() if path]

    def members(self, total: int | None, *, more: bool) -> dict[str, object]:
        """What a document says of its page. ``total`` is exact; None where nobody has counted."""
        told = {rel: address(path) if path else None for rel, path in self.others(more=more).items()}
        return {PAGE: self.number, SIZE: self.size, "total": total, **told}

    def check(self, found: int) -> None:
        """Raises NotFound: there is nothing on this page, and it is not the first."""
        if not found and self.number > 1:
            raise NotFound("the list has no such page")


def paging() -> Paging:
    """The page that this request asks for. Raises ParameterError."""
    return Paging(page_asked(), _number(SIZE, USUAL, LARGEST))


def page_asked() -> int:
    """The number of the page that this request asks for. Raises ParameterError."""
    return _number(PAGE, 1, LAST)


def check_names(known: Sequence[str], free: Sequence[str] = ()) -> None:
    """Raises ParameterError: the request has a parameter that is not known here, or one without a value that is not
    among those that may have any text (``free``)."""
    for name, value in request.args.items(multi=True):
        if name in known and not value and name not in free:
            raise ParameterError(f"{name}: a value is missing", extra={"parameter": name})
        if name not in known:
            raise ParameterError(
                f"no parameter {name[:100]}; there is: {', '.join(known)}", extra={"parameter": name[:100]}
            )


def labels_language() -> str:
    """The language that labels are wanted in: ``lang=``, else that of the client. Raises ParameterError."""
    if (given := request.args.get("lang")) is not None and given not in LANGUAGES:
        reason = f"lang: there is {' and '.join(LANGUAGES)}, not {given[:100]!r}"
        raise ParameterError(reason, extra={"parameter": "lang"})
    return language()


def _number(name: str, usual: int, most: int) -> int:
    text = request.args.get(name, str(usual))
    found = int(text) if _DIGITS.match(text) else 0
    if not 1 <= found <= most:
        reason = f"{name}: a whole number from 1 to {most}, not {text[:100]!r}"
        raise ParameterError(reason, extra={"parameter": name})
    return found


PAGING = (
    Parameter(PAGE, N_("Which page, from 1."), {"type": "integer", "minimum": 1, "maximum": LAST}, example=1),
    Parameter(SIZE, N_("How many a page holds."), {"type": "integer", "minimum": 1, "maximum": LARGEST}, example=10),
)
PAGED: dict[str, Schema] = {
    PAGE: WHOLE,
    SIZE: WHOLE,
    "total": maybe(WHOLE),
    "first": ADDRESS,
    "prev": maybe(ADDRESS),
    "next": maybe(ADDRESS),
}
SEGMENT: Schema = {"type": "string", "pattern": r"^[A-Za-z0-9_~\-][A-Za-z0-9_~.\-]*$"}  # of a path


def thing_schema(*slugs: str) -> Schema:
    """How a thing is named in a request: as an IRI, kind/key, prefix:key or by its label. Its kinds are in the format
    (``thing:projet``), which JSON Schema leaves to those who know it."""
    return {"type": "string", "minLength": 1, "maxLength": LONGEST, "format": ":".join(("thing", *slugs))}


def thing_parameters(*slugs: str) -> tuple[Parameter, Parameter]:
    """The kind and the key of a thing in a path; without ``slugs`` of any kind."""
    key = N_("The key of the thing: what follows the kind in its address. It may have several segments.")
    return (
        Parameter("kind", N_("A kind of thing."), choice(*(slugs or kinds())), where="path"),
        Parameter("key", key, SEGMENT, where="path"),
    )
