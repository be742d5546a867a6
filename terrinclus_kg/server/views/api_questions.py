"""The stored questions as operations for applications: typed parameters in, plain JSON, CSV or GeoJSON out.

JSON comes by pages; a file (CSV, GeoJSON) is whole unless a page is asked for. The same answers in the result formats
of SPARQL are at ``/questions/{slug}``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request
from pyoxigraph import Literal, NamedNode

from terrinclus_kg import questions, results
from terrinclus_kg.errors import AnswerTooLarge, NotFound, ParameterError, QueryTooLarge
from terrinclus_kg.rdf.formats import CSV as AS_CSV
from terrinclus_kg.rdf.formats import JSON as RESULTS
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
    WHOLE,
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
from terrinclus_kg.server.respond import SERVICE_DESCRIPTION, Representation, attachment, link, represent, stream
from terrinclus_kg.server.views.questions import told

blueprint = Blueprint("api-questions", __name__)
JSON, CSV = Variant("application/json"), Variant("text/csv")
GEOJSON = Variant("application/geo+json", name="geojson")
OFFERED = (JSON, CSV, GEOJSON)
TOTAL = "Terrinclus-Total"  # the header that counts the rows of all pages
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
    """The answer to a question: a page of it, or the whole as a file.

    Raises:
        NotFound: no such question, or no such page of its answer.
        ParameterError: an unknown parameter, or a value that it cannot have.
        NotAcceptable: no such format; GeoJSON of an answer that has no place.
    """
    asked = questions.question(slug)
    check_names(tuple(dict.fromkeys((*asked.parameters, *OWN))), tuple(asked.parameters.keys() - {"lang"}))
    lang, variant = labels_language(), chosen(OFFERED)
    page = _page_of(variant)
    asking = _Asking(asked, _bound(asked, lang), lang)
    links = [link(asking.elsewhere, "alternate", type=RESULTS.media_type), SERVICE_DESCRIPTION]

    def make() -> Response:
        whole = page is None and variant is CSV
        response, release = _streamed(asking) if whole else _read_and_written(asking, variant, page, links)
        if permalink := releases.permalink(release, asking.text):
            links.append(link(permalink, "bookmark"))  # they are read when this has returned
        response.headers[RELEASE] = release
        return response

    return represent(Representation(variant.content_type, lang), make, links)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A question with what the request puts in."""

    it: Query
    bound: dict[str, list[Term]]
    lang: str

    @property
    def text(self) -> str:
        """The query."""
        return self.it.bind(**self.bound)

    @property
    def elsewhere(self) -> str:
        """Where the same answer is in the result formats of SPARQL."""
        own = self.it.parameters.keys()
        given = [(name, value) for name, value in request.args.items(multi=True) if name in own - {"lang"}]
        given += [("lang", self.lang)] if "lang" in own else []
        return f"/questions/{self.it.slug}" + (f"?{urlencode(given)}" if given else "")


def _bound(asked: Query, lang: str) -> dict[str, list[Term]]:
    """What the request puts in. Raises ParameterError."""
    given = {name: request.args.getlist(name) for name in asked.parameters if name in request.args}
    given |= {"lang": [lang]} if "lang" in asked.parameters else {}
    return questions.terms(reader(), asked, given)


def _page_of(variant: Variant) -> Paging | None:
    """The page that is asked for; None: all, as a file has it unless it is asked by pages. Raises ParameterError."""
    asked = paging()
    return asked if variant is JSON or {PAGE, SIZE} & request.args.keys() else None


def _streamed(asking: _Asking) -> tuple[Response, str]:
    """All rows as CSV, and the release that they are from."""
    g.query = asking.text
    answer = reader().query(g.query, lambda _: AS_CSV, client=client())
    return attachment(stream(answer, CSV.content_type), f"{asking.it.slug}.csv"), answer.release


def _read_and_written(asking: _Asking, variant: Variant, page: Paging | None, links: list[str]) -> tuple[Response, str]:
    """A page, or (None) all that one document holds; ``links`` get those to other pages."""
    at = page or Paging(1, service().settings.page_rows)
    table = _read(asking, at)
    rows, more = table.rows[: at.size], len(table.rows) > at.size
    if more and page is None:
        reason = f"there are more than {at.size} rows: ask for them by {PAGE} and {SIZE}"
        raise AnswerTooLarge(reason, limit="page_rows", value=at.size)
    at.check(len(rows))
    links.extend(at.links(more=more))
    total = None if table.met else at.offset + len(table.rows)
    members = _members(asking, table.release, at.members(total, more=more))
    response = _written(asking, variant, replace(table, rows=rows), members)
    if total is not None:
        response.headers[TOTAL] = str(total)
    if variant is JSON:
        return response, table.release
    part = f"-page-{at.number}" if page else ""
    suffix = variant.name or "csv"
    return attachment(response, f"{asking.it.slug}{part}.{suffix}"), table.release


def _read(asking: _Asking, page: Paging) -> Table:
    """The rows from a page on, as far as they are counted. Raises AnswerTooLarge: not even the page can be read."""
    settings = service().settings
    most = max(settings.page_rows, page.size + 1)
    g.query = questions.part(asking.it, asking.text, page.offset, most + 1)
    answer = reader().query(g.query, results.syntax, client=client())
    table = results.read(answer, results.Bounds(most, settings.page_size), perf_counter())
    if table.met == "page_size" and len(table.rows) <= page.size:
        reason = f"these {page.size} rows come to more than {settings.page_size} bytes: ask for fewer by {SIZE}"
        raise AnswerTooLarge(reason, limit="page_size", value=settings.page_size)
    return table


def _members(asking: _Asking, release: str, paged: dict[str, object]) -> dict[str, object]:
    """What a document says before its rows."""
    asked, lang = asking.it, asking.lang
    told: dict[str, object] = {"question": asked.slug, "title": asked.title[lang], "language": lang}
    put = {name: asking.bound.get(name, list(one.default)) for name, one in asked.parameters.items()}
    told |= {"release": release, "parameters": {name: _given(terms) for name, terms in put.items()}}
    headings = [{"name": name, "label": questions.heading(asked, name, lang)} for name in asked.columns]
    return told | {"columns": headings, **paged}


def _given(terms: list[Term]) -> list[object]:
    return [results.plain(term, lambda iri: {"iri": iri}) for term in terms]


def _written(asking: _Asking, variant: Variant, table: Table, members: dict[str, object]) -> Response:
    if variant is CSV:
        return Response(results.as_csv(table.columns, table.rows), content_type=CSV.content_type)
    shown = Shown(asking.lang, reader().labels(_iris(cell for row in table.rows for cell in row)))
    if variant is JSON:
        return _json(members | {"rows": [_plain(table.columns, row, shown) for row in table.rows]})
    shape = _mapped(asking.it, table)
    made = results.features(table, table.rows, shape, _points(table.rows, shape), lambda iri: shown.label(iri).text)
    members["without_geometry"] = sum(feature["geometry"] is None for feature in made)
    return _json({"type": "FeatureCollection", **members, "features": made}, GEOJSON)


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
        answers[GEOJSON.media_type] = record(
            type=choice("FeatureCollection"), features=array(_FEATURE), without_geometry=WHOLE, **PAGED
        )
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
    schema: Schema = _TYPES.get(one.type) or thing_schema(*one.kinds)
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
