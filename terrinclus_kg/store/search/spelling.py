"""Words that are nearly the same: what is left of them when one letter goes, and how far they are from each other."""

from __future__ import annotations

from zlib import crc32

SHORTEST, LONGEST = 4, 24  # letters of a word that may be misspelt
_HEAD = 7  # letters that are compared by what is left of them; the rest is by the distance


def remains(word: str) -> set[int]:
    """Numbers that words have in common which are nearly the same: of the beginning, and of it without each letter."""
    head = word[:_HEAD]
    left = {head} | {head[:place] + head[place + 1 :] for place in range(len(head))}
    return {crc32(text.encode()) for text in left}


def may_err(word: str) -> bool:
    """Whether a word can be misspelt: not a short one, nor a number."""
    return SHORTEST <= len(word) <= LONGEST and word.isalpha()


def bound(word: str) -> int:
    """How many letters of a word may be wrong."""
    return 1 if len(word) < 6 else 2


def distance(one: str, other: str, most: int) -> int:
    """Letters that are wrong, missing, too many or exchanged with their neighbour; ``most`` + 1 if there are more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, theirs in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == theirs:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
