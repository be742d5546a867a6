"""A small index of things with names that are hard to find."""

from __future__ import annotations

from pathlib import Path

import pytest

from terrinclus_kg.rdf.namespaces import BASE
from terrinclus_kg.store.search.build import FacetQuery, building
from terrinclus_kg.store.search.index import Index
from terrinclus_kg.store.search.model import DESCRIPTION, LABEL, NAME, YEARS

HOSTILE = "<script>alert(1)</script> \u202egnihton\u202c"
# path, links, French label, English label, other names, French description, countries, years
THINGS = [
    ("acteur/adf", 9, "Assemblée des Départements de France", "Assembly of Départements", ["ADF"], "", "fr", "1946"),
    ("acteur/cncd", 2, "Commission de la coopération décentralisée", "", ["CNCD"], "", "fr", ""),
    ("acteur/aude", 5, "Département de l’Aude", "Department of Aude", ["Conseil général de l’Aude"], "", "fr", ""),
    ("projet/eau", 3, "L’eau à Tillabéri", "Water", [], "Coopération décentralisée", "ne fr", "2012 2013 2014"),
    ("projet/pilote", 7, "Projet pilote au Maroc", "Pilot project", [], "Insertion des jeunes", "ma", "2015"),
    ("projet/hostile", 0, HOSTILE, HOSTILE, [], "Description & <b>", "", ""),
    ("territoire/pays-ma", 8, "Maroc", "Morocco", ["MAR", "Q1028"], "", "ma", ""),
    ("territoire/departement-11", 6, "Aude", "Aude", ["11", "FR-11", "Q3207"], "", "fr", ""),
    ("odd/10.2", 1, "Inclusion sociale de tous", "Social inclusion of all", ["10.2"], "", "", ""),
    ("constat/long", 0, "Une coopération très longue " + "mot " * 200, "", [], "", "", ""),
]


def iri(path: str) -> str:
    kind, _, key = path.partition("/")
    return f"http://metadata.un.org/sdg/{key}" if kind == "odd" else f"{BASE}id/{path}"


def build(file: Path) -> Path:
    rows = [(iri(path), path.partition("/")[0], *rest) for path, *rest in THINGS]
    with building(file) as index:
        index.things((it, kind) for it, kind, *_ in rows)
        index.links(it for it, _, links, *_ in rows for _ in range(links))
        index.texts(LABEL, ((it, "fr", french) for it, _, _, french, *_ in rows))
        index.texts(LABEL, ((it, "en", english) for it, _, _, _, english, *_ in rows if english))
        index.texts(NAME, ((it, "fr", name) for it, _, _, _, _, names, *_ in rows for name in names))
        index.texts(DESCRIPTION, ((it, "fr", said) for it, _, _, _, _, _, said, *_ in rows if said))
        pays = FacetQuery("pays", {"fr": "Pays", "en": "Country"}, "list")
        index.facet(pays, ((row[0], c, f"{BASE}id/territoire/pays-{c}", "") for row in rows for c in row[7].split()))
        years = FacetQuery("annee", {"fr": "Année", "en": "Year"}, YEARS)
        index.facet(years, ((row[0], year, year, "") for row in rows for year in row[8].split()))
        assert index.finish() == len(THINGS)
    return file


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("index") / "search.db")


@pytest.fixture
def index(file: Path) -> Index:
    return Index(file)
