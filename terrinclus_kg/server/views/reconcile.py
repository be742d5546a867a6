"""``/reconcile/{fr,en}``: the Reconciliation Service API 0.2 of the W3C community group, for OpenRefine and others.
What clients of 0.1 send is a part of it, and answered; JSONP, which they may ask for, is not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from html import escape
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from terrinclus_kg import reconciliation
from terrinclus_kg.errors import BadRequest, NoIndex, NotFound, ParameterError, QueryTooLarge
from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.rdf.labels import LANGUAGES, choose, folded
from terrinclus_kg.reconciliation import called, identifier, resolved
from terrinclus_kg.server import reconciling, render
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.client import client
from terrinclus_kg.server.context import address, reader
from terrinclus_kg.server.negotiate import HTML
from terrinclus_kg.server.operations import (
    ADDRESS,
    ANYTHING,
    ENGINE,
    TEXT,
    WHOLE,
    Operation,
    Parameter,
    Schema,
    array,
    choice,
    record,
)
from terrinclus_kg.server.protocol import FORM
from terrinclus_kg.server.reconciling import JSON, Members, answer, suggested
from terrinclus_kg.server.respond import Representation, represent
from terrinclus_kg.server.security import FRAMED
from terrinclus_kg.store.search.model import CLASS, DATED, DESCRIPTION, KIND, LABEL, NAME, Hit, Near, Search

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
    """The thing that an identifier names, and those whose names begin so, twenty from ``cursor`` on; of a ``type``, if
    one is given."""
    prefix, asked = _prefix(), request.args.get("type", "")
    slugs, classes = reconciliation.constrained([asked]) if asked else ((), ())
    among = {facet: keys for facet, keys in ((KIND, slugs), (CLASS, classes)) if keys}
    search = Search(prefix, among, language=lang, offset=_cursor(), size=_PAGE, names=True, counts=False)
    hits = reader().search(search).hits if prefix else ()
    things = tuple(reconciliation.identified(reader(), prefix))
    named = reader().near(Near((), (), (), slugs, classes, things)).hits if things and not search.offset else ()
    return suggested(_entity(hit, lang) for hit in dict.fromkeys([*named, *hits]))


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
    known, _ = reconciliation.proposed(reader(), "", lang)
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
    own, _ = reconciliation.proposed(reader(), "", lang)
    known = (*own, *reconciliation.known_properties(reader(), lang))
    found = next((one for one in known if asked and asked in (one.id, one.iri)), None)
    if found is None:
        raise NotFound("there is no such property")
    return found.name, found.iri or found.id


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
        said = {text.language: text.text for text in hit.texts if text.field == DESCRIPTION}
        others = called(hit, lang, *_OTHERS)[:_NAMES]
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
    others = [text for text in called(hit, lang, *_OTHERS) if text != name]
    told = ", ".join([kind, *others[:3]])
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
    """The manifest of the service, its batches and extensions, and all that its clients suggest and show."""
    lang = Parameter("lang", N_("The language of names."), choice(*LANGUAGES), "path")
    yield from _asking(lang)
    prefix = Parameter("prefix", N_("The beginning of a name, or an identifier."), TEXT, example="d")
    cursor = Parameter("cursor", N_("How many suggestions to pass over."), _COUNT)
    of = Parameter("type", N_("A type, as suggested."), TEXT)
    for what, summary, more in (
        ("entity", N_("Things whose names begin so"), (of,)),
        ("type", N_("Types whose names have these letters"), ()),
        ("property", N_("Properties whose names have these letters"), ()),
    ):
        yield _read(f"suggest-{what}", f"/suggest/{what}", summary, _SUGGESTED, (lang, prefix, cursor, *more))
    limit = Parameter("limit", N_("How many properties."), _COUNT)
    told = N_("The properties that things of a type have: columns of a data extension")
    proposed = record("Proposed", properties=array(record(id=TEXT, name=TEXT)))
    yield _read("reconcile-properties", "/properties", told, {JSON.media_type: proposed}, (lang, of, limit))
    yield from _shown(lang)


_GROUP, _COUNT = N_("Reconciliation"), {**WHOLE, "maximum": 999_999}
_SUGGESTED = {JSON.media_type: record("Suggested", result=array(record(id=TEXT, name=TEXT)))}
_FAILS = (BadRequest, QueryTooLarge, NoIndex, *ENGINE)
_SENT = {
    "queries": N_("A batch of queries, in JSON (API 0.2 §4)."),
    "extend": N_("Things and properties, in JSON (API 0.2 §7)."),
    "query": N_("One name, or one query in JSON."),
}


def _read(name: str, path: str, told: str, answers: Mapping[str, Schema], given: tuple[Parameter, ...]) -> Operation:
    return Operation(name, _GROUP, "/reconcile/{lang}" + path, told, answers, given, _FAILS)


def _asking(lang: Parameter) -> Iterator[Operation]:
    """What the address itself answers: in one request, one of three things, or the manifest."""
    manifest = record("Manifest", versions=array(TEXT), name=TEXT, identifierSpace=ADDRESS, schemaSpace=ADDRESS)
    schemas = {name: {**TEXT, "format": f"reconciliation-{name}"} for name in _SENT}
    given = (Parameter(name, _SENT[name], schema) for name, schema in schemas.items())
    told = N_("What the reconciliation service is (API 0.2); or, to one of queries, extend and query, its answer")
    yield _read("reconcile", "", told, {JSON.media_type: {"anyOf": [manifest, ANYTHING]}}, (lang, *given))
    body = {FORM: {"type": "object", "properties": schemas, "minProperties": 1, "maxProperties": 1}}
    told = N_("Candidates for the names of a batch, or values of properties of things")
    batch = _read("reconcile-batch", "", told, {JSON.media_type: ANYTHING}, (lang,))
    yield replace(batch, method="post", body=body)


def _shown(lang: Parameter) -> Iterator[Operation]:
    """What clients show of a thing, a type, a property."""
    words = {JSON.media_type: record("Flyout", id=TEXT, html=TEXT)}
    for what, summary, example in (
        ("entity", N_("A few words about a thing, as HTML"), None),
        ("type", N_("A few words about a type, as HTML"), next(iter(kinds()))),
        ("property", N_("A few words about a property, as HTML"), "rdf:type"),
    ):
        named = Parameter("id", N_("What clients call it."), TEXT, required=True, example=example)
        yield _read(f"flyout-{what}", f"/flyout/{what}", summary, words, (lang, named))
    named = Parameter("id", N_("What clients call it."), TEXT, required=True)
    yield _read("preview", "/preview", N_("A thing in a few lines, as a page"), {HTML.media_type: TEXT}, (lang, named))
