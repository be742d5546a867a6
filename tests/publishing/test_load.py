"""Loading foreign RDF: what comes in, where it says it came from, and what is turned away."""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from click.testing import CliRunner
from pyoxigraph import Store

from terrinclus_kg.cli import group
from terrinclus_kg.config import MIB, Settings
from terrinclus_kg.errors import SourceError, ValidationFailed, WriterBusy
from terrinclus_kg.ingest import pipeline
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.rdf.namespaces import BASE, sparql_prologue
from terrinclus_kg.store.children import parser
from terrinclus_kg.store.children.parser import Job
from terrinclus_kg.store.releases import dataset, layout, verify
from terrinclus_kg.store.releases.layout import Release
from tests import small

T = TypeVar("T")
GRAPH = "http://e/graph"
TRIPLES = {
    b'<http://e/s> <http://e/p> "caf\xc3\xa9 \\"x\\"\\n"@fr',
    b"<http://e/s> <http://e/q> <http://e/o>",
    b'<http://e/s> <http://e/r> "2"^^<http://www.w3.org/2001/XMLSchema#integer>',
}
FILES = {
    "a.ttl": '@prefix e: <http://e/> . e:s e:p "café \\"x\\"\\n"@fr ; e:q e:o ; e:r 2 .',
    "a.nt": "".join(f"{triple.decode()} .\n" for triple in sorted(TRIPLES)),
    "a.nq": "".join(f"{triple.decode()} <{GRAPH}> .\n" for triple in sorted(TRIPLES)),
    "a.trig": f'@prefix e: <http://e/> . <{GRAPH}> {{ e:s e:p "café \\"x\\"\\n"@fr ; e:q e:o ; e:r 2 . }}',
    "a.rdf": (
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
        '<rdf:Description rdf:about="http://e/s"><e:p xml:lang="fr">café "x"&#10;</e:p><e:q rdf:resource="http://e/o"/>'
        '<e:r rdf:datatype="http://www.w3.org/2001/XMLSchema#integer">2</e:r></rdf:Description></rdf:RDF>'
    ),
    "a.jsonld": json.dumps(
        {
            "@id": "http://e/s",
            "http://e/p": {"@value": 'café "x"\n', "@language": "fr"},
            "http://e/q": {"@id": "http://e/o"},
            "http://e/r": 2,
        }
    ),
}


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return small.material(tmp_path_factory.mktemp("material"))


@pytest.fixture(autouse=True)
def _small_material(monkeypatch: pytest.MonkeyPatch, material: Material) -> None:
    monkeypatch.setattr(Material, "default", classmethod(lambda cls: material))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", load_memory=512 * MIB)


@pytest.fixture
def published(settings: Settings) -> Release:
    return pipeline.build(settings).release


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, material: Material) -> Settings:
    """Settings of a home with a release that nothing may change."""
    made = Settings(home=tmp_path_factory.mktemp("standing"), load_memory=512 * MIB)
    pipeline.build(made, material)
    return made


def write(folder: Path, name: str, content: str | bytes) -> Path:
    data = content.encode() if isinstance(content, str) else content
    file = folder / name
    file.write_bytes(gzip.compress(data, 1) if name.endswith(".gz") else data)
    return file


def foreign(release: Release) -> set[bytes]:
    """Triples about things of the example namespace, as they stand in the dump, without a full stop."""
    return {dataset.triple_of(row)[:-3] for row in small.quads(release) if row.startswith(b"<http://e/s")}


def said(release: Release, query: str) -> list[list[str]]:
    answer = Store.read_only(str(release.store_path)).query(sparql_prologue(query) + query)
    return [[term.value for term in row] for row in answer]  # type: ignore[union-attr]


def refused(file: Path, settings: Settings, **options: str) -> SourceError:
    """Loads a file that must be refused, and sees that nothing has changed."""
    before = sorted(settings.releases.rglob("*"))
    with pytest.raises(SourceError) as error:
        pipeline.load([file], settings, **options)  # type: ignore[arg-type]
    assert sorted(settings.releases.rglob("*")) == before
    assert not list((settings.home / "loads").glob("*"))
    assert error.value.file == file.name
    assert str(file.parent) not in str(error.value)
    return error.value


# What comes in


