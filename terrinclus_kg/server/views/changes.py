"""``/changes``: what token holders have written to the release that is served, as a page and as JSON; and undo."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from flask import Blueprint, Response

from terrinclus_kg.errors import NotFound
from terrinclus_kg.ingest import changes, order
from terrinclus_kg.ingest.changes import Change
from terrinclus_kg.ingest.order import Order
from terrinclus_kg.ingest.provenance import described
from terrinclus_kg.rdf.formats import N_QUADS
from terrinclus_kg.rdf.namespaces import BASE
from terrinclus_kg.server import releases, render, writes
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import chosen, language, reader, service
from terrinclus_kg.server.negotiate import HTML, Variant
from terrinclus_kg.server.operations import ANYTHING, TEXT, Operation, Parameter, Schema, form, texts
from terrinclus_kg.server.parameters import SEGMENT
from terrinclus_kg.server.respond import Representation, attachment, represent
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.releases.layout import Release

blueprint = Blueprint("changes", __name__)
_OFFERED = (Variant("application/json"), HTML)
_SHOWN, _TEXT = 100, 10_000  # statements of a change, and characters of its text, that its page shows


@blueprint.get("/changes")
def listing() -> Response:
    """All changes that the current release holds, newest first."""
    return _represent(lambda release: {"changes": _entries(release)}, "changes.html")


@blueprint.get("/changes/<key>")
def one(key: str) -> Response:
    """One change."""
    changes.find(reader().release, key)

    def entry(release: Release) -> dict[str, Any]:
        (found,) = (entry for entry in _entries(release) if entry["key"] == key)
        return found | {"update": changes.text_of(key, service().settings)}

    return _represent(entry, "change.html", key=key)


@blueprint.get("/changes/<key>/<any(added, removed):side>.nq")
def statements(key: str, side: str) -> Response:
    """The statements that a change added or removed, those about the change itself included."""
    changes.find(reader().release, key)
    wanted = side == "added"
    lines = (row for new, row in changes.delta(key, service().settings) if new is wanted)
    return attachment(Response(lines, content_type=N_QUADS.content_type), f"{key}-{side}.nq")


@blueprint.post("/changes/<key>/undo")
def undo(key: str) -> Response:
    """Takes a change back, for those who hold a token. ``Terrinclus-Left`` counts what later changes had undone."""
    agent = writes.agent()
    changes.find(layout.current(service().settings.releases), key)
    return writes.answered(writes.submit(Order(order.UNDO, agent, undoes=key)))


def _represent(make: Callable[[Release], dict[str, Any]], template: str, key: str = "") -> Response:
    variant = chosen(_OFFERED)
    lang = language() if variant is HTML else ""

    def answer() -> Response:
        found = make(reader().release)
        if variant is not HTML:
            text = json.dumps(found, ensure_ascii=False, indent=2) + "\n"
            return Response(text, content_type=variant.content_type)
        values: dict[str, Any] = {"found": found, "most": _SHOWN, "longest": _TEXT, "here": "changes"}
        values["statements"] = list(islice(_signed(key), _SHOWN + 1)) if key else []
        releases_of = [found[name] for name in ("before", "after")] if key else []
        values["remembered"] = [each for each in releases_of if each and releases.remembered(each)]
        values["canonical"] = (f"/changes/{key}" if key else "/changes") + f"?lang={lang}"
        return render.page(template, lang, **values)

    return represent(Representation(variant.content_type, lang), answer)


def _signed(key: str) -> Iterator[tuple[str, str]]:
    """Sign and text of the statements of a change."""
    for new, row in changes.delta(key, service().settings):
        yield "+" if new else "−", row.decode().rstrip()


def _entries(release: Release) -> list[dict[str, Any]]:
    if service().settings.store == "remote" and "changes" not in release.manifest:
        graphs = BASE + "graph/modification/"
        raise NotFound(
            f"the list of changes is where release {release.id} was built; graphs under {graphs} describe them"
        )
    held = changes.changes_of(release)
    undone, after = changes.undone(held), _releases_after()
    return [_entry(change, change.key in undone, after.get(change.key, "")) for change in reversed(held)]


def _releases_after() -> dict[str, str]:
    """The release that each change made, where it is still there."""
    found: dict[str, str] = {}
    for release in layout.all_releases(service().settings.releases):
        if held := changes.changes_of(release):
            found.setdefault(held[-1].key, release.id)
    return found


def _entry(change: Change, undone: bool, after: str) -> dict[str, Any]:
    return {
        "key": change.key,
        "agent": change.agent,
        "at": change.at,
        "day": datetime.fromisoformat(change.at).date().isoformat(),
        "method": change.method,
        "graph": change.graph,
        "description": described(change),
        "added": change.added,
        "removed": change.removed,
        "left": change.left,
        "graphs": change.graphs,
        "sha256": change.sha256,
        "before": change.on,
        "after": after,
        "undoes": change.undoes,
        "in_force": not undone,
    }


def operations() -> Iterator[Operation]:
    """The changes, one of them, its statements, and undo."""
    group, which = N_("Writing"), Parameter("change", N_("The key of a change."), SEGMENT, "path")
    answers: dict[str, Schema] = {"application/json": ANYTHING, "text/html": TEXT}
    path = "/changes/{change}"
    told = N_("What has been written to the release that is served")
    yield Operation("changes", group, "/changes", told, answers, (form("json"),), (NotFound,))
    yield Operation("change", group, path, N_("One change"), answers, (which, form("json")), (NotFound,))
    for side, told in (
        ("added", N_("The statements that it added")),
        ("removed", N_("The statements that it removed")),
    ):
        quads = texts(N_QUADS)
        yield Operation(f"change-{side}", group, f"{path}/{side}.nq", told, quads, (which,), (NotFound,))
    told = N_("Takes a change back")
    yield Operation("undo", group, f"{path}/undo", told, {}, (which,), method="post", status=204, secured=True)
