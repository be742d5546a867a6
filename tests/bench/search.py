"""The index of words and facets at size: made of resources that we make up, built, and asked by several processes.

Words are drawn by Zipf's law from a vocabulary of 200,000; the most common one is in every second resource.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from random import Random

from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.store.search.asking import answer
from terrinclus_kg.store.search.build import FacetQuery, building
from terrinclus_kg.store.search.index import Index
from terrinclus_kg.store.search.model import DESCRIPTION, LABEL, NAME, YEARS, Search, Sort
from tests.bench.measure import quantile

FEW, MANY = 3_000, 1_000_000  # resources of a quick run, and of a whole one
_VOCABULARY = 200_000
_COMMON = ("coopération", "cooperation")  # in every second label
_SYLLABLES = (
    "ba",
    "cé",
    "di",
    "fo",
    "gu",
    "la",
    "mé",
    "ni",
    "pro",
    "ru",
    "sa",
    "té",
    "vi",
    "chan",
    "tier",
    "drou",
    "quer",
)
_FACETS = {"role": 30, "odd": 17, "pays": 249, "departement": 101, "source": 400}
_SEED = 11


@dataclass(frozen=True)
class Searching:
    """What was measured: resources, seconds of building, bytes of the file, milliseconds by kind of question."""

    size: int
    built: float
    bytes: int
    processes: int
    milliseconds: dict[str, tuple[float, float, float]]  # p50, p95, p99

    @property
    def megabytes(self) -> float:
        return self.bytes / 1e6


def vocabulary() -> list[str]:
    """Made-up words, each once."""
    random, found = Random(_SEED), dict.fromkeys(_COMMON[:1])
    while len(found) < _VOCABULARY:
        found["".join(random.choices(_SYLLABLES, k=random.randint(2, 5)))] = None
    return list(found)


class _Resources:
    """Made-up resources, the same each time."""

    def __init__(self, size: int) -> None:
        self.size, self.words = size, vocabulary()
        self._weights = list(accumulate(1 / rank for rank in range(1, _VOCABULARY + 1)))
        self._listed = [kind for kind in kinds().values() if kind.listed]

    def things(self) -> Iterator[tuple[str, str]]:
        for number in range(self.size):
            kind = self._listed[number % 7 if number % 3 else number % len(self._listed)]
            yield f"{kind.base}r{number}", kind.slug

    def links(self) -> Iterator[str]:
        random = Random(_SEED)
        for iri, _ in self.things():
            yield from [iri] * min(1000, int(random.paretovariate(1)))

    def texts(self) -> dict[str, Iterator[tuple[str, str, str]]]:
        return {LABEL: self.labels(), NAME: self.names(), DESCRIPTION: self.descriptions()}

    def facets(self) -> dict[str, Iterator[tuple[str, str, str, str]]]:
        return {slug: self.values(slug, number) for slug, number in _FACETS.items()} | {"annee": self.years()}

    def labels(self) -> Iterator[tuple[str, str, str]]:
        random = Random(_SEED + 1)
        for number, (iri, _) in enumerate(self.things()):
            for language, common in zip(("fr", "en"), _COMMON, strict=True):
                text = " ".join(self._some(random, 4))
                yield iri, language, f"{common.title()} {text}" if number % 2 else text

    def names(self) -> Iterator[tuple[str, str, str]]:
        random = Random(_SEED + 2)
        for number, (iri, _) in enumerate(self.things()):
            yield iri, "", str(200_000_000 + number)
            if number % 3 == 0:
                yield iri, "fr", " ".join(self._some(random, 3))

    def descriptions(self) -> Iterator[tuple[str, str, str]]:
        random = Random(_SEED + 3)
        for iri, _ in self.things():
            for language in ("fr", "en"):
                yield iri, language, " ".join(self._some(random, 12))

    def values(self, slug: str, number: int) -> Iterator[tuple[str, str, str, str]]:
        random = Random(_SEED + number)
        weights = list(accumulate(1 / rank for rank in range(1, number + 1)))
        for iri, _ in self.things():
            key = f"{slug}-{random.choices(range(number), cum_weights=weights)[0]}"
            yield iri, key, f"http://example.org/{key}", ""

    def years(self) -> Iterator[tuple[str, str, str, str]]:
        random = Random(_SEED)
        for iri, _ in self.things():
            year = random.randint(1990, 2026)
            yield iri, str(year), str(year), str(year + random.randint(0, 3))

    def _some(self, random: Random, count: int) -> list[str]:
        return random.choices(self.words, cum_weights=self._weights, k=count)


def build(size: int, file: Path) -> float:
    """Builds an index of made-up resources; returns the seconds it took, without the making up."""
    made, began = _Resources(size), time.perf_counter()
    for rows in (made.things(), made.links(), *made.texts().values(), *made.facets().values()):
        deque(rows, maxlen=0)
    making = time.perf_counter() - began
    with building(file) as index:
        index.things(made.things())
        index.links(made.links())
        for field, texts in made.texts().items():
            index.texts(field, texts)
        for slug, values in made.facets().items():
            index.facet(FacetQuery(slug, {"fr": slug, "en": slug}, YEARS if slug == "annee" else "list"), values)
        index.finish()
    return time.perf_counter() - began - 2 * making


def questions() -> dict[str, list[Search]]:
    """What is asked, by kind."""
    words, random = vocabulary(), Random(_SEED)
    rare = [words[random.randint(2000, 50_000)] for _ in range(100)]
    return {
        "broad": [Search(text) for text in (*_COMMON, *words[1:4], f"{words[1]} {words[2]}", "co", "m")],
        "broad, filtered": [
            Search(
                words[n], filters={"kind": ("projet", "acteur"), "odd": (f"odd-{n}",)}, years={"annee": (2001, 2015)}
            )
            for n in range(8)
        ],
        "two words": [Search(f"{words[n % 60]} {word}") for n, word in enumerate(rare)],
        "beginning": [Search(word[:-2], offset=20) for word in rare],
        "misspelt": [Search(word[:2] + word[3] + word[2] + word[4:] + "x") for word in rare],
        "list of a kind": [
            Search("", filters={"kind": ("projet",)}, sort=sort, offset=offset)
            for sort in Sort
            for offset in (0, 5_000, 100_000)
        ],
        "suggest": [Search(word[:n], names=True, counts=False, size=8) for n in (2, 3, 5) for word in rare[:30]],
    }


def measure(size: int, file: Path, processes: int = 2, seconds: float = 3.0) -> Searching:
    """Builds an index in ``file`` and asks it, by so many processes at a time, warmed up."""
    built = build(size, file)
    times: dict[str, tuple[float, float, float]] = {}
    for name in questions():
        command = [sys.executable, "-m", "tests.bench.search", str(file), name, str(seconds)]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
        found = sorted(float(line) for one in running for line in one.communicate()[0].split())
        times[name] = (quantile(found, 0.5), quantile(found, 0.95), quantile(found, 0.99))
    return Searching(size, built, file.stat().st_size, processes, times)


def _ask(file: str, name: str, seconds: str) -> None:
    index, asked = Index(Path(file)), questions()[name]
    for search in asked[:8]:
        answer(index, search)
    until, number = time.perf_counter() + float(seconds), 0
    while time.perf_counter() < until:
        began = time.perf_counter()
        answer(index, asked[number % len(asked)])
        sys.stdout.write(f"{(time.perf_counter() - began) * 1e3}\n")
        number += 1


if __name__ == "__main__":
    if len(sys.argv) == 4:
        _ask(*sys.argv[1:])
    else:
        sys.stdout.write(f"{asdict(measure(int(sys.argv[1]), Path(sys.argv[2])))}\n")