@pytest.mark.parametrize("name", [name + end for name in FILES for end in ("", ".gz")])
def test_formats(name: str, settings: Settings, tmp_path: Path) -> None:
    built = pipeline.load([write(tmp_path, name, FILES[name.removesuffix(".gz")])], settings, graph=GRAPH)
    assert foreign(built.release) == TRIPLES
    assert {dataset.graph_of(row) for row in small.quads(built.release) if row.startswith(b"<http://e/s")} == {GRAPH}


def test_provenance(settings: Settings, tmp_path: Path) -> None:
    file = write(tmp_path, "a.trig", "<http://e/s> <http://e/p> 1 . <http://e/g> { <http://e/s> <http://e/p> 2 }")
    release = pipeline.load([file], settings, source="journal").release
    rows = said(
        release,
        "SELECT ?g ?name ?sum ?tool ?time ?source {"
        " ?g prov:wasDerivedFrom ?file ; prov:wasGeneratedBy ?load ; dct:source ?source ."
        " ?file dct:title ?name ; ti:sha256 ?sum . ?load prov:used ?file ; prov:endedAtTime ?time ;"
        " prov:wasAssociatedWith/rdfs:label ?tool } ORDER BY ?g",
    )
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert [row[:3] for row in rows] == [
        ["http://e/g", "a.trig", digest],
        [f"{BASE}graph/fichier/{digest[:16]}", "a.trig", digest],
    ]
    assert rows[0][3].startswith("terrinclus-kg ")
    assert rows[0][4] == release.manifest["loads"][0]["loaded_at"].replace("+00:00", "Z")
    assert rows[0][5] == BASE + "id/source/journal"
    verify.verify(release)


def test_the_same_file_twice_is_one_load(settings: Settings, tmp_path: Path) -> None:
    file = write(tmp_path, "a.ttl", FILES["a.ttl"])
    first = pipeline.load([file], settings)
    again = pipeline.load([file, file], settings)
    assert (again.fresh, again.release.id) == (False, first.release.id)
    other = pipeline.load([file], settings, graph="http://e/elsewhere")
    assert len(other.release.manifest["loads"]) == 2
    assert len(foreign(other.release)) == 3


def test_blank_nodes_get_iris_that_stay(settings: Settings, tmp_path: Path) -> None:
    text = "<http://e/s> <http://e/p> [ <http://e/q> _:x ] . _:x <http://e/r> ( 1 2 ) . _:x a <http://e/C> ."
    file = write(tmp_path, "b.ttl", text)
    runs = [pipeline.load([file], Settings(home=tmp_path / home)).release for home in ("one", "two")]
    rows = [[row for row in small.quads(run) if b"genid" in row] for run in runs]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 8
    assert not [row for row in rows[0] if b"_:" in row]


def test_blank_graph_names(settings: Settings, tmp_path: Path) -> None:
    file = write(tmp_path, "b.nq", "<http://e/s> <http://e/p> <http://e/o> _:g .\n_:g <http://e/p> <http://e/o> .\n")
    release = pipeline.load([file], settings).release
    (graph,) = {dataset.graph_of(row) for row in small.quads(release) if row.startswith(b"<http://e/s")}
    assert graph.startswith(BASE + ".well-known/genid/")
    assert any(row.startswith(f"<{graph}> <http://e/p>".encode()) for row in small.quads(release))


def test_a_load_survives_the_next_build(settings: Settings, tmp_path: Path, material: Material) -> None:
    pipeline.load([write(tmp_path, "a.ttl", FILES["a.ttl"])], settings)
    pipeline.load([write(tmp_path, "b.ttl", "<http://e/s2> <http://e/p> 1 .")], settings)
    release = pipeline.build(settings, force=True).release
    assert len(foreign(release)) == 4
    assert [load["name"] for load in release.manifest["loads"]] == ["a.ttl", "b.ttl"]
    assert pipeline.build(settings).fresh is False


def test_switching_back_takes_a_load_back(settings: Settings, published: Release, tmp_path: Path) -> None:
    loaded = pipeline.load([write(tmp_path, "a.ttl", FILES["a.ttl"])], settings).release
    layout.switch(settings.releases, published.id)
    rebuilt = pipeline.build(settings, force=True).release
    assert foreign(rebuilt) == set()
    assert rebuilt.manifest["digest"] == published.manifest["digest"]
    layout.switch(settings.releases, loaded.id)
    assert foreign(pipeline.build(settings, force=True).release) == TRIPLES


