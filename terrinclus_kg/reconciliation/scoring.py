"""What the index finds, as candidates: each with its score, from 0 to 100, and the features that explain it.

The score is that of the name that fits best (`likeness`), a little less where it is not the label; 100 where the text
is a code or an identifier of the thing, a little less where that stands among words. What a row says besides counts
half as much for each property. A candidate is a match if it is good enough, and far enough from the next one; an
exact code wins over whatever is less.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from terrinclus_kg.rdf.labels import choose
from terrinclus_kg.reconciliation.identifiers import identifier
from terrinclus_kg.reconciliation.likeness import Scale, as_one, likeness
from terrinclus_kg.reconciliation.reading import Name, Words, uninverted
from terrinclus_kg.store.search.model import DATED, DESCRIPTION, IDENTIFIER, LABEL, NAME, Hit
from terrinclus_kg.store.search.text import STOP, bare, code, fold, initials, key, telling, words

_EXACT, _LEAD = 100.0, 0.1  # of a code; how far the next one must be from it
MATCH, MARGIN = 88.0, 6.0  # the least score of a match, and how far the next one must be
_TOLD = 4  # other names and codes in a description
LEAST = 25.0  # of a candidate that is told at all
_OF_FIELD = {LABEL: 1.0, NAME: 0.99, DATED: 0.98}
# What nobody states to be its name: initials; the key of the IRI; what brackets say, which is an acronym, or not.
_INITIALS, _KEY, _SHORT, _ASIDE = 0.85, 0.9, 0.92, 0.85
_BESIDE, _BARE = 0.98, 0.9  # a code among words that the thing goes by; a number without the zeros in front of it
_OTHER_TYPE = 0.8  # what is left of a score where another type is preferred
_PROPERTY, _UNTOLD = 0.5, 0.5  # the weight of a property beside the name; its agreement where nothing is said
_WAYS = ("brackets", "initials", "key")  # how a name is found that nobody states
Features = dict[str, bool | float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that may be meant. ``score``: from 0 to 100, explained by ``features``; ``match``: whether it is safely
    the one. ``contradicted``: whether something that the row says is not what the graph says."""

    iri: str
    kind: str
    classes: tuple[str, ...]
    name: str
    description: str
    score: float
    features: Features
    match: bool = False
    contradicted: bool = False

    @property
    def id(self) -> str:
        """What clients call it."""
        return identifier(self.iri)


def candidate(
    name: Name, hit: Hit, classes: tuple[str, ...], type_words: frozenset[str], scale: Scale, language: str
) -> Candidate:
    """How well a thing fits a name. ``type_words``: what things of its types are called."""
    labels = {text.language: text.text for text in hit.texts if text.field == LABEL}
    like, features = _best(name, hit, type_words, scale)
    shown = choose(labels, language, hit.iri).text
    return Candidate(hit.iri, hit.kind, classes, shown, _description(hit, language, shown), like * 100, features)


def agreeing(one: Candidate, agreements: Mapping[str, float | None]) -> Candidate:
    """With what properties say: property → from 0 to 1, None where the graph says nothing."""
    if not agreements:
        return one
    told = {pid: _UNTOLD if value is None else value for pid, value in agreements.items()}
    score = (one.score + 100 * _PROPERTY * sum(told.values())) / (1 + _PROPERTY * len(told))
    features = one.features | {f"property:{pid}": value for pid, value in told.items()}
    return replace(one, score=score, features=features, contradicted=0.0 in agreements.values())


def preferring(one: Candidate, fits: bool) -> Candidate:
    """With whether it is of a type that is preferred."""
    return replace(one, score=one.score * (1 if fits else _OTHER_TYPE), features=one.features | {"type": fits})


def ranked(candidates: Iterable[Candidate], most: int) -> list[Candidate]:
    """The best candidates, the best first; the first is a match if it is good and alone enough."""
    told = [replace(one, score=round(one.score, 1)) for one in candidates]
    kept = sorted((one for one in told if one.score >= LEAST), key=lambda one: -one.score)
    if kept and _safe(kept):
        kept[0] = replace(kept[0], match=True)
    return kept[:most]


def _safe(kept: Sequence[Candidate]) -> bool:
    first = kept[0]
    exact = first.score == _EXACT and first.features.get("code", False)
    alone = len(kept) == 1 or kept[1].score <= first.score - (_LEAD if exact else MARGIN)
    return first.score >= MATCH and alone and not first.contradicted


