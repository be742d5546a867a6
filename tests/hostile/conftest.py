from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from terrinclus_kg.store.reader import Reader
from tests.small_store import make_release, reading


@pytest.fixture(scope="module")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with one small release, not to be changed."""
    home = tmp_path_factory.mktemp("small")
    make_release(home, "one")
    return home


@pytest.fixture(scope="module")
def reader(small_home: Path) -> Iterator[Reader]:
    with reading(small_home) as reader:
        yield reader
