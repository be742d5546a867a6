"""The stored questions: their list, a page for each with a form and its answer, and the answer as an operation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import Any

from flask import Blueprint, Response, g, request

from terrinclus_kg import questions, results
from terrinclus_kg.errors import NotFound, ParameterError, TerrinclusError
from terrinclus_kg.rdf.formats import RDF_FORMATS, RESULT_FORMATS
from terrinclus_kg.rdf.namespaces import expand
from terrinclus_kg.rdf.queries import Parameter as Asked
from terrinclus_kg.rdf.queries import Query
from terrinclus_kg.server import answers, negotiate, problems, render, showing
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.client import client
from terrinclus_kg.server.context import address, chosen, language, reader, service
from terrinclus_kg.server.highlight import highlighted
from terrinclus_kg.server.negotiate import HTML, Variant
from terrinclus_kg.server.operations import ENGINE, Operation, Parameter, choice, form, texts
from terrinclus_kg.server.place import STATE, Place, State, state
from terrinclus_kg.server.problems import Members
from terrinclus_kg.server.respond import Representation, attachment, link, redirect, represent
from terrinclus_kg.store.reader import Answer

blueprint = Blueprint("questions", __name__)
_OFFERED = (*negotiate.variants(RESULT_FORMATS), HTML, *negotiate.variants(RDF_FORMATS))
_JSON = Variant("application/json")
_BESIDE = frozenset({*STATE, "format"})  # parameters that are not of a question
_LONGEST = 200  # characters that are looked for in the list


@blueprint.get("/<any(fr, en):lang>/questions")
def gallery(lang: str) -> Response:
    """All questions by their groups, or those that have all words of ``q=``."""
    negotiate.choose(request.headers.get("Accept"), [HTML])
    sought = request.args.get("q", "")[:_LONGEST].strip()
    path = f"/{lang}/questions"

    def make() -> Response:
        groups: dict[str, list[Query]] = {}
        for one in questions.matching(sought):
            groups.setdefault(one.group[lang], []).append(one)
        values: dict[str, Any] = {"groups": groups, "sought_questions": sought, "here": "questions", "canonical": path}
        return render.page("questions.html", lang, **values)

    return represent(Representation(HTML.content_type, lang), make, [link(path, "canonical")])


@blueprint.get("/<any(fr, en):lang>/questions/<slug>")
def page(lang: str, slug: str) -> Response:
    """A question with its form and its answer."""
    asked = questions.question(slug)
    negotiate.choose(request.headers.get("Accept"), [HTML])
    canonical = f"/{lang}/questions/{slug}"
    links = [link(canonical, "canonical"), link(f"/questions/{slug}", "alternate", type="text/csv")]
    try:
        return represent(Representation(HTML.content_type, lang), lambda: _page(asked, lang), links)
    except TerrinclusError as error:
        return problems.tell(error, lambda members: _failed(asked, lang, members))


@blueprint.get("/questions")
def index() -> Response:
    """The questions for programs; a browser is led to their list."""
    if chosen((_JSON, HTML)) is HTML:
        return redirect(f"/{language()}/questions")
    body = json.dumps({"questions": [told(one) for one in questions.all_questions()]}, ensure_ascii=False, indent=1)
    return answers.checked(Response(body + "\n", content_type=_JSON.media_type))


@blueprint.get("/questions/<slug>")
def ask(slug: str) -> Response:
    """The answer to a question in a result format; a browser is led to its page, and who asks for RDF to what is said
    of the question, whose IRI leads here."""
    asked = questions.question(slug)
    variant = chosen(_OFFERED)
    if variant.format is None:
        query = request.query_string.decode("ascii", "replace")
        return redirect(f"/{language()}/questions/{slug}" + (f"?{query}" if query else ""))
    if variant.format in RDF_FORMATS:
        return redirect(f"/.well-known/sparql-examples?format={variant.format.suffix}")
    text = _bound(asked, _given(name for name in request.args if name not in _BESIDE))
    if kept := answers.unchanged(text, lambda _: variant, "", text):
        return kept
    response = answers.respond(_asked(text, variant), variant, pinned=False, query=text)
    if variant.format.slug in ("csv", "tsv"):
        attachment(response, f"{slug}.{variant.format.suffix}")
    return response


def _page(asked: Query, lang: str) -> Response:
    shown_as = state(request.args)
    text = _bound(asked, _said(asked, lang))
    began, settings = perf_counter(), service().settings
    table = results.read(_asked(text), results.Bounds(settings.page_rows, settings.page_size), began)
    place = _place(asked, lang, shown_as)
    headings = {column: questions.heading(asked, column, lang) for column in asked.columns}
    found, shown = showing.answered(table, place, text, lang, usual=asked.view, headings=headings)
    values = {"answer": found, "query": text, "pieces": list(highlighted(text)), "headings": headings}
    return _shown(asked, lang, shown.labels, **values)


def _failed(asked: Query, lang: str, members: Members) -> Response:
    candidates = members.get("candidates")
    iris = [str(iri) for iri in candidates] if isinstance(candidates, list) else []
    values: dict[str, Any] = {"problem": members, "candidates": iris, "query": "", "place": _place(asked, lang)}
    return _shown(asked, lang, reader().labels(iris), **values)


def _shown(asked: Query, lang: str, labels: dict[str, dict[str, str]], **values: Any) -> Response:
    choices = {name: [(value, expand(value)) for value in p.choices] for name, p in asked.parameters.items()}
    named = {iri for pairs in choices.values() for _, iri in pairs}
    named |= {term.value for p in asked.parameters.values() if p.type == "resource" for term in p.default}
    return render.page(
        "question.html",
        lang,
        labels=labels | reader().labels(named),
        it=asked,
        given=_given(asked.parameters),
        choices=choices,
        kind=showing.kind,
        here="questions",
        canonical=f"/{lang}/questions/{asked.slug}",
        **values,
    )


def _asked(text: str, variant: Variant | None = None) -> Answer:
    """A question is asked as anybody asks a query: on the account of the client, in the public lane."""
    g.query = text
    wanted = variant.format if variant else None
    return reader().query(text, lambda form: wanted or results.syntax(form), client=client())


def _given(names: Iterable[str]) -> dict[str, list[str]]:
    """What the request gives under these names; empty fields of the form give nothing."""
    found = {name: [value for value in request.args.getlist(name) if value.strip()] for name in names}
    return {name: values for name, values in found.items() if values}


def _said(asked: Query, lang: str) -> dict[str, list[str]]:
    """What the request of a page gives; labels are in the language of the page where nothing else is asked for."""
    own = {"lang": [lang]} if "lang" in asked.parameters else {}
    return own | _given(asked.parameters)


def _bound(asked: Query, given: dict[str, list[str]]) -> str:
    """The text of the question. Raises ParameterError."""
    return asked.bind(**questions.terms(reader(), asked, given))


def _place(asked: Query, lang: str, shown_as: State | None = None) -> Place:
    pairs = tuple((name, value) for name, values in _said(asked, lang).items() for value in values)
    return Place(f"/{lang}/questions/{asked.slug}", pairs, f"/questions/{asked.slug}", shown_as or State())


def told(asked: Query) -> dict[str, object]:
    """What programs are told of a question: its words, its parameters, and where it is answered."""
    members: dict[str, object] = {"id": asked.slug, "title": asked.title, "description": asked.description}
    members |= {"group": asked.group, "parameters": [_parameter(one) for one in asked.parameters.values()]}
    where = {"address": address(f"/questions/{asked.slug}"), "api": address(f"/api/questions/{asked.slug}")}
    return members | {"columns": list(asked.columns), **where}


def _parameter(parameter: Asked) -> dict[str, object]:
    members: dict[str, object] = {"name": parameter.name, "type": parameter.type, "label": parameter.label}
    members |= {"kinds": list(parameter.kinds), "choices": list(parameter.choices)}
    return members | {"default": [term.value for term in parameter.default]}


def operations() -> Iterator[Operation]:
    """The answer in the result formats of SPARQL."""
    slugs = [one.slug for one in questions.all_questions()]
    slug = Parameter("slug", N_("Which question."), choice(*slugs), where="path", example=next(iter(slugs), None))
    yield Operation(
        "question",
        N_("Questions"),
        "/questions/{slug}",
        N_("The whole answer to a question in a result format of SPARQL"),
        texts(*RESULT_FORMATS),
        (slug, form(*(one.slug for one in RESULT_FORMATS))),
        (ParameterError, NotFound, *ENGINE),
        N_("With the parameters that the question has at /api/questions."),
    )
