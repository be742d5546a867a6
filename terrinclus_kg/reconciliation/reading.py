"""A name as people write it in a list: its words, in each way in which they can be read, and the codes in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Annotated

from pydantic import AfterValidator, Field

from terrinclus_kg.rdf.checked import Part, table
from terrinclus_kg.rdf.iri import known
from terrinclus_kg.store.search.text import STOP, Word, codes, fold, joined, words

LONGEST = 300  # characters of a name that are read
_TOKEN = re.compile(r"([^\W_]+)(\.(?!\w))?")
_INVERTED = re.compile(r"([^,()]+)[,(]([^,()]+)\)?\s*\Z")
_ASIDE = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
Words = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A code that a name may be, or hold: as codes are compared (`text.code`), and the readings of what stands beside
    it, none where nothing does."""

    text: str
    beside: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """A name that somebody wrote: as it is; its ``readings``; the words that stand in brackets, folded; its codes;
    the things (IRIs) that it is an identifier of."""

    text: str
    readings: tuple[Words, ...]
    aside: frozenset[str]
    codes: tuple[Code, ...]
    things: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shortened:
    """What one language shortens: ``words``: folded → what it may stand for; ``light``: folded, which tell little."""

    words: dict[str, tuple[str, ...]]
    light: frozenset[str]


def read(text: str, language: str) -> Name:
    """Reads a name, written in a language ("fr", "en"); what is longer than `LONGEST` is cut."""
    text = text[:LONGEST]
    aside = frozenset(chain.from_iterable(words(found) for found in _ASIDE.findall(text)))
    readings = (
        *_readings(text, language),
        *(each for other in uninverted(text) for each in _readings(other, language)),
    )
    coded = tuple(Code(one, _readings(beside, language) if beside else ()) for one, beside in codes(text) if one)
    return Name(text, tuple(dict.fromkeys(readings)), aside, coded)


def uninverted(text: str) -> Iterator[str]:
    """A name that is sorted by what stands before its comma or bracket, as it is spoken: *Congo, République du*; *Aude
    (département)*."""
    found = _INVERTED.match(text)
    if found and words(found[1]) and words(found[2]):
        yield f"{found[2]} {found[1]}"


@cache
def shortened(language: str) -> Shortened:
    """What a language shortens: ``ontology/reconciliation.toml``. Raises ConfigurationError: what is wrong in it."""
    told = _told().words.get(language, {})
    meant = {fold(short): (long,) if isinstance(long, str) else long for short, long in told.items()}
    return Shortened(meant, frozenset(map(fold, _told().light.get(language, ()))))


def any_order() -> frozenset[str]:
    """The kinds whose things are called by the same words in any order: ``ontology/reconciliation.toml``."""
    return _told().any_order


class _File(Part):
    any_order: frozenset[Annotated[str, AfterValidator(known)]] = frozenset()
    light: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    words: Mapping[str, Mapping[str, str | tuple[str, ...]]] = Field(default_factory=dict)


@cache
def _told() -> _File:
    return table(_File, "ontology/reconciliation.toml")


def _readings(text: str, language: str) -> tuple[Words, ...]:
    plain = _telling(_words(text))
    first, other = (_telling(_expanded(plain, language, choice)) for choice in (0, 1))
    return tuple(dict.fromkeys((plain, first, other)))


def _words(text: str) -> Iterator[Word]:
    for surface, point in _TOKEN.findall(joined(text)):
        for part in words(surface):
            yield Word(surface, part, open=bool(point))


def _expanded(plain: Words, language: str, choice: int) -> Iterator[Word]:
    """The words with those in their place that they are short for; ``choice``: which, where there are several."""
    meant = shortened(language).words
    for word in plain:
        if word.folded in meant:
            long = meant[word.folded]
            yield from _words(long[min(choice, len(long) - 1)])
        else:
            yield word


def _telling(found: Iterator[Word] | Words) -> Words:
    """Without small words, unless there are no others."""
    kept = tuple(found)
    return tuple(word for word in kept if word.folded not in STOP) or kept
