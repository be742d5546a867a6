"""The facts against the golden tables: each row of ``facts.csv``, each statement of ``article.tsv``."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode

from terrinclus_kg import resources
from terrinclus_kg.rdf.namespaces import BASE, DCAT, DCT, SCHEMA, TI, XSD

GOLDEN = Path(__file__).parents[1] / "golden"
BREVE = "villes-de-france-ondes-urbaines-460"
DATATYPES = {4: "gYear", 7: "gYearMonth", 10: "date"}


def read_golden() -> list[dict[str, str]]:
    with (GOLDEN / "facts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_article() -> list[tuple[str, list[str]]]:
    """Statement of the article → the facts that render it."""
    lines = (GOLDEN / "article.tsv").read_text(encoding="utf-8").splitlines()
    return [(text, facts.split()) for text, facts in (line.split("\t") for line in lines)]


FACTS = read_golden()
ARTICLE = read_article()


def date(text: str) -> Literal:
    return Literal(text, datatype=XSD[DATATYPES[len(text)]])


def test_there_are_208_golden_facts_from_86_addresses() -> None:
    assert len(FACTS) == len({fact["id"] for fact in FACTS}) == 208
    assert len({fact["source"] for fact in FACTS}) == 86
    assert [fact["status"] for fact in FACTS].count("infere") == 15


@pytest.mark.parametrize("golden", FACTS, ids=[fact["id"] for fact in FACTS])
def test_each_golden_fact_is_a_fact_of_the_release(golden: dict[str, str], content: Any) -> None:
    fact = content.facts[golden["id"]]
    assert content.graphs[fact.value], "the fact says nothing"
    (source,) = content.objects(fact, DCT["source"])
    assert content.objects(source, SCHEMA["url"]) == {NamedNode(golden["source"])}
    assert content.objects(fact, TI["locator"]) == {Literal(golden["locator"], language="fr")}
    assert content.objects(fact, TI["status"]) == {NamedNode(f"{BASE}concept/statut/{golden['status']}")}
    assert set(content.texts(fact, DCT["description"])) == {"fr", "en"}
    assert all(content.texts(fact, DCT["description"]).values())
    if "/" not in golden["date"]:
        assert content.objects(fact, DCT["date"]) == ({date(golden["date"])} if golden["date"] else set())
        return
    start, end = golden["date"].split("/")
    (period,) = content.objects(fact, DCT["temporal"])
    assert content.objects(fact, DCT["date"]) == set()
    assert content.objects(period, DCAT["startDate"]) == {date(start)}
    assert content.objects(period, DCAT["endDate"]) == {date(end)}


def test_no_fact_of_a_source_is_without_a_golden_row(content: Any) -> None:
    """What is not in the table is a statement of the article, told apart by its letter."""
    published = {name for name in content.facts if re.fullmatch(r"[A-Z]\d\d", name)}
    golden = {fact["id"] for fact in FACTS}
    assert all(name.startswith("K") for name in published - golden)
    assert published - golden <= content.facts_of(BREVE)


def test_facts_of_the_editors_are_never_facts_of_a_source(content: Any) -> None:
    for name, fact in content.facts.items():
        by_editors = content.source_of(fact.value) in content.editors
        assert by_editors is (not re.fullmatch(r"[A-Z]\d\d", name)), name


def test_the_86_sources_are_described(content: Any) -> None:
    folders = sorted((resources.root("data") / "sources").glob("*/source.toml"))
    assert len(folders) == 86
    addresses = set()
    for file in folders:
        source = NamedNode(f"{BASE}id/source/{file.parent.name}")
        about = tomllib.loads(file.read_text(encoding="utf-8"))
        assert content.texts(source, DCT["title"]) == {about["language"]: about["title"]}
        assert NamedNode(f"{BASE}id/{about['publisher']}") in content.objects(source, DCT["publisher"])
        assert len(content.objects(source, DCT["language"])) == 1
        (address,) = content.objects(source, SCHEMA["url"])
        addresses.add(address.value)
    assert addresses == {fact["source"] for fact in FACTS}


def test_every_statement_of_the_article_is_a_fact_of_the_article(content: Any) -> None:
    said_by_article = content.facts_of(BREVE)
    for text, facts in ARTICLE:
        assert facts, text
        assert set(facts) <= said_by_article, text
    assert len(ARTICLE) == len({text for text, _ in ARTICLE})


def test_every_fact_of_the_article_is_a_statement_of_it_or_explained(content: Any) -> None:
    explained = {"F18": "the toolbox that the article does not name is identified by us with a platform"}
    named = {fact for _, facts in ARTICLE for fact in facts}
    assert content.facts_of(BREVE) - named == set(explained)
    for name in explained:
        assert content.objects(content.facts[name], TI["status"]) == {NamedNode(f"{BASE}concept/statut/infere")}
