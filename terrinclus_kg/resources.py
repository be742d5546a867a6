"""Finds ``ontology/ data/ queries/ web/`` in a checkout or inside the installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def root(name: str) -> Path:
    """Folder ``name`` (one of ontology, data, queries, web).

    The wheel carries them inside the package; a checkout has them beside it.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for parent in (_PACKAGE, _PACKAGE.parent):
        folder = parent / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the folder {name}/ of Terrinclus KG is missing: install the package again")


def text(path: str) -> str:
    """A file as text; ``path`` starts with one of the folder names: ``ontology/prefixes.ttl``."""
    folder, _, rest = path.partition("/")
    return (root(folder) / rest).read_text(encoding="utf-8")
