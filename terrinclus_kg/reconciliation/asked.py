"""Reconciliation queries as clients send them (Reconciliation Service API 0.2 §4.2; those of 0.1 are a part of it)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from terrinclus_kg.errors import BatchTooLarge, ParameterError
from terrinclus_kg.reconciliation.properties import Value, property_iri
from terrinclus_kg.reconciliation.reading import LONGEST
from terrinclus_kg.reconciliation.types import constrained

MOST_QUERIES = 50  # in a batch
MOST_CANDIDATES = 25  # for a query
USUAL_CANDIDATES = 5
_MOST_PROPERTIES, _MOST_VALUES, _MOST_TYPES = 10, 10, 20
_STRICT = ("any", "should", "all")


@dataclass(frozen=True, slots=True)
class Constraint:
    """A property and values of it, one of which should be there. ``pid``: what the client calls it."""

    pid: str
    iri: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What one row asks. ``strict``: any of the types, all of them, or ("should") preferably one."""

    text: str
    kinds: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    strict: str = "any"
    limit: int = USUAL_CANDIDATES
    constraints: tuple[Constraint, ...] = ()


def parse_json(text: str, name: str) -> Any:
    """A parameter that is JSON. Raises ParameterError: it is none, or holds half a surrogate pair (RFC 8259 §8.2)."""
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise _wrong(name, f"is not JSON: {error}") from None
    return found


def parse_batch(text: str) -> dict[str, Query | ParameterError]:
    """The queries of a batch, by the keys of the client; what is wrong with one, in its place, if others are right.

    Raises:
        ParameterError: it is no JSON, or no query is what the API has; the message says where.
        BatchTooLarge: more than `MOST_QUERIES`.
    """
    found = parse_json(text, "queries")
    if not isinstance(found, dict):
        raise _wrong("queries", "must be an object whose members are queries")
    if len(found) > MOST_QUERIES:
        message = f"{len(found)} queries: a batch has at most {MOST_QUERIES} (batchSize in the manifest)"
        raise BatchTooLarge(message, limit="batchSize", value=MOST_QUERIES)
    read = {key: _read(key, query) for key, query in found.items()}
    wrong = [one for one in read.values() if isinstance(one, ParameterError)]
    if wrong and len(wrong) == len(read):
        raise wrong[0]
    return read


def _read(key: str, found: Any) -> Query | ParameterError:
    try:
        return parse_query(key, found)
    except ParameterError as error:
        return error


def parse_query(key: str, found: Any) -> Query:
    """One query. Raises ParameterError."""
    if not isinstance(found, dict):
        raise _wrong(key, "must be an object")
    text = found.get("query", "")
    if not isinstance(text, str):
        raise _wrong(f"{key}.query", "must be a string")
    if len(text) > LONGEST:
        raise _wrong(f"{key}.query", f"has more than {LONGEST} characters")
    constraints = _constraints(key, found.get("properties") or [])
    if not text.strip() and not constraints and "query" not in found:
        raise _wrong(key, "has neither a query nor properties")
    kinds, classes = constrained(_types(key, found.get("type") or []))
    strict = found.get("type_strict") or "any"
    if strict not in _STRICT:
        raise _wrong(f"{key}.type_strict", f"is one of {', '.join(_STRICT)}")
    return Query(text.strip(), kinds, classes, strict, _limit(key, found.get("limit")), constraints)


def _limit(key: str, limit: Any) -> int:
    if limit is None or limit == 0:  # 0 is what some clients send for none
        return USUAL_CANDIDATES
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not limit >= 1:
        raise _wrong(f"{key}.limit", "must be a number from 1")
    return int(min(limit, MOST_CANDIDATES))


def _types(key: str, types: Any) -> list[str]:
    """One type, several, or, as in 0.1, objects that have an id."""
    several = types if isinstance(types, list) else [types]
    found = [one.get("id") if isinstance(one, dict) else one for one in several]
    if len(found) > _MOST_TYPES or not all(isinstance(one, str) for one in found):
        raise _wrong(f"{key}.type", f"must be a string, or at most {_MOST_TYPES} of them")
    return [str(one) for one in found if one]


def _constraints(key: str, found: Any) -> tuple[Constraint, ...]:
    if not isinstance(found, list) or len(found) > _MOST_PROPERTIES:
        raise _wrong(f"{key}.properties", f"must be a list, of at most {_MOST_PROPERTIES}")
    read = (_constraint(f"{key}.properties[{place}]", one) for place, one in enumerate(found))
    return tuple(one for one in read if one.values)


def _constraint(place: str, found: Any) -> Constraint:
    if not isinstance(found, dict) or not isinstance(found.get("pid"), str):
        raise _wrong(place, "must be an object with a pid")
    if "v" not in found:
        raise _wrong(place, "has no v")
    values = found["v"] if isinstance(found["v"], list) else [found["v"]]
    if len(values) > _MOST_VALUES:
        raise _wrong(f"{place}.v", f"has more than {_MOST_VALUES} values")
    told = tuple(_value(f"{place}.v", value) for value in values if value not in (None, ""))
    return Constraint(found["pid"], property_iri(found["pid"]), told)


def _value(place: str, value: Any) -> Value:
    if isinstance(value, dict) and isinstance(value.get("id"), str):
        return Value(value["id"], is_id=True)
    if isinstance(value, str | bool | int | float):
        return Value(str(value).lower() if isinstance(value, bool) else str(value)[:LONGEST])
    raise _wrong(place, "must be a string, a number, true, false, or an object with an id")


def _wrong(place: str, reason: str) -> ParameterError:
    return ParameterError(f"{place[:100]} {reason}", extra={"parameter": place[:100]})
