"""A copy comes whole or not at all, and only into a folder that is nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from terrinclus_kg.errors import ExportFailed
from terrinclus_kg.export.folder import draft, put


def export(folder: Path, text: str) -> None:
    with draft(folder) as beside:
        (beside / "index.html").write_text(text)
        put(beside, folder, {"release": "r"})


def interrupted(folder: Path) -> None:
    with draft(folder) as beside:
        (beside / "index.html").write_text("half")
        raise KeyboardInterrupt


def test_an_earlier_copy_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(folder, "one")
    (folder / "left").touch()
    export(folder, "two")
    assert (folder / "index.html").read_text() == "two"
    assert not (folder / "left").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_is_interrupted_leaves_all_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(folder, "one")
    with pytest.raises(KeyboardInterrupt):
        interrupted(folder)
    assert (folder / "index.html").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_run_has_left_is_cleared(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(folder, "one")
    folder.rename(tmp_path / ".out.former")  # killed between the two steps that replace a folder
    (tmp_path / ".out.part").mkdir()
    with draft(folder):
        assert (folder / "index.html").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter-1.txt").write_text("years of work")
    with pytest.raises(ExportFailed, match="holds what no export has written"), draft(folder):
        pass
    assert (folder / "chapter-1.txt").read_text() == "years of work"


def test_two_exports_do_not_write_to_one_folder(tmp_path: Path) -> None:
    with draft(tmp_path / "out"), pytest.raises(ExportFailed, match="another export"), draft(tmp_path / "out"):
        pass
