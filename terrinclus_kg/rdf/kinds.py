"""``ontology/kinds.toml``: the kinds of things that visitors see, as their publisher writes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from terrinclus_kg.rdf.about import Texts
from terrinclus_kg.rdf.checked import Part, matching
from terrinclus_kg.rdf.namespaces import BASE, TI, compact
from terrinclus_kg.rdf.vocabulary import term

FILE = "ontology/kinds.toml"
Nature = Literal["", "place", "event", "goal", "value"]
Mark = Literal[
    "", "circle", "cross", "diamond", "hexagon", "pentagon", "square", "star", "triangle", "triangle-down"
]  # the outlines of `drawing.shapes`
_NEEDED = (TI["Fact"].value, TI["Source"].value)


class Entry(Part):
    """A kind. ``base``: how its IRIs begin, relative to that of the dataset or absolute."""

    slug: Annotated[str, matching(r"[a-z][a-z0-9-]*", "a slug: a-z, 0-9 and -, a letter first")]
    base: Annotated[str, matching(r"\S+[/#]", "the beginning of an IRI, with / or # at its end")] = ""
    classes: Annotated[tuple[Annotated[str, AfterValidator(term)], ...], Field(min_length=1)]
    label: Texts
    plural: Texts
    listed: bool = True
    nature: Nature = ""
    mark: Mark = ""
    also: tuple[str, ...] = ()

    @property
    def iri_base(self) -> str:
        """How its IRIs begin."""
        base = self.base or f"id/{self.slug}/"
        return base if "://" in base else BASE + base


class Kinds(Part):
    """The whole file."""

    kind: tuple[Entry, ...] = ()

    @model_validator(mode="after")
    def _apart(self) -> Kinds:
        for what, values in (("slug", [one.slug for one in self.kind]), ("base", [one.iri_base for one in self.kind])):
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise ValueError(f"two kinds have the same {what}: {', '.join(twice)}")
        classes = {name for one in self.kind for name in one.classes}
        for needed in _NEEDED:
            if needed not in classes:
                raise ValueError(f"a kind is needed with the class {compact(needed)}")
        return self
