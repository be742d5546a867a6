"""What the editor of queries asks: which terms there are to complete, and what is wrong with a query before it runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, g, request, send_file
from flask_babel import gettext

from terrinclus_kg.errors import NotFound, QuerySyntaxError, TerrinclusError
from terrinclus_kg.questions import all_questions
from terrinclus_kg.rdf.namespaces import compact, prefixes
from terrinclus_kg.rdf.queries import Query
from terrinclus_kg.server import protocol, releases, wordings
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.client import client
from terrinclus_kg.server.context import language, reader, service
from terrinclus_kg.server.operations import ANYTHING, OF_RELEASE, Operation, Schema
from terrinclus_kg.server.releases import RELEASE
from terrinclus_kg.server.respond import redirect
from terrinclus_kg.store.queries.remarks import Remark
from terrinclus_kg.store.releases import completion

blueprint = Blueprint("workbench", __name__)
blueprint.add_app_template_global(prefixes, "prefixes")
_YEAR = 31_536_000  # seconds
_PLACE = re.compile(r"line \d+, column \d+: ")


@blueprint.app_template_global()
def terms_address() -> str:
    """Where the terms of the release are that is served; "" where they are not listed."""
    try:
        release = reader().release
    except TerrinclusError:
        return ""
    return releases.path(release.id, completion.FILE) if completion.path(release) else ""


@blueprint.app_template_global()
def examples(lang: str) -> list[tuple[str, list[Query]]]:
    """The questions, by the heading under which they stand."""
    grouped: dict[str, list[Query]] = {}
    for question in all_questions():
        grouped.setdefault(question.group[lang], []).append(question)
    return list(grouped.items())


@blueprint.app_template_global("limit")
def limit_of(name: str) -> int | float:
    """The value of a limit, by the name of its setting."""
    value: int | float = getattr(service().settings, name)
    return value


@blueprint.get("/completion.json")
def current() -> Response:
    """To the terms of the release that is served."""
    return redirect(releases.path(reader().release.id, completion.FILE), status=302)


@blueprint.get(f"/releases/<release>/{completion.FILE}")
def terms(release: str) -> Response:
    """The classes and properties of a release, how often they are used and together, and what they mean."""
    found = releases.find(release)
    file = completion.path(found)
    if file is None:
        raise NotFound("the terms of this release are not listed here")
    etag = f"{found.id}-{completion.FILE}"
    response = send_file(file, mimetype="application/json", etag=etag, last_modified=found.built_at, max_age=_YEAR)
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    del response.headers["Content-Disposition"]
    response.headers[RELEASE] = found.id
    return response


@blueprint.post("/sparql/check")
def check() -> Response:
    """Reads a query, sent as to ``/sparql``, and runs nothing: its faults and what looks like a slip in it."""
    asked = protocol.read(request, service().settings)
    g.query = asked.text
    verdict = reader().check(asked.text, client=client())
    members = {
        "ok": verdict.fault is None,
        "errors": [_fault(verdict.fault)] if verdict.fault else [],
        "warnings": [_warning(remark) for remark in verdict.remarks],
    }
    response = Response(json.dumps(members, ensure_ascii=False) + "\n", content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language()
    response.headers[RELEASE] = verdict.release
    return response


def _fault(error: TerrinclusError) -> dict[str, Any]:
    """``detail`` is what the endpoint itself would say, in English; ``message`` in the language of the request."""
    return {
        "code": error.slug,
        "message": _syntax(error) if isinstance(error, QuerySyntaxError) else _said(error),
        "detail": error.message,
        "line": error.extra.get("line", 1),
        "column": error.extra.get("column", 1),
    }


def _said(error: TerrinclusError) -> str:
    return str(gettext(wordings.ERRORS.get(error.slug) or wordings.ERRORS[str(error.status)]))


def _syntax(error: QuerySyntaxError) -> str:
    reason = _PLACE.sub("", error.message)
    for pattern, text in wordings.SYNTAX.items():
        if found := re.fullmatch(pattern, reason):
            return str(gettext(text, **found.groupdict()))
    return reason if error.line is None else str(gettext("something else is expected here, or shortly before"))


def _warning(remark: Remark) -> dict[str, Any]:
    near = compact(remark.near) if remark.near else ""
    message = gettext(wordings.REMARKS[remark.code], name=remark.name)
    return {
        "code": remark.code,
        "message": message + (" " + gettext("Did you mean %(name)s?", name=near) if near else ""),
        "line": remark.line,
        "column": remark.column,
        "length": remark.length,
        "near": near,
    }


def operations() -> Iterator[Operation]:
    """The terms of a release."""
    told = N_("The classes and properties of a release, with counts, labels and definitions")
    path = f"/releases/{{release}}/{completion.FILE}"
    answers: dict[str, Schema] = {"application/json": ANYTHING}
    yield Operation("terms", N_("The service"), path, told, answers, (OF_RELEASE,), (NotFound,))
