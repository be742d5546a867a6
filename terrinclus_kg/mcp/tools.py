"""What an assistant may call. Every answer names the release that it is from, things by their IRIs, and sources; one
that is not whole says so in ``more``, with the way to the rest."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import Field
from pyoxigraph import NamedNode

from terrinclus_kg import questions, resource, results
from terrinclus_kg.config import KIB, Settings
from terrinclus_kg.errors import NotFound, ParameterError
from terrinclus_kg.mcp.card import card
from terrinclus_kg.mcp.told import Teller, Told, question
from terrinclus_kg.rdf.iri import Name, from_iri, from_path, kinds
from terrinclus_kg.rdf.namespaces import BASE, DATASET, expand, prefixes
from terrinclus_kg.rdf.queries import Term, query
from terrinclus_kg.results import Bounds, Table
from terrinclus_kg.store.reader import Lane, Reader
from terrinclus_kg.store.search.asking import LONGEST
from terrinclus_kg.store.search.model import KIND, Search

FIRST, GROUP = 3, 200  # statements of a group that are told, and of one that is asked for
MARKS = 3  # facts that are told of each statement, but of a group that is asked for
ROWS, SIZE = 1000, 256 * KIB  # rows and bytes of an answer that are read at most
THINGS = 50  # things whose sources are told
SOURCES = 200  # sources of them that are told; sources-of.rq asks for one more
_NOT_ALL = (
    f"only sources of the first {THINGS} things are told, {SOURCES} at most: `describe` tells those of a thing, or ask "
    "GRAPH ?fact { ?thing ?p ?o } . ?fact dct:source ?source"
)

Language = Annotated[Literal["fr", "en"], Field(description="Language of labels and texts.")]
Words = Annotated[str, Field(max_length=LONGEST, description="Words, in French or English; accents do not matter.")]
OfKind = Annotated[str, Field(description="Only things of this kind, by its slug (see schema); empty: all.")]
Values = Annotated[
    dict[str, str | list[str]],
    Field(description="Values by parameter: a resource as IRI, kind/key, prefix:key or label; a date as 2017-03-27."),
]
Seconds = Annotated[float | None, Field(gt=0, description="Longest run; it can only lower the limit.")]
Limit = Annotated[int, Field(ge=1, le=ROWS, description="Most rows to read.")]


class Tools:
    """The tools, over the current release. Errors are those of `Reader`, NotFound and ParameterError."""

    def __init__(self, settings: Settings, reader: Reader) -> None:
        self._settings, self._reader = settings, reader

    def search(
        self,
        text: Annotated[
            str, Field(max_length=LONGEST, description="Words, in French or English; accents do not matter.")
        ],
        kind: OfKind = "",
        language: Language = "en",
        limit: Annotated[int, Field(ge=1, le=50, description="Most things to tell.")] = 10,
        offset: Annotated[int, Field(ge=0, le=10_000, description="Things to pass over.")] = 0,
    ) -> Told:
        """Find things of the graph by words: names, acronyms, codes, descriptions. Gives their IRIs and sources."""
        if kind and kind not in kinds():
            raise ParameterError(f"kind: there is no {kind!r}; there are {', '.join(kinds())}")
        filters = {KIND: (kind,)} if kind else {}
        found = self._reader.search(Search(text, filters, language=language, size=limit, offset=offset, counts=False))
        iris = [hit.iri for hit in found.hits]
        teller = Teller(self._reader.labels(iris), language)
        hits = [
            {**teller.thing(hit.iri), "texts": list(dict.fromkeys(text.text for text in hit.texts)), "years": hit.years}
            for hit in found.hits
        ]
        told: Told = {"total": found.total, "results": hits, **self._sources(iris, language)}
        if found.meant:
            told["did_you_mean"] = found.meant
        left = found.total - offset - len(hits)
        return self._from_release(told, f"{left} more: ask with a larger offset" if left > 0 else "")

    def describe(
        self,
        thing: Annotated[str, Field(description="An IRI of the graph, kind/key or prefix:key, as `search` gives it.")],
        group: Annotated[str, Field(description="Tell this group only, by its key; empty: some of each.")] = "",
        limit: Annotated[
            int, Field(ge=0, le=GROUP, description=f"Most values of a group; 0: {FIRST}, of one group {GROUP}.")
        ] = 0,
        language: Language = "en",
    ) -> Told:
        """Tell what is said of a thing, statement by statement, and according to which fact, of which source, and where
        in it; `sources` names those."""
        page = resource.describe(self._reader, _named(thing), language)
        groups = [*page.texts, *page.facts, *page.groups]
        if group:
            groups = [each for each in groups if each.key == group]
            if not groups:
                raise NotFound(f"nothing is said of this in a group {group!r}")
        shown = limit or (GROUP if group else FIRST)
        told = Teller(page.labels, language).page(page, groups, shown, GROUP if group else MARKS)
        cut = [each.key for each in groups if each.count > min(shown, len(each.statements))]
        way = "ask for the group by its key" if not group else f"at most {GROUP} are told here, all by sparql"
        return self._from_release(told, f"not all is told of {', '.join(cut)}: {way}" if cut else "")

    def schema(
        self,
        of: Annotated[str, Field(description="Tell all of this class only, by IRI or prefix:name; empty: all.")] = "",
        language: Language = "en",
    ) -> Told:
        """Tell the classes and properties that the graph really has, how many things have them, kinds and prefixes:
        what is needed to write SPARQL."""
        told, left_out = card(self._reader.release, of, language)
        return self._from_release(told, left_out)

    def list_questions(
        self,
        words: Annotated[str, Field(max_length=200, description="Only questions with these words; empty: all.")] = "",
        language: Language = "en",
        slug: Annotated[str, Field(description="All about this question; empty: a few words on each.")] = "",
    ) -> Told:
        """List the questions that are ready to be asked, with their typed parameters; or tell one with its columns."""
        asked = [questions.question(slug)] if slug else questions.matching(words)
        found = [question(each, language, whole=bool(slug)) for each in asked]
        return self._from_release({"questions": found, "sources": [DATASET.value]}, "")

    def ask_question(
        self,
        slug: Annotated[str, Field(description="Which question, as `list_questions` names it.")],
        parameters: Values = {},  # noqa: B006 (the schema tells the default; nobody writes to it)
        limit: Limit = 100,
        offset: Annotated[int, Field(ge=0, le=10_000_000, description="Rows to pass over.")] = 0,
        language: Language = "en",
    ) -> Told:
        """Ask a stored question. Its columns hold the sources of what it answers."""
        asked = questions.question(slug)
        given = {name: [value] if isinstance(value, str) else value for name, value in parameters.items()}
        if "lang" in asked.parameters:
            given.setdefault("lang", [language])
        terms: dict[str, Term | list[Term]] = {**questions.terms(self._reader, asked, given)}
        text = asked.bind(**terms)
        table, told = self._asked(questions.part(asked, text, offset, limit + 1), limit, language, None)
        told |= {"headings": {name: questions.heading(asked, name, language) for name in table.columns}, "query": text}
        more = f"there are more rows: ask with offset {offset + len(table.rows)}" if table.met else ""
        return self._answered({"question": asked.title.get(language, slug), **told}, table, text, more)

    def sparql(
        self,
        query: Annotated[str, Field(description="A SPARQL 1.1 query: SELECT, ASK, CONSTRUCT or DESCRIBE.")],
        limit: Limit = 100,
        timeout: Seconds = None,
        language: Language = "en",
    ) -> Told:
        """Run a SPARQL query over the graph, under the limits of its public endpoint. Read-only."""
        table, told = self._asked(query, limit, language, timeout)
        return self._answered(told, table, query, _cut(table, limit) if table.met else "")

    def _asked(self, text: str, limit: int, language: str, timeout: float | None) -> tuple[Table, Told]:
        began = perf_counter()
        answer = self._reader.query(text, results.syntax, lane=Lane.PUBLIC, deadline=timeout)
        table = results.read(answer, Bounds(limit, SIZE), began)
        iris = [cell.value for row in table.rows for cell in row if isinstance(cell, NamedNode)]
        teller = Teller(self._reader.labels(dict.fromkeys(iris)), language)
        rows = [
            {name: teller.term(cell) for name, cell in zip(table.columns, row, strict=True) if cell is not None}
            for row in table.rows
        ]
        told: Told = {"columns": list(table.columns), "rows": rows, **self._sources(iris, language)}
        return table, told | ({} if table.truth is None else {"answer": table.truth})

    def _answered(self, told: Told, table: Table, text: str, more: str) -> Told:
        cited = {"release": table.release, **told, "cite": self._permalink(text, table)}
        return cited | ({"more": more} if more else {})

    def _sources(self, iris: Iterable[str], language: str) -> Told:
        """Who says something of things: their sources, each with the things; and whether these are all."""
        things = [iri for iri in dict.fromkeys(iris) if from_iri(iri)]
        if not things:
            return {"sources": []}
        asked = query("pages", "sources-of").bind(thing=[NamedNode(iri) for iri in things[:THINGS]])
        rows = self._reader.rows(asked)
        by_source: dict[str, list[str]] = {}
        for row in rows[:SOURCES]:
            by_source.setdefault(row["source"].value, []).append(row["thing"].value)
        teller = Teller(self._reader.labels(by_source), language)
        told = [{**teller.thing(source), "says_something_of": said} for source, said in by_source.items()]
        whole = len(things) <= THINGS and len(rows) <= SOURCES
        return {"sources": told} | ({} if whole else {"more_sources": _NOT_ALL})

    def _from_release(self, told: Told, more: str) -> Told:
        return {"release": self._reader.release.id, **told} | ({"more": more} if more else {})

    def _permalink(self, text: str, table: Table) -> str:
        site = self._settings.public_url or BASE.rstrip("/")
        return f"{site}/releases/{table.release}/sparql?{urlencode({'query': text})}"


def _named(text: str) -> Name:
    """The thing that somebody means. Raises NotFound."""
    prefix = text.partition(":")[0]
    name = from_path(text) or from_iri(expand(text) if prefix in prefixes() else text)
    if name is None:
        raise NotFound(f"{text[:200]!r} names nothing here: write an IRI of the graph, kind/key or prefix:key")
    return name


def _cut(table: Table, limit: int) -> str:
    what = f"only the first {limit} rows" if table.met == "page_rows" else f"only the first {SIZE} bytes"
    return f"{what} were read, there are others: ask with a larger limit (at most {ROWS}), or LIMIT and OFFSET"
