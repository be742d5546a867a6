"""What is kept of each document of an index: the terms that it holds, what is shown, what it is sorted by."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.rdf.labels import LANGUAGES, choose
from terrinclus_kg.store.search.model import DESCRIPTION, IDENTIFIER, LABEL, NAME
from terrinclus_kg.store.search.postings import FIRST, INITIALS, STEM, WHOLE, WORD, Many, Postings
from terrinclus_kg.store.search.text import (
    bare,
    code,
    fold,
    initials,
    key,
    sort_key,
    split,
    stems,
    surfaces,
    telling,
    words,
)

CONTEXT = 400  # characters of a text that are kept to be shown
_BATCH = 10_000  # rows
_KNOWN = 300_000  # words whose forms are remembered
_LAST = "\U0010ffff"  # after all words


class Documents:
    """Documents on their way into the tables, given in the order of their numbers."""

    def __init__(self, many: Many, postings: Postings) -> None:
        self.postings = postings
        self._many = many
        self._texts: list[tuple[int, str, str, str]] = []
        self._labels: list[tuple[int, str, str]] = []
        self._surfaces: dict[str, str] = {}
        self._forms = lru_cache(maxsize=_KNOWN)(self._forms_of)

    def add(self, thing: tuple[int, str, str], texts: list[tuple[str, str, str]]) -> None:
        """A document: its number, IRI and kind; its texts as field, language, text. The words of its kind and of its
        key find it too."""
        document, iri, kind = thing
        terms = {f"{WORD}{word}{DESCRIPTION}" for word in (*_kind_words(kind), *words(iri.rpartition("/")[2]))}
        for field, language, text in texts:
            terms.update(self._terms(field, language, text))
            cut = text if len(text) <= CONTEXT else text[: CONTEXT - 1] + "…"
            self._texts.append((document, field, language, cut))
        labels = {language: text for field, language, text in texts if field == LABEL}
        shown = {tag: choose(labels, tag, "").text for tag in LANGUAGES}
        self._labels += [(document, tag, sort_key(text) or _LAST) for tag, text in shown.items()]
        firsts = ((tag, telling(words(text))[:1]) for tag, text in shown.items())
        terms.update(f"{FIRST}{tag}{word}{LABEL}" for tag, first in firsts for word in first)
        self.postings.add(document, terms)
        if len(self._texts) > _BATCH:
            self.flush()

    def flush(self) -> None:
        """Writes what is left."""
        self._many("INSERT INTO main.text VALUES (?, ?, ?, ?)", self._texts)
        self._many("INSERT INTO label VALUES (?, ?, ?)", self._labels)
        self._many("INSERT OR IGNORE INTO surface VALUES (?, ?)", self._surfaces.items())
        self._texts, self._labels, self._surfaces = [], [], {}

    def _terms(self, field: str, language: str, text: str) -> Iterator[str]:
        forms, kept = self._forms, field if field in (LABEL, DESCRIPTION) else NAME
        for surface in surfaces(text):
            for form in forms(surface, language):
                yield form + kept
        found = words(text) if field != DESCRIPTION else []
        if not found:
            return
        if field == IDENTIFIER:
            yield f"{WHOLE}{bare(code(text))}{field}"
            return
        yield f"{WHOLE}{key(text)}{kept}"
        if short := initials(found):
            yield f"{INITIALS}{short}{kept}"

    def _forms_of(self, surface: str, language: str) -> tuple[str, ...]:
        """The terms of a word, without their field; how it is written is kept where it is folded to something else."""
        found = split(fold(surface))
        if found and found[0] != surface:
            self._surfaces[found[0]] = surface if surface.isupper() else surface.lower()
        return (*(f"{WORD}{word}" for word in found), *(f"{STEM}{stem}" for stem in stems(surface, language)))


@cache
def _kind_words(kind: str) -> list[str]:
    """What a thing of a kind is called: a project is found by *projet* too."""
    return [word for text in kinds()[kind].names for word in telling(words(text))]
