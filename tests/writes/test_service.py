"""A real service: bodies by socket, readers that follow, a writer's process that is killed, no writer in ours."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rdflib import Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLUpdateStore

from terrinclus_kg.config import MIB, Settings
from terrinclus_kg.store.releases import layout, verify
from tests import service
from tests.service import fetch
from tests.small_store import children, until
from tests.writes.test_update import ENDLESS
from tests.writing import SECRET, UPDATE, built

BEARER = {"Authorization": f"Bearer {SECRET}", "Content_Type": UPDATE}
INSERT = b"INSERT DATA { GRAPH <http://e/g> { <http://e/s> <http://e/p> 1 } }"
ASK = "/sparql?query=ASK%7B%3Chttp://e/s%3E%20%3Fp%20%3Fo%7D"


def test_the_web_process_knows_no_writer() -> None:
    code = "import sys, terrinclus_kg.server.views; print([m for m in sys.modules if 'writer' in m or 'rdflib' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_large_bodies_and_killed_writers(tmp_path: Path) -> None:
    built(tmp_path, real_ontology=True)  # the service checks by the real queries and shapes
    home = tmp_path / "home"
    releases = Settings(home=home).releases
    before = layout.current_id(releases)
    with service.running(home, token=f"anna {SECRET}", write_size=MIB, write_wait=600) as site:
        large = INSERT + b"#" * (MIB - len(INSERT))
        stranger = fetch(f"{site.url}/update", data=large, Content_Type=UPDATE, Authorization="Bearer " + "x" * 30)
        assert stranger.status in {401, 413}
        assert fetch(f"{site.url}/update", data=large + b"#", **BEARER).status == 413

        with ThreadPoolExecutor(1) as others:
            doomed = others.submit(fetch, f"{site.url}/update", data=ENDLESS.encode(), **BEARER)
            until(lambda: list(releases.glob(".draft-change-*/store/CURRENT")))
            writer = next(pid for pid in descendants(site.process.pid) if "ingest.scribe" in command(pid))
            subprocess.run(["kill", "-9", str(writer)], check=True)
            assert doomed.result().status == 500
        assert layout.current_id(releases) == before

        done = fetch(f"{site.url}/update", data=large, **BEARER)
        assert done.status == 204, done.text
        assert b"true" in fetch(site.url + ASK, Accept="application/json").body  # read your writes
        assert done.headers["terrinclus-release"] == layout.current_id(releases)
    verify.verify(layout.current(releases))
    assert not list(releases.glob(".draft-*"))


def test_every_method_by_socket(tmp_path: Path) -> None:
    """What the other tests ask through Flask's client, a server has to let through: methods, bodies, headers."""
    built(tmp_path, real_ontology=True)
    with service.running(tmp_path / "home", token=f"anna {SECRET}", write_wait=600) as site:
        url = f"{site.url}/graph-store?graph=http://e/g"
        turtle = {**BEARER, "Content_Type": "text/turtle"}
        assert fetch(url, data=b"<#a> <http://e/p> 1 .", method="PUT", **turtle).status == 201
        assert fetch(url, data=b"<#a> <http://e/p> 2 .", method="POST", **turtle).status == 204
        change = b"DELETE DATA { <#a> <http://e/p> 1 }"
        assert fetch(url, data=change, method="PATCH", **BEARER).status == 204
        got, head = (
            fetch(url, Accept="application/n-triples"),
            fetch(url, method="HEAD", Accept="application/n-triples"),
        )
        assert got.body == b'<http://e/g#a> <http://e/p> "2"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
        assert (head.status, head.body, head.headers["etag"]) == (200, b"", got.headers["etag"])
        assert fetch(url, method="DELETE", **BEARER, If_Match='"other"').status == 412
        assert fetch(url, method="DELETE", **BEARER, If_Match=got.headers["etag"]).status == 204
        assert fetch(url).status == 404

        store = SPARQLUpdateStore(
            f"{site.url}/sparql", f"{site.url}/update", headers={"Authorization": f"Bearer {SECRET}"}
        )
        graph = Graph(store, identifier=URIRef("http://e/rdflib"))
        graph.add((URIRef("http://e/s"), URIRef("http://e/p"), Literal('é "x"\n')))
        assert [str(value) for value in graph.objects()] == ['é "x"\n']
        graph.update("INSERT DATA { <http://e/s> <http://e/p> 2 }")
        assert len(graph) == 2
        graph.remove((None, None, None))
        assert len(graph) == 0


def descendants(pid: int) -> list[int]:
    found = children(pid)
    return found + [deeper for one in found for deeper in descendants(one)]


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
