"""Tables of what is said of things (Reconciliation Service API 0.2 §7): values for many things and some properties."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.errors import BatchTooLarge, ParameterError
from terrinclus_kg.rdf.iri import from_iri, kinds
from terrinclus_kg.rdf.labels import choose
from terrinclus_kg.rdf.namespaces import XSD
from terrinclus_kg.reconciliation import properties
from terrinclus_kg.reconciliation.asked import parse_json
from terrinclus_kg.reconciliation.identifiers import identifier, resolved
from terrinclus_kg.reconciliation.properties import Property, known_properties, property_iri
from terrinclus_kg.reconciliation.types import constrained
from terrinclus_kg.store.reader import Reader

MOST_THINGS, MOST_PROPERTIES, MOST_VALUES = 500, 20, 100
IRI = "iri"  # the property that is the IRI of a thing
_INTEGERS = frozenset(
    XSD[name] for name in ("integer", "int", "long", "short", "nonNegativeInteger", "positiveInteger")
)
_NUMBERS = frozenset(XSD[name] for name in ("decimal", "double", "float"))
_DATE = re.compile(r"(-?[0-9]{4,}-[0-9]{2}-[0-9]{2})(T[0-9:.]+)?(Z|[+-][0-9]{2}:[0-9]{2})?\Z")
Cell = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column: the property as the client calls it, its IRI ("" for `IRI`), and its settings."""

    pid: str
    iri: str
    limit: int
    count: bool


@dataclass(frozen=True, slots=True)
class Extension:
    """What a client asks for: identifiers as it has them, columns."""

    ids: tuple[str, ...]
    wanted: tuple[Wanted, ...]


def parse_extension(text: str) -> Extension:
    """Raises ParameterError: not what the API has; BatchTooLarge: too many things or properties."""
    found = parse_json(text, "extend")
    ids, wanted = (found.get("ids"), found.get("properties")) if isinstance(found, dict) else (None, None)
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise ParameterError("extend.ids must be a list of strings", extra={"parameter": "extend"})
    if not isinstance(wanted, list) or not all(
        isinstance(one, dict) and isinstance(one.get("id"), str) for one in wanted
    ):
        raise ParameterError("extend.properties must be a list of objects with an id", extra={"parameter": "extend"})
    for many, most, what in ((ids, MOST_THINGS, "ids"), (wanted, MOST_PROPERTIES, "properties")):
        if len(many) > most:
            raise BatchTooLarge(f"{len(many)} {what}: at most {most} at a time", limit=f"extend.{what}", value=most)
    return Extension(tuple(dict.fromkeys(ids)), tuple(map(_wanted, wanted)))


def extended(reader: Reader, asked: Extension, language: str) -> dict[str, Any]:
    """The answer: ``meta`` about the columns, ``rows`` by identifier. What is not known here has no values.

    Raises as `Reader.rows`.
    """
    iris = {one: resolved(one) for one in asked.ids}
    known = list(dict.fromkeys(filter(None, iris.values())))
    found = properties.values(reader, known, list(dict.fromkeys(one.iri for one in asked.wanted if one.iri)))
    there = {*reader.labels(known), *(iri for iri, _ in found)}
    labels = reader.labels({term.value for terms in found.values() for term in terms if isinstance(term, NamedNode)})

    def cells(iri: str, wanted: Wanted) -> list[Cell]:
        if not wanted.iri:
            return [{"str": iri}] if iri in there else []
        terms = _in_language(found.get((iri, wanted.iri), ()), language)
        if wanted.count:
            return [{"int": len(terms)}]
        return [_cell(term, labels, language) for term in terms[: wanted.limit]]

    rows = {one: {wanted.pid: cells(iri, wanted) for wanted in asked.wanted} for one, iri in iris.items()}
    return {"meta": _meta(reader, asked, rows, language), "rows": rows}


def proposed(reader: Reader, type_id: str, language: str, limit: int | None = None) -> tuple[list[Property], int]:
    """The properties of the things of a type ("" for all listed ones), the most frequent first, and how many there are
    of them in all. Raises ParameterError: no such type."""
    every = tuple(kind.slug for kind in kinds().values() if kind.listed)
    slugs, classes = constrained([type_id]) if type_id else (every, ())
    classes = (*classes, *(iri for slug in slugs for iri in kinds()[slug].classes))
    found = [Property(IRI, "", "IRI", 0), *known_properties(reader, language, classes)]
    return found[:limit], len(found)


def _wanted(found: Mapping[str, Any]) -> Wanted:
    settings = found.get("settings") or {}
    try:
        most = float(settings.get("limit") or 0)
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise ParameterError("settings are an object, and limit is a number", extra={"parameter": "extend"}) from None
    most = min(most, MOST_VALUES) if most >= 1 else MOST_VALUES
    pid = found["id"]
    count = str(settings.get("count", "")).lower() in ("true", "on", "1")
    return Wanted(pid, "" if pid == IRI else property_iri(pid), int(most), count)


def _in_language(terms: Iterable[Literal | NamedNode], language: str) -> list[Literal | NamedNode]:
    """Values in a stable order; of texts in several languages those in the one asked for, if there are any."""
    ordered = sorted(terms, key=lambda term: term.value)
    spoken = [term for term in ordered if isinstance(term, Literal) and term.language]
    own = [term for term in spoken if (term.language or "").partition("-")[0].lower() == language]
    return [term for term in ordered if term not in spoken or term in own] if own else ordered


def _cell(term: Literal | NamedNode, labels: Mapping[str, Mapping[str, str]], language: str) -> Cell:
    if isinstance(term, NamedNode):
        return _entity(term.value, labels.get(term.value, {}), language)
    if term.datatype in _INTEGERS or term.datatype in _NUMBERS:
        return _number(term)
    found = _DATE.match(term.value) if term.datatype in (XSD["date"], XSD["dateTime"]) else None
    if found:  # the API has instants only
        return {"date": f"{found[1]}{found[2] or 'T00:00:00'}{found[3] or 'Z'}"}
    return {"str": term.value}


def _entity(iri: str, labels: Mapping[str, str], language: str) -> Cell:
    """A thing of ours; what is not listed is no entity of this service: a value reads as what it is called."""
    name, found = choose(labels, language, iri).text, from_iri(iri)
    kind = kinds()[found.kind] if found else None
    if kind and kind.listed:
        return {"id": identifier(iri), "name": name}
    return {"str": name if kind and kind.nature == "value" else iri}


def _number(term: Literal) -> Cell:
    try:
        if term.datatype in _INTEGERS:
            return {"int": int(term.value)}
        number = float(term.value)
    except ValueError:
        return {"str": term.value}
    return {"float": number} if math.isfinite(number) else {"str": term.value}


def _meta(
    reader: Reader, asked: Extension, rows: Mapping[str, Mapping[str, Sequence[Cell]]], language: str
) -> list[Cell]:
    names = properties.names(reader, [one.iri for one in asked.wanted], language)
    meta = []
    for wanted in asked.wanted:
        column = [cell for row in rows.values() for cell in row[wanted.pid]]
        about: Cell = {"id": wanted.pid, "name": names[wanted.iri] if wanted.iri else "IRI"}
        of = {cell["id"].partition("/")[0] if "id" in cell else "" for cell in column}
        slug = of.pop() if len(of) == 1 else ""
        if slug in kinds():
            about["type"] = {"id": slug, "name": kinds()[slug].labels[language]}
        meta.append(about)
    return meta