def test_a_lost_copy_is_told(settings: Settings, tmp_path: Path) -> None:
    pipeline.load([write(tmp_path, "a.ttl", FILES["a.ttl"])], settings)
    for kept in (settings.home / "loads").iterdir():
        kept.unlink()
    with pytest.raises(SourceError, match=r"^a.ttl: the kept copy of this load is missing"):
        pipeline.build(settings, force=True)


def test_two_loads_at_a_time(settings: Settings, published: Release, tmp_path: Path) -> None:
    """The second is turned away before it parses anything; else one could undo the other."""
    first, second = write(tmp_path, "a.ttl", FILES["a.ttl"]), write(tmp_path, "b.ttl", FILES["a.ttl"])
    turned_away: list[str] = []

    def meanwhile(step: str, done: int) -> None:
        with pytest.raises(WriterBusy) as busy:
            pipeline.load([second], settings)
        turned_away.append(busy.value.message)

    pipeline.load([first], settings, progress=meanwhile)
    assert len(turned_away) > 3
    assert "load a.ttl, process" in turned_away[0]


def test_prune_forgets_loads_that_no_release_holds(settings: Settings, published: Release, tmp_path: Path) -> None:
    pipeline.load([write(tmp_path, "a.ttl", FILES["a.ttl"])], settings)
    pipeline.load([write(tmp_path, "b.ttl", FILES["a.ttl"])], settings, graph="http://e/other")
    layout.switch(settings.releases, published.id)
    told = CliRunner().invoke(group, ["release", "prune"], obj=settings).output
    assert told == "0 releases removed\n"
    assert len(list((settings.home / "loads").iterdir())) == 2
    for release in layout.all_releases(settings.releases):
        if release.id != published.id:
            shutil.rmtree(release.path)
    told = CliRunner().invoke(group, ["release", "prune"], obj=settings).output
    assert told == "2 loaded files forgotten: no release holds them\n0 releases removed\n"
    assert list((settings.home / "loads").iterdir()) == []


def test_what_a_file_says_of_our_things_is_validated(settings: Settings, published: Release, tmp_path: Path) -> None:
    strict = small.material(tmp_path / "strict", real_ontology=True)
    text = f"<{BASE}id/acteur/journal> <http://www.w3.org/2004/02/skos/core#prefLabel> 'Autre'@fr ."
    file = write(tmp_path, "label.ttl", text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Material, "default", classmethod(lambda cls: strict))
        with pytest.raises(ValidationFailed) as failed:
            pipeline.load([file], settings)
    assert "au plus un nom préféré" in failed.value.report
    assert layout.current_id(settings.releases) == published.id


def test_the_bulk_of_a_load_is_not_validated(settings: Settings, published: Release, tmp_path: Path) -> None:
    """pySHACL would take hours: it sees what speaks of our identifiers, and former blank nodes are not ours."""
    seen: list[int] = []
    text = "<http://e/s> <http://e/p> [ <http://e/q> 1 ] . " * 100 + f"<{BASE}id/acteur/journal> <http://e/p> 1 ."
    file = write(tmp_path, "many.ttl", text)
    before = len(pipeline._lines(pipeline.read_material(Material.default())))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("terrinclus_kg.ingest.shacl.run", lambda data, *rest: seen.append(len(data)) or [])
        assert pipeline.load([file], settings).release.manifest["quads"] > before + 200
    assert before < seen[0] < before + 20


@pytest.mark.parametrize("count", [100_000])
def test_many_triples(settings: Settings, tmp_path: Path, count: int) -> None:
    file = tmp_path / "many.nt.gz"
    with gzip.open(file, "wt", compresslevel=1) as out:
        for number in range(count):
            out.write(f'<http://e/s{number % 5000}> <http://e/p{number % 7}> "{number}"^^<http://e/t> .\n')
    told: list[tuple[str, int]] = []
    release = pipeline.load([file], settings, progress=lambda step, done: told.append((step, done))).release
    assert release.manifest["loads"][0]["quads"] == count
    assert len(foreign(release)) == count
    assert ("parse", 50_000) in told


