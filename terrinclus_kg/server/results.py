"""Results of a search as they are read: what is marked, the line under a label, and the same as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from terrinclus_kg.rdf.iri import from_iri, kinds
from terrinclus_kg.server.context import address
from terrinclus_kg.server.operations import ADDRESS, IRI, TEXT, WHOLE, Schema, array, maybe, record
from terrinclus_kg.server.render import Shown, clean
from terrinclus_kg.store.search.model import DESCRIPTION, Found, Hit, Text
from terrinclus_kg.store.search.text import Needle, key

_LINE = 220  # characters of the line under a label
_BEFORE = 60  # of them before the first word that is marked
COLUMNS = ("iri", "page", "kind", "label", "language", "context", "first_year", "last_year", "links")

# One result, and the counts by facet, as JSON Schema.
FOUND: dict[str, Schema] = {
    "iri": IRI,
    "page": maybe(ADDRESS),
    "kind": TEXT,
    "label": TEXT,
    "language": TEXT,
    "context": TEXT,
}
FOUND |= {"first_year": maybe(WHOLE), "last_year": maybe(WHOLE), "links": WHOLE}
FACETS: Schema = {
    "type": "object",
    "additionalProperties": array(record("FacetValue", key=TEXT, value=TEXT, count=WHOLE)),
}

Pieces = list[tuple[str, bool]]  # a text in pieces, in order; those to be marked


@dataclass(frozen=True, slots=True)
class Result:
    """One result. ``label`` and ``line`` are in pieces with their languages; ``field``: where the line is from."""

    hit: Hit
    href: str
    label: Pieces
    language: str
    line: Pieces
    line_language: str
    named: bool


def results(found: Found, shown: Shown) -> list[Result]:
    """The results of a page. ``shown`` has their labels."""
    needle = Needle(found.meant if found.corrected else found.search.text)
    return [_result(hit, needle, shown) for hit in found.hits]


def _result(hit: Hit, needle: Needle, shown: Shown) -> Result:
    label = shown.label(hit.iri)
    line = _line(hit, label.text, needle, shown.language)
    text, language = (_around(line, needle), line.language) if line else ("", "")
    return Result(
        hit,
        shown.href(hit.iri),
        needle.pieces(label.text, label.language),
        label.language,
        needle.pieces(text, language),
        language,
        bool(line and line.field != DESCRIPTION),
    )


def _line(hit: Hit, label: str, needle: Needle, language: str) -> Text | None:
    """The text that says best why a thing was found, other than its label; in the language of the page if it can be."""

    def rank(text: Text) -> tuple[int, bool, bool]:
        finds = needle.finds(text.text, text.language)
        return finds, text.language in (language, ""), text.field == DESCRIPTION

    said = [text for text in hit.texts if key(text.text) not in key(label)]
    best = max(said, key=rank, default=None)
    return best if best and (rank(best)[0] or rank(best) == (0, True, True)) else None


def _around(line: Text, needle: Needle) -> str:
    """The part of a text that is about the question."""
    text = clean(line.text)
    if len(text) <= _LINE:
        return text
    before = next((len(piece) for piece, marked in needle.pieces(text, line.language) if not marked), 0)
    start = 0 if before < _LINE - _BEFORE or needle.finds(text, line.language) == 0 else before - _BEFORE
    start = text.find(" ", start) + 1 if start else 0
    part = text[start : start + _LINE]
    part = part if start + _LINE >= len(text) else part.rsplit(" ", 1)[0] + "…"
    return ("… " if start else "") + part


def as_json(found: Found, shown: Shown, following: str) -> str:
    """Results, counts by facet, and where the next ones are ("": there are no more)."""
    told = {"total": found.total, "offset": found.search.offset, "next": address(following) if following else None}
    return json.dumps({**told, **members(found, shown)}, ensure_ascii=False, indent=1) + "\n"


def members(found: Found, shown: Shown) -> dict[str, Any]:
    """Results, counts by facet, and the spelling that was meant, as members of a document."""
    return {
        "meant": found.meant or None,
        "corrected": found.corrected,
        "results": [dict(zip(COLUMNS, row, strict=True)) for row in _rows(found, shown)],
        "facets": {
            facet.slug: [{"key": one.key, "value": one.value, "count": one.count} for one in facet.values]
            for facet in found.facets
        },
    }


def as_csv(found: Found, shown: Shown) -> str:
    """Results, a row each (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(["" if cell is None else cell for cell in row] for row in _rows(found, shown))
    return out.getvalue()


def _rows(found: Found, shown: Shown) -> Iterable[tuple[object, ...]]:
    for one in results(found, shown):
        hit, name = one.hit, from_iri(one.hit.iri)
        page = address(f"/{shown.language}/{name.path}") if name else None
        years = hit.years or (None, None)
        texts = ("".join(piece for piece, _ in pieces) for pieces in (one.label, one.line))
        label, line = texts
        yield (hit.iri, page, hit.kind, label, one.language, line, *years, hit.links)


def suggestions(hits: Iterable[Hit], shown: Shown) -> list[dict[str, str]]:
    """What a search field offers: label, language of it, kind, address of the page, and what forms take."""
    found = []
    for hit in hits:
        label, name = shown.label(hit.iri), from_iri(hit.iri)
        found.append(
            {
                "iri": hit.iri,
                "label": label.text,
                "language": label.language,
                "kind": hit.kind,
                "type": kinds()[hit.kind].labels[shown.language],
                "page": shown.href(hit.iri),
                "value": name.path if name else hit.iri,
            }
        )
    return found
