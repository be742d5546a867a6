"""The OpenAPI 3.1 document: the operations that the views tell, with all errors that they can answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from terrinclus_kg import __version__, errors
from terrinclus_kg.errors import TerrinclusError
from terrinclus_kg.rdf.about import licence_name
from terrinclus_kg.rdf.namespaces import LICENCE
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.catalogue import message
from terrinclus_kg.server.operations import ADDRESS, AS_RDF, TEXT, WHOLE, Operation, Parameter, Schema, record, said
from terrinclus_kg.server.problems import TYPES

Json = dict[str, Any]
_PROBLEM: Schema = record("Problem", type=ADDRESS, title=TEXT, status=WHOLE, detail=TEXT)  # RFC 9457 §3.1
_REFUSED = {"application/problem+json": _PROBLEM, "text/plain": TEXT, "text/html": TEXT}
_HEADERS: dict[str, tuple[str, Schema]] = {
    "ETag": (N_("The validator of the answer: it changes with the release."), TEXT),
    "Last-Modified": (N_("When the release was built."), TEXT),
    "Link": (N_("Other representations and pages, the licence, the identifier to cite."), TEXT),
    "Terrinclus-Release": (N_("The release that answered."), TEXT),
}
_SECURITY = "bearer"  # the scheme of writes
_WAIT = (N_("Seconds until it may be asked again, where that is known."), WHOLE)


def document(operations: Iterable[Operation], language: str, *, title: str, base: str) -> Json:
    """The document in a language. ``base``: how the addresses of the service begin, "" where it does not know."""
    found = list(operations)
    named: dict[str, Schema] = {}
    paths: dict[str, Json] = {}
    for one in found:
        paths.setdefault(one.path, {})[one.method] = _hoisted(_operation(one, language), named)
    refusals = _hoisted(_refusals(found, language), named)
    tags = dict.fromkeys(said(one.group, language) for one in found)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": __version__,
            "description": message(_ABOUT, language),
            "license": {"name": licence_name(LICENCE.value), "url": LICENCE.value},
        },
        "servers": [{"url": base or "/"}],
        "externalDocs": {"url": f"{base}/{language}/api/operations"},
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(named.items())),
            "responses": refusals,
            "headers": _told(_HEADERS, language),
            "securitySchemes": {_SECURITY: {"type": "http", "scheme": "bearer"}},
        },
    }


_ABOUT = N_(
    "To be read without a key, from any origin; writes need a token. What the release says has an ETag; every error is "
    "a problem document "
    "(RFC 9457), or plain text or a page where Accept asks for it. Limits are told at /limits."
)


Samples = Callable[[Operation], Mapping[str, object]]


def with_examples(operations: Iterable[Operation], samples: Samples) -> list[Operation]:
    """The operations with examples for all parameters that have none and whose name is among their ``samples``."""
    pairs = ((one, samples(one)) for one in operations)
    return [replace(one, parameters=tuple(_filled(each, found) for each in one.parameters)) for one, found in pairs]


def _filled(parameter: Parameter, samples: Mapping[str, object]) -> Parameter:
    if parameter.example is not None or parameter.name not in samples:
        return parameter
    return replace(parameter, example=samples[parameter.name])


def _operation(one: Operation, language: str) -> Json:
    told: Json = {"operationId": one.name, "tags": [said(one.group, language)], "summary": said(one.summary, language)}
    if one.description:
        told["description"] = said(one.description, language)
    told["parameters"] = [_parameter(each, language) for each in one.parameters]
    if one.body:
        told["requestBody"] = {"required": True, "content": _content(one.body)}
    if one.secured:
        told["security"] = [{_SECURITY: []}]
    told["responses"] = _responses(one, language)
    return told


def _parameter(one: Parameter, language: str) -> Json:
    told: Json = {"name": one.name, "in": one.where, "description": said(one.description, language)}
    told |= {"required": one.required or one.where == "path", "schema": one.schema}
    return told | ({"example": one.example} if one.example is not None else {})


def _responses(one: Operation, language: str) -> Json:
    names = ("Terrinclus-Release", "Link") if one.secured else _HEADERS
    headers: Json = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    good: Json = {"description": said(one.summary, language), "headers": headers}
    if one.status == 303:
        headers["Location"] = {"required": True, "schema": ADDRESS}
    elif one.answers:
        good["content"] = _content(one.answers)
    found = {str(one.status): good}
    found |= {str(status): {"description": said(text, language)} for status, text in one.leads.items()}
    if one.method == "get" and one.status == 200:
        found["304"] = {"description": message(N_("The client has it already (If-None-Match)."), language)}
    return found | {
        str(status): {"$ref": f"#/components/responses/{_name(kinds)}"} for status, kinds in one.errors.items()
    }


def _refusals(operations: Iterable[Operation], language: str) -> Json:
    """The errors that operations tell, by status and kinds: many tell the same."""
    found = (kinds for one in operations for kinds in one.errors.values())
    return dict(sorted({_name(kinds): _refusal(kinds, language) for kinds in found}.items()))


def _name(kinds: list[type[TerrinclusError]]) -> str:
    return ".".join((str(kinds[0].status), *(kind.slug for kind in kinds)))


def _refusal(kinds: list[type[TerrinclusError]], language: str) -> Json:
    content = _content({**_REFUSED, **AS_RDF} if errors.Gone in kinds else _REFUSED)  # a tombstone
    content["application/problem+json"]["examples"] = {
        kind.slug: {
            "value": {"type": TYPES + kind.slug, "title": kind.title, "status": kind.status, "detail": kind.title}
        }
        for kind in kinds
    }
    told: Json = {"description": "; ".join(dict.fromkeys(kind.title for kind in kinds)), "content": content}
    return told | ({"headers": _told({"Retry-After": _WAIT}, language)} if kinds[0].status in (429, 503) else {})


def _told(headers: Mapping[str, tuple[str, Schema]], language: str) -> Json:
    return {
        name: {"description": message(text, language), "schema": schema} for name, (text, schema) in headers.items()
    }


def _content(schemas: Mapping[str, Schema]) -> Json:
    return {media_type: {"schema": schema} for media_type, schema in schemas.items()}


def _hoisted(value: Any, named: dict[str, Schema]) -> Any:
    """A document whose schemas with a title are told once, in ``named``, and referred to by it."""
    if isinstance(value, list | tuple):
        return [_hoisted(each, named) for each in value]
    if not isinstance(value, Mapping):
        return value
    made = {key: _hoisted(each, named) for key, each in value.items()}
    if isinstance(made.get("title"), str) and "type" in made and "example" not in made and _is_schema(made):
        name = made.pop("title")
        assert json.dumps(named.setdefault(name, made)) == json.dumps(made)
        return {"$ref": f"#/components/schemas/{name}"}
    return made


def _is_schema(value: Json) -> bool:
    return value["type"] in ("object", "array", "string") or isinstance(value["type"], list)
