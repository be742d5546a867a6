"""What is said of things by properties: which there are, their values, and whether one is what a row says."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode

from terrinclus_kg.errors import ParameterError
from terrinclus_kg.rdf.labels import LANGUAGES, choose, folded
from terrinclus_kg.rdf.namespaces import XSD, compact, expand
from terrinclus_kg.rdf.queries import Term, query
from terrinclus_kg.reconciliation.identifiers import identifier, resolved
from terrinclus_kg.store.reader import Reader
from terrinclus_kg.store.search.text import code, key

_AT_A_TIME = 200  # things in one query
_IRI = re.compile(r"https?://[^\s<>\"{}|\\^`]+\Z")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?\Z")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
Found = Mapping[tuple[str, str], Sequence[Literal | NamedNode]]  # IRI of a thing, IRI of a property → values


@dataclass(frozen=True, slots=True)
class Value:
    """What a row says: a text, or the identifier of a thing."""

    text: str
    is_id: bool = False


@dataclass(frozen=True, slots=True)
class Property:
    """A property: what clients call it, its IRI, its name, how many things have it."""

    id: str
    iri: str
    name: str
    count: int


def property_iri(pid: str) -> str:
    """The IRI of a property, by it or ``prefix:name``. Raises ParameterError: it is neither."""
    if _IRI.match(pid):
        return pid
    local = pid.partition(":")[2]
    try:
        return NamedNode(expand(pid)).value if local else _unknown(pid)
    except (KeyError, ValueError):
        return _unknown(pid)


def known_properties(reader: Reader, language: str, classes: Iterable[str] = ()) -> list[Property]:
    """The properties of the things of some classes, or of all, the most frequent first. Raises NoRelease."""
    usage = reader.usage()
    counts: defaultdict[str, int] = defaultdict(int)
    for table in [usage.of.get(iri, {}) for iri in classes] or [usage.all]:
        for iri, count in table.items():
            counts[iri] += count
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Property(compact(iri), iri, _name(usage.labels, iri, language), count) for iri, count in ordered]


def names(reader: Reader, iris: Iterable[str], language: str) -> dict[str, str]:
    """What properties are called."""
    labels = reader.usage().labels
    return {iri: _name(labels, iri, language) for iri in iris}


def values(reader: Reader, things: Sequence[str], properties: Sequence[str]) -> Found:
    """The values that things have by some properties; of two hundred things at a time. Raises as `Reader.rows`."""
    found: defaultdict[tuple[str, str], list[Literal | NamedNode]] = defaultdict(list)
    asked = query("pages", "values-of")
    for start in range(0, len(things) if properties else 0, _AT_A_TIME):
        some: list[Term] = [NamedNode(iri) for iri in things[start : start + _AT_A_TIME]]
        for row in reader.rows(asked.bind(thing=some, p=[NamedNode(iri) for iri in properties])):
            if not isinstance(row["o"], BlankNode):
                found[row["thing"].value, row["p"].value].append(row["o"])
    return found


def identified(reader: Reader, text: str) -> list[str]:
    """The things that a text is an identifier of: ``kind/key``, their IRI, or one that is stated to be the same. Raises
    as `Reader.rows`."""
    text = text.strip()
    if iri := resolved(text):
        return [iri]
    if not _IRI.match(text):
        return []
    rest = text.partition(":")[2]
    same: list[Term] = [NamedNode(f"{scheme}:{rest}") for scheme in ("http", "https")]
    return [row["thing"].value for row in reader.rows(query("pages", "same-as").bind(iri=same))]


def having(reader: Reader, wanted: Mapping[str, Iterable[Value]]) -> list[str]:
    """Some things that have values by properties (IRI → values), those first that have most of them. Raises as
    `Reader.rows`."""
    terms = [term for some in wanted.values() for value in some for term in _terms(value)]
    if not terms:
        return []
    asked = query("pages", "having").bind(p=[NamedNode(iri) for iri in wanted], value=terms)
    return [row["thing"].value for row in reader.rows(asked)]


def agreement(value: Value, term: Literal | NamedNode, labels: Mapping[str, str]) -> bool:
    """Whether what a row says is what the graph says: the same thing, text (but for accents and case), number or
    date, as far as the row tells it."""
    said = value.text.strip()
    if isinstance(term, NamedNode):
        named = {term.value, identifier(term.value), *([] if value.is_id else list(labels.values()))}
        return said in named or resolved(said) == term.value or any(_same(said, name) for name in named)
    if _NUMBER.match(said) and _NUMBER.match(term.value) and term.datatype != XSD["string"] and said[0] != "0":
        return float(said.replace(",", ".")) == float(term.value)
    if _DATE.match(said) and _DATE.match(term.value) and "date" in term.datatype.value:
        return term.value.startswith(said.split("T")[0])
    return folded(said) == folded(term.value) or _same(said, term.value)


def _same(one: str, other: str) -> bool:
    """But for accents, case, punctuation, and small words where there are no numbers: ``8.a`` is not ``8``."""
    alike = code if any(map(str.isdigit, one + other)) else key
    return alike(one) == alike(other)


def _terms(value: Value) -> Iterator[Term]:
    if iri := resolved(value.text):
        yield NamedNode(iri)
    elif _IRI.match(value.text):
        yield NamedNode(value.text)
    elif not value.is_id:
        yield Literal(value.text)
        yield Literal(value.text, datatype=XSD["token"])
        for tag in LANGUAGES:
            yield Literal(value.text, language=tag)


def _name(labels: Mapping[str, Mapping[str, str]], iri: str, language: str) -> str:
    return choose(labels.get(iri, {}), language, iri).text


def _unknown(pid: str) -> str:
    raise ParameterError(f"no property {pid[:100]!r}: write an IRI or prefix:name", extra={"parameter": "properties"})
