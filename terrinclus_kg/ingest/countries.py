"""The countries of the world, built from pycountry (ISO 3166-1 codes and names) and Babel (CLDR names).

They are reference data that these libraries keep up to date: nothing of them lies in ``data/`` but the description of
the source, and beside it ``countries.toml``: how the countries of a dataset that wants them are named and said.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from gettext import translation
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pycountry
from babel import Locale
from pydantic import BaseModel, ConfigDict
from pyoxigraph import Literal, NamedNode, Quad

from terrinclus_kg.errors import SourceError
from terrinclus_kg.ingest.source import Input, Source, input_of
from terrinclus_kg.rdf.namespaces import BASE, DCT, GRAPH, RDF, SKOS, XSD, expand

_CODES = {"alpha_2": "alpha2", "alpha_3": "alpha3", "numeric": "numeric"}  # of pycountry → of the plan
_EU = "http://publications.europa.eu/resource/authority/country/"


class Plan(BaseModel):
    """The content of a ``countries.toml``: how IRIs begin (the code follows), classes, properties of codes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    base: str
    classes: tuple[str, ...]
    alpha2: str
    alpha3: str
    numeric: str


def read_countries(data: Path) -> Iterator[Source]:
    """The countries as a source, for each folder of ``data/`` that asks for them.

    Raises:
        SourceError: its ``countries.toml`` cannot be used.
    """
    versions = f"pycountry {version('pycountry')}, Babel {version('Babel')}"
    for file in sorted(data.glob("*/*/countries.toml")):
        try:
            plan = Plan.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
            quads = tuple(_quads(plan, GRAPH[f"source/{file.parent.name}"]))
        except (ValueError, KeyError) as error:
            raise SourceError(str(error), file=f"{file.parent.name}/{file.name}") from None
        yield Source(file.parent.name, quads, (Input(versions, ""), input_of(file, data)))


def _quads(plan: Plan, graph: NamedNode) -> Iterator[Quad]:
    classes = [NamedNode(expand(each)) for each in plan.classes]
    codes = {name: NamedNode(expand(getattr(plan, field))) for name, field in _CODES.items()}
    names = {language: Locale(language).territories for language in ("fr", "en")}
    for country in pycountry.countries:
        place = NamedNode(BASE + plan.base + country.alpha_2.lower())
        yield from (Quad(place, RDF["type"], each, graph) for each in classes)
        yield Quad(place, DCT["identifier"], Literal(country.alpha_2), graph)
        for name, code in codes.items():
            yield Quad(place, code, Literal(getattr(country, name), datatype=XSD["token"]), graph)
        yield Quad(place, SKOS["exactMatch"], NamedNode(_EU + country.alpha_3), graph)
        for language, territories in names.items():
            name = territories[country.alpha_2]
            yield Quad(place, SKOS["prefLabel"], Literal(name, language=language), graph)
            for other in sorted(_iso_names(country, language) - {name}):
                yield Quad(place, SKOS["altLabel"], Literal(other, language=language), graph)


def _iso_names(country: Any, language: str) -> set[str]:
    """The short, common and official names of a country; in French those that the translators of the list give."""
    english = {getattr(country, name, "") for name in ("name", "common_name", "official_name")} - {""}
    if language == "en":
        return english
    translated = translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language]).gettext
    return {translated(name).replace("'", "’") for name in english if translated(name) != name}
