"""``/openapi.json``, and what it says as a page: each operation with its parameters, a form that asks it, and code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, current_app, request

from terrinclus_kg.errors import NoIndex, NotFound, ReleaseDamaged
from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.iri import Name, from_iri, kinds
from terrinclus_kg.results.snippets import shell_string
from terrinclus_kg.server import negotiate, openapi, render
from terrinclus_kg.server.context import endpoint, language, reader, service
from terrinclus_kg.server.negotiate import HTML, Variant
from terrinclus_kg.server.operations import OPERATIONS, Operation, Parameter, said
from terrinclus_kg.server.parameters import check_names
from terrinclus_kg.server.respond import SERVICE_DESCRIPTION, Representation, link, redirect, represent
from terrinclus_kg.store.search.model import KIND, Search, Sort

blueprint = Blueprint("operations", __name__)
_OPENAPI = Variant("application/vnd.oai.openapi+json", name="json")
_JSON = Variant("application/json")


@dataclass(frozen=True, slots=True)
class Shown:
    """An operation on the page. ``example``: the address that asks its example, "" for one by POST."""

    it: Operation
    group: str
    summary: str
    description: str
    example: str
    code: str

    def words(self, parameter: Parameter, lang: str) -> str:
        """What a parameter means."""
        return said(parameter.description, lang)


@blueprint.get("/openapi.json")
def document() -> Response:
    """The OpenAPI document, in a language."""
    check_names(("lang", "format"))
    lang = language()
    variant = negotiate.choose(request.headers.get("Accept"), (_JSON, _OPENAPI))

    def make() -> Response:
        title, base = about().title.of(lang), service().settings.public_url
        told = openapi.document(_operations(lang), lang, title=title, base=base)
        return Response(json.dumps(told, ensure_ascii=False, indent=1) + "\n", content_type=variant.content_type)

    return represent(Representation(variant.content_type, lang), make, [link(f"/{lang}/api/operations", "service-doc")])


@blueprint.get("/<any(fr, en):lang>/api/operations")
def page(lang: str) -> Response:
    """The operations for people; with ``operation=`` and its parameters, the way to its answer."""
    if name := request.args.get("operation"):
        return _tried(name)
    negotiate.choose(request.headers.get("Accept"), [HTML])
    path = f"/{lang}/api/operations"

    def make() -> Response:
        groups: dict[str, list[Shown]] = {}
        for one in _operations(lang):
            shown = _shown(one, lang)
            groups.setdefault(shown.group, []).append(shown)
        return render.page("operations.html", lang, groups=groups, canonical=path, here="api")

    return represent(Representation(HTML.content_type, lang), make, [link(path, "canonical"), SERVICE_DESCRIPTION])


def _tried(name: str) -> Response:
    """To the answer that a form asks for: its fields put into the address of the operation, but the empty ones."""
    found = next((one for one in _told() if one.name == name and one.method == "get"), None)
    if found is None:
        raise NotFound("there is no such operation")
    given = [(key, value) for key, value in request.args.items(multi=True) if value.strip()]
    return redirect(_address(found, given))


def _address(one: Operation, given: Iterable[tuple[str, str]]) -> str:
    """The address of an operation with values for its parameters, also those in its path."""
    pairs, path = list(given), one.path
    for each in one.parameters:
        value = next((text for key, text in pairs if key == each.name), "")
        if each.where == "path":
            path = path.replace(f"{{{each.name}}}", quote(value, safe="/"))
    asked = [pair for pair in pairs for each in one.parameters if each.where == "query" and pair[0] == each.name]
    return path + (f"?{urlencode(asked)}" if asked else "")


def _shown(one: Operation, lang: str) -> Shown:
    pairs = [(each.name, str(value)) for each in one.parameters for value in _examples(each)]
    placed = {each.name for each in one.parameters if each.where == "path"}
    example = _address(one, pairs) if placed <= {name for name, _ in pairs} else ""
    where = shell_string(endpoint(example or one.path))
    code, example = (f"curl {where}", example) if one.method == "get" else (f"{_sent(one)} {where}", "")
    return Shown(one, said(one.group, lang), said(one.summary, lang), said(one.description, lang), example, code)


def _sent(one: Operation) -> str:
    """How a body is sent; of one with a form the first field."""
    media_type, schema = next(iter(one.body.items()), ("", {}))
    field = next(iter(schema.get("properties", {})), "")
    typed = f" -H {shell_string(f'Content-Type: {media_type}')} -T file" if media_type else ""
    body = f" --data-urlencode {field}@file" if field else typed
    token = ' -H "Authorization: Bearer $TOKEN"' if one.secured else ""
    return f"curl -X {one.method.upper()}{token}{body}"


def _examples(parameter: Parameter) -> list[object]:
    """The values of an example, of which a path or a page has one."""
    value = parameter.example
    return value[:1] if isinstance(value, list) else [value] if value is not None else []


def _told() -> Iterable[Operation]:
    tell: Callable[[], Iterable[Operation]] = current_app.extensions[OPERATIONS]
    return tell()


def _operations(lang: str) -> list[Operation]:
    """All operations, with examples from the release that is served."""
    return openapi.with_examples(_told(), _samples(lang))


def _samples(lang: str) -> openapi.Samples:
    """Of each operation: a thing that many others link to, of the kinds that it takes, and what else examples are made
    of; as far as the release has an index."""
    usual: dict[str, object] = {"lang": lang, "release": reader().release.id}

    @cache
    def thing(slugs: tuple[str, ...]) -> dict[str, object]:
        try:
            hits = reader().search(Search(filters={KIND: slugs}, sort=Sort.LINKS, size=20, counts=False)).hits
        except (NoIndex, ReleaseDamaged):
            return {}
        names = (name for hit in hits if (name := from_iri(hit.iri)) and "/" not in name.key)
        return next((_told_of(name, lang) for name in names), {})

    def samples(one: Operation) -> dict[str, object]:
        taken = next(
            (each.schema["enum"] for each in one.parameters if (each.name, each.where) == ("kind", "path")), ()
        )
        return usual | thing(tuple(slug for slug in taken or kinds() if kinds()[slug].listed))

    return samples


def _told_of(name: Name, lang: str) -> dict[str, object]:
    label = render.Shown(lang, reader().labels([name.iri])).label(name.iri).text
    return {"kind": name.kind, "key": name.key, "id": f"{name.kind}/{name.key}", "q": label[:5].strip()}
