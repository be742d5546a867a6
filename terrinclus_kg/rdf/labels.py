"""Which of several labels a person reads, and in which language."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from terrinclus_kg.rdf.namespaces import DCT, FOAF, RDFS, SKOS, compact

LANGUAGES = ("fr", "en")
# Properties that name a thing: the first that it has, in a language, is the one that people read.
PROPERTIES = (SKOS["prefLabel"], RDFS["label"], FOAF["name"], DCT["title"])


@dataclass(frozen=True, slots=True)
class Label:
    """A text and the language it is in; ``language`` is empty for names without one."""

    text: str
    language: str


def choose(labels: Mapping[str, str], language: str, iri: str) -> Label:
    """The label to show for ``iri``.

    Args:
        labels: language tag (or "") → text.
        language: the language asked for, "fr" or "en".
        iri: what to fall back on, in short form.

    The order is: the language asked for, no language (names), French, English, any, the IRI in
    short form. The caller marks a fallback with ``lang``.
    """
    for tag in (language, "", *LANGUAGES, *sorted(labels)):
        if tag in labels:
            return Label(labels[tag], tag)
    return Label(compact(iri), "")


def folded(text: str) -> str:
    """A text without accents and case: what is compared where people look for names, or order them."""
    if text.isascii():
        return text.casefold()
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()
