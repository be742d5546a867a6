"""A service that may be written to, over a small graph: real writers, real workers, Flask's own client."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from terrinclus_kg.config import Settings
from terrinclus_kg.ingest import pipeline
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.server import create_app
from terrinclus_kg.store.reader import Reader
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.releases.layout import Release
from tests import small
from tests.server.conftest import Buffering
from tests.small_store import LOW

SECRET = "correct-horse-battery-staple"
TOKEN = {"Authorization": f"Bearer {SECRET}"}
GRAPH = "http://e/graph"
UPDATE = "application/sparql-update"


@dataclass(frozen=True)
class Site:
    """A running application: its settings and its client."""

    settings: Settings
    client: FlaskClient

    @property
    def release(self) -> Release:
        return layout.current(self.settings.releases)

    def update(self, text: str, **more: Any) -> Any:
        """Posts an update, with the token."""
        return self.client.post("/update", data=text.encode(), content_type=UPDATE, headers=TOKEN, **more)

    def write(self, method: str, path: str = f"/graph-store?graph={GRAPH}", **more: Any) -> Any:
        """A Graph Store write, with the token; Turtle unless it says otherwise."""
        more = {"content_type": "text/turtle"} | more
        return self.client.open(path, method=method, headers=TOKEN | more.pop("headers", {}), **more)

    def rows(self, query: str) -> list[list[str]]:
        """What the service answers to a SELECT."""
        answer = self.client.post("/sparql", data={"query": query}, headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        names, found = answer.json["head"]["vars"], answer.json["results"]["bindings"]
        return sorted([row[name]["value"] for name in names if name in row] for row in found)

    def graph(self, iri: str = GRAPH) -> list[list[str]]:
        return self.rows(f"SELECT ?s ?p ?o {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}")


def built(folder: Path, *, real_ontology: bool = False) -> Material:
    """The small material, and beside it, in ``home``, a release of it."""
    made = small.material(folder, real_ontology=real_ontology)
    pipeline.build(Settings(home=folder / "home"), made)
    return made


@contextmanager
def site(built_folder: Path, folder: Path, **settings: Any) -> Iterator[Site]:
    """A service over a copy of what `built` made."""
    home = folder / "home"
    shutil.copytree(built_folder / "home", home, symlinks=True, copy_function=shutil.copy2)
    limits = {**LOW, "home": home, "public_deadline": 5.0, "token": f"anna {SECRET}", "write_wait": 600.0, **settings}
    made = Settings(**limits)
    reader = Reader(made)
    try:
        app = create_app(made, reader)
        app.test_client_class = Buffering
        yield Site(made, app.test_client())
    finally:
        reader.close()