def _best(name: Name, hit: Hit, type_words: frozenset[str], scale: Scale) -> tuple[float, Features]:
    """How alike the best of its names is, and by what."""
    if not name.text:  # what has the properties is looked for
        return 1.0, {}
    whole = key(name.text)
    codes = {code(text.text) for text in hit.texts if text.field == IDENTIFIER}
    exact = {text.field for text in hit.texts if text.field in _OF_FIELD and key(text.text) == whole}
    others = type_words.union(*(one.split() for one in codes), _short_names(hit))
    coded = _coded(name, hit, codes, type_words | scale.light | STOP)
    ways = [(coded, "code"), *(_likenesses(name, hit, others, scale) if coded < 1 else ())]
    like, way = max(ways, key=lambda pair: pair[0])
    told: Features = {"name_similarity": round(like * 100, 1), "code": bool(coded), "same_label": LABEL in exact}
    told |= {"same_other_name": NAME in exact, "same_dated_name": DATED in exact}
    return like, told | {f"by_{one}": way == one for one in _WAYS}


def _coded(name: Name, hit: Hit, codes: Collection[str], other_words: frozenset[str]) -> float:
    """How sure it is that a name gives a code of a thing, and beside it nothing that the thing does not go by; 0 if it
    gives none."""
    if hit.iri in name.things:
        return 1.0
    numbers = set(map(bare, codes))
    told = [one for one in name.codes if bare(one.text) in numbers]
    known = other_words.union(*(words(text.text) for text in hit.texts if text.field in _OF_FIELD)) if told else ()
    sure = (
        min(1.0 if one.text in codes else _BARE, _BESIDE if one.beside else 1.0)
        for one in told
        if not one.beside or any(_goes_by(known, reading) for reading in one.beside)
    )
    return max(sure, default=0.0)


def _goes_by(known: Iterable[str], reading: Words) -> bool:
    """Whether all words of a reading are known ones, or the beginning of one."""
    return all(
        any(one == word.folded or (word.open and one.startswith(word.folded)) for one in known) for word in reading
    )


def _likenesses(name: Name, hit: Hit, others: frozenset[str], scale: Scale) -> Iterator[tuple[float, str]]:
    together = words(name.text)
    for text in hit.texts:
        if text.field not in _OF_FIELD:
            continue
        share = _OF_FIELD[text.field]
        own = words(text.text)
        yield share * _like(name, own, others, scale), "name"
        yield share * as_one(together, own), "name"
        for spoken in uninverted(text.text):
            yield share * _like(name, words(spoken), others, scale), "name"
        outside, inside = _parted(text.text)
        if inside:
            more = others.union(words(inside))
            yield share * _like(name, words(outside), more, scale), "name"
            yield share * _sure(outside, inside) * _like(name, words(inside), others, scale), "brackets"
        if len(together) == 1 and together[0] == initials(own):
            yield share * _INITIALS, "initials"
    named = words(hit.iri.rpartition("/")[2])
    if any(map(str.isalpha, named)):  # else it is a code
        yield _KEY * _like(name, named, frozenset(), scale), "key"


def _like(name: Name, own: list[str], others: frozenset[str], scale: Scale) -> float:
    kept = telling(own)
    return max(likeness(reading, kept, others, name.aside, scale) for reading in name.readings)


def _short_names(hit: Hit) -> Iterator[str]:
    """Acronyms that it is called by, folded."""
    for text in hit.texts:
        for part in (text.text, _parted(text.text)[1]):
            if text.field in _OF_FIELD and _is_acronym(part):
                yield from words(part)


def _sure(outside: str, inside: str) -> float:
    """How sure it is that what stands in brackets is a name of the whole: it may be where it is, or whose."""
    if fold(inside) == initials(words(outside)):
        return 1.0
    return _SHORT if _is_acronym(inside) else _ASIDE


def _is_acronym(text: str) -> bool:
    return 2 <= len(text) <= 12 and " " not in text and text.isupper()


def _parted(text: str) -> tuple[str, str]:
    """What stands outside and inside of the brackets at the end of a name."""
    outside, bracket, inside = text.partition("(")
    return (outside, inside.rstrip(") ")) if bracket and outside.strip() else (text, "")


def _description(hit: Hit, language: str, shown: str) -> str:
    """A line that tells things of one name from each other: what is said of it, or what else it is called, codes
    too."""
    said = {text.language: text.text for text in hit.texts if text.field == DESCRIPTION}
    if said:
        return choose(said, language, "").text[:200]
    also = (name for name in called(hit, language, NAME, DATED, IDENTIFIER) if name != shown)
    return ", ".join(islice(also, _TOLD))


def called(hit: Hit, language: str, *fields: str) -> list[str]:
    """The texts of a thing in some fields, each once, those in a language first, then those in none."""
    texts = [text for text in hit.texts if text.field in fields]
    order = [language, ""]
    texts.sort(key=lambda text: order.index(text.language) if text.language in order else len(order))
    return list(dict.fromkeys(text.text for text in texts))
