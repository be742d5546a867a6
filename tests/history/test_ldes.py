"""The event stream, as its clients read it: from the root along its relations, and what that adds up to."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Triple, parse
from rdflib import RDF, XSD, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from terrinclus_kg.config import Settings
from terrinclus_kg.rdf.formats import RDF_FORMATS, TURTLE, Format
from terrinclus_kg.server import create_app, eventstream
from terrinclus_kg.store.reader import Reader
from terrinclus_kg.store.releases import layout
from tests.history.conftest import ORIGIN
from tests.history.test_journal import held
from tests.small_store import LOW

LDES, TREE = Namespace("https://w3id.org/ldes#"), Namespace("https://w3id.org/tree#")
AS = Namespace("https://www.w3.org/ns/activitystreams#")
FOR_EVER = "public, max-age=31536000, immutable"


def read(client: FlaskClient, address: str, media_type: str = "text/turtle") -> Graph:
    answer = client.get(urlsplit(address).path, headers={"Accept": media_type})
    assert answer.status_code == 200, answer.text
    return Graph().parse(data=answer.text, format=media_type)


class Replica:
    """A client of its own: follows the relations of a view to all nodes, and keeps the last version of each thing."""

    def __init__(self, client: FlaskClient, address: str) -> None:
        start = read(client, address)
        self.stream = next(start.subjects(RDF.type, LDES.EventStream))
        self.when, self.of = start.value(self.stream, LDES.timestampPath), start.value(self.stream, LDES.versionOfPath)
        self.deleted = start.value(self.stream, LDES.versionDeleteObject)
        self.nodes: list[str] = []
        self.state: dict[str, tuple[Any, URIRef, Graph]] = {}
        self.members = 0
        waiting = [str(start.value(self.stream, TREE.view))]
        while waiting:
            here = waiting.pop()
            if here not in self.nodes:
                self.nodes.append(here)
                waiting += self._node(read(client, here), URIRef(here))

    def _node(self, graph: Graph, here: URIRef) -> list[str]:
        assert (here, RDF.type, TREE.Node) in graph
        for member in graph.objects(self.stream, TREE.member):
            self.members += 1
            self._take(graph, member)
        return [str(graph.value(relation, TREE.node)) for relation in graph.objects(here, TREE.relation)]

    def _take(self, graph: Graph, member: Node) -> None:
        (thing,), (when,) = graph.objects(member, self.of), graph.objects(member, self.when)
        said = Graph()
        for property_, value in graph.predicate_objects(member):
            if property_ not in (self.of, self.when) and value not in (AS.Create, AS.Update, AS.Delete):
                said.add((thing, property_, value))
        if str(thing) not in self.state or self.state[str(thing)][0] < when.toPython():
            kind = next(value for value in graph.objects(member, RDF.type) if str(value).startswith(str(AS)))
            self.state[str(thing)] = (when.toPython(), URIRef(str(kind)), said)


def test_a_client_that_follows_it_has_what_is_current(client: FlaskClient, home: Path) -> None:
    replica = Replica(client, "/ldes")
    expected = held(layout.current(home / "releases"))
    kept = {iri: said for iri, (_, kind, said) in replica.state.items() if kind != replica.deleted}
    assert kept.keys() == expected.keys()
    assert len(replica.state) == len(expected) + 300  # what the switch back has taken away
    for iri, lines in expected.items():
        assert set(kept[iri]) == set(Graph().parse(data=b"".join(lines), format="nt")), iri
    assert replica.members > 2 * 300
    assert len(replica.nodes) == 1 + -(-replica.members // 250)


def test_the_last_page_alone_may_change(client: FlaskClient) -> None:
    last = Replica(client, "/ldes").members // 250 + 1
    for number in range(1, last + 1):
        answer = client.get(f"/ldes/page/{number}")
        full = number < last
        assert (answer.headers["Cache-Control"] == FOR_EVER) is full
        assert ("ldes#immutable" in answer.text) is full
        again = client.get(f"/ldes/page/{number}", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
    assert client.get("/ldes").headers["Cache-Control"] == "no-cache"


def test_relations_tell_the_times_that_a_page_covers(client: FlaskClient) -> None:
    root = read(client, "/ldes")
    when = root.value(None, RDF.type, LDES.EventStream)
    path = root.value(when, LDES.timestampPath)
    bounds: dict[str, dict[Node, Any]] = {}
    for relation in root.objects(URIRef(f"{ORIGIN}/ldes"), TREE.relation):
        assert root.value(relation, TREE.path) == path
        kind, value = root.value(relation, RDF.type), root.value(relation, TREE.value)
        assert kind is not None
        assert isinstance(value, Literal)
        assert value.datatype == XSD.dateTime
        bounds.setdefault(str(root.value(relation, TREE.node)), {})[kind] = value.toPython()
    for address, bound in bounds.items():
        page = read(client, address)
        times = [time.toPython() for time in page.objects(None, path)]
        assert bound[TREE.GreaterThanOrEqualToRelation] == min(times)
        if TREE.LessThanOrEqualToRelation in bound:
            assert bound[TREE.LessThanOrEqualToRelation] == max(times)
        else:
            assert address == f"{ORIGIN}/ldes/page/{len(bounds)}"


def test_many_pages_have_indexes(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Replica(client, "/ldes")
    monkeypatch.setattr(eventstream, "BRANCHES", 2)
    branched = Replica(client, "/ldes")
    assert branched.state.keys() == whole.state.keys()
    assert branched.members == whole.members
    assert f"{ORIGIN}/ldes/index/1" in branched.nodes
    assert client.get("/ldes/index/1").headers["Cache-Control"] == FOR_EVER
    assert client.get("/ldes/index/9").status_code == 404


@pytest.mark.parametrize("form", RDF_FORMATS, ids=lambda form: form.slug)
def test_it_speaks_all_formats(client: FlaskClient, form: Format) -> None:
    def triples(path: str, form: Format) -> set[Triple]:
        answer = client.get(path, headers={"Accept": form.media_type})
        assert answer.mimetype == form.media_type
        return {quad.triple for quad in parse(answer.data, format=form.rdf)}

    for path in ("/ldes", "/ldes/page/1"):
        assert triples(path, form) == triples(path, TURTLE)


def test_each_version_has_an_address(client: FlaskClient) -> None:
    page = read(client, "/ldes/page/2")
    for member in list(page.objects(None, TREE.member))[:5]:
        path = str(member).removeprefix("https://w3id.org/terrinclus")
        answer = client.get(path, headers={"Accept": "text/turtle"})
        assert answer.headers["Cache-Control"] == FOR_EVER
        assert set(Graph().parse(data=answer.text)) == set(page.triples((member, None, None)))


@pytest.mark.parametrize(
    "path",
    [
        "/ldes/page/0", "/ldes/page/-1", "/ldes/page/99999", "/ldes/page/1e3", "/ldes/page/1%00", "/ldes/page/%D9%A1",
        "/ldes/page/" + "9" * 400, "/ldes/index/1", "/ldes/index/x", "/ldes/page/", "/version/x/acteur/journal",
        "/version/20261123T000000.000000Z/acteur/journal",
        "/version/20261123T000000.000000Z/nothing/x", "/version/99999999T999999.999999Z/acteur/journal",
        "/version//acteur/journal",
    ],
)  # fmt: skip
def test_what_is_not_there(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (400, 404)


def test_where_nothing_has_been_recorded(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "home", symlinks=True)
    shutil.rmtree(tmp_path / "home" / "history")
    settings = Settings(**{**LOW, "home": tmp_path / "home", "public_url": ORIGIN})  # type: ignore[arg-type]
    app = create_app(settings, Reader(settings))
    replica = Replica(app.test_client(), "/ldes")
    assert (replica.members, len(replica.nodes)) == (0, 1)
