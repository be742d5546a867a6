"""Which thing a person means: by its identifier, by a name as people type it, or by a wrong address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from terrinclus_kg import resource
from terrinclus_kg.errors import Gone, Merged, NoIndex, NotFound
from terrinclus_kg.rdf.iri import Name, from_iri, from_path
from terrinclus_kg.server.context import reader
from terrinclus_kg.store.search.model import KIND, Hit, Search

MOST = 10  # things to choose from
_NEAR, _FIRST = 5, 3  # things that may have been meant by a wrong address; so many of either kind first
_LONGEST = 100  # characters of a key that are searched for


@dataclass(frozen=True, slots=True)
class Choice:
    """What a text may mean: ``iri`` if that is clear ("" if not), else some things to choose from, the likeliest of
    ``total``."""

    text: str
    iri: str = ""
    among: tuple[str, ...] = ()
    total: int = 0


def meant(text: str, lang: str, among: tuple[str, ...]) -> Choice:
    """The thing that a text names: ``kind/key``, its IRI, or a name. Raises NoIndex.

    ``among``: kinds; where things of several are called so, one of the first of these is meant.
    """
    text = text.strip()
    if name := from_path(text) or from_iri(text):
        try:
            resource.check(reader(), name)
        except Merged as error:
            return Choice(text, error.into)
        except (NotFound, Gone):
            return Choice(text)
        return Choice(text, name.iri)
    if not text:
        return Choice(text)
    found = reader().search(Search(text, {KIND: among}, language=lang, size=MOST, names=True, counts=False))
    if clear := _clear(found.hits, text, among):
        return Choice(text, clear.iri)
    return Choice(text, among=tuple(hit.iri for hit in found.hits), total=found.total)


def nearest(name: Name, lang: str) -> tuple[str, ...]:
    """Things of its kind that somebody may have meant by a name that nothing has: whose keys begin likewise, then those
    that a search for its words finds."""
    alike = [one.iri for one in resource.alike(reader().release, name, _NEAR)]
    words = " ".join(re.findall("[^\\W_]+", name.key[:_LONGEST]))
    asked = Search(words, {KIND: (name.kind,)}, language=lang, size=_NEAR, names=True, counts=False)
    try:
        found = [hit.iri for hit in reader().search(asked).hits] if words else []
    except NoIndex:
        found = []
    return tuple(dict.fromkeys((*found[:_FIRST], *alike[:_FIRST], *found, *alike)))[:_NEAR]


def _clear(hits: Sequence[Hit], text: str, among: tuple[str, ...]) -> Hit | None:
    """The only one; or the only one of its kind that is called just so, where none of a former kind is."""
    called = [hit for hit in hits if any(name.text.casefold() == text.casefold() for name in hit.texts)]
    called.sort(key=lambda hit: among.index(hit.kind))
    left = [hit for hit in called if hit.kind == called[0].kind] if called else hits
    return left[0] if len(left) == 1 else None
