"""The journal: whatever becomes current is told, and what it tells adds up to what is current."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import NotFound
from terrinclus_kg.ingest import pipeline
from terrinclus_kg.ingest.finish import SMOKE_TEST
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.ingest.order import UNDO, UPDATE, Order, Outcome
from terrinclus_kg.ingest.writing import write
from terrinclus_kg.rdf.iri import from_iri
from terrinclus_kg.store.releases import dataset, journal, layout, recording
from terrinclus_kg.store.releases.journal import PAGE, Journal, Member
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.releases.writer import Writer
from tests.history.conftest import ID, LABEL
from tests.writing import built


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("journal")
    built(made)
    return made


@dataclass(frozen=True)
class Home:
    """A state folder, and what it is made of."""

    settings: Settings
    material: Material

    @property
    def release(self) -> Release:
        return layout.current(self.settings.releases)

    def update(self, text: str) -> Outcome:
        return write(Order(UPDATE, "anna", text=text), self.settings, self.material)


@pytest.fixture
def here(folder: Path, tmp_path: Path) -> Home:
    shutil.copytree(folder / "home", tmp_path / "home", symlinks=True)
    material = Material(folder / "data", folder / "ontology", folder / "queries")
    return Home(Settings(home=tmp_path / "home"), material)


def all_members(home: Home) -> list[Member]:
    read = Journal(home.settings.home)
    return [member for page in range(1, read.size() // PAGE + 2) for member in read.page(page)]


def added_up(members: list[Member]) -> dict[str, tuple[bytes, ...]]:
    """What is left of each thing when all has been read."""
    state: dict[str, tuple[bytes, ...]] = {}
    for member in members:
        state[member.iri] = member.lines
    return {iri: lines for iri, lines in state.items() if lines}


def held(release: Release) -> dict[str, tuple[bytes, ...]]:
    """What a release says of things, from its dump."""
    found: dict[str, set[bytes]] = {}
    for row in dataset.read(release.dump_path):
        iri = row[1 : row.index(b">")].decode()
        if from_iri(iri):
            found.setdefault(iri, set()).add(dataset.triple_of(row))
    return {iri: tuple(sorted(lines)) for iri, lines in found.items()}


def told(members: list[Member], event: int) -> dict[str, str]:
    """What an event did, by kind and key."""
    return {each.iri.removeprefix(ID): each.change for each in members if each.event.number == event}


def rename(home: Home, key: str, label: str) -> str:
    thing = f"<{ID}{key}> {LABEL}"
    return home.update(f'DELETE {{ {thing} ?l }} INSERT {{ {thing} "{label}"@fr }} WHERE {{ {thing} ?l }}').key


def test_a_first_release_is_created_all_over(here: Home) -> None:
    members = all_members(here)
    assert {member.change for member in members} == {"created"}
    assert {member.event.release for member in members} == {here.release.id}
    assert added_up(members) == held(here.release)
    assert [member.number for member in members] == list(range(1, len(members) + 1))


def test_a_write_an_undo_and_switches_are_told_in_their_order(here: Home) -> None:
    first = here.release.id
    key = rename(here, "acteur/journal", "La gazette")
    second = here.release.id
    here.update(f'INSERT DATA {{ <{ID}acteur/neuf> {LABEL} "Neuf"@fr }}')
    third = here.release.id
    with Writer(here.settings) as writer:
        writer.switch(first, SMOKE_TEST)
        writer.switch(third, SMOKE_TEST)
    write(Order(UNDO, "anna", undoes=key), here.settings, here.material)
    members, last = all_members(here), here.release.id
    events = sorted({member.event.number: member.event for member in members}.items())
    assert [event.release for _, event in events] == [first, second, third, first, third, last]
    times = [event.at for _, event in events]
    assert times == sorted(set(times))
    assert told(members, 2)["acteur/journal"] == "changed"
    assert told(members, 3)["acteur/neuf"] == "created"
    assert told(members, 4) == told(members, 4) | {"acteur/journal": "changed", "acteur/neuf": "removed"}
    assert told(members, 5) == told(members, 5) | {"acteur/journal": "changed", "acteur/neuf": "created"}
    assert told(members, 6)["acteur/journal"] == "changed"
    for number, event in events:  # at each time
        assert added_up([m for m in members if m.event.number <= number]) == held(
            layout.read(here.settings.releases, event.release)
        ), number


def test_a_build_that_changes_nothing_is_no_event(here: Home) -> None:
    before = Journal(here.settings.home).last()
    pipeline.build(here.settings, here.material)
    assert Journal(here.settings.home).last() == before
    pipeline.build(here.settings, here.material, force=True)
    last = Journal(here.settings.home).last()
    assert last is not None
    assert (last.number, last.release) == (2, here.release.id)
    assert told(all_members(here), 2) == {}


def test_it_outlives_the_releases(here: Home) -> None:
    rename(here, "acteur/journal", "La gazette")
    rename(here, "acteur/journal", "Le courrier")
    members = all_members(here)
    with Writer(here.settings) as writer:
        assert writer.prune(2)
    assert all_members(here) == members


def test_what_a_killed_writer_left_is_made_up_for(here: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(recording, "record", lambda home: None)
        rename(here, "acteur/journal", "La gazette")
        rename(here, "acteur/terrinclus-kg", "Nous")
    with closing(sqlite3.connect(journal.path(here.settings.home))) as table, table:  # one that was half through
        last = table.execute("SELECT max(last) FROM event").fetchone()[0]
        table.execute("INSERT INTO member VALUES (?, 2, 'x', 'acteur', 1, 'created', x'')", [last + 1])
        table.execute("INSERT INTO block VALUES (?, x'')", [last + 1])
    assert added_up(all_members(here)) != held(here.release)
    with Writer(here.settings):
        pass
    members = all_members(here)
    assert added_up(members) == held(here.release)
    assert told(members, 2) == told(members, 2) | {"acteur/journal": "changed", "acteur/terrinclus-kg": "changed"}


def test_a_node_that_changes_changes_what_it_speaks_of(here: Home) -> None:
    """Also where it is compared anew, after a switch."""
    first, node = here.release.id, f"{ID}periode/depuis-2020"
    temporal, start = "<http://purl.org/dc/terms/temporal>", "<http://www.w3.org/ns/dcat#startDate>"
    here.update(f'INSERT DATA {{ <{ID}acteur/journal> {temporal} <{node}> . <{node}> {start} "2020" }}')
    second = here.release.id
    here.update(f'DELETE DATA {{ <{node}> {start} "2020" }} ; INSERT DATA {{ <{node}> {start} "2021" }}')
    assert told(all_members(here), 3) == told(all_members(here), 3) | {
        "acteur/journal": "changed",
        "periode/depuis-2020": "changed",
    }
    with Writer(here.settings) as writer:
        writer.switch(second, SMOKE_TEST)
    assert told(all_members(here), 4) == told(all_members(here), 4) | {
        "acteur/journal": "changed",
        "periode/depuis-2020": "changed",
    }
    assert first != second


def test_a_journal_that_cannot_be_kept_keeps_no_release_from_being_made(
    here: Home, caplog: pytest.LogCaptureFixture
) -> None:
    file = journal.path(here.settings.home)
    file.write_bytes(b"this is no database" * 1000)
    with caplog.at_level(logging.WARNING):
        rename(here, "acteur/journal", "La gazette")
    assert "the journal cannot be kept" in caplog.text


def test_pages_are_full_or_the_last(here: Home) -> None:
    for many in (600, 7, 1, PAGE):
        iris = " ".join(f'<{ID}acteur/a{many}-{i}> {LABEL} "{i}" .' for i in range(many))
        here.update(f"INSERT DATA {{ {iris} }}")
        read = Journal(here.settings.home)
        pages = [read.page(n) for n in range(1, read.size() // PAGE + 2)]
        assert [len(page) for page in pages[:-1]] == [PAGE] * (len(pages) - 1)
        assert added_up([m for page in pages for m in page]) == held(here.release)
    assert read.page(len(pages) + 1) == read.page(0) == []
    listed, actors = read.some(0, 10_000), read.count("kind", "acteur")
    assert len(listed) == read.count()
    last = [member.iri for member in listed if "/acteur/" in member.iri][-2:]
    assert [member.iri for member in read.some(actors - 2, 9, "kind", "acteur")] == last


def test_where_nothing_was_recorded(tmp_path: Path) -> None:
    read = Journal(tmp_path)
    assert (read.last(), read.size(), read.page(1), read.count(), read.some(0, 9)) == (None, 0, [], 0, [])
    with pytest.raises(NotFound):
        read.event_of(1)


@given(st.text(max_size=40) | st.from_regex(r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z", fullmatch=True))
def test_no_key_breaks_it(folder: Path, key: str) -> None:
    with pytest.raises(NotFound):
        Journal(folder / "home").member(f"{ID}acteur/journal", key)
