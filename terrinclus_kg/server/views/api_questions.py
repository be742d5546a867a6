"""The stored questions as operations for applications: typed parameters in, plain JSON, CSV or GeoJSON out, by pages.

The same answers in the result formats of SPARQL, whole, are at ``/questions/{slug}``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from time import perf_counter

from flask import Blueprint, Response, g, request
from pyoxigraph import Literal, NamedNode

from terrinclus_kg import questions, results
from terrinclus_kg.errors import AnswerTooLarge, NotFound, ParameterError, QueryTooLarge
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.queries import Parameter as Asked
from terrinclus_kg.rdf.queries import Query, Term, query
from terrinclus_kg.results import Cell, Row, Shape, Table, cells
from terrinclus_kg.server import negotiate, releases
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.client import client
from terrinclus_kg.server.context import address, chosen, reader, service
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.server.operations import (
    ANYTHING,
    BY_LANGUAGE,
    ENGINE,
    LANG,
    TEXT,
    Operation,
    Parameter,
    Schema,
    array,
    choice,
    form,
    maybe,
    record,
)
from terrinclus_kg.server.parameters import (
    PAGE,
    PAGED,
    PAGING,
    SIZE,
    Paging,
    check_names,
    labels_language,
    paging,
    thing_schema,
)
from terrinclus_kg.server.releases import RELEASE
from terrinclus_kg.server.render import Shown
from terrinclus_kg.server.respond import SERVICE_DESCRIPTION, Representation, attachment, link, represent
from terrinclus_kg.server.views.questions import told

blueprint = Blueprint("api-questions", __name__)
JSON, CSV = Variant("application/json"), Variant("text/csv")
GEOJSON = Variant("application/geo+json", name="geojson")
OFFERED = (JSON, CSV, GEOJSON)
OWN = ("lang", PAGE, SIZE, "format")  # parameters of each operation beside those of its question


@blueprint.get("/api/questions")
def index() -> Response:
    """All questions with their parameters and addresses."""
    check_names(("format",))
    chosen((JSON,))
    members: dict[str, object] = {"questions": [told(one) for one in questions.all_questions()]}
    return represent(Representation(JSON.content_type), lambda: _json(members), [SERVICE_DESCRIPTION])


@blueprint.get("/api/questions/<slug>")
def ask(slug: str) -> Response:
    """A page of the answer to a question.

    Raises:
        NotFound: no such question, or no such page of its answer.
        ParameterError: an unknown parameter, or a value that it cannot have.
        NotAcceptable: no such format; GeoJSON of an answer that has no place.
    """
    asked = questions.question(slug)
    check_names(tuple(dict.fromkeys((*asked.parameters, *OWN))), tuple(asked.parameters.keys() - {"lang"}))
    lang, page, variant = labels_language(), paging(), chosen(OFFERED)
    bound = _bound(asked, lang)
    text = asked.bind(**bound)
    links = [link(f"/questions/{slug}", "alternate", type="application/sparql-results+json"), SERVICE_DESCRIPTION]

    def make() -> Response:
        table = _read(asked, text, page)
        rows = table.rows[: page.size]
        page.check(len(rows))
        links.extend(page.links(more=len(table.rows) > page.size))  # they are read when this has returned
        if permalink := releases.permalink(table.release, text):
            links.append(link(permalink, "bookmark"))
        response = _written(asked, variant, table, rows, _members(asked, table, bound, page, lang), lang)
        response.headers[RELEASE] = table.release
        return response

    return represent(Representation(variant.content_type, lang), make, links)


def _bound(asked: Query, lang: str) -> dict[str, list[Term]]:
    """What the request puts in. Raises ParameterError."""
    given = {name: request.args.getlist(name) for name in asked.parameters if name in request.args}
    given |= {"lang": [lang]} if "lang" in asked.parameters else {}
    return questions.terms(reader(), asked, given)


def _read(asked: Query, text: str, page: Paging) -> Table:
    """The rows from a page on, as far as they are counted. Raises AnswerTooLarge: not even the page can be read."""
    settings = service().settings
    most = max(settings.page_rows, page.size + 1)
    g.query = questions.part(asked, text, page.offset, most + 1)
    answer = reader().query(g.query, results.syntax, client=client())
    table = results.read(answer, results.Bounds(most, settings.page_size), perf_counter())
    if table.met == "page_size" and len(table.rows) <= page.size:
        reason = f"these {page.size} rows come to more than {settings.page_size} bytes: ask for fewer by {SIZE}"
        raise AnswerTooLarge(reason, limit="page_size", value=settings.page_size)
    return table


def _members(asked: Query, table: Table, bound: dict[str, list[Term]], page: Paging, lang: str) -> dict[str, object]:
    """What a document says before its rows."""
    total = None if table.met else page.offset + len(table.rows)
    told: dict[str, object] = {"question": asked.slug, "title": asked.title[lang], "language": lang}
    put = {name: bound.get(name, list(one.default)) for name, one in asked.parameters.items()}
    told |= {"release": table.release, "parameters": {name: _given(terms) for name, terms in put.items()}}
    headings = [{"name": name, "label": questions.heading(asked, name, lang)} for name in asked.columns]
    return told | {"columns": headings, **page.members(total, more=len(table.rows) > page.size)}


def _given(terms: list[Term]) -> list[object]:
    return [results.plain(term, lambda iri: {"iri": iri}) for term in terms]


def _written(
    asked: Query, variant: Variant, table: Table, rows: tuple[Row, ...], members: dict[str, object], lang: str
) -> Response:
    if variant is CSV:
        response = Response(results.as_csv(table.columns, rows), content_type=CSV.content_type)
        return attachment(response, f"{asked.slug}.csv")
    shown = Shown(lang, reader().labels(_iris(cell for row in rows for cell in row)))
    if variant is JSON:
        return _json(members | {"rows": [_plain(table.columns, row, shown) for row in rows]})
    shape = _mapped(asked, table)
    made = results.features(table, rows, shape, _points(rows, shape), lambda iri: shown.label(iri).text)
    return attachment(
        _json({"type": "FeatureCollection", **members, "features": made}, GEOJSON), f"{asked.slug}.geojson"
    )


def _plain(columns: tuple[str, ...], row: Row, shown: Shown) -> dict[str, object]:
    def thing(iri: str) -> dict[str, object]:
        label, page = shown.label(iri), shown.href(iri)
        told: dict[str, object] = {"iri": iri, "label": label.text, "language": label.language or None}
        return told | {"page": address(page) if page.startswith("/") else page or None}

    return {name: results.plain(cell, thing) for name, cell in zip(columns, row, strict=True)}


def _mapped(asked: Query, table: Table) -> Shape:
    """The shape of an answer that has places. Where a question that is a map has no rows, that is its answer."""
    shape = results.shape(table)
    if "map" not in shape.views and asked.view == "map" and not table.rows:
        return Shape({"map": (-1, -1, -1, -1)}, {})
    if "map" not in shape.views:
        raise negotiate.not_acceptable((JSON, CSV))
    return shape


def _points(rows: Iterable[Row], shape: Shape) -> dict[str, tuple[float, float]]:
    """Where the places of an answer are that has no points itself, as far as the data say it."""
    place, point, *_ = shape.views["map"]
    if point >= 0 or place < 0:
        return {}
    places: list[Term] = [NamedNode(iri) for iri in sorted(_iris(row[place] for row in rows))]
    found = reader().rows(query("pages", "points").bind(place=places)) if places else []
    at = {row["place"].value: cells.point(row["point"]) for row in found if isinstance(row["point"], Literal)}
    return {iri: point for iri, point in at.items() if point}


def _iris(found: Iterable[Cell]) -> set[str]:
    return {cell.value for cell in found if isinstance(cell, NamedNode)}


def _json(members: dict[str, object], variant: Variant = JSON) -> Response:
    return Response(json.dumps(members, ensure_ascii=False, indent=1) + "\n", content_type=variant.content_type)


_GROUP = N_("Questions")
_VALUE: Schema = {"title": "Value", "type": ["null", "boolean", "number", "string", "object"]}
_TYPES: dict[str, Schema] = {
    "integer": {"type": "string", "pattern": "^[+-]?[0-9]{1,40}$"},
    "decimal": {"type": "string", "pattern": "^[+-]?[0-9]{1,40}([.][0-9]{1,40})?$"},
    "date": {"type": "string", "format": "date"},
    "language": choice(*LANGUAGES),
    "string": TEXT,
}
_POINT = record("Point", type=choice("Point"), coordinates=array({"type": "number"}))
_FEATURE = record("Feature", type=choice("Feature"), geometry=maybe(_POINT), properties=ANYTHING)


def operations() -> Iterator[Operation]:
    """The list of questions, and each of them."""
    parameters = array(record("QuestionParameter", name=TEXT, type=TEXT, label=BY_LANGUAGE, choices=array(TEXT)))
    texts = {"title": BY_LANGUAGE, "description": BY_LANGUAGE, "group": BY_LANGUAGE}
    one = record("Question", id=TEXT, **texts, parameters=parameters, columns=array(TEXT), address=TEXT, api=TEXT)
    listed = {JSON.media_type: record("Questions", questions=array(one))}
    summary = N_("All stored questions with their parameters")
    yield Operation("questions", _GROUP, "/api/questions", summary, listed, (form("json"),), (ParameterError,))
    for asked in questions.all_questions():
        yield _operation(asked)


def _operation(asked: Query) -> Operation:
    own = [_parameter(one) for name, one in asked.parameters.items() if name != "lang"]
    answers: dict[str, Schema] = {JSON.media_type: _page(asked), CSV.media_type: TEXT}
    if asked.view == "map":
        answers[GEOJSON.media_type] = record(type=choice("FeatureCollection"), features=array(_FEATURE), **PAGED)
    formats = [variant.name or variant.media_type.rpartition("/")[2] for variant in OFFERED]
    return Operation(
        asked.slug,
        _GROUP,
        f"/api/questions/{asked.slug}",
        asked.title,
        answers,
        (*own, LANG, *PAGING, form(*formats[: len(answers)])),
        (ParameterError, NotFound, QueryTooLarge, *ENGINE),
        asked.description,
    )


def _parameter(one: Asked) -> Parameter:
    schema: Schema = _TYPES.get(one.type) or thing_schema()
    if one.choices:
        schema = choice(*one.choices)
    example = list(one.choices[:1]) or [term.value for term in one.default]
    schema = {"type": "array", "items": schema, "minItems": 1}
    return Parameter(one.name, one.description or one.label, schema, example=example or None)


def _page(asked: Query) -> Schema:
    columns = dict.fromkeys(asked.columns, _VALUE)
    row: Schema = {"type": "object", "properties": columns, "required": list(columns), "additionalProperties": False}
    heading = record("Column", name=TEXT, label=TEXT)
    told = {"question": choice(asked.slug), "title": TEXT, "language": choice(*LANGUAGES), "release": TEXT}
    return record(**told, parameters=ANYTHING, columns=array(heading), **PAGED, rows=array(row))
