"""What is found: by words and filters, by the beginning of a name, by a link to a thing."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.errors import NoIndex, NotFound
from terrinclus_kg.rdf.iri import Name, kinds
from terrinclus_kg.rdf.queries import Term, query
from terrinclus_kg.resource.as_query import as_query
from terrinclus_kg.resource.order import Sorter
from terrinclus_kg.store.reader import Reader
from terrinclus_kg.store.search.model import KIND, LABEL, Found, Hit, Search, Text

SUGGESTIONS = 8  # names that are suggested, at most
SORTED = 2000  # things that are fetched to be sorted


def counts(reader: Reader) -> dict[str, int]:
    """How many things there are of each listed kind that has some: kind → number; of none, where there is no index."""
    try:
        return reader.counts()
    except NoIndex:
        return {}


def suggest(reader: Reader, text: str, language: str, kinds: tuple[str, ...] = ()) -> tuple[Hit, ...]:
    """Things whose names have these words, the last of which may be unfinished; the likeliest first.

    Args:
        language: whose words they are likely to be; names in others are found too.
        kinds: slugs of kinds; none: all.

    Raises:
        NoIndex: see `Reader.search`.
    """
    if not text.strip():
        return ()
    filters = {KIND: kinds} if kinds else {}
    asked = Search(text, filters, language=language, size=SUGGESTIONS, names=True, counts=False)
    return reader.search(asked).hits


def listed(reader: Reader, asked: Search) -> Found:
    """The things of one kind as `Reader.search` finds them, without an index: by the query that the search stands for.

    What only an index knows is left out: how many links and which years things have. Up to `SORTED` of them are in the
    order of their labels, more in that of the engine.
    """
    slug = asked.filters[KIND][0]
    kind = kinds()[slug]
    terms: dict[str, Term | list[Term]] = {"class": [NamedNode(c) for c in kind.classes], "base": Literal(kind.base)}
    total = int(reader.rows(query("pages", "listed-count").bind(**terms))[0]["count"].value)
    text = as_query(Found(asked, total, ()))
    if total > SORTED:
        page = [row["thing"].value for row in reader.rows(f"{text}OFFSET {asked.offset} LIMIT {asked.size}")]
    else:
        things = list(dict.fromkeys(row["thing"].value for row in reader.rows(text)))
        things.sort(key=Sorter(reader.labels(things), asked.language).key)
        page = things[asked.offset : asked.offset + asked.size]
    labels = reader.labels(page)
    return Found(asked, total, tuple(Hit(iri, slug, 0, None, _texts(labels.get(iri, {}))) for iri in page))


def _texts(labels: dict[str, str]) -> tuple[Text, ...]:
    return tuple(Text(LABEL, language, text) for language, text in labels.items())


def linking(
    reader: Reader, name: Name, property_iri: str, language: str, offset: int, size: int
) -> tuple[list[str], int]:
    """Some of the things that link to a thing by one property, and how many do.

    Up to `SORTED` of them are in the order of their labels; more are in that of the engine, which is the same as long
    as the release lasts.

    Raises:
        NotFound: nothing does.
    """
    terms = {"thing": NamedNode(name.iri), "property": NamedNode(property_iri)}
    total = int(reader.rows(query("pages", "linking-count").bind(**terms))[0]["count"].value)
    if not total:
        raise NotFound("nothing links to this resource in that way")
    asked = query("pages", "linking").bind(**terms)
    if total > SORTED:
        return [row["s"].value for row in reader.rows(f"{asked}OFFSET {offset} LIMIT {size}")], total
    found = [row["s"].value for row in reader.rows(asked)]
    ordered = sorted(found, key=Sorter(reader.labels(found), language).key)
    return ordered[offset : offset + size], total
