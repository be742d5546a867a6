"""Reading a source folder: what is stamped, and what its author is told when something is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from terrinclus_kg.errors import SourceError
from terrinclus_kg.ingest.source import date_literal, read_source, read_sources
from terrinclus_kg.rdf.namespaces import BASE, BIBO, DCT, GRAPH, PROV, PUBLISHER, RDF, SKOS, TI, XSD
from tests import small

STATED = NamedNode(BASE + "concept/statut/enonce")
INFERRED = NamedNode(BASE + "concept/statut/infere")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def read(folder: Path) -> set[Quad]:
    return set(read_source(folder, folder.parent.parent).quads)


def refusal(data: Path) -> str:
    with pytest.raises(SourceError) as refused:
        list(read_sources(data))
    return str(refused.value)


# What is stamped


def test_a_source_is_described(data: Path) -> None:
    source, graph = NamedNode(BASE + "id/source/journal"), GRAPH["source/journal"]
    quads = read(small.write(data / "sources/journal", small.SOURCE + 'note = "n"\ntitle_by_editors = true\n'))
    assert {
        Quad(source, RDF["type"], TI["Source"], graph),
        Quad(source, RDF["type"], BIBO["Webpage"], graph),
        Quad(source, DCT["title"], Literal("Le journal", language="fr"), graph),
        Quad(source, DCT["publisher"], NamedNode(BASE + "id/acteur/journal"), graph),
        Quad(source, DCT["issued"], Literal("2020-05", datatype=XSD["gYearMonth"]), graph),
        Quad(source, SKOS["editorialNote"], Literal("n", language="fr"), graph),
        Quad(graph, RDF["type"], TI["SourceGraph"], graph),
        Quad(graph, DCT["source"], source, graph),
    } <= quads


def test_a_fact_is_stamped(data: Path) -> None:
    fact, graph = NamedNode(BASE + "id/fait/Z01"), GRAPH["source/journal"]
    quads = read(small.write(data / "sources/journal"))
    assert {
        Quad(fact, RDF["type"], TI["Fact"], graph),
        Quad(fact, DCT["identifier"], Literal("Z01"), graph),
        Quad(fact, DCT["source"], NamedNode(BASE + "id/source/journal"), graph),
    } <= quads
    assert not [q for q in quads if q.predicate == PROV["wasAttributedTo"]]
    assert all(str(q.graph_name).startswith("<" + BASE) for q in quads)


def test_defaults_fill_gaps_only(data: Path) -> None:
    own = small.PREFIXES + (
        "fait:a { acteur:x a foaf:Agent } "
        "fait:b ti:locator 'ici'@fr ; ti:status c-statut:enonce . fait:b { acteur:y a foaf:Agent }"
    )
    quads = read(small.write(data / "editors/notes", small.EDITORS, own))

    def said(fact: str, predicate: NamedNode) -> set[object]:
        subject = NamedNode(BASE + "id/fait/" + fact)
        return {q.object for q in quads if q.subject == subject and q.predicate == predicate}

    assert said("a", TI["status"]) == {INFERRED}
    assert said("a", TI["locator"]) == {Literal("notre lecture", language="fr")}
    assert said("a", DCT["description"]) == {
        Literal("Lien posé par nous", language="fr"),
        Literal("Link made by us", language="en"),
    }
    assert said("b", TI["status"]) == {STATED}
    assert said("b", TI["locator"]) == {Literal("ici", language="fr")}


@pytest.mark.parametrize("by_default", [True, False])
def test_what_is_inferred_is_attributed_to_the_editors(data: Path, by_default: bool) -> None:
    facts = small.PREFIXES + "fait:a { acteur:x a foaf:Agent }"
    description = small.EDITORS
    if not by_default:
        description, facts = small.SOURCE, facts + " fait:a ti:status c-statut:infere ."
    quads = read(small.write(data / "editors/notes", description, facts))
    fact = NamedNode(BASE + "id/fait/a")
    assert Quad(fact, PROV["wasAttributedTo"], PUBLISHER, GRAPH["source/notes"]) in quads


def test_a_turtle_file_fills_the_graph_of_the_source(data: Path) -> None:
    folder = small.write(data / "reference/liste", small.SOURCE, "<http://e/s> <http://e/p> 'x' .", "liste.ttl")
    assert Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), Literal("x"), GRAPH["source/liste"]) in read(folder)
    (folder / "facts.trig").write_text(small.FACTS)
    (folder / "README.md").write_text("not RDF")
    source = read_source(folder, data)
    assert [entry.name for entry in source.inputs] == [
        f"data/reference/liste/{name}" for name in ("source.toml", "facts.trig", "liste.ttl")
    ]
    assert NamedNode(BASE + "id/fait/Z01") in {q.graph_name for q in source.quads}


def test_dates_keep_their_precision() -> None:
    assert [date_literal(text).datatype for text in ("2019", "2019-12", "2019-12-31")] == [
        XSD["gYear"],
        XSD["gYearMonth"],
        XSD["date"],
    ]


# What is refused


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("title", "titel"), "titel: there is no such key"),
        (("title =", "title"), "not TOML"),
        (('"2020-05"', '"mai 2020"'), "issued: 'mai 2020' is not a year"),
        (('"2020-05"', '"2020-13"'), "issued: month must be in 1..12"),
        (('"2020-05"', '"2021-02-29"'), "issued: day"),
        (('"2020-05"', "2020-05-01"), "issued: must be a text"),
        (('"fr"', '"klingon"'), "language: 'klingon' is "),
        (("https://", "ftp://"), "address: 'ftp://example.org/journal' is not"),
        (("https://example.org/journal", "https://example.org/<journal>"), "address: Invalid IRI"),
        (("acteur/journal", "journal"), "'journal' is not kind/key"),
        (("acteur/journal", "../../etc"), "'../../etc' is not kind/key"),
        (('title = "Le journal"\n', ""), "title: is missing"),
        (('language = "fr"', 'language = "fr"\ntype = "Webpages"'), "type: not a class of bibo"),
    ],
)
def test_a_wrong_description(data: Path, change: tuple[str, str], reason: str) -> None:
    small.write(data / "sources/journal", small.SOURCE.replace(*change))
    message = refusal(data)
    assert message.startswith("data/sources/journal/source.toml: ")
    assert reason in message


def test_a_description_that_is_not_utf8(data: Path) -> None:
    small.write(data / "sources/journal", small.SOURCE.encode("utf-16"))
    assert refusal(data).startswith("data/sources/journal/source.toml: not TOML: ")


def test_facts_without_a_description(data: Path) -> None:
    """Else they would be left out without a word."""
    (small.write(data / "sources/journal") / "source.toml").unlink()
    assert refusal(data) == "data/sources/journal/source.toml: is missing: it says what the source of this folder is"


def test_a_syntax_error_tells_its_line(data: Path) -> None:
    small.write(data / "sources/journal", facts=small.FACTS + "\nfait:Z03 { acteur:x acteur:y }\n")
    line = small.FACTS.count("\n") + 2
    message = refusal(data)
    assert message.startswith(f"data/sources/journal/facts.trig:{line}: ")


def test_a_file_that_cannot_be_read(data: Path) -> None:
    (small.write(data / "sources/journal") / "more.trig").symlink_to("nowhere")
    assert refusal(data).startswith("data/sources/journal/more.trig: No such file or directory")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ("fait:a { acteur:x foaf:knows [] }", "blank node"),
        ("fait:a { _:x foaf:knows acteur:x }", "blank node"),
        ("fait:a { acteur:x foaf:knows (1 2) }", "blank node"),
        ("_:g { acteur:x foaf:knows acteur:y }", "is not a fact"),
        ("acteur:g { acteur:x foaf:knows acteur:y }", "is not a fact"),
        ("<https://w3id.org/terrinclus/graph/source/autre> { acteur:x foaf:knows acteur:y }", "is not a fact"),
        ("fait:a { acteur:x foaf:name <<( acteur:x a acteur:y )>> }", "triple terms"),
        ("fait:a { acteur:x foaf:name 'x'@ar--rtl }", "base direction"),
        (r"fait:a { acteur:x foaf:name 'x\u0001' }", "control character"),
    ],
)
def test_what_facts_may_not_hold(data: Path, facts: str, reason: str) -> None:
    small.write(data / "sources/journal", facts=small.PREFIXES + facts)
    message = refusal(data)
    assert message.startswith("data/sources/journal/facts.trig: ")
    assert reason in message


def test_one_key_twice(data: Path) -> None:
    small.write(data / "sources/journal")
    small.write(data / "editors/journal")
    message = refusal(data)
    assert "data/sources/journal" in message
    assert "editors/journal" in message


@pytest.mark.parametrize("name", ["Journal", "le journal", "été", "-x", "a_b"])
def test_the_folder_is_a_slug(data: Path, name: str) -> None:
    small.write(data / "sources" / name)
    assert "must be a slug" in refusal(data)
