"""What the dataset says of itself, and what is told of a file that does not."""

from __future__ import annotations

import pytest

from terrinclus_kg import resources
from terrinclus_kg.errors import ConfigurationError
from terrinclus_kg.rdf import namespaces
from terrinclus_kg.rdf.about import FILE, about, read

LEAST = """\
base = "https://example.org/things/"
key = "things"
name = "Things"
title = { fr = "Des choses", en = "Things" }
description = { fr = "Ce que sont des choses", en = "What things are" }
publisher = { iri = "https://example.org/things/id/us", name = "Us" }
licences = ["https://creativecommons.org/publicdomain/zero/1.0/"]
homepage = "https://example.org/"
"""


def test_the_namespaces_are_those_of_the_file() -> None:
    assert about().base == namespaces.BASE
    assert namespaces.DATASET.value == f"{about().base}dataset/{about().key}"
    assert namespaces.LICENCE.value == about().licences[0]
    assert namespaces.TI == "https://w3id.org/terrinclus/ns#"  # the product's own, wherever it runs


def test_what_need_not_be_said() -> None:
    found = read(LEAST)
    assert found.title.of("fr") == "Des choses"
    assert (found.keywords.of("en"), found.themes, found.spatial, found.languages) == ((), (), (), ("fr", "en"))
    assert found.publisher.type == "Organization"


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("base", 'base = "https://example.org/things"'),  # no slash at the end: nothing can follow
        ("base", 'base = "things/"'),
        ("base", 'base = "https://example.org/a b/"'),
        ("key", 'key = "Things of ours"'),
        ("title.en", 'title = { fr = "Des choses" }'),
        ("name", 'name = ""'),
        ("licences", "licences = []"),
        ("licences.0", 'licences = ["CC0"]'),
        ("homepage", 'homepage = "https://example.org/<script>"'),
        ("publisher.type", 'publisher = { iri = "https://example.org/us", name = "Us", type = "Club" }'),
        ("colour", 'colour = "red"'),
    ],
)
def test_what_is_wrong_is_named(key: str, line: str) -> None:
    lines = [each for each in LEAST.splitlines() if each.split(" ")[0] != line.split(" ")[0]]
    with pytest.raises(ConfigurationError, match=rf"^{FILE}: .*\b{key}: "):
        read("\n".join([*lines, line]))


def test_what_is_no_toml_is_told() -> None:
    with pytest.raises(ConfigurationError, match=f"^{FILE}: "):
        read(resources.text(FILE) + "\nbase = ")
