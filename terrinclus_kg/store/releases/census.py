"""Counts what a release holds, by class and property, in the one pass over its sorted lines that writes its dump.

    census = Census(folder, links)
    dataset.write(census.passing(lines), …)

Triples are those of the merge: what two graphs state counts once. All is exact but what ``left_out`` numbers.
Memory holds what is known of classes and properties, and one thing at a time. The classes of a value are known only
when everything has passed: what leads to what is put down beside, sorted, and joined in the end.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from terrinclus_kg.rdf.links import Links, Target
from terrinclus_kg.rdf.namespaces import BASE, OWL, RDF, RDFS, XSD
from terrinclus_kg.store.releases.tally import Tally

HELD = 20_000  # classes, properties, and sets of classes that things have, which are told apart
MOST = 500_000  # combinations of classes and properties that are
_OF_ONE_THING = 100  # classes of one thing that are counted
_TYPE = str(RDF["type"]).encode()
_CLASSES = frozenset(str(term).encode() for term in (OWL["Class"], RDFS["Class"]))
_PROPERTIES = frozenset(
    str(term).encode()
    for term in (OWL["ObjectProperty"], OWL["DatatypeProperty"], OWL["AnnotationProperty"], RDF["Property"])
)
_DATATYPES = {b"": str(XSD["string"]).encode(), b"@": str(RDF["langString"]).encode()}
_OURS = f"<{BASE}".encode()
_NONE = -1  # the set of classes that a value has of which nothing is told, or more sets than are told apart
ALL = b""  # stands for a class where things of all classes are meant
Triple = tuple[bytes, bytes]  # predicate and object: the subject is known


@dataclass(slots=True)
class Partition:
    """A property, as the things of a class have it: how many things, in how many triples.

    ``values``: triples by the class of the value (one of two classes counts under both); ``texts``: by the datatype.
    """

    things: int = 0
    triples: int = 0
    values: Counter[bytes] = field(default_factory=Counter)
    texts: Counter[bytes] = field(default_factory=Counter)


class Census:
    """What there is of each class and property.

    ``classes`` and ``properties``: how many things there are of it, or have it; ``examples``: of each class, the thing
    of which most is told, after how much that is; ``partitions``: by class (`ALL`: of any or none) and property;
    ``objects``: different values of all properties; ``distinct``: of each; ``outward``: triples by link and the dataset
    that it leads to.
    """

    def __init__(self, folder: Path | None = None, links: Links | None = None) -> None:
        """``folder``: where what memory does not hold is put down; ``links``: those that are followed."""
        self.things = self.triples = self.objects = 0
        self.classes: Counter[bytes] = Counter()
        self.properties: Counter[bytes] = Counter()
        self.examples: dict[bytes, tuple[int, bytes]] = {}
        self.partitions: dict[bytes, dict[bytes, Partition]] = {}
        self.distinct: Counter[bytes] = Counter()
        self.outward: Counter[tuple[bytes, Target]] = Counter()
        self.left_out: Counter[str] = Counter()
        self._folder = folder
        self._links = links or Links()
        self._followed = {f"<{iri}>".encode() for iri in self._links.properties}
        self._values = Tally(folder)
        self._sets: dict[tuple[bytes, ...], int] = {}
        self._had: Counter[tuple[int, bytes]] = Counter()
        self._said: Counter[tuple[int, bytes]] = Counter()
        self._texts: Counter[tuple[int, bytes, bytes]] = Counter()
        self._led: Counter[tuple[int, bytes, int]] = Counter()

    def passing(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The lines, which are sorted canonical N-Quads, as they come; each is counted."""
        subject, triples = b"", set[Triple]()
        with TemporaryFile(dir=self._folder) as typed:
            for line in lines:
                this, predicate, rest = line.split(b" ", 2)
                if this != subject:
                    self._thing(subject, triples, typed)
                    subject, triples = this, set()
                triples.add((predicate, rest.rsplit(b" ", 2)[0]))
                yield line
            self._thing(subject, triples, typed)
            typed.seek(0)
            self._join(typed)
        self._tell()

    def also(self, lines: Iterable[bytes]) -> None:
        """Counts sorted lines about other things: only terms that nothing before had are new."""
        other = Census()
        for _ in other.passing(lines):
            pass
        for kind in other.classes.keys() - self.classes.keys():
            self.classes[kind] = other.classes[kind]
            self.partitions[kind] = other.partitions.get(kind, {})
        self.properties.update({term: other.properties[term] for term in other.properties.keys() - self.properties})

    def _thing(self, subject: bytes, triples: set[Triple], typed: IO[bytes]) -> None:
        """Counts all that is told of a thing."""
        if not triples:
            return
        self.things += 1
        self.triples += len(triples)
        types = sorted({value for predicate, value in triples if predicate == _TYPE})
        had = Counter(predicate for predicate, _ in triples)
        self._terms(subject, types, had)
        number = self._set(tuple(types[:_OF_ONE_THING]))
        if types:
            typed.write(b"%s %d\n" % (subject, number))
        for predicate, count in had.items():
            self._more(self._had, (number, predicate))
            self._more(self._said, (number, predicate), count)
        for predicate, value in triples:
            if value.startswith(b'"'):
                self._more(self._texts, (number, predicate, _datatype(value)))
                self._values.add(b"%s %d %s" % (_short(value), _NONE, predicate))
            else:
                self._values.add(b"%s %d %s" % (value, number, predicate))

    def _terms(self, subject: bytes, types: list[bytes], had: Counter[bytes]) -> None:
        for declared, counted, what in (
            (_CLASSES, self.classes, "classes"),
            (_PROPERTIES, self.properties, "properties"),
        ):
            if not declared.isdisjoint(types):
                self._hold(counted, subject, what, 0)
        for predicate in had:
            self._hold(self.properties, predicate, "properties")
        told = had.total()
        for kind in types[:_OF_ONE_THING]:
            if self._hold(self.classes, kind, "classes") and told > self.examples.get(kind, (0, b""))[0]:
                self.examples[kind] = told, subject

    def _hold(self, counted: Counter[bytes], term: bytes, what: str, more: int = 1) -> bool:
        """Counts a term, if there is room for it."""
        room = term in counted or len(counted) < HELD
        if room:
            counted[term] += more
        elif more:
            self.left_out[what] += 1
        return room

    def _set(self, types: tuple[bytes, ...]) -> int:
        """The number of a set of classes."""
        if types in self._sets or len(self._sets) < HELD:
            return self._sets.setdefault(types, len(self._sets))
        self.left_out["combinations"] += 1
        return _NONE

    def _more(self, counted: Counter[Any], key: Hashable, count: int = 1) -> None:
        if key in counted or len(counted) < MOST:
            counted[key] += count
        else:
            self.left_out["combinations"] += count

    def _join(self, typed: Iterable[bytes]) -> None:
        """Finds the classes of all values. ``typed``: things, sorted, with the numbers of their sets of classes."""
        things = (row.split(b" ") for row in typed)
        thing, number = next(things, (b"", b""))
        for value, keys in groupby(self._values.sorted(), key=lambda pair: pair[0].partition(b" ")[0]):
            self.objects += 1
            if value.startswith(b'"'):
                self.distinct.update({key.rpartition(b" ")[2] for key, _ in keys})
                continue
            while thing and thing < value:
                thing, number = next(things, (b"", b""))
            self._value(value, int(number) if thing == value else _NONE, keys)

    def _value(self, value: bytes, classes: int, keys: Iterable[tuple[bytes, int]]) -> None:
        by, out = set(), not value.startswith(_OURS)
        for key, count in keys:
            _, number, predicate = key.split(b" ")
            by.add(predicate)
            self._more(self._led, (int(number), predicate, classes), count)
            if out and predicate in self._followed:
                self._more(self.outward, (predicate, self._links.target(value[1:-1].decode())), count)
        self.distinct.update(by)

    def _tell(self) -> None:
        """Deals out what has been counted by sets of classes to the classes."""
        sets = {number: types for types, number in self._sets.items()}
        for (number, term), count in self._had.items():
            for part in self._parts(sets, number, term):
                part.things += count
                part.triples += self._said[number, term]
        for (number, term, datatype), count in self._texts.items():
            for part in self._parts(sets, number, term):
                part.texts[datatype] += count
        for (number, term, classes), count in self._led.items():
            for part in self._parts(sets, number, term):
                part.values.update(dict.fromkeys(sets.get(classes, ()), count))

    def _parts(self, sets: dict[int, tuple[bytes, ...]], number: int, term: bytes) -> Iterator[Partition]:
        for kind in (ALL, *sets.get(number, ())):
            yield self.partitions.setdefault(kind, {}).setdefault(term, Partition())


def _short(literal: bytes) -> bytes:
    """What stands for a literal where different ones are counted: texts may be long, and hold anything."""
    return b'"' + hashlib.blake2b(literal, digest_size=16).hexdigest().encode()


def _datatype(literal: bytes) -> bytes:
    """Of a literal as N-Quads write it."""
    tail = literal[literal.rindex(b'"') + 1 :]
    return _DATATYPES.get(tail[:1]) or tail.removeprefix(b"^^")
