"""The addresses of releases, and what lies behind them.

A release never changes, so what is asked of it by its id is the same for ever. Where another engine
answers there is no folder of releases: then only the release that it serves is known, without a dump.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlencode

from flask import request

from terrinclus_kg.errors import NotFound, ReleaseDamaged, TerrinclusError
from terrinclus_kg.rdf.formats import N_QUADS
from terrinclus_kg.rdf.namespaces import BASE
from terrinclus_kg.server.context import address, reader, service
from terrinclus_kg.store.releases import history, layout
from terrinclus_kg.store.releases.difference import ADDED_LINES, REMOVED_LINES
from terrinclus_kg.store.releases.dumps.files import SUMS, Entry
from terrinclus_kg.store.releases.layout import DUMP, Release

RELEASE = "Terrinclus-Release"  # the header that names the release which an answer comes from
VOID_PATH = "/.well-known/void"  # what the release that is served says of itself
_CANONICAL = "RDFC-1.0"  # whose SHA-256 the digest is: see `dataset`
_LONGEST = 2000  # bytes of a permalink in a header: proxies give all headers of an answer 4 or 8 KiB
_COUNTS = ("built_at", "digest", "quads", "triples", "facts", "sources")
_MORE = ("format", "labels", "inferred", "warnings", "versions", "inputs")
_LOAD = ("name", "sha256", "graph", "source", "loaded_at", "quads")


def path(release_id: str, file: str = "") -> str:
    """``/releases/20260101T000000-0123abcd/sparql``, or that of the release itself."""
    return f"/releases/{quote(release_id)}/{file}".rstrip("/")


def iri(release_id: str) -> str:
    """What a release is called, wherever it is served."""
    return f"{BASE}releases/{release_id}"


def asked(**parameters: str) -> str:
    """Parameters as the query of an address."""
    return urlencode(parameters)


def permalink(release_id: str, query: str = "") -> str | None:
    """The address at which a query is answered from this release for ever, or the present request without one; None for
    one that is too long to send."""
    asked = urlencode({"query": query}) if query else request.query_string.decode("utf-8", "replace")
    found = address(path(release_id, "sparql")) + "?" + asked
    return found if len(found) <= _LONGEST else None


def find(release_id: str) -> Release:
    """One release. Raises NotFound, ReleaseDamaged."""
    try:
        return layout.read(service().settings.releases, release_id)
    except NotFound:
        serving = _serving()
        if serving is None or serving.id != release_id:
            raise NotFound("there is no release of this id, or not any more") from None
        return serving


def recall(release_id: str) -> Release:
    """One release, or what is known of one that is not kept any more. Raises NotFound, ReleaseDamaged."""
    try:
        return find(release_id)
    except NotFound:
        return history.find(service().settings.releases, release_id)


def remembered(release_id: str) -> Release | None:
    """As `recall`; None: nothing can be told of it."""
    try:
        return recall(release_id)
    except (NotFound, ReleaseDamaged):
        return None


def kept(release: Release) -> bool:
    """Whether a release itself is still here, or only what is known of it."""
    return release.path.parent.name != history.FOLDER


def known() -> list[Release]:
    """All releases, the newest first."""
    found = {release.id: release for release in layout.all_releases(service().settings.releases)}
    serving = _serving()
    if serving:
        found.setdefault(serving.id, serving)
    return sorted(found.values(), key=lambda release: (release.built_at, release.id), reverse=True)


def current_id() -> str:
    """The id of the release that is served, "" if none is."""
    serving = _serving()
    return serving.id if serving else ""


def dump(release: Release) -> Path | None:
    """The file with all its quads, if there is one."""
    return release.dump_path if release.dump_path.is_file() else None


def files(release: Release) -> list[Entry]:
    """What people may take away of a release, as its manifest lists it; of one without a list its dump alone."""
    found: list[Entry] = release.manifest.get("files") or [{"name": DUMP, "media_type": N_QUADS.media_type}]
    return [entry for entry in found if (release.path / entry["name"]).is_file()]


def file(release: Release, name: str) -> Entry:
    """One of the `files`, or of those beside: checksums, what is new and what is gone. Raises NotFound."""
    beside = [{"name": each} for each in (SUMS, ADDED_LINES, REMOVED_LINES) if (release.path / each).is_file()]
    found = next((entry for entry in [*files(release), *beside] if entry["name"] == name), None)
    if found is None:
        raise NotFound("there is no file of this name of this release here")
    return found


def dump_address() -> str:
    """Where the data are to be had as a whole. Costs no question: it is told when there are too many."""
    releases = service().settings.releases
    current = layout.current_id(releases)
    has_dump = current is not None and (releases / current / DUMP).is_file()
    return address(path(current, DUMP) if current and has_dump else "/releases")


def summary(release: Release) -> dict[str, object]:
    """What a list says of it: when, how much, and where its parts are."""
    members: dict[str, object] = {"id": release.id}
    members |= {name: release.manifest[name] for name in _COUNTS if name in release.manifest}
    if kept(release):
        members["sparql"] = address(path(release.id, "sparql"))
        members["manifest"] = address(path(release.id, "manifest.json"))
    if dump(release):
        members["dump"] = address(path(release.id, DUMP))
    members |= {name: release.manifest[name] for name in ("before", "difference") if name in release.manifest}
    return members


def manifest(release: Release) -> dict[str, object]:
    """All of its manifest that is public: what it was made of, and with what. Nothing of the machine."""
    members = summary(release) | {"canonicalization": _CANONICAL}
    members |= {name: release.manifest[name] for name in _MORE if name in release.manifest}
    loads = release.manifest.get("loads", [])
    members["files"] = [{**entry, "address": address(path(release.id, entry["name"]))} for entry in files(release)]
    return members | {"loads": [{key: load[key] for key in _LOAD if key in load} for load in loads]}


def _serving() -> Release | None:
    try:
        return reader().release
    except TerrinclusError:
        return None
