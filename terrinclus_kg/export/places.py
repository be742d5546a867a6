"""Addresses of the service ↔ files of a copy: one rule, both ways of no state, and no two addresses in one file.

A page is a folder with an ``index.html``, so that ``/fr/odd``, ``/fr/odd/10`` and ``/fr/odd/10.2`` can all be one; a
document keeps its name, whose suffix tells servers its type. What stands in the query becomes a segment
(``/fr/projet?page=2`` → ``fr/projet/page=2/index.html``): no key holds ``=``, so no thing is ever called so.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from posixpath import dirname, relpath
from urllib.parse import parse_qsl, unquote

from terrinclus_kg.rdf.labels import LANGUAGES

PAGE = "index.html"
SITEMAP = "/sitemap.xml"
# What asks the service something that has no end of answers, or changes it. All that is not here is copied.
_LIVE = re.compile(
    r"/(?:sparql|update|graph-store|graph|suggest|completion\.json|opensearch\.xml|metrics|health|reconcile|fragments"
    r"|api|openapi\.json|limits|ldes|version|timemap|robots\.txt|\.well-known/security\.txt)(?:/.*)?"
    rf"|/releases/[^/]+/(?:sparql|completion\.json|(?:data|{'|'.join(LANGUAGES)})/.*)"
    r"|/changes/[^/]+/undo"
    rf"|/(?:{'|'.join(LANGUAGES)})/(?:recherche|chemin|api/.*)"
)
# What may stand in the query of an address that is copied: parts of a whole, and each only so often as it has parts.
_STATES = ("lang", "group", "links", "table", "page")
_FIRST = ("page", "1")  # of a page the same as without; of a feed the oldest archive
_FORMATS = "/questions"  # the addresses that have all formats of a finite answer
# Suffixes of documents that a copy can do without, and of what its pages need.
OPTIONAL = ("atom", "bib", "csv", "geojson", "graphml", "gz", "ics", "json", "jsonld", "md", "nq", "nt", "rdf", "ris",
            "trig", "tsv", "ttl", "txt", "xml", "yaml")  # fmt: skip
_NEEDED = ("css", "html", "ico", "js", "png", "svg", "webmanifest")
_DOCUMENT = re.compile(rf"(?:\.(?:{'|'.join((*OPTIONAL, *_NEEDED))})|(?:^|/)SHA256SUMS)\Z", re.IGNORECASE)
_NO_DOCUMENTS = (*LANGUAGES, "id", "concept")  # what lies there is a page, whatever its key looks like
_ALONE = ".well-known"  # what lies there has the very name that a standard gives it
_STRANGE = re.compile(r"[^A-Za-z0-9._~-]")
_LONGEST = 200  # characters of a segment; file systems take 255 bytes


@dataclass(frozen=True, slots=True)
class Address:
    """An address that has a file: its path, decoded, and what its query says, in order."""

    path: str
    states: tuple[tuple[str, str], ...] = ()

    @property
    def segments(self) -> list[str]:
        return [segment for segment in self.path.split("/") if segment]

    @property
    def is_document(self) -> bool:
        """Whether it is a file by its name, and no page."""
        if _is_page(self.path):
            return False
        return self.segments[:1] == [_ALONE] or bool(_DOCUMENT.search(self.path)) or "format" in dict(self.states)

    @property
    def file(self) -> str:
        """Where it lies in the copy, ``/`` between segments."""
        *folders, last = map(_segment, self.segments) if self.segments else [""]
        if not self.is_document:
            states = [f"{name}={_segment(value)}" for name, value in self._told]
            return "/".join([*filter(None, [*map(_folder, [*folders, last]), *states]), PAGE])
        form = dict(self.states).get("format")
        stem, dot, suffix = (last, ".", form) if form else last.rpartition(".")
        name = ".".join([stem, *(f"{name}={_segment(value)}" for name, value in self._told)]) if dot else last
        return "/".join([*map(_folder, folders), _short(f"{name}{dot}{suffix}" if dot else name)])

    @property
    def _told(self) -> Iterable[tuple[str, str]]:
        """The states that its file is named after: a page without a language in its path is in the first one."""
        usual = ("lang", LANGUAGES[0])
        return [one for one in self.states if one != usual and one[0] != "format"]


def place(address: str) -> Address | None:
    """Where an address of the service (path and query) lies in a copy; None if only the service can answer it."""
    path, _, query = address.partition("?")
    path = unquote(path)
    pairs = parse_qsl(query, keep_blank_values=True)
    names = [name for name, _ in pairs]
    known = {*_STATES, *(["format"] if path.startswith(_FORMATS) else []), *(["part"] if path == SITEMAP else [])}
    if _LIVE.fullmatch(path) or not known.issuperset(names) or len({*names}) < len(names):
        return None
    if not path.startswith("/") or {".", ".."} & set(path.split("/")):
        return None
    if any(name == "format" and not value.isalnum() for name, value in pairs):
        return None
    return Address(path, tuple(sorted(pair for pair in pairs if pair != _FIRST or not _is_page(path))))


def _is_page(path: str) -> bool:
    return path.removeprefix("/").partition("/")[0] in _NO_DOCUMENTS


def address(file: str) -> str | None:
    """The address of a page that has no state, by its file; None for any other file."""
    folders = [folder.removesuffix("=") for folder in dirname(file).split("/")]
    return (
        None
        if file != f"{dirname(file)}/{PAGE}" or any("=" in folder for folder in folders)
        else f"/{'/'.join(folders)}"
    )


def between(here: str, there: str) -> str:
    """The relative link from a file to another, both of a copy."""
    return relpath(there, dirname(here) or ".")


def _segment(text: str) -> str:
    """A part of an address as a name that all file systems and URLs take as it is."""
    return _short(_STRANGE.sub(lambda found: "".join(f"={byte:02X}" for byte in found[0].encode()), text))


def _short(name: str) -> str:
    if len(name) <= _LONGEST:
        return name
    suffix = found[0] if (found := _DOCUMENT.search(name)) else ""
    return f"{name[: _LONGEST - 60]}={hashlib.sha256(name.encode()).hexdigest()[:32]}{suffix}"


def _folder(name: str) -> str:
    """The name of a folder: never that of a file beside it."""
    return f"{name}=" if _DOCUMENT.search(name) else name
