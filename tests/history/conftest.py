"""A service whose journal holds a first release, a write, and a switch back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from terrinclus_kg.config import Settings
from terrinclus_kg.ingest.finish import SMOKE_TEST
from terrinclus_kg.ingest.order import UPDATE, Order
from terrinclus_kg.ingest.writing import write
from terrinclus_kg.server import create_app
from terrinclus_kg.store.reader import Reader
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.releases.writer import Writer
from tests.server.conftest import Buffering
from tests.small_store import LOW
from tests.writing import built

ID = "https://w3id.org/terrinclus/id/"
LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
ORIGIN = "https://data.example"


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of a few things, a write of one more, a write of 300 that renames a thing and removes that one, and a
    switch back to the release before."""
    folder = tmp_path_factory.mktemp("stream")
    material = built(folder)
    settings = Settings(home=folder / "home")
    gone, renamed = f"<{ID}territoire/ici>", f"<{ID}acteur/journal>"
    write(Order(UPDATE, "anna", text=f'INSERT DATA {{ {gone} {LABEL} "Ici"@fr }}'), settings, material)
    first = layout.current(settings.releases).id
    things = " ".join(f'<{ID}acteur/a{i}> {LABEL} "Acteur {i}"@fr .' for i in range(300))
    text = f"""INSERT DATA {{ {things} }} ;
    DELETE {{ {gone} ?p ?o }} WHERE {{ {gone} ?p ?o }} ;
    DELETE {{ {renamed} {LABEL} ?l }} INSERT {{ {renamed} {LABEL} "La gazette"@fr }} WHERE {{ {renamed} {LABEL} ?l }}"""
    write(Order(UPDATE, "anna", text=text), settings, material)
    with Writer(settings) as writer:
        writer.switch(first, SMOKE_TEST)
    return folder / "home"


@pytest.fixture(scope="session")
def written(home: Path) -> Iterator[FlaskClient]:
    """A service over it."""
    settings = Settings(**{**LOW, "home": home, "public_url": ORIGIN})  # type: ignore[arg-type]
    reader = Reader(settings)
    app = create_app(settings, reader)
    app.test_client_class = Buffering
    yield app.test_client()
    reader.close()


@pytest.fixture(scope="session")
def client(written: FlaskClient) -> FlaskClient:
    """The same, by the name that most tests use."""
    return written
