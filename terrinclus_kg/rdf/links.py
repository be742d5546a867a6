"""Which links lead to the data of others, and to whose: ``ontology/links.toml``."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from terrinclus_kg.rdf.about import Iri, Texts
from terrinclus_kg.rdf.checked import Part, table
from terrinclus_kg.rdf.namespaces import OWL, SKOS
from terrinclus_kg.rdf.vocabulary import term

_SAME = frozenset(
    term.value for term in (OWL["sameAs"], *(SKOS[f"{how}Match"] for how in ("exact", "close", "broad", "narrow")))
)


@dataclass(frozen=True, slots=True)
class Target:
    """A dataset of others. ``space``: how its IRIs begin; ``titles`` by language; ``key``: in addresses."""

    key: str
    space: str
    homepage: str = ""
    titles: dict[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Links:
    """``properties``: IRIs of those that lead to other datasets; ``targets``: the datasets that are known."""

    properties: frozenset[str] = frozenset()
    targets: tuple[Target, ...] = ()

    def target(self, iri: str) -> Target:
        """The dataset that an IRI is of: the one whose space fits best, else what its host publishes."""
        fitting = [target for target in self.targets if iri.startswith(target.space)]
        return max(fitting, key=lambda target: len(target.space), default=_host(iri))


def _host(iri: str) -> Target:
    parts = urlsplit(iri)
    return Target(parts.netloc or parts.scheme, f"{parts.scheme}://{parts.netloc}/" if parts.netloc else iri)


class _TargetPart(Part):
    key: str
    space: Iri
    homepage: Iri
    title: Texts


class _File(Part):
    properties: tuple[Annotated[str, AfterValidator(term)], ...] = ()
    target: tuple[_TargetPart, ...] = ()


@cache
def links() -> Links:
    """Those of this dataset; without the file those that say that two things are the same, or nearly.

    Raises:
        ConfigurationError: what is wrong in the file.
    """
    told = table(_File, "ontology/links.toml")
    targets = (Target(one.key, one.space, one.homepage, one.title.model_dump()) for one in told.target)
    return Links(frozenset(told.properties) or _SAME, tuple(targets))