# What is turned away

XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'


@pytest.mark.parametrize(
    ("name", "content", "line", "reason"),
    [
        ("x.ttl", "<http://e/s> <http://e/p> 1 .\n<http://e/s> <http://e/p> oops .\n", 2, "Parser error at line 2"),
        ("x.nt", "<http://e/s> <http://e/p> <http://e/o> .\n\n<http://e/s> .\n", 3, "line 3"),
        ("x.nq", "<http://e/s> <http://e/p> <http://e/o> <http://e/g>\n<x>", 2, "line 2"),
        ("x.trig", "<http://e/g> {\n<http://e/s> <http://e/p> }", 2, "line 2"),
        ("x.rdf", f"{XML}\n<e:C>\n</rdf:RDF>", 3, "not XML: mismatched tag"),
        ("x.rdf", f"{XML}\n<e:C>", 2, "not XML: no element found"),
        ("x.rdf", f"{XML}\n<e:C rdf:about='rel'/></rdf:RDF>", None, "No scheme found in an absolute IRI"),
        ("x.jsonld", '{"@id": "http://e/s",\n"http://e/p": [ }', 2, "line 2"),
        ("x.jsonld", '{"@context": "http://127.0.0.1:9/context", "p": 1}', None, "remote context"),
        ("x.jsonld", '{"@id": "relative", "http://e/p": 1}', None, "holds no triples"),
        ("x.ttl", "", None, "holds no triples"),
        ("x.rdf", "", 1, "not XML"),
        ("x.ttl", "<rel> <http://e/p> 1 .", 1, "No scheme found in an absolute IRI"),
        ("x.nt", b'<http://e/s> <http://e/p> "\xff" .\n', 1, "UTF-8"),
        ("x.nt", '<http://e/s> <http://e/p> "\\u0001" .\n', None, "control character"),
        ("x.nt", '<http://e/s> <http://e/p> "\\uFFFE" .\n', None, "control character"),
        ("x.nt", '<http://e/s> <http://e/p> "a\x00b" .\n', None, "control character"),
        ("x.ttl", "<http://e/s> <http://e/p> <<( <http://e/s> <http://e/p> 1 )>> .", None, "triple terms"),
        ("x.ttl", "<http://e/s> <http://e/p> 'x'@ar--rtl .", None, "base direction"),
        ("x.trig", f"<{BASE}graph/source/journal> {{ <http://e/s> <http://e/p> 1 }}", None, "is one of ours"),
        ("x.nq", f"<http://e/s> <http://e/p> <http://e/o> <{BASE}id/fait/Z01> .\n", None, "is one of ours"),
        ("x.csv", "a,b", None, "unknown format"),
        ("x", "a,b", None, "unknown format"),
        ("x.gz", "a,b", None, "unknown format"),
    ],
)
def test_faulty_files(
    name: str,
    content: str | bytes,
    line: int | None,
    reason: str,
    standing: Settings,
    tmp_path: Path,
) -> None:
    error = refused(write(tmp_path, name, content), standing)
    assert reason in error.reason
    assert error.line == line


def test_one_faulty_file_among_several(settings: Settings, published: Release, tmp_path: Path) -> None:
    files = [write(tmp_path, "a.ttl", FILES["a.ttl"]), write(tmp_path, "x.ttl", "oops")]
    with pytest.raises(SourceError, match=r"^x.ttl:1: "):
        pipeline.load(files, settings)
    assert layout.current_id(settings.releases) == published.id


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"graph": f"{BASE}graph/source/journal"}, "is one of ours"),
        ({"graph": f"{BASE}id/fait/Z01"}, "is one of ours"),
        ({"graph": "not an IRI"}, "is not an IRI"),
        ({"graph": "http://e/> . <http://e/x"}, "is not an IRI"),
        ({"source": "nobody"}, "no folder of this name"),
        ({"source": "../journal"}, "no folder of this name"),
    ],
)
def test_wrong_options(options: dict[str, str], reason: str, standing: Settings, tmp_path: Path) -> None:
    before = layout.current_id(standing.releases)
    with pytest.raises(SourceError, match=reason):
        pipeline.load([write(tmp_path, "a.ttl", FILES["a.ttl"])], standing, **options)  # type: ignore[arg-type]
    assert layout.current_id(standing.releases) == before


