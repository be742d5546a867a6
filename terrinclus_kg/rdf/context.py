"""The JSON-LD context of the dataset: ``ontology/context.jsonld``, completed and read by what its terms stand for.

The file may be short, or missing: what the names of an answer need and the file does not say is added where it is
served, the aliases ``id`` and ``type`` and the prefixes of the service.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode

from terrinclus_kg import resources
from terrinclus_kg.errors import ConfigurationError
from terrinclus_kg.rdf.namespaces import RDF, XSD, prefixes

FILE = "ontology/context.jsonld"
_KEYWORDS = {"id": "@id", "type": "@type"}
_TOLD = {"@id", "@type", "@container"}  # what a term may say
_CONTAINERS = {"@language", "@set"}
Term = Mapping[str, Any]
Object = NamedNode | BlankNode | Literal


class Context:
    """The terms of a JSON-LD 1.1 context, by what they stand for. It says each property or class by one term at most.

    Raises:
        ConfigurationError: it says what answers do not follow, or uses a prefix that nobody declares.
    """

    def __init__(self, document: object) -> None:
        entries = document.get("@context") if isinstance(document, dict) else None
        if not isinstance(entries, dict):
            raise ConfigurationError(f"{FILE}: needs an object under @context")
        own = {name: entry for name, entry in entries.items() if _is_prefix(entry)}
        added = {name: iri for name, iri in prefixes().items() if name not in entries and _is_prefix(iri)}
        self._prefixes = own | added
        self._by_length = sorted(self._prefixes.items(), key=lambda pair: -len(pair[1]))
        self.document = {"@context": {"@version": 1.1, **_KEYWORDS, **entries, **added}}
        terms = {name: entry for name, entry in entries.items() if name not in {*own, *_KEYWORDS, "@version"}}
        self._terms = dict(self._term(name, entry) for name, entry in terms.items())
        for name, keyword in _KEYWORDS.items():
            if entries.get(name, keyword) != keyword:
                raise ConfigurationError(f"{FILE}: {name} must be {keyword}: answers call it so")

    def _term(self, name: str, entry: object) -> tuple[str, tuple[str, Term]]:
        told: dict[str, Any] = entry if isinstance(entry, dict) else {"@id": entry}
        contained = told.get("@container", [])
        containers = {contained} if isinstance(contained, str) else set(contained)
        if name.startswith("@") or not isinstance(told.get("@id"), str) or told.keys() - _TOLD:
            raise ConfigurationError(f"{FILE}: {name}: a term says its @id, and may say @type and @container")
        if containers - _CONTAINERS:
            raise ConfigurationError(f"{FILE}: {name}: a container is {' or '.join(sorted(_CONTAINERS))}")
        kept: dict[str, Any] = {"@container": containers} if containers else {}
        if coerced := told.get("@type"):
            kept["@type"] = coerced if coerced == "@id" else self._expand(name, str(coerced))
        return self._expand(name, told["@id"]), (name, kept)

    def _expand(self, name: str, text: str) -> str:
        prefix, colon, local = text.partition(":")
        if colon and local.startswith("//"):
            return text
        if prefix not in self._prefixes:
            raise ConfigurationError(f"{FILE}: {name}: {text} has no prefix that is declared")
        return str(self._prefixes[prefix]) + local

    def name(self, iri: str) -> str:
        """A class, datatype or property, as short as can be."""
        return self._terms[iri][0] if iri in self._terms else self.short(iri)

    def written(self, iri: str, values: Sequence[Object]) -> Iterable[tuple[str, Sequence[Object], Term]]:
        """The keys that stand for a property, with the values each can hold: its term for those that fit, else its name
        in short."""
        name, told = self._terms.get(iri, ("", {}))
        fitting = [value for value in values if name and _fits(value, told)]
        if fitting:
            yield name, fitting, told
        if len(fitting) < len(values):
            yield self.short(iri), [value for value in values if value not in fitting], {}

    def backwards(self, iri: str) -> str:
        """The key for a property that is followed to its subject: its term if that has no container, else short."""
        name, told = self._terms.get(iri, ("", {}))
        return name if name and "@container" not in told else self.short(iri)

    def short(self, iri: str) -> str:
        """``dct:source``; an IRI that would be read otherwise stays whole."""
        for prefix, namespace in self._by_length:
            if iri.startswith(namespace) and len(iri) > len(namespace) and not iri.startswith("//", len(namespace)):
                return f"{prefix}:{iri[len(namespace) :]}"
        return iri


def _is_prefix(entry: object) -> bool:
    """Whether an entry declares a prefix (JSON-LD 1.1 §4.2.1: its IRI ends in a delimiter)."""
    return isinstance(entry, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S*[:/?#\[\]@]", entry) is not None


def _fits(value: Object, told: Term) -> bool:
    """Whether a term can hold a value, so that it is read again as it is."""
    coerced = told.get("@type", "")
    if coerced == "@id" or not isinstance(value, Literal):
        return not isinstance(value, Literal) and coerced in ("@id", "") and "@container" not in told
    if "@language" in told.get("@container", ()):
        return value.datatype in (XSD["string"], RDF["langString"])
    return not coerced or value.datatype.value == coerced


@cache
def context() -> Context:
    """That of the dataset.

    Raises:
        ConfigurationError: it is not JSON, or see `Context`.
    """
    found = resources.optional(FILE)
    try:
        return Context({"@context": {}} if found is None else json.loads(found))
    except ValueError as error:
        raise ConfigurationError(f"{FILE}: not JSON: {error}") from None
