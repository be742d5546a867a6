"""The types of things that a client may ask for: the listed kinds, and the classes of their things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from terrinclus_kg.errors import ParameterError
from terrinclus_kg.rdf.iri import Kind, kinds
from terrinclus_kg.rdf.labels import choose
from terrinclus_kg.rdf.namespaces import compact, expand
from terrinclus_kg.store.reader import Reader

Labels = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Type:
    """A type: what clients call it, its name, how many things there are of it; the kind that a class belongs to, or
    ""."""

    id: str
    name: str
    count: int
    broader: str = ""


class Asked(Protocol):
    """The types that a query asks for."""

    @property
    def kinds(self) -> tuple[str, ...]: ...

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def strict(self) -> str: ...


def types(reader: Reader, language: str) -> list[Type]:
    """The types that have things: kinds in their order, after each its classes if its things have several. Raises as
    `Reader.search`."""
    counts, classes = reader.counts(), reader.classes()
    labels = reader.labels(classes)
    found = []
    for kind in kinds().values():
        if kind.slug not in counts:
            continue
        found.append(Type(kind.slug, kind.labels[language], counts[kind.slug]))
        own = [iri for iri in kind.classes if iri in classes]
        for iri in own if len(own) > 1 else ():
            name = choose(labels.get(iri, {}), language, iri).text
            found.append(Type(compact(iri), name, classes[iri], kind.slug))
    return found


def constrained(asked: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The kinds and classes that types mean. Raises ParameterError: a client asks for what is no type here."""
    slugs, classes = list[str](), list[str]()
    for text in asked:
        iri = _class(text)
        if text in kinds() and kinds()[text].listed:
            slugs.append(text)
        elif iri:
            classes.append(iri)
        else:
            raise ParameterError(
                f"there is no type {text[:100]!r}; suggest/type lists all", extra={"parameter": "type"}
            )
    return tuple(slugs), tuple(classes)


def types_of(kind: str, classes: Iterable[str], labels: Labels, language: str) -> list[dict[str, str]]:
    """The types of a thing as clients read them: its kind, and its classes."""
    named = [(iri, choose(labels.get(iri, {}), language, iri).text) for iri in classes]
    own: Kind = kinds()[kind]
    return [{"id": kind, "name": own.labels[language]}, *({"id": compact(iri), "name": name} for iri, name in named)]


def names_of(kind: str, classes: Iterable[str], labels: Labels) -> Iterator[str]:
    """What things of these types are called, in any language."""
    yield from kinds()[kind].names
    for iri in classes:
        yield from labels.get(iri, {}).values()


def is_of(query: Asked, kind: str, classes: Iterable[str]) -> bool:
    """Whether a thing is of the types that a query asks for: of one of them, or ("all") of each."""
    if query.strict == "all":
        return {kind, *query.kinds} == {kind} and set(query.classes) <= set(classes)
    return kind in query.kinds or not set(query.classes).isdisjoint(classes)


def _class(text: str) -> str:
    """The IRI of a class of the listed kinds, by its IRI or short form; else ""."""
    try:
        iri = expand(text) if ":" in text and "://" not in text else text
    except KeyError:
        return ""
    return iri if any(iri in kind.classes for kind in kinds().values() if kind.listed) else ""
