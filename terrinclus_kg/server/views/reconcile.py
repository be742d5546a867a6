"""``/reconcile/{fr,en}``: the Reconciliation Service API 0.2 of the W3C community group, for OpenRefine and others.
Clients of 0.1 are answered too: what they send is a part of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import wraps
from html import escape
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from terrinclus_kg import reconciliation
from terrinclus_kg.errors import BadRequest, NoIndex, NotFound, ParameterError, QueryTooLarge
from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.rdf.labels import LANGUAGES, choose, folded
from terrinclus_kg.reconciliation import identifier, resolved
from terrinclus_kg.server import reconciling, render
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.client import client
from terrinclus_kg.server.context import address, reader
from terrinclus_kg.server.negotiate import HTML
from terrinclus_kg.server.operations import ADDRESS, ANYTHING, ENGINE, TEXT, Operation, Parameter, array, choice, record
from terrinclus_kg.server.protocol import FORM
from terrinclus_kg.server.reconciling import JSON, Members, answer, suggested
from terrinclus_kg.server.respond import Representation, represent
from terrinclus_kg.server.security import FRAMED
from terrinclus_kg.store.search.model import DATED, DESCRIPTION, LABEL, NAME, Hit, Search

blueprint = Blueprint("reconcile", __name__, url_prefix="/reconcile/<any(fr, en):lang>")
_PAGE = 20  # suggestions at a time
_LONGEST = 200  # characters that suggestions are made for
_NAMES = 5  # other names in a preview
_OTHERS = (NAME, DATED)


@blueprint.route("", methods=["GET", "POST"])
def endpoint(lang: str) -> Response:
    """What the service is; or, with ``queries`` or ``extend``, in the address or a form: candidates, or values."""
    given = _given()
    asked = [name for name in ("queries", "extend", "query") if name in given]
    if not asked and request.method != "POST":
        return represent(Representation(JSON.content_type, lang), lambda: answer(reconciling.manifest(lang)))
    with reader().charged(client()):
        if len(asked) != 1:
            raise BadRequest("send one of queries, extend and query, as a form or in the address")
        return _uncached(_ANSWERS[asked[0]](given[asked[0]], lang))


def _given() -> dict[str, str]:
    try:
        return {**request.args.to_dict(), **request.form.to_dict()}
    except RequestEntityTooLarge:
        most = request.max_content_length
        raise QueryTooLarge(
            f"the body has more than {most} bytes: send a smaller batch", limit="batch", value=most
        ) from None


def _batch(text: str, lang: str) -> Members:
    found = reconciliation.answers(reader(), reconciliation.parse_batch(text), lang)
    return reconciling.results(found, lang)


def _single(text: str, lang: str) -> Members:
    """One query (0.1 §4.1): an object, or a name alone."""
    query = text if text.lstrip().startswith("{") else json.dumps({"query": text})
    queries = reconciliation.parse_batch(f'{{"query": {query}}}')
    found: Members = reconciling.results(reconciliation.answers(reader(), queries, lang), lang)["query"]
    return found


def _extend(text: str, lang: str) -> Members:
    return reconciliation.extended(reader(), reconciliation.parse_extension(text), lang)


_ANSWERS: dict[str, Callable[[str, str], Members]] = {"queries": _batch, "query": _single, "extend": _extend}


def _kept(make: Callable[[str], Members]) -> Callable[[str], Response]:
    """A view whose answer depends on the address and the release alone."""

    @wraps(make)
    def view(lang: str) -> Response:
        with reader().charged(client()):
            return represent(Representation(JSON.content_type, lang), lambda: answer(make(lang)))

    return view


@blueprint.get("/suggest/entity")
@_kept
def suggest_entity(lang: str) -> Members:
    """Things whose names begin so, twenty from ``cursor`` on."""
    search = Search(_prefix(), language=lang, offset=_cursor(), size=_PAGE, names=True, counts=False)
    hits = reader().search(search).hits if search.text else ()
    return suggested(_entity(hit, lang) for hit in hits)


@blueprint.get("/suggest/type")
@_kept
def suggest_type(lang: str) -> Members:
    """Types whose name or identifier has the letters, all without any."""
    found = [one for one in reconciliation.types(reader(), lang) if _has(_prefix(), one.name, one.id)]
    return suggested({"id": one.id, "name": one.name, "broader": _broader(one.broader)} for one in _page(found))


@blueprint.get("/suggest/property")
@_kept
def suggest_property(lang: str) -> Members:
    """Properties whose name or identifier has the letters, the most frequent first."""
    known = reconciliation.known_properties(reader(), lang)
    found = [one for one in known if _has(_prefix(), one.name, one.id)]
    return suggested({"id": one.id, "name": one.name, "description": one.iri} for one in _page(found))


@blueprint.get("/properties")
@_kept
def properties(lang: str) -> Members:
    """The properties that things of a type have: what may become columns (§7.1)."""
    limit, kind = _number("limit"), request.args.get("type", "")
    found, total = reconciliation.proposed(reader(), kind, lang, limit or None)
    members: Members = {"properties": [{"id": one.id, "name": one.name} for one in found]}
    if limit:
        members["limit"] = limit
    return members | ({"type": kind} if kind else {}) | ({"total": total} if len(found) < total else {})


@blueprint.get("/flyout/<any(entity, type, property):what>")
def flyout(lang: str, what: str) -> Response:
    """A few words about something, as HTML for the lists of a client (§5.3)."""
    asked = request.args.get("id", "")
    title, text = _FLYOUTS[what](asked, lang)
    html = f"<p><strong>{escape(render.clean(title))}</strong></p><p>{escape(render.clean(text))}</p>"
    return represent(Representation(JSON.content_type, lang), lambda: answer({"id": asked, "html": html}))


def _about_entity(asked: str, lang: str) -> tuple[str, str]:
    hit = _hit(asked)
    return _name(hit, lang), _entity(hit, lang)["description"]


def _about_type(asked: str, lang: str) -> tuple[str, str]:
    found = next((one for one in reconciliation.types(reader(), lang) if one.id == asked), None)
    if found is None:
        raise NotFound("there is no such type")
    return found.name, f"{found.count} · {found.id}"


def _about_property(asked: str, lang: str) -> tuple[str, str]:
    found = next((one for one in reconciliation.known_properties(reader(), lang) if asked in (one.id, one.iri)), None)
    if found is None:
        raise NotFound("there is no such property")
    return found.name, found.iri


_FLYOUTS: dict[str, Callable[[str, str], tuple[str, str]]] = {
    "entity": _about_entity,
    "type": _about_type,
    "property": _about_property,
}


@blueprint.get("/preview")
def preview(lang: str) -> Response:
    """A thing in a few lines, as a page for a frame of the client (§6)."""
    hit = _hit(request.args.get("id", ""))
    request.environ[FRAMED] = True

    def make() -> Response:
        names = [text.text for text in hit.texts if text.field in _OTHERS]
        said = {text.language: text.text for text in hit.texts if text.field == DESCRIPTION}
        others = list(dict.fromkeys(names))[:_NAMES]
        told: dict[str, Any] = {"name": _name(hit, lang), "kind": kinds()[hit.kind].labels[lang], "iri": hit.iri}
        told |= {"others": others, "said": choose(said, lang, "") if said else None, "page": _address(hit, lang)}
        return render.page("preview.html", lang, **told)

    return represent(Representation(HTML.content_type, lang), make)


def _hit(asked: str) -> Hit:
    """The thing that an identifier names. Raises NotFound."""
    iri = resolved(asked)
    found = reader().told([iri]) if iri else ()
    if not found:
        raise NotFound(f"nothing is known as {asked[:100]!r}")
    return found[0]


def _name(hit: Hit, lang: str) -> str:
    return choose({text.language: text.text for text in hit.texts if text.field == LABEL}, lang, hit.iri).text


def _entity(hit: Hit, lang: str) -> Members:
    kind = kinds()[hit.kind].labels[lang]
    name = _name(hit, lang)
    others = dict.fromkeys(text.text for text in hit.texts if text.field in _OTHERS and text.text != name)
    told = ", ".join([kind, *list(others)[:3]])
    return {"id": identifier(hit.iri), "name": name, "description": told, "notable": [{"id": hit.kind, "name": kind}]}


def _address(hit: Hit, lang: str) -> str:
    """The page of a thing, as others link to it."""
    return address(f"/{lang}/{identifier(hit.iri)}")


def _broader(slug: str) -> list[Members]:
    return [{"id": slug}] if slug else []


def _prefix() -> str:
    return request.args.get("prefix", "").strip()[:_LONGEST]


def _cursor() -> int:
    return _number("cursor")


def _number(name: str) -> int:
    text = request.args.get(name) or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise ParameterError(f"{name}: write a number from 0 on", extra={"parameter": name})
    return int(text)


def _page(found: list[Any]) -> list[Any]:
    return found[_cursor() : _cursor() + _PAGE]


def _has(prefix: str, *texts: str) -> bool:
    return any(folded(prefix) in folded(text) for text in texts)


def _uncached(members: Members) -> Response:
    response = answer(members)
    response.headers["Cache-Control"] = "no-cache"
    return response


def operations() -> Iterator[Operation]:
    """The manifest of the service, and what its clients suggest; batches of queries are sent as its API says."""
    group, answers = N_("Reconciliation"), {JSON.media_type: ANYTHING}
    lang = Parameter("lang", N_("The language of names."), choice(*LANGUAGES), "path")
    manifest = record("Manifest", versions=array(TEXT), name=TEXT, identifierSpace=ADDRESS, schemaSpace=ADDRESS)
    told = N_("What the reconciliation service is (API 0.2)")
    yield Operation("reconcile", group, "/reconcile/{lang}", told, {JSON.media_type: manifest}, (lang,))
    batch = {FORM: record(queries={"type": "string", "format": "reconciliation-queries"})}
    told, fails = N_("Candidates for the names of a batch"), (BadRequest, QueryTooLarge, NoIndex, *ENGINE)
    path = "/reconcile/{lang}"
    yield Operation("reconcile-batch", group, path, told, answers, (lang,), fails, method="post", body=batch)
    prefix = Parameter("prefix", N_("The beginning of a name."), TEXT, example="d")
    for what, summary in (
        ("entity", N_("Things whose names begin so")),
        ("type", N_("Types whose names have these letters")),
        ("property", N_("Properties whose names have these letters")),
    ):
        path = f"/reconcile/{{lang}}/suggest/{what}"
        yield Operation(
            f"suggest-{what}", group, path, summary, answers, (lang, prefix), (BadRequest, NoIndex, *ENGINE)
        )
