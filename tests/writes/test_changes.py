"""What is told of changes, and what becomes of them: undo, later builds and loads, switching back, pruning."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from terrinclus_kg.cli import group
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import GraphProtected, NoRelease, NotFound, SourceError, ValidationFailed
from terrinclus_kg.ingest import changes, pipeline
from terrinclus_kg.ingest.order import UNDO, UPDATE, Order
from terrinclus_kg.ingest.validate import check_shapes
from terrinclus_kg.ingest.writing import write
from terrinclus_kg.store.releases import layout, verify
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.releases.writer import Writer
from tests import small
from tests.small_store import until
from tests.writing import GRAPH, TOKEN, Site, built

INSERT = f"INSERT DATA {{ GRAPH <{GRAPH}> {{ <http://e/s> <http://e/p> 1 , 2 }} }}"
JOURNAL = "https://w3id.org/terrinclus/id/acteur/journal"
PAGE = "<http://xmlns.com/foaf/0.1/homepage>"


def said(release: Release) -> list[bytes]:
    """The lines of a release that say nothing of a change."""
    return [row for row in small.quads(release) if b"/graph/modification/" not in row]


def run(order: Order, settings: Settings, **more: float) -> Release:
    write(order, settings, **more)  # type: ignore[arg-type]
    release = layout.current(settings.releases)
    verify.verify(release)
    return release


def update(text: str) -> Order:
    return Order(UPDATE, "anna", text)


# Two ways to make the next release


@pytest.mark.parametrize(
    "text",
    [
        INSERT,
        "INSERT DATA { <http://e/s> <http://e/p> 01, 1.50, 'x'@FR }",
        f"DELETE WHERE {{ <{JOURNAL}> {PAGE} ?page }}",
        f"DELETE {{ ?s {PAGE} ?page }} INSERT {{ ?s {PAGE} <http://e/new> }} WHERE {{ ?s {PAGE} ?page }}",
        f"DELETE WHERE {{ GRAPH ?g {{ <{JOURNAL}> {PAGE} ?page }} }}",
    ],
)
def test_a_copy_revised_is_what_building_anew_gives(here: Site, tmp_path: Path, text: str) -> None:
    settings, before = here.settings, here.release.id
    revised = said(run(update(text), settings, rebuilt=9.0))
    with Writer(settings) as writer:
        writer.switch(before, "ASK {}")
    anew = said(run(update(text), settings, rebuilt=0.0))
    key = changes.changes_of(here.release)[0].key
    (old,) = {row.split(b"ajout/")[1][:24] for row in revised if b"ajout/" in row} or {b""}
    assert [row.replace(old, key.encode()) if old else row for row in revised] == anew
    digest = here.release.manifest["digest"]
    again = pipeline.build(settings, force=True).release
    assert again.manifest["digest"] == digest  # and so does reading the sources again
    assert not pipeline.build(settings).fresh


def test_what_rules_infer_follows(here: Site) -> None:
    label = f"SELECT ?l {{ <{JOURNAL}> <http://www.w3.org/2000/01/rdf-schema#label> ?l }}"
    assert here.rows(label) == [["Journal"], ["Journal"]]
    here.update(f"DELETE WHERE {{ <{JOURNAL}> {PAGE} ?page }}")
    assert here.rows(label) == []
    assert here.client.get("/fr/acteur/journal").status_code == 200


# Later builds, loads, switching back, pruning


def test_a_change_survives_the_next_build_and_load(here: Site, tmp_path: Path, folder: Path) -> None:
    here.update(INSERT)
    here.update(f"DELETE DATA {{ <http://e/s> <http://e/p> 2 . <{JOURNAL}> {PAGE} <https://example.org/> }}")
    file = tmp_path / "more.ttl"
    file.write_text("<http://e/loaded> <http://e/p> 1 .")
    release = pipeline.load([file], here.settings).release
    verify.verify(release)
    lines = small.quads(release)
    assert any(row.startswith(b"<http://e/loaded>") for row in lines)
    assert [row.split(b'"')[1] for row in lines if row.startswith(b"<http://e/s> <http://e/p>")] == [b"1"]
    assert not any(row.startswith(f"<{JOURNAL}> {PAGE}".encode()) for row in lines)
    assert len(changes.changes_of(release)) == 2


def pruned(here: Site) -> bool:
    """Whether there is one release left, now that others have been pruned."""
    with Writer(here.settings) as writer:
        writer.prune(1)
    return len(layout.all_releases(here.settings.releases)) == 1


def test_switching_back_takes_a_change_back(here: Site) -> None:
    before = here.release.id
    here.update(INSERT)
    here.update("DELETE DATA { <http://e/s> <http://e/p> 1 }")
    with Writer(here.settings) as writer:
        writer.switch(before, "ASK {}")
    assert changes.changes_of(here.release) == ()
    assert b"<http://e/s>" not in b"".join(small.quads(pipeline.build(here.settings, force=True).release))
    assert changes.forget_unused(here.settings) == 0  # the other releases still name them
    until(lambda: pruned(here))  # what a reader still uses stays for a moment
    assert changes.forget_unused(here.settings) == 2
    assert not list((here.settings.home / "changes").iterdir())


def test_the_kept_copy_is_gone(here: Site) -> None:
    here.update(INSERT)
    (file,) = (here.settings.home / "changes").glob("*/delta.gz")
    file.unlink()
    with pytest.raises(SourceError, match="changes/"):
        pipeline.build(here.settings, force=True)
    assert here.update("INSERT DATA { <http://e/x> <http://e/p> 1 }").status_code == 204  # needs it not


def test_a_manifest_of_before(here: Site) -> None:
    """Releases made before there were changes."""
    manifest = here.release.manifest_path
    told = json.loads(manifest.read_text())
    del told["changes"]
    manifest.write_text(json.dumps(told))
    assert here.client.get("/changes", headers={"Accept": "application/json"}).json == {"changes": []}
    assert here.update(INSERT).status_code == 204


def test_there_is_nothing_to_write_to(tmp_path: Path) -> None:
    with pytest.raises(NoRelease):
        write(update(INSERT), Settings(home=tmp_path / "empty"))


# Undo


def test_undo(here: Site) -> None:
    before = said(here.release)
    here.update(INSERT)
    here.update(f"DELETE WHERE {{ <{JOURNAL}> {PAGE} ?page }}")
    here.write("DELETE", f"/graph-store?graph={GRAPH}")
    held = changes.changes_of(here.release)
    for change in reversed(held):
        answer = here.client.post(f"/changes/{change.key}/undo", headers=TOKEN)
        assert (answer.status_code, "Terrinclus-Left" in answer.headers) == (204, False)
    assert said(here.release) == before
    verify.verify(here.release)
    assert changes.undone(changes.changes_of(here.release)) == {change.key for change in held}


def test_undo_of_undo(here: Site) -> None:
    here.update(INSERT)
    first = changes.changes_of(here.release)[0].key
    here.client.post(f"/changes/{first}/undo", headers=TOKEN)
    second = changes.changes_of(here.release)[1].key
    assert here.graph() == []
    here.client.post(f"/changes/{second}/undo", headers=TOKEN)
    assert len(here.graph()) == 2
    assert changes.undone(changes.changes_of(here.release)) == {second}


def test_what_cannot_be_undone_is_told(here: Site) -> None:
    here.update(INSERT)
    key = changes.changes_of(here.release)[0].key
    here.update(f"DELETE DATA {{ GRAPH <{GRAPH}> {{ <http://e/s> <http://e/p> 1 }} }}")
    answer = here.client.post(f"/changes/{key}/undo", headers=TOKEN)
    assert answer.headers["Terrinclus-Left"] == "1"
    assert here.graph() == []
    assert changes.changes_of(here.release)[2].left == 1


def test_undo_of_a_change_whose_kept_file_is_gone_tells_so(here: Site) -> None:
    key = here.update(INSERT).headers["location"].rpartition("/")[2]
    (here.settings.home / "changes" / key / "delta.gz").unlink()
    answer = here.client.post(f"/changes/{key}/undo", headers=TOKEN)
    assert answer.status_code == 422
    assert "restore the folder changes/" in answer.json["detail"]


def test_undo_of_what_is_not_there(here: Site) -> None:
    assert here.client.post("/changes/20200101t000000-00000000/undo", headers=TOKEN).status_code == 404
    with pytest.raises(NotFound):
        write(Order(UNDO, "anna", undoes="nothing"), here.settings)


def test_a_graph_goes_and_comes_again(here: Site) -> None:
    """Where a graph comes from is told once, by the change that began it last."""
    iri = "https://w3id.org/terrinclus/graph/essai"
    for method in ("PUT", "DELETE", "PUT"):
        body = "<http://e/s> <http://e/p> 1 ." if method == "PUT" else None
        assert here.write(method, "/graph/essai", data=body).status_code in {201, 204}
    gone = changes.changes_of(here.release)[1].key
    here.client.post(f"/changes/{gone}/undo", headers=TOKEN)
    origin = here.rows(f"SELECT ?source {{ <{iri}> <http://purl.org/dc/terms/source> ?source }}")
    assert len(origin) == 1


# What is told


def test_the_graph_tells_who_when_and_what(here: Site) -> None:
    here.update(INSERT)
    (change,) = changes.changes_of(here.release)
    rows = here.rows(
        """PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX sh: <http://www.w3.org/ns/shacl#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX ti: <https://w3id.org/terrinclus/ns#>
        SELECT ?who ?when ?text ?sha256 { <http://e/graph> prov:wasGeneratedBy ?activity .
          ?activity a prov:Activity ; prov:endedAtTime ?when ; sh:update ?text ; prov:used [ ti:sha256 ?sha256 ] ;
            prov:wasAssociatedWith [ rdfs:label ?who ] }"""
    )
    assert rows == [["anna", change.at.replace("+00:00", "Z"), INSERT, change.sha256]]


def test_what_a_change_says_passes_the_shapes(tmp_path: Path) -> None:
    """With the real ontology: its terms are declared, its shapes hold."""
    made = built(tmp_path, real_ontology=True)
    settings = Settings(home=tmp_path / "home")
    graph = "https://w3id.org/terrinclus/graph/essai"
    write(update(f"INSERT DATA {{ GRAPH <{graph}> {{ <http://e/s> <http://e/p> 1 }} }}"), settings, made)
    assert check_shapes(small.quads(layout.current(settings.releases)), made.ontology / "shapes").blocking == ()
    faulty = f"INSERT DATA {{ GRAPH <{graph}> {{ <http://e/g> a <https://w3id.org/terrinclus/ns#SourceGraph> }} }}"
    with pytest.raises(ValidationFailed, match="required constraint"):
        write(update(faulty), settings, made)


def test_changes_as_json(here: Site) -> None:
    before = here.release.id
    here.update(INSERT)
    key = changes.changes_of(here.release)[0].key
    here.client.post(f"/changes/{key}/undo", headers=TOKEN)
    answer = here.client.get("/changes", headers={"Accept": "application/json"})
    newest, oldest = answer.json["changes"]
    assert (oldest["key"], oldest["agent"], oldest["added"], oldest["before"]) == (key, "anna", 2, before)
    assert (oldest["in_force"], newest["in_force"], newest["undoes"]) == (False, True, key)
    assert (newest["before"], newest["after"]) == (oldest["after"], here.release.id)
    one = here.client.get(f"/changes/{key}", headers={"Accept": "application/json"}).json
    assert one == oldest | {"update": INSERT}
    added = here.client.get(f"/changes/{key}/added.nq")
    assert added.content_type == "application/n-quads"
    assert f'<http://e/s> <http://e/p> "2"^^<http://www.w3.org/2001/XMLSchema#integer> <{GRAPH}> .\n' in added.text
    assert here.client.get(f"/changes/{key}/removed.nq").text == ""
    assert here.client.get("/changes/nothing").status_code == 404


@pytest.mark.parametrize(("lang", "words"), [
    ("fr", ("Modifications", "annulée", "Par <bdi>anna</bdi>, le ")),
    ("en", ("Changes", "undone", "By <bdi>anna</bdi>, on "))])  # fmt: skip
def test_changes_as_pages(here: Site, lang: str, words: tuple[str, ...]) -> None:
    before = here.release.id
    here.update("INSERT DATA { GRAPH <http://e/graph> { <http://e/s> <http://e/p> '<script>alert(1)</script>' } }")
    key = changes.changes_of(here.release)[0].key
    here.client.post(f"/changes/{key}/undo", headers=TOKEN)
    accept = {"Accept": "text/html", "Accept-Language": lang}
    page = here.client.get("/changes", headers=accept)
    one = here.client.get(f"/changes/{key}?lang={lang}", headers=accept)
    assert all(word in page.text + one.text for word in words)
    assert f'<a href="/releases/{before}?lang={lang}">{before}</a>' in one.text
    assert f'/source">{here.release.manifest["sources"]}</a>' in here.client.get(f"/{lang}/donnees").text  # as the list
    assert "<script>" not in page.text + one.text
    assert "&lt;script&gt;" in one.text
    assert "anna" in page.text


# By hand


def test_commands(here: Site, tmp_path: Path) -> None:
    def run(*arguments: str, text: str = "") -> str:
        done = CliRunner().invoke(group, arguments, obj=here.settings, input=text, catch_exceptions=False)
        assert done.exit_code == 0
        return done.output

    file = tmp_path / "more.ru"
    file.write_text(INSERT)
    assert "2 statements added, 0 removed" in run("update", str(file), "--as", "Anna B.")
    assert "1 statements added" in run("update", "-", text="INSERT DATA { <http://e/x> <http://e/p> 1 }")
    assert "Nothing changes" in run("update", "-", text="")
    first = changes.changes_of(here.release)[0]
    assert first.agent == "Anna B."
    assert "0 statements added, 2 removed" in run("undo", first.key)
    listed = run("changes").splitlines()
    assert [line[0] for line in listed] == [" ", " ", "-"]
    assert first.key in listed[2]


def test_an_update_by_hand_is_screened_too(here: Site) -> None:
    graph = "https://w3id.org/terrinclus/graph/infere"
    with pytest.raises(GraphProtected):
        write(update(f"INSERT DATA {{ GRAPH <{graph}> {{ <http://e/s> <http://e/p> 1 }} }}"), here.settings)
