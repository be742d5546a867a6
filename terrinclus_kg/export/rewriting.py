"""A page of the service → the same page among files: links to files are relative, what needs the service leads there.

Where no service is named, what needs one is taken out: forms as a whole, links down to their text. The parser is that
of the HTML standard (Lexbor), so that a page reads as browsers read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape, unescape
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from terrinclus_kg.export import places
from terrinclus_kg.export.places import Address

# What the application takes for its own address while it is copied: no host is called so (RFC 6761 §6.4).
ORIGIN = "http://copy.invalid"
_PATH = r"(?:\{\w+\}|[^\s\"'`<>\\)\]{}|])*"  # up to what ends an address in RDF, JSON, XML, Markdown; `{…}`: a template
_ADDRESS, _OWN = re.compile(_PATH), re.compile(rf"{re.escape(ORIGIN)}({_PATH})")
_PUNCTUATION = ",.;:!?"  # no part of an address that it follows
_LINKS = "[href],[src],[srcset],[action],[formaction],[data-address]"
_OF_LINKS = ("href", "hreflang", "rel", "type", "target", "download")  # attributes that only a link may have


@dataclass(frozen=True, slots=True)
class Site:
    """Where a copy will stand (``base``), where the service is (``live``; both "" if nobody knows), what identifiers
    begin with, and the suffixes of documents that are left out."""

    base: str
    live: str
    identifiers: str
    without: frozenset[str] = field(default_factory=frozenset)

    @property
    def told(self) -> str:
        """What begins an address of the copy and nothing else, in any text; "" if nobody knows, or if identifiers,
        which need no file, begin so too."""
        return "" if f"{self.identifiers}/".startswith(f"{self.base}/") else self.base

    def place(self, address: str) -> Address | None:
        """As `places.place`, less what is left out."""
        found = places.place(address)
        if not found or not found.is_document or found.path == places.SITEMAP:
            return found
        return None if found.file.rpartition(".")[2] in self.without else found

    def absolute(self, address: str, here: str = "") -> str:
        """An own address, as others are told it: in the copy, or of the service, or as identifiers are resolved.

        ``here``: the file that tells it, if what is relative to that file will do where nobody knows ``base``.
        """
        path, hash_, fragment = address.partition("#")
        file = self._file(path) if path and (self.base or here) else ""
        if file:
            return (f"{self.base}/{file}" if self.base else places.between(here, file)) + hash_ + fragment
        return (self.live or self.identifiers) + address if path else self.base or self.live or self.identifiers

    def _file(self, path: str) -> str:
        """The file of an address or, as all of its addresses have files of their own names, of a template; or ""."""
        found = self.place(path)
        if found and "{" in path:
            return path[1:] if found.is_document else ""
        return found.file if found else ""


@dataclass(slots=True)
class Rewritten:
    """A page as it is written, and the addresses that it leads to within the copy."""

    html: str
    leads_to: list[str]


def page(html: bytes, here: str, at: str, site: Site, *, rooted: bool = False) -> Rewritten:
    """The page at address ``at``, rewritten for the file ``here``. ``rooted``: it may be shown under any address, so
    its links are told from the root of the copy."""
    rewriter = _Rewriter(LexborHTMLParser(html), here, at, site, rooted)
    rewriter.run()
    told, own = text(rewriter.tree.html or "", site, markup=True)
    return Rewritten(told, rewriter.leads_to + own)


def under(prefix: str, told: str) -> Iterator[str]:
    """What follows a prefix in the addresses that a text tells; templates are none."""
    for found in re.finditer(rf"{re.escape(prefix)}({_PATH})", told):
        if "{" not in (path := _first(unescape(found[1]))):
            yield path


def _first(told: str) -> str:
    """The address that a text begins with: what is escaped in markup may end it."""
    found = _ADDRESS.match(told)
    return found[0].rstrip(_PUNCTUATION) if found else ""


def text(told: str, site: Site, *, here: str = "", markup: bool = False) -> tuple[str, list[str]]:
    """A text in which the application's own addresses are those that others can use, and which they were.

    ``here``: as for `Site.absolute`. ``markup``: it is XML or HTML, where ``&`` is escaped.
    """
    own: list[str] = []

    def put(found: re.Match[str]) -> str:
        plain = unescape(found[1]) if markup else found[1]
        address = _first(plain)
        own.append(address.partition("#")[0])
        other = site.absolute(address, here) + plain[len(address) :]
        return escape(other) if markup else other

    new = _OWN.sub(put, told) if ORIGIN in told else told
    return new, [address for address in own if address and "{" not in address]


def leading(target: str, data: Iterable[tuple[str, str]] = ()) -> bytes:
    """A page that leads to another file at once. ``data``: links and media types of the same as data."""
    alternates = "".join(f'<link rel="alternate" type="{media_type}" href="{link}">' for link, media_type in data)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{target}</title>'
        '<link rel="icon" href="data:,">'  # else browsers ask the host for one
        f'<meta http-equiv="refresh" content="0; url={target}">{alternates}</head>\n'
        f'<body><a href="{target}">{target}</a></body>\n</html>\n'
    ).encode()


class _Rewriter:
    def __init__(self, tree: LexborHTMLParser, here: str, at: str, site: Site, rooted: bool) -> None:
        self.tree, self._here, self._at, self._site, self._rooted = tree, here, at, site, rooted
        self.leads_to: list[str] = []
        self._gone: set[str] = set()  # places of the page that are no more

    def run(self) -> None:
        for node in self.tree.css("form"):
            self._form(node)
        for node in self.tree.css(_LINKS):
            for name in ("href", "src"):
                if node.attributes.get(name) is not None:
                    self._link(node, name, node.attributes[name] or "")
            if "data-address" in node.attributes:  # what scripts would ask of the service
                del node.attrs["data-address"]
        for node in self.tree.css("[integrity]"):  # files of a disk have no origin that could be compared
            del node.attrs["integrity"]

    def _form(self, form: LexborNode) -> None:
        if self._site.live:
            form.attrs["action"] = self._site.live + self._own(form.attributes.get("action") or "")
        else:
            self._gone.update(f"#{node.id}" for node in form.css("[id]") if node.id)
            form.decompose()

    def _own(self, link: str) -> str:
        """A link to the service as path and query, with what it names there; "" if it leads elsewhere."""
        if link.startswith(("#", "mailto:", "data:")):
            return ""
        whole = urljoin(ORIGIN + self._at, link)
        return whole.removeprefix(ORIGIN) if whole.startswith(f"{ORIGIN}/") else ""

    def _link(self, node: LexborNode, name: str, link: str) -> None:
        if link in self._gone:
            _unlink(node)
            return
        own = self._own(link)
        if not own:
            return
        if node.attributes.get("rel") == "canonical":
            self._canonical(node, own)
            return
        address, hash_, fragment = own.partition("#")
        if found := self._site.place(address):
            self.leads_to.append(address)
            node.attrs[name] = self._to(found.file) + hash_ + fragment
        elif self._site.live:
            node.attrs[name] = self._site.live + own
        else:
            _unlink(node)

    def _to(self, file: str) -> str:
        return f"{self._site.base}/{file}" if self._rooted else places.between(self._here, file)

    def _canonical(self, node: LexborNode, own: str) -> None:
        if self._site.base or self._site.live:
            node.attrs["href"] = self._site.absolute(own)
        else:
            node.decompose()


def _unlink(node: LexborNode) -> None:
    """Takes a link out: an entry of a menu as a whole; of a text the words are left."""
    entry = node.parent
    if node.tag != "a":
        node.decompose()
    elif entry is not None and entry.tag == "li" and _in_menu(entry) and entry.text().strip() == node.text().strip():
        entry.decompose()
    else:
        for name in _OF_LINKS:
            if name in node.attributes:
                del node.attrs[name]


def _in_menu(node: LexborNode) -> bool:
    above = node.parent
    while above is not None and above.tag != "nav" and above.attributes.get("class") != "skips":
        above = above.parent
    return above is not None
