"""How a thing is cited: the record that we publish of it, and, of a publication, the work itself.

Whose citation is whose is told by ``note``. The day on which a reader saw a page is the reader's to add.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

from pyoxigraph import NamedNode

from terrinclus_kg.rdf.about import about
from terrinclus_kg.rdf.iri import Name, from_iri, is_safe_link, kinds_of
from terrinclus_kg.rdf.namespaces import BIBO, DCT, FOAF, SCHEMA
from terrinclus_kg.resource.exchange.said import Said
from terrinclus_kg.resource.model import Page, Term
from terrinclus_kg.store.releases.layout import Release

HOUSE = about().name
_WORD = re.sub(r"[^a-z0-9]+", "-", HOUSE.lower()).strip("-")
_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?\Z")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# In BibTeX a brace counts even after a backslash, and the braces of a field must balance.
_TEX = {"\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}"}
_TEX |= {"^": r"\textasciicircum{}", **{character: "\\" + character for character in "&%$#_"}}
_IN_ADDRESS = ":/?#[]@!$&'()*+,;=-._~%"


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a work: a person, or a body, whose name is never taken apart."""

    name: str
    person: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """What a citation says. ``dates`` are all that sources give, each a year, month or day as ISO 8601 writes them.

    ``bibtex`` and ``ris`` are types of entries; ``part`` is what it is found in; ``note`` tells what is cited.
    """

    key: str
    title: str
    language: str
    bibtex: str
    ris: str
    address: str
    authors: tuple[Author, ...] = ()
    publisher: str = ""
    part: str = ""
    edition: str = ""
    dates: tuple[str, ...] = ()
    doi: str = ""
    note: str = ""

    @property
    def date(self) -> str:
        """The date, if it is one; sources that disagree are not decided upon."""
        return self.dates[0] if len(self.dates) == 1 else ""


_PUBLISHER = Author(about().publisher.name, person=about().publisher.type == "Person")


def record(page: Page, language: str, release: Release, note: str) -> Citation:
    """How the record of a thing in a release is cited. ``note`` tells that it is the record."""
    label = Said(page, language).label(page.name.iri)
    day = release.built_at.date().isoformat()
    cited = Citation(_key(page.name, _WORD), label.text, label.language, "misc", "DATA", page.name.iri)
    return replace(cited, authors=(_PUBLISHER,), part=HOUSE, edition=release.id, dates=(day,), note=note)


def work(page: Page, language: str, note: str) -> Citation | None:
    """How a publication, a law or a document is cited itself; None for what is no such thing. ``note`` tells that."""
    said = Said(page, language)
    if not (kind := said.form("bibtex")):
        return None
    title, *_ = *said.texts(DCT["title"].value), said.label(page.name.iri).text
    dates = [date for date in said.texts(DCT["issued"].value) if _DATE.match(date)]
    return Citation(
        key=_key(page.name),
        title=title,
        language=said.label(page.name.iri).language,
        bibtex=kind,
        ris=said.form("ris"),
        address=_address(said),
        authors=tuple(_authors(said, said.values(DCT["creator"].value))),
        publisher="; ".join(author.name for author in _authors(said, said.values(DCT["publisher"].value))),
        part="; ".join(author.name for author in _authors(said, said.values(DCT["isPartOf"].value))),
        dates=tuple(sorted(set(dates))),
        doi=next(iter(said.texts(BIBO["doi"].value)), ""),
        note=note,
    )


def bibtex(citations: Iterable[Citation]) -> str:
    """Citations as a BibTeX file (UTF-8)."""
    return "\n".join(_entry(citation) for citation in citations)


def ris(citations: Iterable[Citation]) -> str:
    """Citations as a RIS file (UTF-8): a line a value, each ended by CR LF."""
    lines = (line for citation in citations for line in _lines(citation))
    return "".join(f"{tag}  - {value}\r\n" for tag, value in lines)


def plain(text: str) -> str:
    """A text on one line, without control characters."""
    return _BLANK.sub(" ", text).strip()


def _entry(citation: Citation) -> str:
    year, month, *_ = *citation.date.split("-"), ""
    part = ", ".join(filter(None, (citation.part, citation.edition)))
    fields = {
        "title": f"{{{_tex(citation.title)}}}",
        "author": " and ".join(_tex_author(author) for author in citation.authors),
        {"techreport": "institution", "manual": "organization"}.get(citation.bibtex, "publisher"): _tex(
            citation.publisher
        ),
        "howpublished": _tex(part),
        "year": year,
        "doi": _verbatim(citation.doi),
        "url": _verbatim(citation.address),
        "note": _tex(_noted(citation)),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    if month.isdecimal() and 1 <= int(month) <= 12:
        lines.append(f"  month = {_MONTHS[int(month) - 1]}")
    return f"@{citation.bibtex}{{{citation.key},\n" + ",\n".join(lines) + "\n}\n"


def _lines(citation: Citation) -> Iterator[tuple[str, str]]:
    yield "TY", citation.ris
    yield "ID", citation.key
    yield "TI", plain(citation.title)
    yield from (("AU", plain(author.name.replace("*", ""))) for author in citation.authors)  # no asterisk in names
    if citation.date:
        yield "PY", citation.date[:4]
        yield "DA", "/".join((*citation.date.split("-"), "", "", "")[:3]) + "/"
    optional = {"PB": citation.publisher, "T2": citation.part, "ET": citation.edition, "LA": citation.language}
    optional |= {"DO": citation.doi, "UR": citation.address, "N1": _noted(citation)}
    yield from ((tag, plain(value)) for tag, value in optional.items() if value)
    yield "ER", ""


def _noted(citation: Citation) -> str:
    dates = ", ".join(citation.dates) if len(citation.dates) > 1 else ""
    return ". ".join(filter(None, (citation.note, dates)))


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in plain(text))


def _tex_author(author: Author) -> str:
    """A body stands in braces of its own, and so does a person whose name BibTeX would split at a comma or "and"."""
    name = _tex(author.name)
    return name if author.person and not re.search(r",|\band\b", name) else f"{{{name}}}"


def _verbatim(address: str) -> str:
    """An address as it is, but for what would end the field."""
    return quote(address, safe=_IN_ADDRESS)


def _authors(said: Said, terms: Iterable[Term]) -> Iterator[Author]:
    for term in terms:
        if isinstance(term, NamedNode):
            name = from_iri(term.value)
            yield Author(said.label(term.value).text, person=name is not None and name.kind in kinds_of(FOAF["Person"]))
        else:
            yield Author(term.value)


def _address(said: Said) -> str:
    """Where the work is, if somebody says so. Our IRI is that of the record."""
    pages = (FOAF["page"].value, SCHEMA["url"].value, FOAF["homepage"].value)
    named = [term.value for key in pages for term in said.values(key) if isinstance(term, NamedNode)]
    return next((iri for iri in named if is_safe_link(iri)), "")


def _key(name: Name, prefix: str = "") -> str:
    return re.sub("[^A-Za-z0-9-]+", "-", "-".join(filter(None, (prefix, name.kind, name.key))))
