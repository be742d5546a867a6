"""All that a publisher configures, read at once: what is wrong is told by file before anything starts.

Each file has its own reader, which the part that uses it has too; here are only the checks that need several of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import product

from pyoxigraph import Quad

from terrinclus_kg import questions, resources
from terrinclus_kg.errors import ConfigurationError
from terrinclus_kg.rdf.authorities import authorities
from terrinclus_kg.rdf.checked import turtle
from terrinclus_kg.rdf.context import context
from terrinclus_kg.rdf.iri import from_path, kinds
from terrinclus_kg.rdf.links import links
from terrinclus_kg.rdf.namespaces import BASE, NS, OWL, RDF, prefixes
from terrinclus_kg.rdf.queries import Query, load_queries
from terrinclus_kg.rdf.vocabulary import declared, statements, term
from terrinclus_kg.reconciliation.reading import shortened
from terrinclus_kg.resource.exchange.said import forms
from terrinclus_kg.resource.plan import plans
from terrinclus_kg.resource.site import site
from terrinclus_kg.store.queries.tokens import tokens
from terrinclus_kg.store.releases.excerpt import variables

_READERS: tuple[Callable[[], object], ...] = (
    kinds, context, site, plans, forms, links, authorities, lambda: shortened("en"), questions.headings,
)  # fmt: skip
_SHAPES = "ontology/shapes/required.ttl"
_FOLDERS = ("questions", "facets", "views", "words", "rules", "checks", "examples")
_TITLED = ("questions", "facets", "checks", "examples")
_TERMS = {OWL[name] for name in ("Class", "ObjectProperty", "DatatypeProperty")}


def check() -> None:
    """Reads all of it.

    Raises:
        ConfigurationError: a line for each fault.
    """
    found = list(dict.fromkeys(_faults()))
    if found:
        raise ConfigurationError("\n".join(found))


def named() -> dict[str, str]:
    """The things that ``web/site.toml`` names, by IRI, and where: releases should have them."""
    it = site()
    places = {"home.example": it.home.example, "network.start": it.network.start if it.network else ""}
    names = {where: from_path(path) for where, path in places.items()}
    return {name.iri: f"web/site.toml: {where}" for where, name in names.items() if name}


def _faults() -> Iterator[str]:
    for read in (*_READERS, _shapes):
        yield from _told(read)
    yield from _namespace()
    broken = [fault for folder in _FOLDERS for fault in _told(partial(load_queries, folder))]
    yield from broken or _of_queries()


def _of_queries() -> Iterator[str]:
    for folder in _FOLDERS:
        for query in load_queries(folder).values():
            yield from (f"queries/{folder}/{query.slug}.rq: {fault}" for fault in _of_query(query, folder))
    for check in (_headings, _of_site):
        with suppress(ConfigurationError):  # it is told already
            yield from check()


def _told(read: Callable[[], object]) -> Iterator[str]:
    try:
        read()
    except (ConfigurationError, FileNotFoundError) as error:
        yield str(error)


def _shapes() -> list[Quad]:
    return list(turtle(resources.find(_SHAPES), _SHAPES))


def _namespace() -> Iterator[str]:
    """The terms of a dataset are in its namespace, and that has a prefix."""
    if any(iri.startswith(NS) for iri in declared()) and NS not in prefixes().values():
        yield f"ontology/prefixes.ttl: no prefix is declared for {NS}, where the terms of your ontology are"
    typed = {quad.subject for quad in statements() if quad.predicate == RDF["type"] and quad.object in _TERMS}
    for iri in sorted(str(subject).strip("<>") for subject in typed):
        if iri.startswith(BASE) and not iri.startswith(NS):
            yield f"ontology: the term {iri} is not in the namespace of the dataset, {NS}"


def _of_query(query: Query, folder: str) -> Iterator[str]:
    if folder in _TITLED and not query.title:
        yield "title: is missing"
    try:
        given = variables(query.text)
    except SyntaxError as error:
        yield str(error.msg or error)
        return
    if missing := [name for name in query.columns if name not in given]:
        yield f"columns: the query does not select {', '.join(missing)}"
    for token in tokens(query.body):
        if token.lastgroup == "prefixed":
            yield from _unknown(token[0])


def _unknown(name: str) -> Iterator[str]:
    prefix, _, local = name.partition(":")
    if local and prefix in prefixes():
        try:
            term(name)
        except ValueError as error:
            yield str(error)


def _of_site() -> Iterator[str]:
    """The queries that the site needs are there."""
    it, views, maps = site(), load_queries("pages"), site().map
    if it.home.question and it.home.question not in load_queries("questions"):
        yield f"web/site.toml: home.question: there is no question {it.home.question}"
    for part in it.home.section:
        if part.map and (maps is None or part.map not in [level.slug for level in maps.level]):
            yield f"web/site.toml: home.section {part.key}: there is no level {part.map} of the map"
    if it.chronology and it.chronology.participant and "actor" not in views["chronology"].parameters:
        yield "queries/views/chronology.rq: is missing, with a parameter actor (web/site.toml: chronology.participant)"
    for level, measure in product(maps.level, maps.measure) if maps else ():
        for slug in (level.every, f"map-{level.slug}-{measure.query}"):
            if slug and slug not in views:
                yield f"queries/views/{slug}.rq: is missing (web/site.toml: map)"


def _headings() -> Iterator[str]:
    asked = load_queries("questions")
    for slug, columns in questions.headings().items():
        if slug in ("all", "names"):
            continue
        known = asked[slug].columns if slug in asked else None
        if known is None:
            yield f"{questions.COLUMNS}: there is no question {slug}"
        elif wrong := [name for name in columns if name not in known]:
            yield f"{questions.COLUMNS}: {slug}: the question has no column {', '.join(wrong)}"
