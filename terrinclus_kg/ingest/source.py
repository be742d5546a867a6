"""Reads a source: a folder with a ``source.toml`` and its files, as quads in named graphs.

The layout is told in ``docs/data-model.md`` §1. What every fact and source needs and nobody should
type (its type, identifier and source) is stamped here.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated
from typing import Literal as Choice

import pycountry
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, parse

from terrinclus_kg import resources
from terrinclus_kg.errors import SourceError
from terrinclus_kg.rdf.about import about as dataset_about
from terrinclus_kg.rdf.checked import faults, matching, turtle
from terrinclus_kg.rdf.iri import base_of, from_path
from terrinclus_kg.rdf.namespaces import BIBO, DCT, GRAPH, PROV, PUBLISHER, RDF, SCHEMA, SKOS, STATUS, TI, XSD
from terrinclus_kg.rdf.terms import fault_of

FACT, SOURCE = base_of(TI["Fact"]), base_of(TI["Source"])
_LABELS = "ontology/labels.ttl"
_LANGUAGES = "http://publications.europa.eu/resource/authority/language/"
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_OURS = dataset_about().languages[0]  # of what editors write of a source
_TITLE_BY_EDITORS = {
    "fr": "Titre descriptif donné par l’équipe éditoriale.",
    "en": "Descriptive title given by the editors.",
}
_FORMATS = {".trig": RdfFormat.TRIG, ".ttl": RdfFormat.TURTLE}


def _iri(text: str) -> str:
    NamedNode(text)  # raises ValueError
    return text


def _calendar(text: str) -> str:
    date.fromisoformat(text + "-01-01"[len(text) - 4 :])  # raises ValueError
    return text


@cache
def _bibo_classes() -> frozenset[str]:
    labelled = (quad.subject for quad in turtle(resources.find(_LABELS), _LABELS))
    terms = {subject.value for subject in labelled if isinstance(subject, NamedNode)}
    return frozenset(term.removeprefix(BIBO) for term in terms if re.match(f"{re.escape(BIBO)}[A-Z]", term))


def _document_type(text: str) -> str:
    if text not in _bibo_classes():
        raise ValueError(f"not a class of bibo that we use: {', '.join(sorted(_bibo_classes()))}")
    return text


Address = Annotated[str, matching(r"https?://\S+", "an address that begins with http"), AfterValidator(_iri)]
Date = Annotated[
    str,
    matching(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", "a year, a month or a day: 2026-11-23"),
    AfterValidator(_calendar),
]


def _language(tag: str) -> str:
    if not _TAG.fullmatch(tag) or _code(tag) is None:
        raise ValueError(f"{tag!r} is no language tag, such as en or pt-BR (BCP 47)")
    return tag


def _code(tag: str) -> str | None:
    """The code of ISO 639-3 by which the EU's list names the language of a tag."""
    primary = tag.partition("-")[0].lower()
    found = pycountry.languages.get(alpha_2=primary) or pycountry.languages.get(alpha_3=primary)
    return found.alpha_3.upper() if found else None


class Texts(BaseModel):
    """A text in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    fr: str
    en: str


class Defaults(BaseModel):
    """What the facts of a source say unless they say it themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    status: Choice["enonce", "infere"] | None = None
    locator: str | None = None
    description: Texts | None = None


class Description(BaseModel):
    """The content of a ``source.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str
    publisher: str
    address: Address
    language: Annotated[str, AfterValidator(_language)]
    type: Annotated[str, AfterValidator(_document_type)] = "Webpage"
    title_by_editors: bool = False
    issued: Date | None = None
    version_of: str | None = None
    note: str | None = None
    licence: Address | None = None
    rights: Texts | None = None
    defaults: Defaults = Defaults()


@dataclass(frozen=True, slots=True)
class Input:
    """A file that went into a release: its name for people and its sha256."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Source:
    """A source as read: its key, its quads (all in named graphs), the files they came from."""

    key: str
    quads: tuple[Quad, ...]
    inputs: tuple[Input, ...]


def read_sources(data: Path) -> Iterator[Source]:
    """All sources below a data folder, in the order of their folders.

    Raises:
        SourceError: with file, line and reason.
    """
    seen: dict[str, Path] = {}
    folders = sorted({file.parent for file in data.glob("*/*/*") if _is_part(file)})
    if not folders:
        raise SourceError("no source.toml below this folder (as FOLDER/*/*/source.toml)", file=data.name)
    for folder in folders:
        key = folder.name
        if key in seen:
            raise SourceError(f"the key {key} is also that of {seen[key].name}/{key}", file=_name(folder, data))
        seen[key] = folder.parent
        yield read_source(folder, data)


def read_source(folder: Path, data: Path) -> Source:
    """One source. ``data`` is only for the names of files in messages.

    Raises:
        SourceError: with file, line and reason.
    """
    key = folder.name
    if not re.fullmatch(r"[a-z0-9][a-z0-9\-]*", key):
        raise SourceError("the name of the folder must be a slug: a-z, 0-9 and -", file=_name(folder, data))
    description = _description(folder / "source.toml", data)
    files = sorted(file for file in folder.iterdir() if _is_part(file) and file.name != "source.toml")
    quads = [quad for file in files for quad in read_file(file, GRAPH[f"source/{key}"], data)]
    stamped = [*_describe(key, description, folder / "source.toml", data), *_stamp(key, description, quads)]
    inputs = [input_of(file, data) for file in (folder / "source.toml", *files)]
    return Source(key, tuple(quads + stamped), tuple(inputs))


def _is_part(file: Path) -> bool:
    return file.name == "source.toml" or file.suffix in _FORMATS