@pytest.mark.parametrize("name", ["a\x01.ttl", "a\n.ttl", "a\u202ettl.ttl", os.fsdecode(b"a\xff.ttl")])
def test_names_that_do_not_print(name: str, standing: Settings, tmp_path: Path) -> None:
    """A name becomes a literal of the release and a line of a terminal."""
    with pytest.raises(SourceError, match="rename it") as error:
        pipeline.load([write(tmp_path, name, FILES["a.ttl"])], standing)
    assert error.value.message.isprintable()


ESCAPE = "http://e/a> <http://e/b> <http://e/c> .\n<http://e/x"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.nt", r"<http://e/a\u003E> <http://e/p> <http://e/o> ."),
        ("x.ttl", r"@prefix e: <http://e/a\u003E> . e:s <http://e/p> 1 ."),
        ("id.jsonld", json.dumps({"@id": ESCAPE, "http://e/p": 1})),
        ("value.jsonld", json.dumps({"@id": "http://e/s", "http://e/p": {"@id": ESCAPE}})),
        ("property.jsonld", json.dumps({"@id": "http://e/s", ESCAPE: 1})),
        ("type.jsonld", json.dumps({"@id": "http://e/s", "@type": ESCAPE})),
        ("datatype.jsonld", json.dumps({"@id": "http://e/s", "http://e/p": {"@value": "x", "@type": ESCAPE}})),
        ("language.jsonld", json.dumps({"@id": "http://e/s", "http://e/p": {"@value": "x", "@language": "fr> <x"}})),
        ("graph.jsonld", json.dumps({"@id": ESCAPE, "@graph": [{"@id": "http://e/s", "http://e/p": 1}]})),
        ("x.rdf", XML + '<rdf:Description rdf:about="http://e/a&gt; x" e:p="1"/></rdf:RDF>'),
    ],
)
def test_no_term_breaks_out_of_its_line(name: str, content: str, standing: Settings, tmp_path: Path) -> None:
    refused(write(tmp_path, name, content), standing)


@pytest.mark.parametrize("kind", ["missing", "folder", "truncated", "garbled", "not gzip"])
def test_files_that_cannot_be_read(kind: str, standing: Settings, tmp_path: Path) -> None:
    file = tmp_path / "a.nt.gz"
    whole = bytearray(gzip.compress(FILES["a.nt"].encode() * 100))
    match kind:
        case "folder":
            file.mkdir()
        case "truncated":
            file.write_bytes(whole[:60])
        case "garbled":
            whole[30] ^= 0xFF
            file.write_bytes(whole)
        case "not gzip":
            file.write_text(FILES["a.nt"])
    error = refused(file, standing)
    assert "nests too deeply" not in error.reason


BOMB = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    "content",
    [
        f'<?xml version="1.0"?>{BOMB}]>{XML}<e:C e:p="&j;"/></rdf:RDF>',
        f'<!-- innocent -->\n\n{BOMB}]>{XML}<rdf:Description rdf:about="http://e/s"><e:p>&j;</e:p></rdf:Description></rdf:RDF>',
        f'{XML}{BOMB}]><rdf:Description rdf:about="http://e/s"><e:p>&j;</e:p></rdf:Description></rdf:RDF>',
        f'<!DOCTYPE r SYSTEM "file:///etc/passwd">{XML}<e:C rdf:about="http://e/s"/></rdf:RDF>',
        f'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>{XML}<e:C e:p="&x;"/></rdf:RDF>',
    ],
    ids=["bomb", "after a comment", "inside the root", "external subset", "external entity"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities(content: str, encoding: str, standing: Settings, tmp_path: Path) -> None:
    error = refused(write(tmp_path, "bomb.rdf", content.encode(encoding)), standing)
    assert "DOCTYPE" in error.reason or "not XML" in error.reason


def nested_terms(depth: int) -> str:
    return "<http://e/s> <http://e/p> " + "<<( <http://e/s> <http://e/p> " * depth + "1" + " )>>" * depth + " ."


def chained_context(length: int) -> str:
    terms = {f"t{number}": f"t{number + 1}" for number in range(length)}
    return json.dumps({"@context": {**terms, f"t{length}": "http://e/p"}, "@id": "http://e/s", "t0": 1})


def nested_nodes(depth: int) -> str:
    return '{"@id":"http://e/s","http://e/p":' * depth + "1" + "}" * depth


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("terms.ttl", nested_terms(20_000)),
        ("terms.nt", nested_terms(20_000)),
        ("terms.trig", nested_terms(200_000)),
        ("context.jsonld", chained_context(400_000)),
        ("nodes.jsonld", nested_nodes(20_000)),
        ("arrays.jsonld", '{"http://e/p":' + "[" * 100_000 + "]" * 100_000 + "}"),
        ("nodes.rdf", XML + "<e:C><e:p>" * 50_000 + "</e:p></e:C>" * 50_000 + "</rdf:RDF>"),
    ],
    ids=lambda value: value if len(value) < 20 else "",
)
def test_nesting(name: str, content: str, standing: Settings, tmp_path: Path) -> None:
    """Whatever the depth does to the parser, it is over soon, and told as the fault of the file."""
    low = standing.model_copy(update={"load_deadline": 2.0, "load_memory": 256 * MIB})
    began = time.monotonic()
    error = refused(write(tmp_path, name, content), low)
    assert time.monotonic() - began < 10
    assert error.reason


