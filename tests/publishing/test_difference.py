"""What a release says of the one before: found when it is built, and kept when releases go."""

from __future__ import annotations

import gzip
import itertools
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import NotFound
from terrinclus_kg.ingest import pipeline
from terrinclus_kg.ingest.order import UPDATE, Order
from terrinclus_kg.ingest.writing import write
from terrinclus_kg.store.releases import comparing, dataset, difference, history, layout
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.releases.writer import Writer
from tests import small

ID = "https://w3id.org/terrinclus/id/"
JOURNAL, TEAM, NEW = f"{ID}acteur/journal", f"{ID}acteur/terrinclus-kg", f"{ID}acteur/revue"
REVIEW = """
fait:Z03 ti:locator "page 3"@fr ; ti:status c-statut:enonce ;
  dct:description "La revue est une organisation"@fr , "The review is an organisation"@en .
fait:Z03 { acteur:revue a org:Organization ; skos:prefLabel "Revue"@fr , "Review"@en . }
"""


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    """Three facts; a review more, and a fact told otherwise; no review; a node of the journal; that node changed."""
    folder = tmp_path_factory.mktemp("chain")
    made, settings = small.material(folder), Settings(home=folder / "home")
    first = pipeline.build(settings, made).release
    more = small.FACTS.replace('"page 1"', '"page 7"') + REVIEW
    small.write(made.data / "sources/journal", facts=more)
    second = pipeline.build(settings, made).release
    small.write(made.data / "sources/journal", facts=more.replace(REVIEW, ""))
    third = pipeline.build(settings, made).release
    title = f"<{ID}periode/p> <http://purl.org/dc/terms/title>"
    node = f'GRAPH <http://e/g> {{ {title} "x" . <{JOURNAL}> <http://e/p> <{ID}periode/p> }}'
    texts = [f"INSERT DATA {{ {node} }}", f'DELETE DATA {{ {title} "x" }} ; INSERT DATA {{ {title} "y" }}']
    written = [write(Order(UPDATE, "anna", text=text), settings, made).release for text in texts]
    return [first, second, third, *(layout.read(settings.releases, each) for each in written)]


def changes(release: Release) -> dict[str, str]:
    return {it.iri.removeprefix(ID): it.change for it in difference.things(release)}


def test_a_first_release_has_none(chain: list[Release]) -> None:
    first = chain[0]
    assert not difference.has(first)
    assert list(difference.things(first)) == list(difference.statements(first, added=True)) == []
    assert difference.of(first, JOURNAL) is None
    assert "before" not in first.manifest
    assert "difference" not in first.manifest


def test_things_are_created_changed_and_removed(chain: list[Release]) -> None:
    first, second, third = chain[:3]
    # The fact Z01 is described otherwise: that changes the journal, of which it speaks.
    expected = {"acteur/journal": "changed", "acteur/revue": "created", "fait/Z01": "changed", "fait/Z03": "created"}
    assert changes(second) == expected
    assert second.manifest["difference"]["things"] == {"created": 2, "changed": 2, "removed": 0}
    assert second.manifest["difference"]["before"] == second.manifest["before"] == first.id
    assert changes(third) == {"acteur/revue": "removed", "fait/Z03": "removed"}
    journal, review = difference.of(second, JOURNAL), difference.of(third, NEW)
    assert journal is not None
    assert review is not None
    assert (journal.added, journal.removed) == (0, 0)
    assert review.labels == {"fr": "Revue", "en": "Review"}
    assert review.removed > 0 == review.added


def test_pages_lead_on(chain: list[Release]) -> None:
    everything = list(difference.things(chain[1]))
    first = list(difference.things(chain[1], count=2))
    assert [*first, *difference.things(chain[1], after=first[-1].iri)] == everything
    assert [it.iri for it in difference.things(chain[1], change="created")] == [NEW, f"{ID}fait/Z03"]


def test_statements_are_those_that_the_dumps_do_not_share(chain: list[Release]) -> None:
    for before, after in itertools.pairwise(chain):
        old, new = set(small.quads(before)), set(small.quads(after))
        added, removed = (list(difference.statements(after, added=side)) for side in (True, False))
        assert (added, removed) == (sorted(new - old), sorted(old - new))
        counts = after.manifest["difference"]
        assert (counts["added"], counts["removed"]) == (len(added), len(removed))
        with gzip.open(after.path / "added.nq.gz") as file:
            assert file.readlines() == added
    assert len(list(difference.statements(chain[1], added=True, iri=NEW))) == 3
    assert list(difference.statements(chain[1], added=True, iri=f"{ID}acteur/rev")) == []


def test_a_changed_node_changes_the_thing_that_it_speaks_of(chain: list[Release]) -> None:
    created, changed = difference.things(chain[3]), difference.things(chain[4])
    ours = ["acteur/journal", "periode/p"]
    assert [(it.change, it.added) for it in created if it.iri.removeprefix(ID) in ours] == [
        ("changed", 1),
        ("created", 1),
    ]
    found = [(it.change, it.added, it.removed) for it in changed if it.iri.removeprefix(ID) in ours]
    assert found == [("changed", 0, 0), ("changed", 1, 1)]
    assert [release.manifest["before"] for release in chain[3:]] == [chain[2].id, chain[3].id]


