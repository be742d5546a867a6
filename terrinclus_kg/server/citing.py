"""How pages cite: the record of a thing and, of a publication, the work itself; in words, and as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.resource import Page, exchange
from terrinclus_kg.resource.exchange import Citation
from terrinclus_kg.server import words
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.catalogue import message
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.store.releases.layout import Release

Write = Callable[[Iterable[Citation]], str]
# Suffix of the file → what it is.
FORMS = {
    "txt": Variant("text/plain"),
    "bib": Variant("application/x-bibtex"),
    "ris": Variant("application/x-research-info-systems"),
}
_WORK = N_("The work itself, as its sources describe it")
_RECORD = N_("The record in the knowledge graph %(name)s (%(kind)s), not the thing itself")


def citations(it: Page, lang: str, release: Release) -> tuple[Citation, ...]:
    """What there is to cite of a page: the work, if it is about one, then the record."""
    kind = kinds()[it.name.kind].labels[lang]
    record = exchange.record(it, lang, release, message(_RECORD, lang, name=about().name, kind=kind))
    work = exchange.work(it, lang, message(_WORK, lang))
    return (work, record) if work else (record,)


def reference(citation: Citation, lang: str) -> str:
    """A citation in one line. The day of access is left to whoever cites."""
    authors = ", ".join(author.name for author in citation.authors)
    dates = ", ".join(words.in_words(date, lang) for date in citation.dates)
    edition = message(N_("release %(id)s"), lang, id=citation.edition) if citation.edition else ""
    parts = (*dict.fromkeys((authors, citation.title, citation.part, citation.publisher)), edition, dates)
    told = ". ".join(exchange.plain(text).rstrip(".") for text in parts if text) + "."
    address = f"https://doi.org/{citation.doi}" if citation.doi else citation.address
    return " ".join((told, address, message(N_("(accessed on …)"), lang))) if address else told


def written(cited: Iterable[Citation], suffix: str, lang: str) -> str:
    """The file of citations that goes by a suffix of `FORMS`."""
    forms: dict[str, Write] = {"bib": exchange.bibtex, "ris": exchange.ris, "txt": partial(_text, lang=lang)}
    return forms[suffix](cited)


def _text(cited: Iterable[Citation], lang: str) -> str:
    return "\n".join(f"{citation.note}\n{reference(citation, lang)}\n" for citation in cited)
