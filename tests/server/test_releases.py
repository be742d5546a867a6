"""The releases as people and programs find them: list, manifest, dump."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, RdfFormat, parse

from terrinclus_kg.config import Settings
from terrinclus_kg.rdf.namespaces import DCAT, DCT
from terrinclus_kg.server import create_app
from terrinclus_kg.store.releases.layout import Release
from tests.server.conftest import Buffering
from tests.service import fetch, running
from tests.small_store import DATA, children, make_release, reading

DUMP = gzip.compress(b"<a:b> <a:b> <a:b> <a:g> .\n" * 5000, 1, mtime=0)
FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Two releases; the older one has a dump, and what is private in its manifest."""
    home = tmp_path_factory.mktemp("releases")
    old = make_release(home, "old", DATA)
    (old.path / "dataset.nq.gz").write_bytes(DUMP)
    load = {"name": "a.ttl", "sha256": "00", "graph": "a:g", "source": "", "loaded_at": "2026-01-01T00:00:00+00:00"}
    members = old.manifest | {
        "digest": "cd" * 32,
        "facts": 12345,
        "secret": str(home),
        "loads": [load | {"path": "/x"}],
    }
    old.manifest_path.write_text(json.dumps(members))
    new = make_release(home, "new", DATA)
    new.manifest_path.write_text(json.dumps(new.manifest | {"built_at": "2026-02-01T00:00:00+00:00"}))
    with reading(home) as reader:
        app = create_app(reader._settings, reader)
        app.test_client_class = Buffering
        yield app.test_client()