def test_what_was_withdrawn_stays_known_until_it_comes_back(chain: list[Release], tmp_path: Path) -> None:
    first, second, third, fourth, fifth = chain
    assert [difference.withdrawn(release, NEW) for release in (first, second)] == [None, None]
    for release in (third, fourth, fifth):
        gone = difference.withdrawn(release, NEW)
        assert gone == difference.Withdrawn(NEW, third.id, {"fr": "Revue", "en": "Review"})
        assert difference.withdrawn(release, JOURNAL) is None
    home = shutil.copytree(chain[0].path.parent.parent, tmp_path / "home", symlinks=True)
    insert = f'INSERT DATA {{ GRAPH <http://e/g> {{ <{NEW}> <http://purl.org/dc/terms/title> "x" }} }}'
    write(Order(UPDATE, "anna", text=insert), Settings(home=home), small.material(tmp_path / "anew"))
    again = layout.current(home / "releases")
    assert difference.withdrawn(again, NEW) is None
    assert difference.withdrawn(again, f"{ID}fait/Z03") is not None


def test_what_outlives_a_release_that_is_removed(chain: list[Release], tmp_path: Path) -> None:
    releases = shutil.copytree(chain[0].path.parent.parent, tmp_path / "home", symlinks=True) / "releases"
    before = [(one.id, one.built_at, list(difference.things(one))) for one in history.line(releases)]
    assert [each[0] for each in before] == [release.id for release in reversed(chain)]
    with Writer(Settings(home=releases.parent)) as writer:
        assert writer.prune(2) == [release.id for release in chain[:3]]
    assert [(one.id, one.built_at, list(difference.things(one))) for one in history.line(releases)] == before
    gone = history.find(releases, chain[1].id)
    assert gone.manifest["digest"] == chain[1].manifest["digest"]
    assert not gone.dump_path.exists()
    assert list(difference.statements(gone, added=True)) == []
    for name in ("../releases", "", ".", "no-such"):
        with pytest.raises(NotFound):
            history.find(releases, name)
    (gone.path / "manifest.json").write_text("{")
    assert [one.id for one in history.line(releases)] == [release.id for release in reversed(chain[2:])]


def test_a_damaged_release_before_keeps_nobody_from_building(chain: list[Release], tmp_path: Path) -> None:
    home = shutil.copytree(chain[0].path.parent.parent, tmp_path / "home", symlinks=True)
    dump = layout.current(home / "releases").dump_path
    dump.write_bytes(dump.read_bytes()[:100])
    made = pipeline.build(Settings(home=home), small.material(tmp_path / "anew"), loads=(), force=True).release
    assert "difference" not in made.manifest
    assert made.manifest["before"] == chain[-1].id
    assert not difference.has(made)


_ROWS = st.frozensets(
    st.tuples(st.sampled_from(["acteur/a", "acteur/ab", "fait/b", "x"]), st.integers(0, 9)), max_size=14
)


@given(_ROWS, _ROWS, st.integers(1, 4))
def test_any_two_dumps_are_compared_in_stretches_of_any_length(
    old: frozenset[tuple[str, int]], new: frozenset[tuple[str, int]], length: int
) -> None:
    said = [f"<p:p> <o:{n}> <g:g> .\n".encode() for n in range(9)] + [comparing.DEPRECATED + b"<g:g> .\n"]
    sides = [sorted(f"<{ID}{key}> ".encode() + said[n] for key, n in side) for side in (old, new)]
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(comparing, "_BLOCK", length)
        patch.setattr(comparing, "_PART", length)
        releases = [Release(name, Path(folder, name), {}) for name in ("old", "new")]
        for release, rows in zip(releases, sides, strict=True):
            release.path.mkdir()
            dataset.write(rows, release.dump_path)
            with closing(sqlite3.connect(release.labels_path)) as table:
                table.execute("CREATE TABLE label (iri, language, text)")
        assert comparing.write(releases[1].path, "new", releases[0], Store())
        found = {it.iri.removeprefix(ID): (it.change, it.added, it.removed) for it in difference.things(releases[1])}
        for key in ("acteur/a", "acteur/ab", "fait/b"):
            was, now = ({n for k, n in side if k == key} for side in (old, new))
            alive = [side and 9 not in side for side in (was, now)]
            change = "changed" if all(alive) else "created" if alive[1] else "removed"
            differs = was != now and any(alive)
            assert found.pop(key, None) == ((change, len(now - was), len(was - now)) if differs else None)
            start = f"<{ID}{key}> ".encode()
            fresh = [row for row in sides[1] if row.startswith(start) and row not in sides[0]]
            assert list(difference.statements(releases[1], added=True, iri=ID + key)) == fresh
        assert not found
