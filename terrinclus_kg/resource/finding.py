"""What is found: by words and filters, by the beginning of a name, by a link to a thing."""

from __future__ import annotations

from pyoxigraph import NamedNode

from terrinclus_kg.errors import NoIndex, NotFound
from terrinclus_kg.rdf.iri import Name
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.resource.order import Sorter
from terrinclus_kg.store.reader import Reader
from terrinclus_kg.store.search.model import KIND, Hit, Search

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
