"""What a name may mean, where it may be misspelt, shortened, or wrongly joined: a few documents worth a closer look.

Each word is a set of documents; those are taken first that have all words, then those with all but one, then those
with the rarest: never a whole set, and in sets those first that most others link to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import combinations
from operator import and_, or_

from pyroaring import BitMap

from terrinclus_kg.errors import NoIndex
from terrinclus_kg.store.search import spelling
from terrinclus_kg.store.search.index import Documents, Index
from terrinclus_kg.store.search.model import CLASS, DESCRIPTION, IDENTIFIER, KIND, LABEL, NAME, Near, Nearby
from terrinclus_kg.store.search.postings import BEGINNING, INITIALS, STEM, WHOLE, WORD
from terrinclus_kg.store.search.text import Word, bare, key, stems, words

MOST = 12  # words of a name that count
_NAMES = (LABEL, NAME)
_TRIED = 8  # other spellings of a word
_PART = 2  # letters of a word that was joined to another


def nearest(index: Index, near: Near) -> Nearby:
    """The documents that a name may mean. Raises NoIndex: classes are asked for, of which the index knows nothing."""
    allowed = _allowed(index, near)
    found: dict[int, None] = {}
    for documents in _sets(index, near):
        among = documents & allowed if allowed is not None else documents
        found |= dict.fromkeys(among[: near.most])
        if len(found) >= near.most:
            break
    return _told(index, near, list(found)[: near.most])


def _told(index: Index, near: Near, documents: list[int]) -> Nearby:
    hits = index.hits(documents)
    named = {text.text for hit in hits for text in hit.texts if text.field != DESCRIPTION}
    seen = {word for text in named for word in words(text)}
    asked = {word.folded for reading in near.readings for word in reading}
    return Nearby(hits, _classes(index, documents), index.counts(seen | asked), index.size)


def _classes(index: Index, documents: list[int]) -> tuple[tuple[str, ...], ...]:
    known = index.values(CLASS)
    return tuple(tuple(name for name, (_, held) in known.items() if one in held) for one in documents)


def _allowed(index: Index, near: Near) -> Documents | None:
    if not near.kinds and not near.classes:
        return None
    kinds, classes = index.values(KIND), index.values(CLASS)
    if near.classes and not classes:
        raise NoIndex("the index of this release was made before it knew classes: ask for kinds, or build it again")
    sets = [kinds[slug][1] for slug in near.kinds if slug in kinds]
    return BitMap.union(BitMap(), *sets, *(classes[iri][1] for iri in near.classes if iri in classes))


def _sets(index: Index, near: Near) -> Iterator[Documents]:
    """Sets of documents, the most promising first."""
    yield BitMap(index.numbers(near.things))
    for text in near.codes:
        yield index.documents(f"{WHOLE}{bare(text)}{IDENTIFIER}")
    for text in near.wholes:
        for field in _NAMES:
            yield index.documents(f"{WHOLE}{key(text)}{field}")
        yield _in_names(index, f"{INITIALS}{(words(text) or [''])[0]}")
    sets = [[_of(index, word) for word in reading[:MOST]] for reading in near.readings]
    for held in sets:
        if held:
            yield reduce(and_, held)
    for held in sets:
        yield from _fewer(sorted((one for one in held if one), key=len))


def _fewer(held: list[Documents]) -> Iterator[Documents]:
    """Those that lack one word, then those with only the rarest ones, then any of these."""
    if len(held) > 1:
        for some in combinations(held, len(held) - 1):
            yield reduce(and_, some)
    for count in range(len(held) - 2, 1, -1):
        yield reduce(and_, held[:count])
    yield from held


def _of(index: Index, word: Word) -> Documents:
    """Documents with a word in a name: as it is, inflected, unfinished; misspelt or joined where nothing has it."""
    exact = _in_names(index, f"{WORD}{word.folded}")
    found = reduce(or_, (_in_names(index, f"{STEM}{stem}") for stem in stems(word.surface, "")), exact)
    if word.open and len(word.folded) > 1:
        found = reduce(or_, (index.beginning(WORD, BEGINNING, word.folded, field) for field in _NAMES), found)
    if exact:
        return found
    for other in _spelled(index, word.folded):
        found = found | _in_names(index, f"{WORD}{other}")
    return found or _parted(index, word.folded)


def _spelled(index: Index, word: str) -> Iterable[str]:
    """The words that one may have been meant to be, the nearest ones."""
    if not spelling.may_err(word):
        return []
    most = spelling.bound(word)
    near = (
        (spelling.distance(word, other, most), -count, other) for other, _, count in index.near(spelling.remains(word))
    )
    return [other for _, _, other in sorted(one for one in near if one[0] <= most)[:_TRIED]]


def _parted(index: Index, word: str) -> Documents:
    """Documents with two words that make up this one."""
    pairs = [(word[:place], word[place:]) for place in range(_PART, len(word) - _PART + 1)]
    known = index.counts({part for pair in pairs for part in pair})
    both = (
        _in_names(index, f"{WORD}{one}") & _in_names(index, f"{WORD}{other}")
        for one, other in pairs
        if known[one] and known[other]
    )
    return reduce(or_, both, BitMap())


def _in_names(index: Index, term: str) -> Documents:
    return index.documents(term + LABEL) | index.documents(term + NAME)
