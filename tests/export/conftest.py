"""The export of a small release, made by the command once a run, and served by Python's own file server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from terrinclus_kg.config import Settings
from terrinclus_kg.ingest import pipeline
from tests.service import free_port
from tests.shared import shared
from tests.small import FACTS, SOURCE, material, write

# What the pages of any data lead to; a key that is like a file, and one that is like a page of a list.
MORE = """
@prefix projet: <https://w3id.org/terrinclus/id/projet/> .
fait:Z03 ti:locator "page 3"@fr ; ti:status c-statut:enonce ; dct:description "Trois"@fr , "Three"@en .
fait:Z03 {
  projet:terrinclus a org:Organization ; skos:prefLabel "Terrinclus"@fr ; dct:relation <{}> .
  <{}> a org:Organization ; skos:prefLabel "<script>alert(1)</script>"@fr .
  c-statut:enonce skos:prefLabel "énoncé"@fr . c-statut:infere skos:prefLabel "inféré"@fr . }
""".replace("{}", "https://w3id.org/terrinclus/id/projet/page-2/index.html")
WITHOUT = ("bib", "csv", "nt", "nq", "rdf", "ris", "trig", "tsv", "xml")


def command(home: Path, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """``terrinclus-kg export`` of the current release of ``home``."""
    line = [sys.executable, "-m", "terrinclus_kg", "export", "--static", str(folder), *more]
    environment = {**os.environ, "TERRINCLUS_HOME": str(home)}
    return subprocess.run(line, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder with ``home``, the state of a service with a small release, and ``www/kg``, its export."""
    with shared(tmp_path_factory, worker_id, "exported") as folder:
        if not (folder / "www").is_dir():
            sources = material(folder / "sources")
            write(sources.data / "sources/journal", SOURCE, FACTS + MORE)
            pipeline.build(Settings(home=folder / "home"), sources)
            options = [word for suffix in WITHOUT for word in ("--without", suffix)]
            done = command(folder / "home", folder / "www/kg", "--base-url", "https://copy.example/kg", *options)
            assert done.returncode == 0, done.stderr
            assert "all links lead to files" in done.stdout
    return folder


@pytest.fixture(scope="session")
def served(small: Path) -> Iterator[str]:
    """The address of the export, which is not the root of its server."""
    port = free_port()
    line = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(small / "www")]
    server = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/kg/")
        yield f"http://127.0.0.1:{port}/kg"
    finally:
        server.terminate()
        server.wait(10)


def _wait(url: str) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with suppress(urllib.error.URLError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.1)
    raise AssertionError("the file server did not start")
