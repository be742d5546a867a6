"""What the Reconciliation Service API 0.2 asks of each answer, in our words: its schemas are of others."""

from __future__ import annotations

import re
from typing import Any

_INSTANT = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?\Z")
_SETTINGS = {"number": int | float, "text": str, "checkbox": bool, "select": str}


def check_manifest(found: dict[str, Any]) -> None:
    """§3.1: required members, and the forms of the optional ones."""
    assert "0.2" in found["versions"]
    assert all(isinstance(found[name], str) for name in ("name", "identifierSpace", "schemaSpace"))
    assert all(isinstance(found[name], str) for name in ("documentation", "serviceVersion", "logo") if name in found)
    assert "{{id}}" in found["view"]["url"]
    assert "{{id}}" in found["preview"]["url"]
    assert all(type(found["preview"][side]) is int for side in ("width", "height"))
    for service in found["suggest"].values():
        assert isinstance(service["service_url"] + service["service_path"], str)
        assert "${id}" in service["flyout_service_path"]
    check_types(found["defaultTypes"])
    names = [one["id"] for one in found["defaultTypes"]]
    assert len(names) == len(set(names))
    for setting in found["extend"]["property_settings"]:
        assert {"name", "label"} <= setting.keys()
        assert isinstance(setting["default"], _SETTINGS[setting["type"]])  # type: ignore[arg-type]


def check_types(found: Any) -> None:
    """A type: an id, and a name."""
    assert isinstance(found, list)
    assert all(isinstance(one["id"], str) and isinstance(one["name"], str) for one in found)


def check_batch(found: dict[str, Any], keys: set[str]) -> None:
    """§4.3: a list of candidates for each key, the best first."""
    assert found.keys() == keys
    for answer in found.values():
        scores = [one["score"] for one in answer["result"]]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 100 for score in scores)
        assert sum(one["match"] for one in answer["result"]) <= 1
        for one in answer["result"]:
            assert all(isinstance(one[name], str) for name in ("id", "name", "description"))
            assert isinstance(one["match"], bool)
            check_types(one["type"])
            assert all(isinstance(feature["id"], str) for feature in one["features"])
            assert all(isinstance(feature["value"], bool | int | float) for feature in one["features"])


def check_suggestions(found: dict[str, Any]) -> None:
    """§5: an id and a name each."""
    assert all(isinstance(one["id"], str) and isinstance(one["name"], str) for one in found["result"])
    for one in found["result"]:
        assert all(isinstance(kind["id"], str) for kind in one.get("notable", []))


def check_extension(found: dict[str, Any], ids: list[str], properties: list[str]) -> None:
    """§7.3: every thing has every column; a cell is one of the six forms, with nothing else in it."""
    assert [one["id"] for one in found["meta"]] == properties
    assert all(isinstance(one["name"], str) for one in found["meta"])
    assert all(isinstance(one["type"]["id"], str) for one in found["meta"] if "type" in one)
    assert list(found["rows"]) == ids
    for row in found["rows"].values():
        assert list(row) == properties
        for cell in (cell for cells in row.values() for cell in cells):
            check_cell(cell)


def check_cell(cell: dict[str, Any]) -> None:
    """A value: an entity, a text, a number, an instant, or nothing."""
    match cell:
        case {"id": str(), "name": str()}:
            assert cell.keys() <= {"id", "name", "description"}
        case {"str": str()} | {"float": float()} | {"int": int()}:
            assert len(cell) == 1
        case {"date": str(text)}:
            assert len(cell) == 1
            assert _INSTANT.match(text)
        case _:
            assert cell == {}
