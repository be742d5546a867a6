"""The countries of the world, built from pycountry (ISO 3166-1 codes) and Babel (CLDR names).

They are reference data that these libraries keep up to date: nothing of them lies in ``data/`` but
the description of the source.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

import pycountry
from babel import Locale
from pyoxigraph import Literal, NamedNode, Quad

from terrinclus_kg.ingest.source import Input, Source
from terrinclus_kg.rdf.namespaces import BASE, DCT, GRAPH, IGEO, RDF, SKOS, XSD

KEY = "pays"
_EU = "http://publications.europa.eu/resource/authority/country/"


def read_countries() -> Source:
    """The countries as a source; its description is ``data/reference/pays/source.toml``."""
    versions = f"pycountry {version('pycountry')}, Babel {version('Babel')}"
    return Source(KEY, tuple(_quads()), (Input(versions, ""),))


def _quads() -> Iterator[Quad]:
    graph = GRAPH[f"source/{KEY}"]
    names = {language: Locale(language).territories for language in ("fr", "en")}
    for country in pycountry.countries:
        place = NamedNode(f"{BASE}id/territoire/pays-{country.alpha_2.lower()}")
        yield Quad(place, RDF["type"], IGEO["Pays"], graph)
        yield Quad(place, RDF["type"], DCT["Location"], graph)
        yield Quad(place, DCT["identifier"], Literal(country.alpha_2), graph)
        yield Quad(place, IGEO["codeIso3166alpha2"], Literal(country.alpha_2, datatype=XSD["token"]), graph)
        yield Quad(place, IGEO["codeIso3166alpha3"], Literal(country.alpha_3, datatype=XSD["token"]), graph)
        yield Quad(place, IGEO["codeIso3166num"], Literal(country.numeric, datatype=XSD["token"]), graph)
        yield Quad(place, SKOS["exactMatch"], NamedNode(_EU + country.alpha_3), graph)
        for language, territories in names.items():
            yield Quad(place, SKOS["prefLabel"], Literal(territories[country.alpha_2], language=language), graph)
