"""The application over a small real release: real workers, Flask's own client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse, serialize

from terrinclus_kg.rdf.namespaces import BASE, DCT, FOAF, GRAPH, RDF, RDFS, SKOS, Namespace
from terrinclus_kg.server import create_app
from tests.small_store import make_release, reading

HERE = Path(__file__).parent
MANY = 60
_LABELS = (SKOS["prefLabel"], RDFS["label"], FOAF["name"], DCT["title"])


def quads() -> list[Quad]:
    """The graph of data.trig, many things that link to one, and the merge as default graph."""
    found = list(parse(path=str(HERE / "data.trig"), format=RdfFormat.TRIG))
    graph, trial = GRAPH["source/site"], NamedNode(BASE + "id/projet/essai")
    for number in range(MANY):
        thing = NamedNode(f"{BASE}id/evenement/e{number:02}")
        found += [
            Quad(thing, RDF["type"], Namespace("http://data.europa.eu/m8g/")["PublicEvent"], graph),
            Quad(thing, SKOS["prefLabel"], Literal(f"Événement {number:02}", language="fr"), graph),
            Quad(thing, DCT["subject"], trial, graph),
        ]
    return found + [Quad(q.subject, q.predicate, q.object) for q in found]


def labels() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for quad in quads():
        if quad.predicate in _LABELS and isinstance(quad.object, Literal):
            found.setdefault(quad.subject.value, {})[quad.object.language or ""] = quad.object.value
    return found


def small_release(home: Path, name: str = "one") -> None:
    make_release(home, name, serialize(quads(), format=RdfFormat.TRIG).decode(), labels())


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with one small release, not to be changed."""
    home = tmp_path_factory.mktemp("served")
    small_release(home)
    return home


class Buffering(FlaskClient):
    """Reads each answer to its end, as a client does; so files are closed."""

    def open(self, *args: Any, buffered: bool = True, **kwargs: Any) -> Any:
        return super().open(*args, buffered=buffered, **kwargs)


@pytest.fixture(scope="module")
def app(small_home: Path) -> Iterator[Flask]:
    with reading(small_home, query_size_get=2000, query_size=8000) as reader:
        app = create_app(reader._settings, reader)
        app.test_client_class = Buffering
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
