"""How pages are laid out: the file, and what is said of a wrong one."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError
from pyoxigraph import RdfFormat, parse

from terrinclus_kg import resources
from terrinclus_kg.errors import ConfigurationError
from terrinclus_kg.rdf.checked import checked
from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.rdf.namespaces import expand
from terrinclus_kg.resource.plan import FILE, Plan, Plans, plans


def known() -> set[str]:
    """The classes and properties of our ontology and of those that it reuses."""
    found = {row[0] for row in csv.reader(resources.text("ontology/external-terms.csv").splitlines())}
    found |= {expand(term) for term in found if term.partition(":")[0] in ("ti", "dct", "cv")}
    for file in (f"ontology/{name}.ttl" for name in ("terrinclus", "facts", "display-labels", "labels")):
        found |= {str(quad.subject.value) for quad in parse(resources.text(file), format=RdfFormat.TURTLE)}  # type: ignore[union-attr]
    return found


def properties() -> Iterator[str]:
    yield from (*plans().first, *plans().cells, *plans().names, *plans().titles)
    for page in plans().page:
        yield from (link.property for link in page.links)


def test_every_property_and_class_is_of_the_ontology() -> None:
    assert {iri for iri in properties() if iri not in known()} == set()
    assert {noun.cls for noun in plans().noun if noun.cls not in known()} == set()


def test_every_listed_kind_has_a_page_and_a_noun() -> None:
    listed = {slug for slug, kind in kinds().items() if kind.listed}
    assert listed == {slug for page in plans().page for slug in page.kinds}
    told = {slug for slug in listed if plans().noun_of(kinds()[slug].classes)}
    assert listed - told == {"fait"}  # its description says what it is


def test_a_kind_without_a_page_has_that_of_anything() -> None:
    assert plans().of("participation") == Plan()


def group(**more: Any) -> dict[str, Any]:
    return {"key": "a", "heading": {"fr": "A", "en": "A"}, "links": ["dct:creator"], **more}


def table(**more: Any) -> dict[str, Any]:
    column = {"name": "partner", "heading": {"fr": "A", "en": "A"}}
    return {"key": "a", "heading": {"fr": "A", "en": "A"}, "query": "actor-partners", "columns": [column], **more}


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ({"facts": ["nowhere:term"]}, "prefix is not declared"),
        ({"facts": ["dct:creator", "dct:creator"]}, "named twice: dct:creator"),
        ({"facts": ["^dct:creator"], "group": [group(links=["^dct:creator"])]}, "named twice"),
        ({"kinds": ["nothing"]}, "no such kind: nothing"),
        ({"group": [group(heading={"fr": "A"})]}, "needs fr and en"),
        ({"group": [group(key="Not a key")]}, "is not a slug"),
        ({"group": [group(colour="red")]}, "not permitted"),
        ({"table": [table(query="nothing")]}, "no query named nothing"),
        ({"table": [table(by="nothing")]}, "has no column nothing"),
        ({"drawings": ["pie"]}, "'neighbourhood', 'map' or 'timeline'"),
        ({"sentence": {"fr": ["{nothing}"]}}, "no such slot: {nothing}"),
        ({"sentence": {"fr": ["{count:a}"]}, "group": [group()]}, "no such slot"),
        ({"sentence": {"fr": ["{list:b}"]}, "group": [group()]}, "b: no group or table"),
        ({"sentence": {"fr": ["{name"]}}, "a brace that is none of a slot"),
    ],
)
def test_a_wrong_page_is_told(page: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Plan.model_validate(page)


def test_a_kind_has_one_page() -> None:
    table = tomllib.loads(resources.text(FILE))
    table["page"].append({"kinds": ["projet"]})
    with pytest.raises(ValidationError, match="kinds with two pages: projet"):
        Plans.model_validate(table)


@pytest.mark.parametrize(("text", "told"), [("page = ", "web/pages.toml: "), ("colour = 1", "colour: there is no")])
def test_a_wrong_file_is_told_as_a_fault_of_configuration(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        checked(Plans, FILE, text)
