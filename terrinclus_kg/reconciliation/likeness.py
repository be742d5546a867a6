"""How alike two names are, from 0 to 1: by their words, of which rare ones weigh more.

Twice the weight of the words that they share, over that of all their words (a weighted Dice coefficient). Words are
shared that are equal, inflected forms of one, the beginning of one where it is shortened, or nearly equal where nothing
has the word as it is written: a known word is no slip for another one (*Aube* is not *Aude*).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from terrinclus_kg.store.search import spelling
from terrinclus_kg.store.search.text import Word, stems

_INFLECTED, _SHORTENED, _INITIAL, _JOINED = 0.93, 0.95, 0.7, 0.98
_ALSO = 0.8  # what a word is worth that it goes by besides its name
_SLIP = 0.6  # what a wrong letter costs of the share that it has of its word
_TURNED, _FREE = 0.85, 0.94  # the same words in another order, which may mean another thing; where it hardly does
_LIGHT = 0.15  # the weight that is left of a word that tells little
_LEAST = 0.05


@dataclass(frozen=True, slots=True)
class Scale:
    """What words weigh: ``counts``: how many of ``size`` things have each in a name; ``light``: words that tell
    little; ``any_order``: whether names are the same in another order."""

    counts: Mapping[str, int]
    size: int
    light: frozenset[str]
    any_order: bool = False

    def weight(self, word: str) -> float:
        """From 0 to 1: the fewer things have it, the more."""
        rarity = math.log(1 + self.size / (1 + self.counts.get(word, 0))) / math.log(2 + self.size)
        return max(_LEAST, rarity * (_LIGHT if word in self.light else 1))

    def known(self, word: str) -> bool:
        """Whether anything has it in a name."""
        return self.counts.get(word, 0) > 0


def likeness(
    asked: Sequence[Word], name: Sequence[str], others: Collection[str], aside: Collection[str], scale: Scale
) -> float:
    """How alike a reading of a name and the words of a name of a thing are.

    Args:
        others: what else the thing goes by (its class, codes, acronym): it may stand in the reading, and need not.
        aside: words of the reading that stand in brackets: those that nobody knows say little.
    """
    pairs = _pairs(asked, name, scale)
    shared = sum(scale.weight(name[j]) * like for like, _, j in pairs)
    both = sum(scale.weight(name[j]) for _, _, j in pairs)
    mine, theirs = {i for _, i, _ in pairs}, {j for _, _, j in pairs}
    extra = [word for i, word in enumerate(asked) if i not in mine]
    also = sum(scale.weight(word.folded) for word in extra if word.folded in others) if pairs else 0.0
    lost = sum(_lost(word.folded, aside, scale) for word in extra if word.folded not in others or not pairs)
    missing = sum(scale.weight(word) for j, word in enumerate(name) if j not in theirs)
    found = 2 * (shared + _ALSO * also) / (2 * (both + also) + lost + missing or 1)
    order = [j for _, _, j in sorted(pairs, key=lambda pair: pair[1])]
    if order == sorted(order):
        return found
    return found * (_FREE if scale.any_order else _TURNED)


def as_one(text: Iterable[str], name: Iterable[str]) -> float:
    """How alike two names are that differ only in where words begin."""
    return _JOINED if "".join(text) == "".join(name) else 0.0


def _lost(word: str, aside: Collection[str], scale: Scale) -> float:
    return scale.weight(word) * (_LIGHT if word in aside and not scale.known(word) else 1)


def _pairs(asked: Sequence[Word], name: Sequence[str], scale: Scale) -> list[tuple[float, int, int]]:
    """The words that are shared, each once: how alike, place in one, place in the other."""
    alike = ((_like(word, other, scale), -i, -j) for i, word in enumerate(asked) for j, other in enumerate(name))
    pairs: list[tuple[float, int, int]] = []
    mine, theirs = set[int](), set[int]()
    for like, i, j in sorted((one for one in alike if one[0]), reverse=True):
        if -i not in mine and -j not in theirs:
            mine.add(-i)
            theirs.add(-j)
            pairs.append((like, -i, -j))
    return pairs


def _like(word: Word, other: str, scale: Scale) -> float:
    mine = word.folded
    if mine == other:
        return 1.0
    if word.open and other.startswith(mine):
        return _SHORTENED if len(mine) > 1 else _INITIAL
    if not stems(word.surface, "").isdisjoint(stems(other, "")):
        return _INFLECTED
    if scale.known(mine) or not spelling.may_err(mine):
        return 0.0
    most = spelling.bound(mine)
    wrong = OSA.distance(mine, other, score_cutoff=most)
    return 1 - _SLIP * wrong / max(len(mine), len(other)) if wrong <= most else 0.0
