"""Texts as the index sees them: folded words and their stems, in French and English.

Accents, case, ligatures, apostrophes and kinds of blanks make no difference; ``l’eau`` is *l* and *eau*, ``O.D.D.`` is
*odd*.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from threading import local

import Stemmer

from terrinclus_kg.rdf.labels import LANGUAGES

LONGEST = 64  # characters of a word that count
_SHORTEST, _LONGEST_INITIALS = 3, 10  # words of a name that is called by its first letters
_WORD = re.compile(r"[^\W_]+")
_ACRONYM = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,}(?:[^\W\d_](?!\w))?|(?<!\w)[^\W\d_]\.[^\W\d_](?![\w.])")
_CODE = re.compile(r"(?<![^\W_])(?:[^\W\d_]{2,})?(\d[^\W_]*(?:[.\-_/][^\W_]+)*)")
_APART = re.compile(r"(?<=\d)\W*[\s/;&+]\W*(?=\d)")  # what stands between numbers that are not one code
_LIGATURES = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}
_SNOWBALL = {"fr": "french", "en": "english"}
# Words that a search may leave out: they are in every second text.
_SMALL = """a au aux avec ce ces dans de des du elle en et eux il ils je la le les leur lui ma mais me mes moi mon ne
nos notre nous on ou par pas pour qu que qui sa se ses son sur ta te tes toi ton tu un une vos votre vous
c d j l m n s t y jusqu lorsqu puisqu quoiqu
an and are as at be by for from in is it its of or that the this to was with"""
STOP = frozenset(_SMALL.split())


class _Folding(dict[int, str]):
    """Code point → what it is folded to, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", chr(code).casefold())
        letters = (_LIGATURES.get(c, c) for c in plain if not unicodedata.combining(c))
        return self.setdefault(code, "".join(letters).casefold())


_folding = _Folding()


def fold(text: str) -> str:
    """A text in lower case, without accents, ligatures and compatibility forms."""
    return text.lower() if text.isascii() else text.translate(_folding)


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return split(fold(joined(text)))


def surfaces(text: str) -> list[str]:
    """The words of a text, in order, as they stand there; a few become several when they are folded (`split`)."""
    found: list[str] = _WORD.findall(joined(text if text.isascii() else unicodedata.normalize("NFC", text)))
    return found


def split(text: str) -> list[str]:
    """The words of a text that is folded."""
    return [word[:LONGEST] for word in _WORD.findall(text)]


def key(text: str) -> str:
    """What texts have in common that differ only in accents, case, punctuation and small words."""
    found = words(text)
    return " ".join([word for word in found if word not in STOP] or found)


def code(text: str) -> str:
    """What codes have in common that differ only in case and punctuation: each sign tells, ``8.a`` is not ``8``; and
    several numbers are no code, ``8, 10`` is not ``8.10``."""
    return "|".join(" ".join(words(part)) for part in _APART.split(text))


def codes(text: str) -> Iterator[tuple[str, str]]:
    """The codes that a text may be or hold, each with what stands beside it: all of it, and what begins with a digit,
    also where letters are joined to it (``CD44``)."""
    yield code(text), ""
    for found in _CODE.finditer(text):
        beside = f"{text[: found.start(1)]} {text[found.end() :]}"
        if words(beside):
            yield code(found[1]), beside


def bare(code: str) -> str:
    """A code without the zeros in front of a number, which spreadsheets drop: ``01`` is ``1``."""
    return code.lstrip("0") or code if code.isdigit() else code


def sort_key(text: str) -> str:
    """What alphabetical order goes by: words folded, numbers by their value."""
    return " ".join(word.zfill(8) if word.isdigit() else word for word in words(text))


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question: as typed, folded; ``open``: the last one, which may be the beginning of a word."""

    surface: str
    folded: str
    open: bool


def asked(text: str) -> list[Word]:
    """The words of a question, without small ones unless there are no others; each once."""
    found = [(surface, word) for surface in surfaces(text) for word in split(fold(surface))]
    kept = telling([word for _, word in found])
    last = found[-1][1] if found else ""
    shown = {word: surface for surface, word in reversed(found)}
    many = len(kept) > 1  # a letter alone would be the beginning of too much
    return [Word(shown[word], word, word == last and (many or len(word) > 1)) for word in kept]


def telling(found: list[str]) -> list[str]:
    """Words without those that stand in every second text, unless there are no others; each once."""
    return list(dict.fromkeys([word for word in found if word not in STOP] or found))


def initials(found: list[str]) -> str:
    """The first letters of the words of a name that has enough of them to be shortened so, else ""."""
    kept = telling(found)
    return "".join(word[0] for word in kept) if _SHORTEST <= len(kept) <= _LONGEST_INITIALS else ""


@lru_cache(maxsize=10_000)
def stems(surface: str, language: str) -> frozenset[str]:
    """The stems of a word, folded, in one language; "" in both, other languages: none. Of the word as it stands and
    without its accents, so that those find it who do not type them."""
    tags = LANGUAGES if not language else tuple({language.partition("-")[0]}.intersection(LANGUAGES))
    lower = surface.casefold()
    forms = {lower, fold(lower)}
    return frozenset(
        f"{tag}:{fold(_stemmers.by_language[tag].stemWord(form))[:LONGEST]}" for tag in tags for form in forms
    )


class _Stemmers(local):
    """One a thread and language: they are not to be shared."""

    def __init__(self) -> None:
        self.by_language = {tag: Stemmer.Stemmer(_SNOWBALL[tag], 0) for tag in LANGUAGES}


_stemmers = _Stemmers()


def joined(text: str) -> str:
    """A text whose acronyms are words: ``O.D.D.`` is *ODD*."""
    return _ACRONYM.sub(lambda found: found[0].replace(".", ""), text) if "." in text else text


class Needle:
    """The words of a question, to be found again in what was found."""

    def __init__(self, text: str) -> None:
        found = asked(text)
        self._words = frozenset(word.folded for word in found)
        self._open = tuple(word.folded for word in found if word.open)
        self._stems = frozenset(stem for word in found for stem in stems(word.surface, ""))

    def pieces(self, text: str, language: str) -> list[tuple[str, bool]]:
        """A text in pieces, in order; those are marked that the question is about."""
        pieces: list[tuple[str, bool]] = []
        end = 0
        for start, stop in self._places(text, language):
            pieces += [(text[end:start], False), (text[start:stop], True)]
            end = stop
        return [piece for piece in [*pieces, (text[end:], False)] if piece[0]]

    def finds(self, text: str, language: str) -> int:
        """How many words of a text the question is about."""
        return sum(1 for _ in self._places(text, language))

    def _places(self, text: str, language: str) -> Iterator[tuple[int, int]]:
        if self._words:
            for found in _WORD.finditer(text):
                if self._about(found[0], language):
                    yield found.span()

    def _about(self, surface: str, language: str) -> bool:
        word = fold(surface)
        if word in self._words or (self._open and word.startswith(self._open)):
            return True
        return not self._stems.isdisjoint(stems(surface, language)) and word not in STOP
