"""Whatever JSON a client sends is read, or refused with a reason."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from terrinclus_kg.errors import BatchTooLarge, ParameterError
from terrinclus_kg.reconciliation import Query, parse_batch, parse_extension

_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_NAMES = st.sampled_from(["query", "type", "type_strict", "limit", "properties", "pid", "v", "id", "ids", "settings"])
_ANY = st.recursive(_LEAVES, lambda some: st.lists(some, max_size=4) | st.dictionaries(_NAMES, some, max_size=6))
_PROPERTIES = st.lists(st.fixed_dictionaries({"pid": st.just("dct:title"), "v": _ANY}), max_size=3)
_GOOD = st.fixed_dictionaries(
    {"query": st.text(max_size=20)},
    optional={"limit": st.integers(1, 99), "type": st.just("fait"), "properties": _PROPERTIES},
)


@given(st.dictionaries(st.text(max_size=3), _GOOD | _ANY, max_size=4))
def test_a_batch(asked: dict[str, Any]) -> None:
    with suppress(ParameterError, BatchTooLarge):
        found = parse_batch(json.dumps(asked))
        assert found.keys() == asked.keys()
        read = [one for one in found.values() if isinstance(one, Query)]
        assert all(1 <= one.limit <= 25 for one in read)
        assert bool(read) == bool(asked)


@given(_ANY, st.lists(st.fixed_dictionaries({"id": st.just("iri"), "settings": _ANY}), max_size=3))
def test_an_extension(ids: Any, properties: list[Any]) -> None:
    with suppress(ParameterError, BatchTooLarge):
        found = parse_extension(json.dumps({"ids": ids, "properties": properties}))
        assert set(found.ids) == set(ids)
        assert all(1 <= one.limit <= 100 for one in found.wanted)


@given(st.text(max_size=30))
def test_text(text: str) -> None:
    with suppress(ParameterError, BatchTooLarge):
        parse_batch(text)
