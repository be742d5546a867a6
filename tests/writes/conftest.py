"""A small release, built once, and a service over a copy of it for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from terrinclus_kg.ingest.material import Material
from tests.writing import Site, built, site


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("written")
    built(made)
    return made


@pytest.fixture(autouse=True)
def material(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Material:
    made = Material(folder / "data", folder / "ontology", folder / "queries")
    monkeypatch.setattr(Material, "default", classmethod(lambda cls: made))
    return made


@pytest.fixture
def here(folder: Path, tmp_path: Path) -> Iterator[Site]:
    with site(folder, tmp_path) as made:
        yield made
