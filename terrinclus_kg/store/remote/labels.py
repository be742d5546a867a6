"""Labels of the things in a remote engine: asked for in batches, kept while the release lasts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import islice
from threading import Lock

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.rdf.labels import PROPERTIES
from terrinclus_kg.rdf.namespaces import DCT, TI
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.remote.release import Select

_BATCH = 200  # things a query
_KEPT = 50_000  # things whose labels are kept, at most
# What a fact is called: its number and what it says. Its description counts for nothing else.
_FACT = f"OPTIONAL {{ ?s a {TI['Fact']} ; {DCT['identifier']} ?id }}"
_ORDER = {iri: rank for rank, iri in enumerate([*PROPERTIES, DCT["description"]])}


class RemoteLabels:
    """A bounded table of labels. All methods may be called from any thread."""

    def __init__(self, select: Select) -> None:
        self._select = select
        self._lock = Lock()
        self._release = ""
        self._known: OrderedDict[str, dict[str, str]] = OrderedDict()

    def of(self, release: Release, iris: Iterable[str]) -> dict[str, dict[str, str]]:
        """As `Engine.labels`, in this release."""
        asked = sorted(set(iris))
        found = self._kept(release.id, asked)
        for batch in _batches([iri for iri in asked if iri not in found]):
            new = self._ask(batch)
            self._keep(release.id, new)
            found |= new
        return {iri: texts for iri, texts in found.items() if texts}

    def _kept(self, release_id: str, asked: list[str]) -> dict[str, dict[str, str]]:
        with self._lock:
            if release_id != self._release:
                self._release = release_id
                self._known.clear()
            found = {iri: self._known[iri] for iri in asked if iri in self._known}
            for iri in found:
                self._known.move_to_end(iri)
            return found

    def _keep(self, release_id: str, new: dict[str, dict[str, str]]) -> None:
        with self._lock:
            if release_id == self._release:
                self._known |= new
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)

    def _ask(self, batch: list[str]) -> dict[str, dict[str, str]]:
        things, properties = " ".join(f"<{iri}>" for iri in batch), " ".join(map(str, _ORDER))
        asked = f"VALUES ?s {{ {things} }} VALUES ?p {{ {properties} }} ?s ?p ?l . {_FACT}"
        rows = self._select(f"SELECT ?s ?p ?l ?id WHERE {{ {asked} }}")
        found: dict[str, dict[str, str]] = {iri: {} for iri in batch}
        for row in sorted(rows, key=lambda row: (_ORDER[row["p"]], str(row["l"]))):
            text = row["l"]
            about_fact = row["p"] == DCT["description"]
            if isinstance(text, Literal) and (not about_fact or "id" in row):
                shown = f"{row['id'].value} – {text.value}" if about_fact else text.value
                found[row["s"].value].setdefault((text.language or "").lower(), shown)
        return found


def _batches(iris: list[str]) -> Iterator[list[str]]:
    rest = iter(iri for iri in iris if _is_iri(iri))
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True
