"""How wide a text is about, and what of it fits: fonts are the reader's own, so the estimate is a generous one."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "…"
_NARROW = frozenset("iljtfr.,;:'’|!()[]/\\- ")
_WIDE = frozenset("mwMW@%&—…œŒæÆ")


def width(text: str, size: float) -> float:
    """The width of a line in a common sans-serif face, rather too large than too small."""
    return size * sum(map(_ems, text))


def fit(text: str, room: float, size: float) -> str:
    """The text on one line, or its beginning with an ellipsis if it is wider than ``room``."""
    line = " ".join(text.split())
    if len(line) < 2000 and width(line, size) <= room:  # an absurd length is not measured
        return line
    left = room - width(ELLIPSIS, size)
    kept = 0
    for character in line:
        left -= size * _ems(character)
        if left < 0:
            break
        kept += 1
    return line[:kept].rstrip() + ELLIPSIS


def _ems(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if character in _NARROW:
        return 0.42
    if character in _WIDE or unicodedata.east_asian_width(character) in "WF":
        return 1.05
    return 0.76 if character.isupper() or (not character.isascii() and not character.isalpha()) else 0.63
