"""Every string of the interface is in French too, and in French that is set as French is."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Message

from tests.catalogue import FRENCH, french, said, written

_HOW = "run `make catalogue`, then translate in " + str(FRENCH.name)


def _texts(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string]


def _key(message: Message) -> tuple[object, object]:
    return message.id, message.context


def test_what_is_said_is_what_is_translated() -> None:
    assert {_key(m) for m in said() if m.id} == {_key(m) for m in french() if m.id}, _HOW


def test_every_string_is_translated() -> None:
    assert [m.id for m in french() if m.id and (m.fuzzy or not all(_texts(m)))] == []


def test_the_catalogue_is_written_in_one_way() -> None:
    assert FRENCH.read_bytes() == written(french()), _HOW


@pytest.mark.parametrize("message", [m for m in french() if m.id], ids=lambda m: str(m.id)[:40])
def test_a_translation_fills_in_what_the_text_does(message: Message) -> None:
    ids = message.id if isinstance(message.id, tuple | list) else [message.id]
    placeholders = {name for text in ids for name in re.findall(r"%\((\w+)\)s", str(text))}
    for text in _texts(message):
        assert set(re.findall(r"%\((\w+)\)[sd]", text)) - {"num"} == placeholders - {"num"}
    for text in ids:
        assert not re.search("[\u00a0\u202f]|  ", str(text)), "English has no such blanks"


def test_french_typography() -> None:
    """A blank that does not break before the high punctuation and inside guillemets, and a real apostrophe."""
    for message in french():
        for text in filter(None, _texts(message)) if message.id else ():
            plain = re.sub(r"\?fact|\?fait|https?:\S+|%\(\w+\)s|\{[^}]*\}", "x", text)
            assert not re.search(r"[^\u00a0\u202f][:;!?»]|«[^\u00a0]|'", plain), text
            assert not re.search(r"\u00a0[;!?]|\u202f[:»]|«\u202f", plain), text
