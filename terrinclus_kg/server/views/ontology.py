"""The ontology: a page of all terms, RDF in six formats, the shapes, the JSON-LD context."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from flask import Blueprint, Response, request
from pyoxigraph import Literal

from terrinclus_kg import resources
from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf import context as rdf_context
from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.formats import BY_SUFFIX, JSON_LD, RDF_FORMATS, TURTLE, Format
from terrinclus_kg.rdf.labels import folded
from terrinclus_kg.rdf.namespaces import BASE, DCT, LICENCE, NS, OWL, RDF, RDFS, SKOS
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.resource import Term
from terrinclus_kg.resource.order import Sorter
from terrinclus_kg.server import negotiate, render
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.context import address, chosen, language, reader
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.server.operations import ANYTHING, AS_RDF, TEXT, Operation, form, record
from terrinclus_kg.server.respond import Representation, attachment, link, represent
from terrinclus_kg.store.reader import Row

blueprint = Blueprint("ontology", __name__)
_OFFERED = negotiate.variants(RDF_FORMATS, page=True, versions=("", *negotiate.VERSIONS))
_ONTOLOGY = BASE + "ns"
_TEXTS = {
    RDFS["label"].value: "labels",
    SKOS["definition"].value: "definition",
    SKOS["scopeNote"].value: "notes",
    DCT["title"].value: "title",
    DCT["description"].value: "description",
}


@dataclass(slots=True)
class _Told:
    """What the ontology says of a term (or of itself)."""

    iri: str
    labels: list[Term] = field(default_factory=list)
    definition: list[Term] = field(default_factory=list)
    notes: list[Term] = field(default_factory=list)
    title: list[Term] = field(default_factory=list)
    description: list[Term] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.iri.removeprefix(NS)


@blueprint.get("/ns")
def terms() -> Response:
    """The ontology, as a page or as RDF."""
    return _ontology(chosen(_OFFERED))


@blueprint.get("/ns.<any(ttl, jsonld, rdf, nt, trig, nq):suffix>")
def terms_in(suffix: str) -> Response:
    """The ontology in one format."""
    return _ontology(Variant(BY_SUFFIX[suffix].media_type, BY_SUFFIX[suffix]))


@blueprint.get("/ns/<version>")
def terms_of(version: str) -> Response:
    """One version of the ontology. A release holds one."""
    if f"{_ONTOLOGY}/{version}" not in {_value(row) for row in _rows() if row["p"] == OWL["versionIRI"]}:
        raise NotFound("there is no such version of the ontology in this release")
    return terms()


@blueprint.get("/shapes")
def shapes() -> Response:
    """The SHACL shapes, as Turtle. Files of Turtle in a row are Turtle."""
    negotiate.choose(request.headers.get("Accept"), negotiate.variants((TURTLE,), versions=("", *negotiate.VERSIONS)))
    files = sorted((resources.root("ontology") / "shapes").glob("*.ttl"))
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return _file(text, TURTLE, "shapes.ttl")


@blueprint.get("/context.jsonld")
def context() -> Response:
    """The JSON-LD context."""
    text = json.dumps(rdf_context.context().document, ensure_ascii=False, indent=1) + "\n"
    return _file(text, JSON_LD, "context.jsonld")


def _ontology(variant: Variant) -> Response:
    form, content_type = variant.format, variant.content_type
    links = [link(f"/ns.{f.suffix}", "alternate", type=f.media_type) for f in RDF_FORMATS]
    links += [link(address(f"/ns.{form.suffix}" if form else "/ns"), "canonical"), link("/shapes", "describedby")]
    links += [link(LICENCE.value, "license"), link(_ONTOLOGY, "cite-as")]
    if form is None:
        lang = language()
        return represent(Representation(content_type, lang), lambda: _page(lang), links)
    text = query("pages", "ontology").text

    def make() -> Response:
        response = Response(reader().quads(text, form).read(), content_type=content_type)
        response.headers["Content-Location"] = f"/ns.{form.suffix}"
        return attachment(response, f"{about().key}-ns.{form.suffix}")

    return represent(Representation(content_type, exact=True), make, links)


def _page(lang: str) -> Response:
    told = _told(_rows(), lang)
    own = sorted(
        (t for t in told.values() if t.iri.startswith(NS)),
        key=lambda t: folded(t.labels[0].value if t.labels else t.key),
    )
    classes = [t for t in own if OWL["Class"].value in t.types]
    properties = [t for t in own if any(kind.endswith("Property") for kind in t.types)]
    schemes = {row["scheme"].value: int(row["concepts"].value) for row in reader().rows(query("pages", "schemes").text)}
    labels = reader().labels([*schemes, *(parent for term in own for parent in term.parents)])
    return render.page(
        "ontology.html",
        lang,
        labels=labels,
        schemes=sorted(schemes.items(), key=lambda scheme: Sorter(labels, lang).key(scheme[0])),
        canonical=f"/ns?lang={lang}",
        ontology=told[_ONTOLOGY],
        sections=[(name, terms) for name, terms in (("classes", classes), ("properties", properties)) if terms],
        formats=RDF_FORMATS,
        here="ns",
    )


def _told(rows: list[Row], lang: str) -> dict[str, _Told]:
    found: dict[str, _Told] = {_ONTOLOGY: _Told(_ONTOLOGY)}
    spoken: dict[tuple[str, str], list[Term]] = defaultdict(list)
    for row in rows:
        term = found.setdefault(row["s"].value, _Told(row["s"].value))
        predicate = row["p"].value
        if predicate in _TEXTS:
            spoken[term.iri, _TEXTS[predicate]].append(row["o"])
        elif predicate in (RDFS["subClassOf"].value, RDFS["subPropertyOf"].value):
            term.parents.append(row["o"].value)
        elif predicate == RDF["type"].value:
            term.types.append(row["o"].value)
    shown = render.Shown(lang, {})
    for (iri, place), texts in spoken.items():
        setattr(found[iri], place, shown.best([text for text in texts if isinstance(text, Literal)]))
    return found


def _rows() -> list[Row]:
    return reader().rows(query("pages", "ontology").text)


def _value(row: Row) -> str:
    return row["o"].value


def _file(text: str, form: Format, name: str) -> Response:
    def make() -> Response:
        return attachment(Response(text, content_type=form.content_type), name)

    return represent(Representation(form.content_type, exact=True), make)


def operations() -> Iterator[Operation]:
    """The ontology and the JSON-LD context."""
    group, formats = N_("The service"), form(*(one.slug for one in RDF_FORMATS))
    yield Operation(
        "ontology", group, "/ns", N_("The ontology, as RDF or as a page"), {**AS_RDF, "text/html": TEXT}, (formats,)
    )
    context = {JSON_LD.media_type: record("Context", **{"@context": ANYTHING})}
    yield Operation("context", group, "/context.jsonld", N_("The JSON-LD context"), context)
    told = N_("The SHACL shapes of the data")
    yield Operation("shapes", group, "/shapes", told, {TURTLE.media_type: TEXT})
