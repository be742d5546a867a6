"""The files that people take away: each holds what the dump holds, and is what the list says of it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Literal, NamedNode, RdfFormat, parse

from terrinclus_kg.cli import group
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ReleaseDamaged
from terrinclus_kg.ingest import pipeline, writing
from terrinclus_kg.ingest.order import UPDATE, Order
from terrinclus_kg.ingest.writing import write
from terrinclus_kg.store.releases import dataset, layout, verify
from terrinclus_kg.store.releases.dumps import files, places, tables
from terrinclus_kg.store.releases.layout import Release
from tests import small

ID = "https://w3id.org/terrinclus/id/"


def unpacked(release: Release, name: str) -> bytes:
    return gzip.decompress((release.path / name).read_bytes())


def rows(release: Release, kind: str) -> list[dict[str, str]]:
    text = unpacked(release, f"{kind}.csv.gz").decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def taken_apart(cell: str) -> list[str]:
    """The values of a cell, as docs/http.md says."""
    values, escaped = [""], False
    for character in cell.replace(tables.JOINED, "\0"):
        if character == "\0" and not escaped:
            values.append("")
        elif character == "\\" and not escaped:
            escaped = True
        else:
            values[-1] += character
            escaped = False
    return values


@pytest.mark.parametrize("form", [RdfFormat.TRIG, RdfFormat.JSON_LD])
def test_a_dataset_in_another_format_is_the_same(release: Release, form: RdfFormat) -> None:
    text = unpacked(release, f"dataset.{form.file_extension}.gz")
    assert set(parse(text, format=form)) == set(parse(unpacked(release, "dataset.nq.gz"), format=RdfFormat.N_QUADS))
    if form is RdfFormat.JSON_LD:
        graphs = [node["@id"] for node in json.loads(text)]
        assert len(graphs) == len(set(graphs))


def test_turtle_holds_each_triple_once(release: Release) -> None:
    found = [quad.triple for quad in parse(unpacked(release, "dataset.ttl.gz"), format=RdfFormat.TURTLE)]
    quads = parse(unpacked(release, "dataset.nq.gz"), format=RdfFormat.N_QUADS)
    assert len(found) == len(set(found))
    assert set(found) == {quad.triple for quad in quads}


def test_the_list_is_true_and_can_be_checked_by_anybody(release: Release) -> None:
    listed = release.manifest["files"]
    assert [entry["name"] for entry in listed[:4]] == [
        f"dataset.{suffix}.gz" for suffix in ("nq", "trig", "jsonld", "ttl")
    ]
    assert {entry["media_type"] for entry in listed} == {
        "application/n-quads",
        "application/trig",
        "application/ld+json",
        "text/turtle",
        "text/csv",
        "application/geo+json",
    }
    sums = dict(line.split("  ")[::-1] for line in (release.path / "SHA256SUMS").read_text().splitlines())
    for entry in listed:
        text = (release.path / entry["name"]).read_bytes()
        assert entry["bytes"] == len(text)
        assert entry["sha256"] == hashlib.sha256(text).hexdigest() == sums.pop(entry["name"])
    assert not sums


def test_the_digest_is_that_of_the_canonical_dataset(release: Release) -> None:
    """RDFC-1.0 §4: of a dataset without blank nodes the canonical form is its sorted canonical N-Quads."""
    text = unpacked(release, "dataset.nq.gz")
    quads = Dataset(parse(text, format=RdfFormat.N_QUADS))
    quads.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    canonical = sorted(f"{quad} .\n".encode() for quad in quads)
    assert release.manifest["digest"] == hashlib.sha256(b"".join(canonical)).hexdigest()
    assert not any(isinstance(term, BlankNode) for quad in quads for term in quad)


def test_a_table_has_a_row_a_thing(release: Release) -> None:
    triples = [quad.triple for quad in parse(unpacked(release, "dataset.ttl.gz"), format=RdfFormat.TURTLE)]
    by_key = {row["key"]: row for row in rows(release, "acteur")}
    assert {f"{ID}acteur/{key}" for key in by_key} == {
        t.subject.value
        for t in triples
        if isinstance(t.subject, NamedNode) and t.subject.value.startswith(f"{ID}acteur/")
    }
    aude = by_key["departement-11"]
    assert aude["iri"] == f"{ID}acteur/departement-11"
    assert (aude["label_fr"], aude["label_en"]) == ("Département de l’Aude", "Department of Aude")
    assert "ti:LocalAuthority" in taken_apart(aude["types"])
    assert taken_apart(aude["dct:spatial"]) == [f"{ID}territoire/departement-11"]
    assert aude["dct:spatial label_fr"] == "Aude"
    for t in triples:  # nothing of a thing is left out
        if isinstance(t.subject, NamedNode) and t.subject.value == aude["iri"]:
            value = t.object.value if isinstance(t.object, NamedNode | Literal) else ""
            assert any(value in taken_apart(cell) for cell in aude.values()) or t.predicate.value.endswith("#type")


def test_places_are_where_the_data_say(release: Release) -> None:
    found = json.loads(unpacked(release, "places.geojson.gz"))
    assert found["type"] == "FeatureCollection"
    by_iri = {feature["id"]: feature for feature in found["features"]}
    place, actor = by_iri[f"{ID}territoire/departement-44"], by_iri[f"{ID}acteur/departement-44"]
    assert place["geometry"] == actor["geometry"] == {"type": "Point", "coordinates": [-1.68, 47.363]}
    assert place["properties"]["dct:identifier"] == ["44"]
    assert by_iri[f"{ID}territoire/pays-ma"]["geometry"] is None  # nobody says where
    assert all(feature.keys() == {"type", "id", "geometry", "properties"} for feature in found["features"])


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"http://www.w3.org/ns/dcat#centroid": "POINT(1 2)"}, (1, 2)),
        ({"http://www.w3.org/ns/dcat#centroid": "point ( -1.5   2e0 ) "}, (-1.5, 2)),
        ({"http://www.w3.org/ns/dcat#centroid": "<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(1 2)"}, None),
        ({"http://www.w3.org/ns/dcat#centroid": "POINT(181 2)"}, None),
        ({"http://www.w3.org/ns/dcat#centroid": "POINT(nan inf)"}, None),
        ({"http://www.w3.org/ns/dcat#centroid": "POINT(" + " " * 100_000 + "1"}, None),
        (
            {
                f"http://www.w3.org/2003/01/geo/wgs84_pos#{name}": value
                for name, value in (("lat", "48"), ("long", "2"))
            },
            (2, 48),
        ),
        ({"https://schema.org/latitude": "48"}, None),
        ({"https://schema.org/latitude": "north", "https://schema.org/longitude": "2"}, None),
    ],
)
def test_positions(stated: dict[str, str], expected: tuple[float, float] | None) -> None:
    assert places.position({name: [Literal(value)] for name, value in stated.items()}) == expected


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=5))
def test_a_cell_can_be_taken_apart(values: list[str]) -> None:
    assert taken_apart(tables._joined(values)) == values


def dumped(folder: Path, lines: list[str]) -> Release:
    """The files of some lines."""
    folder.mkdir()
    dataset.write(sorted(line.encode() for line in lines), folder / "dataset.nq.gz")
    with closing(sqlite3.connect(folder / "labels.db")) as table:
        table.execute("CREATE TABLE label (iri, language, text)")
    return Release("r", folder, {"files": files.write(folder)})


def test_equal_data_make_equal_files_and_hostile_ones_stay_cells(tmp_path: Path) -> None:
    texts = ["=1+1", 'a"b', "c\\nd", "e | f", "\\\\", "<script>", "\\r", "é"]
    lines = [
        f'<{ID}projet/a> <http://e/p> "{text.replace(chr(34), chr(92) + chr(34))}" <http://e/g> .\n' for text in texts
    ]
    lines += [f'<{ID}projet/b> <http://e/{n}> "{n}"@fr <http://e/g> .\n' for n in range(450)]
    first, second = dumped(tmp_path / "a", lines), dumped(tmp_path / "b", lines)
    assert first.manifest == second.manifest
    found = {row["key"]: row for row in rows(first, "projet")}
    assert sorted(taken_apart(found["a"]["http://e/p"])) == sorted(
        ["=1+1", 'a"b', "c\nd", "e | f", "\\", "<script>", "\r", "é"]
    )
    several = taken_apart(found["b"]["other"])  # more properties than columns: nothing is lost
    assert len(found["b"]) < 420
    assert {*several} | {f"{name}={cell}" for name, cell in found["b"].items() if name.endswith("@fr") and cell} == {
        f"http://e/{n}@fr={n}" for n in range(450)
    }
    assert not (first.path / "places.geojson.gz").exists()


def test_damage_is_found(release: Release, tmp_path: Path) -> None:
    copy = Release(release.id, Path(shutil.copytree(release.path, tmp_path / "copy")), release.manifest)
    verify.verify(copy)
    file = copy.path / "projet.csv.gz"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    (copy.path / "SHA256SUMS").write_text("")
    with pytest.raises(ReleaseDamaged, match=r"projet\.csv\.gz, SHA256SUMS"):
        verify.verify(copy)


def test_a_write_to_many_data_leaves_the_other_formats_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, settings = small.material(tmp_path), Settings(home=tmp_path / "home")
    built = pipeline.build(settings, made).release
    order = Order(UPDATE, "anna", text="INSERT DATA { GRAPH <http://e/g> { <http://e/s> <http://e/p> 1 } }")
    write(order, settings, made)
    names = [entry["name"] for entry in built.manifest["files"]]
    assert [entry["name"] for entry in layout.current(settings.releases).manifest["files"]] == names
    monkeypatch.setattr(writing, "_DUMPED", 3)
    write(Order(UPDATE, "anna", text=order.text.replace("1", "2")), settings, made)
    one = layout.current(settings.releases)
    assert [entry["name"] for entry in one.manifest["files"]] == ["dataset.nq.gz"]
    verify.verify(one)
    monkeypatch.setenv("TERRINCLUS_HOME", str(settings.home))
    done = CliRunner().invoke(group, ["release", "dump"])
    assert done.exit_code == 0, done.output
    assert "dataset.trig.gz" in done.output
    again = layout.current(settings.releases)
    assert [entry["name"] for entry in again.manifest["files"]] == names
    assert again.id == one.id
    verify.verify(again)
    assert not [*settings.releases.glob(".draft*")]
