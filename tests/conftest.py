"""What all tests share: settings with low limits, and the real release, built once a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as examples

from terrinclus_kg.config import Settings
from terrinclus_kg.ingest import pipeline
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.releases.layout import Release
from tests.shared import shared

# A busy machine is no fault of the code.
examples.register_profile("patient", deadline=None)
examples.load_profile("patient")

MakeSettings = Callable[..., Settings]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No test reads the settings of the person who runs it, or of another test, or writes to their state folder."""
    for name in _ours():
        monkeypatch.delenv(name)
    monkeypatch.setenv("TERRINCLUS_CONFIG", os.devnull)
    monkeypatch.setenv("TERRINCLUS_HOME", str(tmp_path / "home"))
    yield
    for name in _ours():  # what the program itself has set, for the processes that it starts
        del os.environ[name]


def _ours() -> list[str]:
    return [name for name in os.environ if name.startswith("TERRINCLUS_")]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A state folder with the real release, built once for all test processes. Not to be written to."""
    with shared(tmp_path_factory, worker_id, "built") as folder:
        pipeline.build(Settings(home=folder / "home"))
    return folder / "home"


@pytest.fixture(scope="session")
def release(home: Path) -> Release:
    """The real release."""
    return layout.current(home / "releases")


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The name of this test process under pytest-xdist, or "master"."""
    return getattr(request.config, "workerinput", {}).get("workerid", "master")