def test_the_list(served: FlaskClient) -> None:
    answer = served.get("/releases")
    assert answer.mimetype == "application/json"
    found = answer.get_json()
    assert found["current"] == "new"
    assert [one["id"] for one in found["releases"]] == ["new", "old"]
    assert found["releases"][1]["dump"] == "/releases/old/dataset.nq.gz"
    assert "dump" not in found["releases"][0]
    for one in found["releases"]:
        assert served.get(one["manifest"]).status_code == 200
    again = served.get("/releases", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_list_in_rdf(served: FlaskClient) -> None:
    answer = served.get("/releases", headers={"Accept": "text/turtle"})
    assert answer.content_type == "text/turtle; charset=utf-8"
    triples = [quad.triple for quad in parse(answer.data, format=RdfFormat.TURTLE)]
    versions = {triple.object for triple in triples if triple.predicate == DCAT["hasVersion"]}
    assert versions == {NamedNode(f"https://w3id.org/terrinclus/releases/{each}") for each in ("new", "old")}
    assert {triple.subject for triple in triples if triple.predicate == DCT["issued"]} == versions


def test_the_page(served: FlaskClient) -> None:
    for language, title, number in (
        ("fr", "Les versions des données", "12\u202f345"),
        ("en", "The releases", "12,345"),
    ):
        page = served.get("/releases", headers={"Accept": "text/html", "Accept-Language": language})
        assert page.mimetype == "text/html"
        assert f'<html lang="{language}">' in page.text
        assert title in page.text
        assert number in page.text
        assert 'href="/releases/old/dataset.nq.gz"' in page.text
        assert "cd" * 32 in page.text
    assert served.get("/releases", headers={"Accept": "image/png"}).status_code == 406


def test_the_manifest_says_nothing_of_the_machine(served: FlaskClient, tmp_path: Path) -> None:
    answer = served.get("/releases/old/manifest.json")
    members = answer.get_json()
    assert (members["id"], members["facts"], members["digest"]) == ("old", 12345, "cd" * 32)
    assert members["loads"][0]["name"] == "a.ttl"
    assert "path" not in members["loads"][0]
    assert "secret" not in members
    assert str(tmp_path.parent) not in answer.text
    assert answer.headers["Terrinclus-Release"] == "old"


def test_the_real_manifest(release: Release, home: Path) -> None:
    client = create_app(Settings(home=home)).test_client()
    answer = client.get(f"/releases/{release.id}/manifest.json")
    assert answer.get_json()["digest"] == release.manifest["digest"]
    assert str(home) not in answer.text
    assert "/home/" not in answer.text
    assert "/tmp/" not in answer.text


def test_the_dump(served: FlaskClient) -> None:
    answer = served.get("/releases/old/dataset.nq.gz")
    assert answer.data == DUMP
    assert answer.mimetype == "application/gzip"
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Content-Length"] == str(len(DUMP))
    assert answer.headers["Content-Disposition"] == "attachment; filename=terrinclus-old-dataset.nq.gz"
    assert answer.headers["Cache-Control"] == FOR_EVER
    assert answer.headers["Last-Modified"] == "Thu, 01 Jan 2026 00:00:00 GMT"
    head = served.head("/releases/old/dataset.nq.gz")
    assert (head.data, head.headers["Content-Length"]) == (b"", str(len(DUMP)))
    for condition in (
        {"If-None-Match": answer.headers["ETag"]},
        {"If-Modified-Since": answer.headers["Last-Modified"]},
    ):
        assert served.get("/releases/old/dataset.nq.gz", headers=condition).status_code == 304


@pytest.mark.parametrize(
    ("range_", "part"),
    [("bytes=0-9", DUMP[:10]), ("bytes=100-", DUMP[100:]), ("bytes=-7", DUMP[-7:])],
    ids=["first", "rest", "last"],
)
def test_a_download_that_goes_on(served: FlaskClient, range_: str, part: bytes) -> None:
    answer = served.get("/releases/old/dataset.nq.gz", headers={"Range": range_})
    assert (answer.status_code, answer.data) == (206, part)
    assert answer.headers["Content-Range"].endswith(f"/{len(DUMP)}")
    stale = served.get("/releases/old/dataset.nq.gz", headers={"Range": range_, "If-Range": '"other"'})
    assert (stale.status_code, stale.data) == (200, DUMP)
    beyond = served.get("/releases/old/dataset.nq.gz", headers={"Range": f"bytes={len(DUMP)}-"})
    assert beyond.status_code == 416


def test_a_large_dump_flows(tmp_path: Path) -> None:
    release = make_release(tmp_path, "large", DATA)
    size = 64 * 1024**2
    with (release.path / "dataset.nq.gz").open("wb") as dump:
        for number in range(size // 1024**2):
            dump.write(bytes([number]) * 1024**2)
    with running(tmp_path) as service:
        url = f"{service.url}/releases/large/dataset.nq.gz"
        before = memory(service.process.pid)
        with urllib.request.urlopen(url, timeout=60) as answer:
            assert answer.headers["Content-Length"] == str(size)
            grown, read = 0, 0
            while part := answer.read(1024**2):
                assert part[:1] == bytes([read // 1024**2])
                read += len(part)
                grown = max(grown, memory(service.process.pid) - before)
        assert read == size
        assert grown < size / 2
        head = fetch(url, method="HEAD")
        assert (head.status, head.headers["content-length"], head.body) == (200, str(size), b"")
        rest = fetch(url, Range=f"bytes={size - 2 * 1024**2}-")
        assert (rest.status, len(rest.body), rest.body[-1]) == (206, 2 * 1024**2, 63)


def test_those_who_do_not_read_the_dump_keep_nobody_waiting(tmp_path: Path) -> None:
    """More of them than there are threads."""
    release = make_release(tmp_path, "large", DATA)
    with (release.path / "dataset.nq.gz").open("wb") as dump:
        dump.truncate(64 * 1024**2)
    with running(tmp_path, queue_length=2) as service, ExitStack() as stack:
        parts = urlsplit(service.url)
        for number in range(200):
            line = stack.enter_context(socket.create_connection((parts.hostname or "", parts.port or 0), 20))
            range_ = "Range: bytes=1-\r\n" if number % 2 else ""
            line.sendall(f"GET /releases/large/dataset.nq.gz HTTP/1.1\r\nHost: x\r\n{range_}\r\n".encode())
            assert line.recv(12)[9:] == (b"206" if range_ else b"200")
        for number in range(3):
            assert fetch(f"{service.url}/sparql?query=ASK%7B%7D&n={number}").status == 200


def memory(pid: int) -> int:
    """Bytes of a process and all that it has started."""
    own = [
        int(line.split()[1]) * 1024 for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in line
    ]
    return sum(own) + sum(memory(child) for child in children(pid))


@pytest.mark.parametrize("release", ["none", "..", "CURRENT", ".draft-1", "old%00", "old%2f..%2fnew"])
@pytest.mark.parametrize("file", ["manifest.json", "dataset.nq.gz", "sparql?query=ASK%7B%7D", "labels.db"])
def test_what_is_not_there(served: FlaskClient, release: str, file: str) -> None:
    assert served.get(f"/releases/{release}/{file}").status_code in (400, 404)


def test_a_release_that_is_removed_is_gone_at_once(tmp_path: Path) -> None:
    old = make_release(tmp_path, "old", DATA)
    make_release(tmp_path, "new", DATA)
    with running(tmp_path) as service:
        addresses = [f"{service.url}/releases/old/{file}" for file in ("sparql?query=ASK%7B%7D", "manifest.json")]
        for _ in range(2):  # the second answer would be a kept one
            assert [fetch(address).status for address in addresses] == [200, 200]
            assert len(json.loads(fetch(f"{service.url}/releases").body)["releases"]) == 2
        shutil.rmtree(old.path)
        assert [fetch(address).status for address in addresses] == [404, 404]
        assert [one["id"] for one in json.loads(fetch(f"{service.url}/releases").body)["releases"]] == ["new"]


def test_a_release_without_a_dump(served: FlaskClient) -> None:
    assert served.get("/releases/new/dataset.nq.gz").status_code == 404


def test_without_any_release(tmp_path: Path) -> None:
    client = create_app(Settings(home=tmp_path)).test_client()
    assert client.get("/releases").get_json() == {"current": "", "releases": []}
    assert "No release yet" in client.get("/releases?lang=en", headers={"Accept": "text/html"}).text
    told = client.get("/sparql", headers={"Accept": "text/turtle"})
    assert told.status_code == 200
    assert "No release of the data can be described just now" in told.text
    assert "Terrinclus-Release" not in told.headers
    refused = client.get("/sparql?query=ASK{}")
    assert (refused.status_code, "dumps" in refused.get_json()) == (503, False)
