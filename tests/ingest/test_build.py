"""Building releases of a small graph: what is in them, and what keeps one from being published."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import sqlite3
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import CanonicalizationAlgorithm, Dataset, DefaultGraph, Literal, NamedNode, RdfFormat, Store, parse

from terrinclus_kg import resources
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ReleaseDamaged, SourceError, ValidationFailed
from terrinclus_kg.ingest import pipeline
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.ingest.validate import Finding, Report, check_shapes
from terrinclus_kg.rdf.namespaces import BASE, GRAPH, sparql_prologue
from terrinclus_kg.store.releases import dataset, layout, verify
from terrinclus_kg.store.releases.layout import Release
from tests import small

NASTY = (
    "tab\\t quote\\\" backslash\\\\ newline\\n return\\r delete\\u007F é 東京 \\U0001F600 \\u0085 \\u2028 <b> . ' "
    "\\\\u0041"
)


@pytest.fixture
def material(tmp_path: Path) -> Material:
    return small.material(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Material, Settings, Release]:
    """A release with the real shapes, concepts and questions, built once."""
    folder = tmp_path_factory.mktemp("whole")
    material, settings = small.material(folder, real_ontology=True), Settings(home=folder / "home")
    return material, settings, pipeline.build(settings, material).release


def ask(release: Release, query: str) -> list[list[str]]:
    answer = Store.read_only(str(release.store_path)).query(sparql_prologue(query) + query)
    return [[term.value for term in row] for row in answer]  # type: ignore[union-attr]


def default_graph(release: Release) -> set[str]:
    store = Store.read_only(str(release.store_path))
    about = "<https://w3id.org/terrinclus/dataset/"
    lines = {str(q.triple) for q in store.quads_for_pattern(None, None, None, DefaultGraph())}
    return {line for line in lines if not line.startswith(about)}


# What a release is


def test_the_same_inputs_give_the_same_digest(material: Material, settings: Settings, tmp_path: Path) -> None:
    first = pipeline.build(settings, material).release
    again = pipeline.build(settings, material, force=True).release
    elsewhere = pipeline.build(Settings(home=tmp_path / "other"), material).release
    assert first.id != again.id
    assert first.manifest["digest"] == again.manifest["digest"] == elsewhere.manifest["digest"]
    dumps = [(r.path / "dataset.nq.gz").read_bytes() for r in (first, again, elsewhere)]
    assert dumps[0] == dumps[1] == dumps[2]


def test_up_to_date_and_changed(material: Material, settings: Settings) -> None:
    first = pipeline.build(settings, material)
    assert first.fresh
    again = pipeline.build(settings, material)
    assert (again.release.id, again.fresh) == (first.release.id, False)
    small.write(material.data / "sources/journal", facts=small.FACTS.replace("page 1", "page 3"))
    changed = pipeline.build(settings, material)
    assert changed.fresh
    assert changed.release.manifest["digest"] != first.release.manifest["digest"]
    assert layout.current_id(settings.releases) == changed.release.id


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("queries/rules/20-more.rq", "CONSTRUCT {} WHERE {}"),
        ("queries/checks/one.rq", "SELECT * { FILTER(false) }"),
        ("ontology/more.ttl", ""),
        ("ontology/shapes/more.ttl", ""),
    ],
)
def test_a_change_of_the_rules_is_a_change(material: Material, settings: Settings, part: str, text: str) -> None:
    pipeline.build(settings, material)
    (material.data.parent / part).write_text(text)
    assert pipeline.build(settings, material).fresh


@pytest.mark.parametrize("part", ["store/releases/dataset.py", "rdf/terms.py", "ingest/rules.py"])
def test_a_change_of_the_program_is_a_change(
    material: Material, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    ours = tmp_path / "ours"
    shutil.copytree(pipeline._OURS, ours, ignore=shutil.ignore_patterns("web", "__pycache__"))
    monkeypatch.setattr(pipeline, "_OURS", ours)
    pipeline.build(settings, material)
    assert not pipeline.build(settings, material).fresh
    (ours / part).write_text("changed")
    assert pipeline.build(settings, material).fresh


def test_the_manifest_tells_what_it_was_made_of(whole: tuple[Material, Settings, Release]) -> None:
    _, _, release = whole
    about = release.manifest
    assert about["facts"] == 3
    assert about["sources"] == 2
    assert about["labels"] > 500
    names = {entry["name"]: entry["sha256"] for entry in about["inputs"]}
    facts = hashlib.sha256(small.FACTS.encode()).hexdigest()
    assert names["data/sources/journal/facts.trig"] == facts
    assert names.keys() >= {"ontology/concepts.ttl", "ontology/shapes/required.ttl", "queries/rules/10-label.rq"}
    assert about["versions"].keys() >= {"pyoxigraph", "rdflib", "pyshacl", "python"}


def test_a_triple_that_two_facts_state_counts_once(whole: tuple[Material, Settings, Release]) -> None:
    _, _, release = whole
    pattern = "acteur:journal foaf:homepage <https://example.org/>"
    assert ask(release, f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}") == [["1"]]
    assert ask(release, f"SELECT (COUNT(*) AS ?n) {{ GRAPH ?fact {{ {pattern} }} }}") == [["2"]]


def test_the_default_graph_is_the_merge_of_the_named_ones(whole: tuple[Material, Settings, Release]) -> None:
    _, _, release = whole
    named = {dataset.triple_of(line)[:-3].decode() for line in small.quads(release)}
    assert default_graph(release) == named
    verify.verify(release)


def test_facts_with_source_locator_and_status(whole: tuple[Material, Settings, Release]) -> None:
    query = (
        "SELECT ?f { ?f a ti:Fact ; dct:source/dct:title ?t ; ti:locator ?l ; ti:status/skos:prefLabel ?s } GROUP BY ?f"
    )
    assert len({fact for (fact,) in ask(whole[2], query)}) == 3


def test_labels_in_one_table(whole: tuple[Material, Settings, Release]) -> None:
    with sqlite3.connect(whole[2].labels_path) as table:
        found = dict(table.execute("SELECT language, text FROM label WHERE iri = ?", [BASE + "id/acteur/journal"]))
        fact = dict(table.execute("SELECT language, text FROM label WHERE iri = ?", [BASE + "id/fait/Z01"]))
    table.close()
    assert found == {"fr": "Journal", "en": "Journal"}
    assert fact["en"] == "Z01 – The journal is an organisation"


def test_what_rules_infer_can_be_dropped(material: Material, settings: Settings, tmp_path: Path) -> None:
    with_rules = pipeline.build(settings, material).release
    (material.queries / "rules" / "10-label.rq").unlink()
    without = pipeline.build(Settings(home=tmp_path / "other"), material).release
    inferred = [row for row in small.quads(with_rules) if dataset.graph_of(row) == GRAPH["infere"].value]
    assert len(inferred) == with_rules.manifest["inferred"] == 3  # with what the graph says of itself
    assert without.manifest["inferred"] == 0
    only = {dataset.triple_of(row)[:-3].decode() for row in inferred}
    assert default_graph(with_rules) - only == default_graph(without)
    assert only.isdisjoint(default_graph(without))  # the rule makes stated triples too: they stay stated only
    assert [row for row in small.quads(with_rules) if row not in inferred] == small.quads(without)


def test_rules_see_what_rules_before_them_inferred(material: Material, settings: Settings) -> None:
    chain = "CONSTRUCT { ?x rdfs:comment ?label } WHERE { ?x foaf:homepage ?page ; rdfs:label ?label }"
    (material.queries / "rules" / "20-chain.rq").write_text(chain)
    assert pipeline.build(settings, material).release.manifest["inferred"] == 5


# The digest


def test_the_digest_is_that_of_rdfc(material: Material, settings: Settings) -> None:
    values = f'"{NASTY}"@fr , "{NASTY}" , 1.50 , 010 , "1"^^xsd:boolean , "2017-03-27"^^xsd:date , "01"^^<http://e/t>'
    nasty = small.FACTS + f"fait:Z02 {{ acteur:journal skos:note {values} }}"
    small.write(material.data / "sources/journal", facts=nasty)
    release = pipeline.build(settings, material).release
    with gzip.open(release.path / "dataset.nq.gz") as dump:
        lines = dump.read()
    assert hashlib.sha256(lines).hexdigest() == release.manifest["digest"]
    canonical = Dataset(parse(lines, format=RdfFormat.N_QUADS))
    canonical.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    assert "".join(sorted(f"{quad} .\n" for quad in canonical)).encode() == lines
    assert [row for row in lines.splitlines() if b"U0001F600" in row or b"\x7f" in row] == []
    assert b"delete\\u007F \xc3\xa9 \xe6\x9d\xb1\xe4\xba\xac \xf0\x9f\x98\x80 \xc2\x85" in lines
    assert lines.splitlines() == sorted(set(lines.splitlines()))
    verify.verify(release)
    assert len(default_graph(release)) > 0


# What keeps a release from being published


def test_a_broken_fact_is_told_in_both_languages(whole: tuple[Material, Settings, Release], tmp_path: Path) -> None:
    material, settings, release = whole
    broken = small.material(tmp_path, real_ontology=True)
    small.write(broken.data / "sources/journal", facts=small.FACTS.replace('ti:locator "page 2"@fr ; ', ""))
    with pytest.raises(ValidationFailed, match="1 required constraint not met") as failed:
        pipeline.build(settings, broken)
    assert "fait:Z02 ti:locator" in failed.value.report
    assert "Un fait dit où, dans sa source, il se trouve" in failed.value.report
    assert "A fact tells where in its source it stands" in failed.value.report
    assert "in graph:source/journal" in failed.value.report
    assert layout.current_id(settings.releases) == release.id
    assert [path.name for path in settings.releases.glob(".draft*")] == []
    assert pipeline.validate(settings, material).blocking == ()
    assert [finding.focus for finding in pipeline.validate(settings, broken).blocking] == ["fait:Z02"]


def test_a_row_of_a_check_is_a_fault(material: Material, settings: Settings) -> None:
    pipeline.build(settings, material)
    before = layout.current_id(settings.releases)
    (material.queries / "checks" / "pages.rq").write_text(
        '#: [title]\n#: fr = "Une page"\n#: en = "A page"\nSELECT ?who ?page { ?who foaf:homepage ?page }'
    )
    with pytest.raises(ValidationFailed) as failed:
        pipeline.build(settings, material)
    assert failed.value.report == "✗ acteur:journal = https://example.org/\n    Une page\n    A page"
    assert layout.current_id(settings.releases) == before
    assert str(pipeline.validate(settings, material)) == failed.value.report


def test_checks_of_validate_see_what_rules_infer_and_what_loads_say_of_us(
    material: Material, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = f"{BASE}id/acteur/journal"
    (tmp_path / "a.nt").write_text(
        f"<http://e/s> <http://e/p> <{ours}> .\n<http://e/foreign> <http://e/p> <http://e/o> .\n"
    )
    monkeypatch.setattr(Material, "default", classmethod(lambda cls: material))
    pipeline.load([tmp_path / "a.nt"], settings)
    (material.queries / "checks" / "both.rq").write_text(
        "SELECT ?thing { { ?thing rdfs:label 'Journal'@fr } UNION { ?thing <http://e/p> ?o } }"
    )
    assert {finding.focus for finding in pipeline.validate(settings).blocking} == {"acteur:journal", "http://e/s"}


def test_a_report_tells_what_blocks_and_counts_the_rest() -> None:
    blocking, warning = (Finding(blocks, "fait:Z01", "", "", {"en": "x"}) for blocks in (True, False))
    assert str(Report((blocking, warning, warning))) == "✗ fait:Z01\n    x\n2 warnings"
    assert str(Report((blocking,))) == "✗ fait:Z01\n    x"
    with pytest.raises(ValidationFailed, match="1 required constraint not met"):
        Report((blocking, warning)).gate()
    assert Report((warning,)).gate().warnings == (warning,)


def test_a_path_without_a_name_is_left_out(tmp_path: Path) -> None:
    head = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <http://e/> . "
    shape = "e:shape sh:targetNode e:s ; sh:property [ sh:path [ sh:inversePath e:p ] ; sh:minCount 1 ] ."
    (tmp_path / "required.ttl").write_text(head + shape)
    (tmp_path / "recommended.ttl").write_text("")
    (finding,) = check_shapes([b"<http://e/s> <http://e/p> <http://e/o> <http://e/g> .\n"], tmp_path).blocking
    assert (finding.focus, finding.path) == ("http://e/s", "")


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (
            "locator-too-long",
            'fait:Z01 ti:locator "« Un, deux : trois – quatre l’an six sept (huit) »"@fr .',
            'fait:Z01 ti:locator "Un, deux : trois – quatre l’an six sept (huit) neuf"@fr .',
        ),
        ("undeclared-term", "fait:Z01 ti:locator 'x'@fr .", "fait:Z01 ti:lokator 'x'@fr ."),
        ("undeclared-term", "acteur:journal a ti:Fact .", "acteur:journal a ti:Fakt ."),
        *(
            ("malformed-date", f'fait:Z01 {{ acteur:journal dct:date "{good}"^^xsd:{kind} }}',
             f'fait:Z01 {{ acteur:journal dct:date "{bad}"^^xsd:{kind} }}')
            for kind, good, bad in (
                ("gYear", "2017", "17"),
                ("gYear", "-0044", "2017-05"),
                ("gYearMonth", "2017-12", "2017-13"),
                ("gYearMonth", "2017-01", "2017-00"),
                ("gYearMonth", "2017-01", "mai 2017"),
                ("date", "2017-03-31", "2017-04-31"),
                ("date", "2020-02-29", "2021-02-29"),
                ("date", "2000-02-29", "1900-02-29"),
                ("date", "2017-12-01", "2017-13-01"),
                ("date", "2017-01-10", "2017-01-00"),
                ("date", "2017-01-10", "2017-1-10"),
            )
        ),
    ],
)  # fmt: skip
def test_check_queries(material: Material, settings: Settings, check: str, good: str, bad: str) -> None:
    (material.ontology / "terms.ttl").write_text(
        small.PREFIXES + "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "ti:Fact rdfs:isDefinedBy <https://w3id.org/terrinclus/ns> .\n"
        + "".join(
            f"ti:{term} rdfs:isDefinedBy <https://w3id.org/terrinclus/ns> .\n"
            for term in ("Source", "SourceGraph", "InferredGraph", "locator", "status")
        )
    )
    shutil.copy(resources.root("queries") / "checks" / f"{check}.rq", material.queries / "checks")
    small.write(material.data / "sources/essai", facts=small.PREFIXES + good)
    assert pipeline.validate(settings, material).blocking == ()
    small.write(material.data / "sources/essai", facts=small.PREFIXES + bad)
    assert len(pipeline.validate(settings, material).blocking) == 1


def test_a_faulty_file_changes_nothing(material: Material, settings: Settings) -> None:
    release = pipeline.build(settings, material).release
    small.write(material.data / "sources/journal", facts="oops")
    with pytest.raises(SourceError, match=r"^data/sources/journal/facts.trig:1: "):
        pipeline.build(settings, material)
    assert layout.current_id(settings.releases) == release.id


def test_a_graph_without_facts_is_not_published(material: Material, settings: Settings) -> None:
    empty = Material(material.data.parent / "nothing", material.ontology, material.queries)
    for work in (pipeline.build, pipeline.validate):
        with pytest.raises(SourceError, match=r"^nothing: no source.toml below"):
            work(settings, empty)  # type: ignore[operator]
    small.write(empty.data / "sources/journal", facts="")
    for work in (pipeline.build, pipeline.validate):
        with pytest.raises(SourceError, match=r"^nothing: no source in this folder states a fact"):
            work(settings, empty)  # type: ignore[operator]
    assert layout.current_id(settings.releases) is None
    assert list(settings.releases.iterdir()) == []


def test_a_store_that_fails_the_smoke_test_is_not_published(
    material: Material, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "SMOKE_TEST", "ASK { FILTER(false) }")
    with pytest.raises(ReleaseDamaged, match="smoke test"):
        pipeline.build(settings, material)
    assert list(settings.releases.iterdir()) == []


def test_progress_names_each_step(material: Material, settings: Settings) -> None:
    told: list[str] = []
    pipeline.build(settings, material, progress=lambda step, done: told.append(step))
    assert list(dict.fromkeys(told)) == [
        "read",
        "validate",
        "store",
        "infer",
        "dump",
        "labels",
        "files",
        "index",
        "publish",
    ]


# The pieces


def test_sorting_by_files_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"<http://e/{number * 7919 % 1000}> .\n".encode() for number in range(3000)]
    monkeypatch.setattr(dataset, "_CHUNK", 100)
    assert list(dataset.sort_unique(lines, tmp_path)) == sorted(set(lines))
    assert list(tmp_path.iterdir()) == []


def test_a_graph_that_has_a_space_in_a_literal() -> None:
    row = b'<http://e/s> <http://e/p> "a b . c"@fr <http://e/g> .\n'
    assert dataset.triple_of(row) == b'<http://e/s> <http://e/p> "a b . c"@fr .\n'
    assert dataset.graph_of(row) == "http://e/g"
    (quad,) = parse(row, format=RdfFormat.N_QUADS)
    assert dataset.line(quad) == row
    assert quad.graph_name == NamedNode("http://e/g")


@given(
    st.one_of(
        *(
            st.from_regex(pattern, fullmatch=True).map(partial(Literal, datatype=kind))
            for kind, pattern in dataset._KEPT.items()
        )
    )
)
def test_spellings_that_are_said_to_come_back_do(literal: Literal) -> None:
    assert dataset._through_the_engine(literal) == literal


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('"1.50"^^xsd:decimal', '"1.5"^^xsd:decimal'),
        ('"+07"^^xsd:integer', '"7"^^xsd:integer'),
        ('"2017-03-27T10:00:00.000+00:00"^^xsd:dateTime', '"2017-03-27T10:00:00Z"^^xsd:dateTime'),
        ('"2017"^^xsd:gYear', '"2017"^^xsd:gYear'),
        ('"2017-05"^^xsd:gYearMonth', '"2017-05"^^xsd:gYearMonth'),
        ('"not a number"^^xsd:integer', '"not a number"^^xsd:integer'),
        ('"07"^^xsd:token', '"07"^^xsd:token'),
        ('"07"', '"07"'),
    ],
)
def test_lines_have_the_spelling_that_answers_have(written: str, kept: str) -> None:
    head = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . <http://e/g> { <http://e/s> <http://e/p> "
    lines = [
        dataset.line(quad) for text in (written, kept) for quad in parse(f"{head}{text} }}", format=RdfFormat.TRIG)
    ]
    assert lines[0] == lines[1]
    store = Store()
    store.load(lines[0], format=RdfFormat.N_QUADS)
    assert [dataset.line(quad) for quad in store] == lines[:1]
