"""A search as a SPARQL query: the same filters, by the very queries that the facets are made of.

What SPARQL has no words for is told in the query: it compares letters, and knows of no stems, accents or spellings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.rdf.namespaces import sparql_prologue
from terrinclus_kg.rdf.queries import Query, Term, load_queries, query
from terrinclus_kg.store.search.model import KIND, Found, Search
from terrinclus_kg.store.search.text import asked

_HERE = "  #: here\n"
_VALUE = re.compile(r"\?value\b")
_LETTERS = (
    "  # Letters are compared as they are written, in whatever is said of a thing. The search also knows stems,\n"
    "  # accents and the words of other kinds, so it finds more.\n"
)


def facets() -> dict[str, Query]:
    """The facets by slug, in the order in which they are shown, but that of kinds."""
    return {slug.partition("-")[2]: one for slug, one in load_queries("facets").items()}


def as_query(found: Found) -> str:
    """The text of a query that answers as the filters of a search do. Its words become comparisons of letters."""
    search = found.search
    chosen = [kinds()[slug] for slug in search.filters.get(KIND, ()) if slug in kinds()]
    wanted = chosen or [kind for kind in kinds().values() if kind.listed]
    classes: list[Term] = [NamedNode(name) for kind in wanted for name in kind.classes]
    bases: list[Term] = [Literal(kind.base) for kind in wanted]
    terms: dict[str, Term | list[Term]] = {"class": classes, "base": bases, "language": Literal(search.language)}
    text = query("pages", "search").bind(**terms)
    text = text.replace(_HERE, "".join((*_filters(found), *_years(search), *_words(search))))
    return sparql_prologue(text) + text


def _filters(found: Found) -> Iterator[str]:
    for facet in found.facets:
        keys = found.search.filters.get(facet.slug, ())
        values = [str(Literal(value.value)) for value in facet.values if value.key in keys]
        if values and facet.slug in facets():
            yield _part(facet.slug, f"FILTER(STR(?{facet.slug}) IN ({', '.join(values)}))")


def _years(search: Search) -> Iterator[str]:
    for slug, (first, last) in search.years.items():
        if slug in facets():
            begun = f"xsd:integer(SUBSTR(STR(?{slug}), 1, 4))"
            ended = f"COALESCE(xsd:integer(SUBSTR(STR(?until), 1, 4)), {begun})"
            tests = [f"{ended} >= {first}"] if first is not None else []
            tests += [f"{begun} <= {last}"] if last is not None else []
            if tests:
                yield _part(slug, f"FILTER({' && '.join(tests)})")


def _part(slug: str, test: str) -> str:
    """What a facet asks for, as a query in the query."""
    body = _VALUE.sub(f"?{slug}", facets()[slug].body).replace("\n", "\n      ").rstrip()
    return f"  {{ SELECT DISTINCT ?thing WHERE {{\n    {{\n      {body}\n    }}\n    {test}\n  }} }}\n"


def _words(search: Search) -> Iterator[str]:
    found = asked(search.text)
    if found:
        yield _LETTERS
    for number, word in enumerate(found):
        text, letters = f"?text{number}", Literal(word.surface.lower())
        test = f"isLiteral({text}) && CONTAINS(LCASE(STR({text})), {letters})"
        yield f"  FILTER EXISTS {{ ?thing ?property{number} {text} FILTER({test}) }}\n"
