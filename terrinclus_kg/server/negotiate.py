"""Which representation a client gets: content negotiation after RFC 9110 §12.

A suffix in the path wins over ``format=``, which wins over ``Accept``. Nothing here knows Flask.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice

from terrinclus_kg.errors import NotAcceptable
from terrinclus_kg.rdf.formats import ALL_FORMATS, Format
from terrinclus_kg.rdf.labels import LANGUAGES

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_TOKEN = re.compile(rf"{_WORD}\Z")
_RANGE = re.compile(rf"({_WORD})/({_WORD})\Z")
_PARAMETER = re.compile(rf'({_WORD})=({_WORD}|"(?:[^"\\]|\\.)*")\Z')
_WEIGHT = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\Z")
_LANGUAGE = re.compile(r"(?:\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\Z")
# A comma or semicolon inside a quoted string separates nothing (RFC 9110 §5.6.4). A string that is not closed
# goes on to the end; nothing is read twice, so that no header takes longer than its length.
_PIECE = {mark: re.compile(rf'(?:[^{mark}"]|"(?:[^"\\]|\\.)*+(?:"|\\?\Z))++', re.DOTALL) for mark in ",;"}
_LONG = 300  # characters of a header that is not worth remembering
_MOST = 100  # elements of a header that are read

VERSIONS = ("1.1", "1.2-basic", "1.2")  # of RDF and SPARQL; each can carry what the one before it can
_UTF8 = frozenset({("charset", "utf-8")})

# JSON-LD 1.1 §10: a profile does not change what the document says, so none is refused.
_IGNORED_PARAMETERS = frozenset({"profile"})


@dataclass(frozen=True, slots=True)
class Variant:
    """One thing that can be sent: ``media_type`` as it goes out, ``format`` (None for a page).

    ``version``: the version of RDF that it announces (RDF 1.2 Concepts §2.1), "" for none. ``name``: what ``format=``
    calls it, where that is not the end of its media type.
    """

    media_type: str
    format: Format | None = None
    version: str = ""
    name: str = ""

    @property
    def parameters(self) -> frozenset[tuple[str, str]]:
        """Parameters that a media range may name and still fit."""
        return _UTF8 | {("version", self.version)} if self.version else _UTF8

    @property
    def content_type(self) -> str:
        """The ``Content-Type`` value. An old alias of a text format gets its charset too."""
        value = self.media_type
        if self.format and value == self.format.media_type:
            value = self.format.content_type
        elif value.startswith("text/"):
            value += "; charset=utf-8"
        return f"{value}; version={self.version}" if self.version else value


HTML = Variant("text/html")


@dataclass(frozen=True, slots=True)
class _Range:
    main: str
    sub: str
    parameters: frozenset[tuple[str, str]]
    weight: float

    def specificity(self, variant: Variant) -> int | None:
        """How closely it names the variant; None where it does not (RFC 9110 §12.5.1)."""
        main, _, sub = variant.media_type.partition("/")
        if self.main not in ("*", main) or self.sub not in ("*", sub):
            return None
        if not self.parameters <= variant.parameters:
            return None
        return (self.main != "*") + (self.sub != "*") + len(self.parameters)


@cache
def variants(
    formats: tuple[Format, ...], *, page: bool = False, versions: tuple[str, ...] = ("",)
) -> tuple[Variant, ...]:
    """What is offered, in order of preference: the page, the formats, then their old names.

    ``versions`` are the versions of RDF that formats which can may announce, the best first; "" is none.
    """
    names = [(f.media_type, f) for f in formats] + [(alias, f) for f in formats for alias in f.aliases]
    named = [Variant(name, f, v) for name, f in names for v in (versions if f.rdf12 else ("",))]
    return tuple(([HTML] if page else []) + named)


def choose(accept: str | None, offered: Sequence[Variant]) -> Variant:
    """The variant that fits an ``Accept`` header best; on a tie the one offered first.

    The range that names a variant most closely gives its weight, and weight 0 rules it out. Elements
    that are not well-formed are passed over; no usable element means that anything goes.

    Raises:
        NotAcceptable: lists what there is.
    """
    ranges = _ranges(accept or "")
    if not ranges:
        return offered[0]
    best, best_weight = None, 0.0
    for variant in offered:
        weight = _weight(variant, ranges)
        if weight > best_weight:
            best, best_weight = variant, weight
    if best is None:
        raise not_acceptable(offered)
    return best


def by_name(name: str, offered: Sequence[Variant]) -> Variant:
    """The variant that ``format=`` names: one of a format's names, its suffix or media type; ``html``, ``json``.

    Raises:
        NotAcceptable: lists what there is.
    """
    wanted = name.strip().lower().partition(";")[0].strip().replace(" ", "+")  # a plus that nobody encoded
    for variant in offered:
        names = {variant.media_type}
        if variant.format:
            names |= {variant.format.slug, variant.format.suffix, *variant.format.names}
        else:
            names.add(variant.name or variant.media_type.rpartition("/")[2])
        if wanted in names:
            return variant
    raise not_acceptable(offered)


def not_acceptable(offered: Sequence[Variant]) -> NotAcceptable:
    """The error that lists what there is (RFC 9110 §15.5.7)."""
    types = [v.media_type for v in offered if v.format is None or v.media_type == v.format.media_type]
    types = list(dict.fromkeys(types))
    return NotAcceptable("not available in that format; there is: " + ", ".join(types), extra={"variants": types})


def choose_language(accept_language: str | None, offered: Sequence[str] = LANGUAGES) -> str:
    """The language that fits ``Accept-Language`` best (RFC 9110 §12.5.4, lookup of RFC 4647 §3.4).

    On a tie, and where nothing fits, the first offered: a page in another language beats none.
    """
    wanted: dict[str, float] = {}
    for piece in _split(accept_language or "", ","):
        tag, weight, _ = _element(piece)
        if weight is not None and _LANGUAGE.match(tag):
            primary = tag.lower().partition("-")[0]
            wanted[primary] = max(weight, wanted.get(primary, 0.0))
    rest = wanted.get("*", 0.0)
    return max(offered, key=lambda language: wanted.get(language, rest))


def weights(header: str) -> dict[str, float]:
    """The elements of a header like ``Accept-Encoding`` with their weights, names in lower case.

    Of a name that stands twice the higher weight counts; elements that are not well-formed are passed over.
    """
    found: dict[str, float] = {}
    for piece in _split(header, ","):
        name, weight, _ = _element(piece)
        if weight is not None and _TOKEN.match(name):
            found[name.lower()] = max(weight, found.get(name.lower(), 0.0))
    return found


def rdf_minded(accept: str | None) -> bool:
    """Whether a client names an RDF or SPARQL result type: it reads plain text better than HTML."""
    known = {t for f in ALL_FORMATS for t in (f.media_type, *f.aliases)} - {"application/json", "application/xml"}
    return any(f"{r.main}/{r.sub}" in known and r.weight > 0 for r in _ranges(accept or ""))


def likes_pages(accept: str | None) -> bool:
    """Whether a page would do."""
    try:
        return choose(accept, [HTML]) is HTML
    except NotAcceptable:
        return False


def _weight(variant: Variant, ranges: Sequence[_Range]) -> float:
    fits = [(s, r.weight) for r in ranges if (s := r.specificity(variant)) is not None]
    return max(fits)[1] if fits else 0.0


@lru_cache(256)
def _usual(header: str) -> tuple[_Range, ...]:
    return tuple(_read(header))


def _ranges(header: str) -> Sequence[_Range]:
    return _usual(header) if len(header) < _LONG else _read(header)


def _read(header: str) -> list[_Range]:
    found = []
    for piece in _split(header, ","):
        name, weight, parameters = _element(piece)
        match = _RANGE.match(name.lower())
        if match and weight is not None and not (match[1] == "*" and match[2] != "*"):
            found.append(_Range(match[1], match[2], parameters, weight))
    return found


def _element(piece: str) -> tuple[str, float | None, frozenset[tuple[str, str]]]:
    """``text/html;level=1;q=0.5`` → name, weight (None: not well-formed), parameters but q."""
    name, *rest = _split(piece, ";") or [""]
    weight: float | None = 1.0
    parameters = set()
    for text in rest:
        match = _PARAMETER.match(text)
        if not match:
            return name, None, frozenset()
        key, value = match[1].lower(), match[2].strip('"').lower()
        if key == "q":
            weight = float(value) if _WEIGHT.match(value) else None
            break  # what follows the weight was an extension of RFC 7231, now obsolete
        if key not in _IGNORED_PARAMETERS:
            parameters.add((key, value))
    return name, weight, frozenset(parameters)


def _split(text: str, mark: str) -> list[str]:
    found = (match[0].strip(" \t") for match in islice(_PIECE[mark].finditer(text), _MOST))
    return [piece for piece in found if piece]
