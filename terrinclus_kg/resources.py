"""Finds the files of the dataset and of the product.

A dataset is a folder with ``ontology/ data/ queries/ web/``: the one that ``TERRINCLUS_DATASET`` names, else the one
beside the package (in a checkout) or in it (in the wheel), which is that of Terrinclus. What lies in the folders of
`PRODUCT` there belongs to the product: every dataset gets it, and may have a file of its own in place of one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from terrinclus_kg.errors import ConfigurationError

VARIABLE = "TERRINCLUS_DATASET"
PRODUCT = (
    "ontology/facts.ttl",
    "ontology/labels-external.ttl",
    "ontology/labels.ttl",
    "queries/checks",
    "queries/index",
    "queries/pages",
    "web/evidence.toml",
    "web/src",
    "web/static",
    "web/templates",
    "web/translations",
)
_PACKAGE = Path(__file__).resolve().parent


@cache
def product() -> Path:
    """The folder in which the product's own files lie, beside those of Terrinclus.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for parent in (_PACKAGE, _PACKAGE.parent):
        if all((parent / name).is_dir() for name in ("ontology", "queries", "web")):
            return parent
    raise FileNotFoundError("the folders of Terrinclus KG are missing: install the package again")


@cache
def dataset() -> Path:
    """The folder of the dataset.

    Raises:
        ConfigurationError: ``TERRINCLUS_DATASET`` names no folder.
    """
    named = os.environ.get(VARIABLE)
    if named and not (Path(named) / "ontology").is_dir():
        raise ConfigurationError(f"{VARIABLE}: there is no folder {named} with a dataset (ontology/dataset.toml)")
    return Path(named).resolve() if named else product()


def root(name: str) -> Path:
    """Folder ``name`` (one of ontology, data, queries, web) of the dataset, which need not have it."""
    return dataset() / name


def folders(path: str) -> list[Path]:
    """Where files of a folder are looked for, one after the other: of the dataset, and of the product."""
    own, brought = dataset() / path, product() / path
    shared = path.startswith(PRODUCT)
    return [own, brought] if shared and own != brought else [own]


def files(path: str, pattern: str) -> list[Path]:
    """The files of a folder (``queries/pages``), in the order of their names."""
    return over(folders(path), pattern)


def over(places: Iterable[Path], pattern: str) -> list[Path]:
    """Files of several folders as if they lay in one: of two of the same name the first counts."""
    found = {file.name: file for folder in reversed(list(places)) for file in folder.glob(pattern)}
    return [found[name] for name in sorted(found)]


def find(path: str) -> Path:
    """A file; ``path`` starts with the name of a folder: ``ontology/prefixes.ttl``.

    Raises:
        FileNotFoundError: neither the dataset nor, if it is one of `PRODUCT`, the product has it.
    """
    folder, _, name = path.rpartition("/")
    places = [dataset(), product()] if path.startswith(PRODUCT) else [dataset()]
    for place in places:
        if (file := place / folder / name).is_file():
            return file
    raise FileNotFoundError(f"{path} is missing in {dataset().name}")


def optional(path: str) -> str | None:
    """A file as text; None, if there is none."""
    with suppress(FileNotFoundError):
        return text(path)
    return None


def text(path: str) -> str:
    """A file as text, see `find`."""
    return find(path).read_text(encoding="utf-8")
