"""The words of a question as sets of documents: tiers, the more telling first, and other spellings.

A label that is what was typed comes first; then a code that is, or that stands in it among words of the thing; then
another name that is; labels that begin so; labels with all the words; all of them in labels and other names; all of
them anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from pyroaring import BitMap

from terrinclus_kg.store.search import spelling
from terrinclus_kg.store.search.index import Documents, Index
from terrinclus_kg.store.search.model import DESCRIPTION, IDENTIFIER, LABEL, NAME
from terrinclus_kg.store.search.postings import BEGINNING, FIRST, FIRST_BEGINNING, STEM, WHOLE, WORD
from terrinclus_kg.store.search.text import Word, asked, bare, codes, key, stems

MOST = 12  # words of a question that count
_TRIED = 3  # other spellings of a word
_RARE, _COMMON = 3, 20  # a word that so few hold may be a slip for one that so many times as many hold


@dataclass(frozen=True, slots=True)
class _Sets:
    """The documents that hold a word, by how telling the field is; each holds the one before."""

    labels: Documents
    names: Documents
    anywhere: Documents


class Matching:
    """The documents that a text is about."""

    def __init__(self, index: Index, text: str, *, names: bool, language: str) -> None:
        """``names``: look at labels and other names only. ``language``: whose labels may begin with the text."""
        self._index, self._text, self._names, self._language = index, text, names, language
        self.words = asked(text)[:MOST]
        self._sets = [self._of(word) for word in self.words]
        self.tiers = self._tiers() if self.words else []

    @property
    def documents(self) -> Documents:
        """All of them."""
        return self.tiers[-1] if self.tiers else BitMap()

    def meant(self) -> str:
        """The text in another spelling that finds something: of words that nothing holds, and of rare ones, in no
        label, that are nearly a common one; "" if there is none."""
        text, sets = self._text, list(self._sets)
        for place, word in enumerate(self.words):
            held = len(self._reached(sets[place]))
            if held > _RARE or sets[place].labels:
                continue
            others = [one for i, one in enumerate(sets) if i != place and self._reached(one)]
            shown, found = self._respelled(word, held, others)
            if found:
                text, sets[place] = text.replace(word.surface, shown), found
            elif not held:
                return ""
        return text if text != self._text else ""

    def _respelled(self, word: Word, held: int, others: list[_Sets]) -> tuple[str, _Sets | None]:
        """The nearest spelling of a word that goes with the others, and that far more things hold."""
        if not spelling.may_err(word.folded):
            return "", None
        most = spelling.bound(word.folded) if not held else 1
        near = self._index.near(spelling.remains(word.folded))
        common = ((other, shown, count) for other, shown, count in near if count > held * _COMMON)
        far = ((spelling.distance(word.folded, other, most), -count, other, shown) for other, shown, count in common)
        for _, _, other, shown in sorted(one for one in far if one[0] <= most)[:_TRIED]:
            found = self._of(Word(shown, other, False))
            if reduce(and_, map(self._reached, others), self._reached(found)):
                return shown, found
        return "", None

    def _reached(self, sets: _Sets) -> Documents:
        return sets.names if self._names else sets.anywhere

    def _of(self, word: Word) -> _Sets:
        labels, names, descriptions = (self._in(word, field) for field in (LABEL, NAME, DESCRIPTION))
        return _Sets(labels, labels | names, labels | names | descriptions)

    def _in(self, word: Word, field: str) -> Documents:
        found = [self._index.documents(f"{WORD}{word.folded}{field}")]
        found += [self._index.documents(f"{STEM}{stem}{field}") for stem in stems(word.surface, "")]
        if word.open:
            found.append(self._index.beginning(WORD, BEGINNING, word.folded, field))
        return reduce(or_, found)

    def _tiers(self) -> list[Documents]:
        labels = reduce(and_, (sets.labels for sets in self._sets))
        names = reduce(and_, (sets.names for sets in self._sets))
        anywhere = reduce(and_, (sets.anywhere for sets in self._sets))
        label, name = (self._index.documents(f"{WHOLE}{key(self._text)}{field}") & names for field in (LABEL, NAME))
        coded = self._coded() & anywhere
        tiers = [label, coded, name, self._first() & labels, labels, names | coded]
        return tiers if self._names else [*tiers, anywhere]

    def _coded(self) -> Documents:
        """Those that have a code which is the text, or stands in it."""
        held = (self._index.documents(f"{WHOLE}{bare(one)}{IDENTIFIER}") for one, _ in codes(self._text))
        return reduce(or_, held)

    def _first(self) -> Documents:
        first = f"{self._language}{self.words[0].folded}"
        if self.words[0].open:
            return self._index.beginning(FIRST, FIRST_BEGINNING, first, LABEL)
        return self._index.documents(f"{FIRST}{first}{LABEL}")
