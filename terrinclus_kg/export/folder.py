"""The folder of a copy: written beside, and put in its place when it is whole.

Only a folder that is empty, or holds an earlier copy (it has `MARKER`), is replaced. What an interrupted run has left
is removed by the next one.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from terrinclus_kg.errors import ExportFailed

MARKER = "export.json"  # tells what a folder is a copy of


@contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """An empty folder beside, to be written to; it is removed when the block ends, unless `put` has moved it.

    Raises:
        ExportFailed: the folder is somebody else's, or another export writes to it.
    """
    beside = _beside(folder, "part")
    former = _beside(folder, "former")
    if former.is_dir() and not folder.exists():  # a run ended between the two steps of `put`
        former.rename(folder)
    _check(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _beside(folder, "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ExportFailed(f"another export is writing to {folder}") from None
        try:
            for left in (beside, former):
                shutil.rmtree(left, ignore_errors=True)
            beside.mkdir()
            yield beside
        finally:
            shutil.rmtree(beside, ignore_errors=True)
            _beside(folder, "lock").unlink(missing_ok=True)


def put(beside: Path, folder: Path, about: Mapping[str, object]) -> None:
    """Puts a draft in its place, with its marker."""
    (beside / MARKER).write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n")
    former = _beside(folder, "former")
    if folder.exists():
        folder.rename(former)
    beside.rename(folder)
    shutil.rmtree(former, ignore_errors=True)


def _check(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ExportFailed(f"{folder} is no folder")
    if any(folder.iterdir()) and not (folder / MARKER).is_file():
        raise ExportFailed(f"{folder} holds what no export has written: name an empty folder, or a new one")


def _beside(folder: Path, what: str) -> Path:
    return folder.with_name(f".{folder.name}.{what}")