def read_file(file: Path, graph: NamedNode, data: Path) -> Iterator[Quad]:
    """The quads of a Turtle or TriG file; those of its default graph go to ``graph``.

    Raises:
        SourceError: a syntax error, a blank node, what RDF 1.1 does not know, or a named graph that is not a fact.
    """
    name = _name(file, data)
    try:
        for quad in parse(path=str(file), format=_FORMATS[file.suffix]):
            if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode):
                raise SourceError(f"blank node: give it an IRI ({quad.predicate})", file=name)
            if fault := fault_of(quad):
                raise SourceError(fault, file=name)
            if isinstance(quad.graph_name, DefaultGraph):
                yield Quad(quad.subject, quad.predicate, quad.object, graph)
                continue
            if not quad.graph_name.value.startswith(FACT):
                raise SourceError(f"the graph {quad.graph_name} is not a fact ({FACT}…)", file=name)
            yield quad
    except SyntaxError as error:
        raise SourceError(str(error.msg or error), file=name, line=error.lineno) from None
    except OSError as error:
        raise SourceError(error.strerror or str(error), file=name) from None


def input_of(file: Path, data: Path) -> Input:
    """Name and sha256 of a file."""
    return Input(_name(file, data), hashlib.sha256(file.read_bytes()).hexdigest())


def date_literal(text: str) -> Literal:
    """A year, month or day with the datatype of its precision (XSD 1.1 part 2)."""
    datatype = {4: "gYear", 7: "gYearMonth", 10: "date"}[len(text)]
    return Literal(text, datatype=XSD[datatype])


def _name(file: Path, data: Path) -> str:
    return str(file.relative_to(data.parent)) if file.is_relative_to(data.parent) else file.name


def _description(file: Path, data: Path) -> Description:
    try:
        return Description.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise SourceError(faults(error), file=_name(file, data)) from None
    except ValueError as error:
        raise SourceError(f"not TOML: {error}", file=_name(file, data)) from None
    except FileNotFoundError:
        raise SourceError("is missing: it says what the source of this folder is", file=_name(file, data)) from None
    except OSError as error:
        raise SourceError(error.strerror or "cannot be read", file=_name(file, data)) from None


def _describe(key: str, about: Description, file: Path, data: Path) -> Iterator[Quad]:
    source, graph = NamedNode(SOURCE + key), GRAPH[f"source/{key}"]

    def thing(path: str) -> NamedNode:
        name = from_path(path)
        if name is None:
            raise SourceError(f"{path!r} is not kind/key", file=_name(file, data))
        return NamedNode(name.iri)

    yield Quad(source, RDF["type"], TI["Source"], graph)
    yield Quad(source, RDF["type"], BIBO[about.type], graph)
    yield Quad(source, DCT["title"], Literal(about.title, language=about.language), graph)
    yield Quad(source, DCT["publisher"], thing(about.publisher), graph)
    yield Quad(source, SCHEMA["url"], NamedNode(about.address), graph)
    yield Quad(
        source,
        DCT["language"],
        NamedNode(f"{_LANGUAGES}{_code(about.language)}"),
        graph,
    )
    if about.issued:
        yield Quad(source, DCT["issued"], date_literal(about.issued), graph)
    if about.version_of:
        yield Quad(source, DCT["isVersionOf"], thing(about.version_of), graph)
    if about.licence:
        yield Quad(source, DCT["license"], NamedNode(about.licence), graph)
    for language, terms in (about.rights.model_dump() if about.rights else {}).items():
        yield Quad(source, DCT["rights"], Literal(terms, language=language), graph)
    if about.note:
        yield Quad(source, SKOS["editorialNote"], Literal(about.note, language=_OURS), graph)
    if about.title_by_editors:
        for language, note in _TITLE_BY_EDITORS.items():
            yield Quad(source, SKOS["editorialNote"], Literal(note, language=language), graph)
    yield Quad(graph, RDF["type"], TI["SourceGraph"], graph)
    yield Quad(graph, DCT["source"], source, graph)


def _stamp(key: str, about: Description, quads: list[Quad]) -> Iterator[Quad]:
    source, graph = NamedNode(SOURCE + key), GRAPH[f"source/{key}"]
    facts = {q.graph_name for q in quads if isinstance(q.graph_name, NamedNode)} - {graph}
    said: dict[tuple[object, NamedNode], list[object]] = {}
    for quad in quads:
        said.setdefault((quad.subject, quad.predicate), []).append(quad.object)
    defaults = _by_property(about.defaults)
    for fact in sorted(facts, key=str):
        yield Quad(fact, RDF["type"], TI["Fact"], graph)
        yield Quad(fact, DCT["identifier"], Literal(fact.value.removeprefix(FACT)), graph)
        yield Quad(fact, DCT["source"], source, graph)
        for asked, values in defaults.items():
            if (fact, asked) not in said:
                yield from (Quad(fact, asked, value, graph) for value in values)
        if STATUS["infere"] in said.get((fact, TI["status"]), defaults[TI["status"]]):
            yield Quad(fact, PROV["wasAttributedTo"], PUBLISHER, graph)


def _by_property(defaults: Defaults) -> dict[NamedNode, list[NamedNode | Literal]]:
    texts = defaults.description.model_dump() if defaults.description else {}
    return {
        TI["status"]: [STATUS[defaults.status]] if defaults.status else [],
        TI["locator"]: [Literal(defaults.locator, language=_OURS)] if defaults.locator else [],
        DCT["description"]: [Literal(text, language=language) for language, text in texts.items()],
    }