def test_gzip_bombs(standing: Settings, tmp_path: Path) -> None:
    low = standing.model_copy(update={"load_inflated": 10 * MIB})
    for name, start in (("bomb.nt.gz", b"#"), ("bomb.rdf.gz", b"<!--"), ("blank.rdf.gz", b"")):
        error = refused(write(tmp_path, name, start + b" " * (64 * MIB)), low)
        assert "load_inflated = 10485760" in error.reason


def test_memory_limit(standing: Settings, tmp_path: Path) -> None:
    low = standing.model_copy(update={"load_memory": 64 * MIB})
    error = refused(write(tmp_path, "x.nt", '<http://e/s> <http://e/p> "' + "x" * (100 * MIB) + '" .'), low)
    assert "load_memory = 67108864" in error.reason


def test_the_lowest_memory_limit_is_enough_to_work(settings: Settings, tmp_path: Path) -> None:
    low = settings.model_copy(update={"load_memory": 64 * MIB})
    assert foreign(pipeline.load([write(tmp_path, "a.ttl", FILES["a.ttl"])], low).release) == TRIPLES


def test_a_full_disk_is_no_fault_of_the_file(standing: Settings, tmp_path: Path) -> None:
    job = Job("a.nt", "n-triples", False, GRAPH, "", str(tmp_path), 0, 0, 0)
    told = parser._harmless(OSError(errno.ENOSPC, "No space left on device"), job)
    assert told == "no space is left in the state folder (setting home)"


def test_deadline(standing: Settings, tmp_path: Path) -> None:
    low = standing.model_copy(update={"load_deadline": 0.1})
    error = refused(write(tmp_path, "x.nt", "<http://e/s> <http://e/p> <http://e/o> .\n" * 500_000), low)
    assert error.reason == "parsing took longer than load_deadline = 0.1 s"


def test_a_killed_load_leaves_nothing_running(settings: Settings, published: Release, tmp_path: Path) -> None:
    endless = write(tmp_path, "deep.jsonld", nested_nodes(30_000))
    script = "import sys; from terrinclus_kg.cli import main; sys.argv[0] = 'terrinclus-kg'; main()"
    environment = {**os.environ, "TERRINCLUS_HOME": str(settings.home)}
    loading = subprocess.Popen([sys.executable, "-c", script, "load", str(endless)], env=environment)
    try:
        parser = until(lambda: Path(f"/proc/{loading.pid}/task/{loading.pid}/children").read_text().split())
        assert list(settings.releases.glob(".draft-load-*"))
    finally:
        loading.send_signal(signal.SIGKILL)
        loading.wait()
    until(lambda: not any(alive(pid) for pid in parser))
    assert layout.current_id(settings.releases) == published.id
    assert pipeline.build(settings, force=True).fresh
    assert not list(settings.releases.glob(".draft*"))


def alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Callable[[], T]) -> T:
    """What the condition says once it holds; at most ten seconds from now."""
    end = time.monotonic() + 10
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found
