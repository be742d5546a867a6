"""What is published: ``ontology/dataset.toml``, validated once."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pyoxigraph import NamedNode

from terrinclus_kg import resources
from terrinclus_kg.rdf.checked import Part, checked, matching

FILE = "ontology/dataset.toml"


def _iri(text: str) -> str:
    NamedNode(text)  # raises ValueError
    return text


_LICENCES = {
    r"https?://creativecommons\.org/licenses/([a-z-]+)/([0-9.]+)/": r"CC \1 \2",
    r"https?://creativecommons\.org/publicdomain/zero/([0-9.]+)/": r"CC0 \1",
    r"https?://www\.etalab\.gouv\.fr/licence-ouverte-open-licence/?": "Licence Ouverte 2.0",
}
Text = Annotated[str, Field(min_length=1)]
Iri = Annotated[str, matching(r"https?://[^\s/?#]+\S*", "an IRI that begins with http"), AfterValidator(_iri)]
Base = Annotated[
    str,
    matching(r"https?://[^\s/?#]+/([^\s?#]*/)?", "an IRI that begins with http and ends in /"),
    AfterValidator(_iri),
]


class Texts(Part):
    """A text in each language of the pages."""

    fr: Text
    en: Text

    def of(self, language: str) -> str:
        """The text in a language, "fr" or "en"."""
        return str(getattr(self, language))


class Words(Part):
    """Keywords in each language of the pages."""

    fr: tuple[Text, ...] = ()
    en: tuple[Text, ...] = ()

    def of(self, language: str) -> tuple[str, ...]:
        """The words in a language, "fr" or "en"."""
        return tuple(getattr(self, language))


class Publisher(Part):
    """Who answers for the dataset; ``type`` is a class of FOAF."""

    iri: Iri
    name: Text
    type: Literal["Organization", "Person"] = "Organization"


class About(Part):
    """The dataset, as its publisher describes it. The meaning of each field is told in the file of Terrinclus."""

    base: Base
    key: Annotated[str, matching(r"[a-z0-9][a-z0-9\-]*", "a slug: a-z, 0-9 and -")]
    name: Text
    title: Texts
    description: Texts
    publisher: Publisher
    licences: Annotated[tuple[Iri, ...], Field(min_length=1)]
    homepage: Iri
    keywords: Words = Words()
    themes: tuple[Iri, ...] = ()
    spatial: tuple[Iri, ...] = ()
    languages: Annotated[tuple[Literal["fr", "en"], ...], Field(min_length=1)] = ("fr", "en")


def read(text: str) -> About:
    """The content of a ``dataset.toml``. Raises ConfigurationError, see `checked`."""
    return checked(About, FILE, text)


@cache
def about() -> About:
    """The dataset that this process works on. Raises ConfigurationError, see `read`."""
    return read(resources.text(FILE))


def licence_name(iri: str) -> str:
    """What people call a licence; its IRI, if it is none of the usual ones."""
    for pattern, name in _LICENCES.items():
        if found := re.fullmatch(pattern, iri):
            return " ".join(word.upper() if word.islower() else word for word in found.expand(name).split(" "))
    return iri
