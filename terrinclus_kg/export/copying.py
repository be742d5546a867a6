"""Pages and what belongs to them, written to the folder of a copy by one process; several may write to it at a time.

The folder is the memory of what has been done: who makes a file first, writes it. So no process holds a list of
addresses, however many there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from terrinclus_kg.export import rewriting
from terrinclus_kg.export.asking import Answer, WsgiApp, asked
from terrinclus_kg.export.places import SITEMAP, Address, between
from terrinclus_kg.export.rewriting import ORIGIN, Site
from terrinclus_kg.rdf.iri import Name, from_path, kinds
from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import BASE

_HTML = "text/html"
_TEXTS = re.compile(r"text/.*|.*[+/](?:json|xml|javascript)|application/(?:trig|n-triples|n-quads|yaml)")
_SUFFIXES = {
    "text/turtle": "ttl",
    "application/ld+json": "jsonld",
    "application/trig": "trig",
    "application/n-quads": "nq",
    "application/json": "json",
    "application/linkset+json": "json",
    "text/csv": "csv",
    "text/plain": "txt",
}
_LOC = re.compile(rf"<loc>{re.escape(ORIGIN)}([^<]*)</loc>")
_LEADS = 5  # redirects in a row
_WORTH = (200, 410)  # answers that are copied: what was withdrawn says so
_DATA = re.compile(r'<([^>]*)>; rel="alternate"; type="([^"]*)"(?=,|\Z)')  # in ``Link``, of the same thing as data
_MARKUP = re.compile(r"text/html|.*[+/]xml")
_CALENDAR = "text/calendar"  # whose lines may end within an address (RFC 5545 §3.1)
_LINES = ("nt", "nq")  # suffixes of documents in which no address can be relative


@dataclass(frozen=True, slots=True)
class Fault:
    """An address that has no file, why, and the page that leads to it ("": none does)."""

    address: str
    why: str
    page: str = ""

    def __str__(self) -> str:
        return f"{self.address}: {self.why}" + (f" (linked from {self.page})" if self.page else "")


@dataclass(slots=True)
class Copied:
    """What has been written."""

    files: int = 0
    bytes: int = 0
    faults: list[Fault] = field(default_factory=list)


class _NoAnswerError(Exception):
    """An address has nothing that could be copied."""


class Copyist:
    """Writes what an application answers to the files of a copy. ``stopped`` tells when to leave off."""

    def __init__(self, app: WsgiApp, folder: Path, site: Site, stopped: Callable[[], bool]) -> None:
        self._app, self._folder, self._site, self._stopped = app, folder, site, stopped
        self._failed: set[str] = set()  # no more than are told of

    def copy(self, addresses: Iterable[str], *, listed_too: bool = False) -> Copied:
        """Writes these and all that they lead to. Not the pages of things that the sitemap lists, unless they are
        wanted too."""
        done, todo = Copied(), [(address, "") for address in addresses]
        while todo and not self._stopped():
            address, page = todo.pop()
            found = self._site.place(address)
            if not found or found.file in self._failed or not self._claimed(found, address, page, done):
                continue
            leads_to = self._made(found, address, page, done)
            todo += [(one, address) for one in dict.fromkeys(leads_to) if listed_too or not _is_listed(one)]
        return done

    def listed(self, part: str = "") -> list[str]:
        """What the sitemap has: the addresses of a part, or those of the parts."""
        with asked(self._app, part or SITEMAP, self._site.live) as answer:
            return [unescape(found) for found in _LOC.findall(b"".join(answer.chunks).decode())]

    def error_page(self, file: str) -> None:
        """Writes what people see where there is nothing, under whatever address that is."""
        with asked(self._app, f"/{LANGUAGES[0]}/404", self._site.live) as answer:
            page = rewriting.page(b"".join(answer.chunks), file, f"/{LANGUAGES[0]}/", self._site, rooted=True)
        (self._folder / file).write_text(page.html)

    def _claimed(self, found: Address, address: str, page: str, done: Copied) -> bool:
        """Whether this process is to write a file: it does not exist yet."""
        file = self._folder / found.file
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.open("xb").close()
        except FileExistsError:
            if not file.is_file():
                done.faults.append(Fault(address, "a folder of the copy has the name of its file", page))
            return False
        except NotADirectoryError:
            done.faults.append(Fault(address, "a file of the copy has the name of its folder", page))
            return False
        return True

    def _made(self, found: Address, address: str, page: str, done: Copied) -> list[str]:
        """Writes the file of an address; what it leads to."""
        file = self._folder / found.file
        try:
            leads_to = self._answered(found, address)
        except _NoAnswerError as error:
            file.unlink()
            self._failed.add(found.file)
            done.faults.append(Fault(address, str(error), page))
            return []
        done.files += 1
        done.bytes += file.stat().st_size
        return [*leads_to, *_identifier(address)]

    def _answered(self, found: Address, address: str, leads: int = _LEADS) -> list[str]:
        with asked(self._app, address, self._site.live, raw=found.is_document) as answer:
            if answer.status in _WORTH:
                return self._written(found, address, answer)
            if not answer.location or not leads:
                raise _NoAnswerError(f"answered with {answer.status}")
            target, links = answer.location.removeprefix(ORIGIN), answer.links
        return self._answered(found, target, leads - 1) if found.is_document else self._led(found, target, links)

    def _led(self, found: Address, target: str, links: str) -> list[str]:
        there = self._site.place(target)
        alternates = [(self._site.place(data), media_type) for data, media_type in _DATA.findall(links)]
        (self._folder / found.file).write_bytes(
            rewriting.leading(
                between(found.file, there.file) if there else self._site.absolute(target),
                [(between(found.file, data.file), media_type) for data, media_type in alternates if data],
            )
        )
        return [target] if there else []

    def _written(self, found: Address, at: str, answer: Answer) -> list[str]:
        file = self._folder / found.file
        if answer.media_type == _HTML:
            page = rewriting.page(b"".join(answer.chunks), found.file, at, self._site)
            file.write_text(page.html)
            return page.leads_to
        if not found.is_document:  # a page leads to what has no page: its own name tells no type
            name = f"index.{_SUFFIXES.get(answer.media_type, 'bin')}"
            file.write_bytes(rewriting.leading(name))
            file = file.with_name(name)
        leads_to: dict[str, None] = {}
        with file.open("wb") as out:
            out.writelines(self._document(at, answer, file.relative_to(self._folder).as_posix(), leads_to))
        return [address for address in leads_to if self._site.place(address)]

    def _document(self, at: str, answer: Answer, file: str, leads_to: dict[str, None]) -> Iterator[bytes]:
        """A document as it is written. ``leads_to`` is given the addresses that it tells, but of a sitemap, whose pages
        are copied anyhow."""
        if not _TEXTS.fullmatch(answer.media_type):
            yield from answer.chunks
            return
        listing, markup = at.startswith(SITEMAP), bool(_MARKUP.fullmatch(answer.media_type))
        here = "" if file.endswith(_LINES) else file
        folded = answer.media_type == _CALENDAR
        lines = [b"".join(answer.chunks).replace(b"\r\n ", b"")] if folded else _blocks(answer.chunks)
        for block in self._copied_only(lines) if listing else lines:
            if ORIGIN.encode() not in block:
                yield block
                continue
            told, own = rewriting.text(block.decode(), self._site, here=here, markup=markup)
            leads_to.update(dict.fromkeys(() if listing else own))
            yield told.encode()

    def _copied_only(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """A sitemap without the addresses that only the service answers."""
        for block in blocks:
            for line in block.splitlines(keepends=True):
                found = _LOC.search(line.decode())
                if not found or self._site.place(unescape(found[1])):
                    yield line


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut at the ends of lines."""
    rest = b""
    for chunk in chunks:
        whole, end, after = chunk.rpartition(b"\n")
        if end:
            yield rest + whole + end
            rest = after
        else:
            rest += chunk
    yield rest


def _identifier(address: str) -> list[str]:
    """Where the thing of a page is named: once, whatever the languages."""
    name = _shown(address, LANGUAGES[:1])
    return [name.iri.removeprefix(BASE.rstrip("/"))] if name else []


def _is_listed(address: str) -> bool:
    """Whether the sitemap has it: the page of a thing, of a kind that is listed."""
    name = _shown(address, LANGUAGES)
    return bool(name and kinds()[name.kind].listed)


def _shown(address: str, languages: Sequence[str]) -> Name | None:
    """The thing that is shown at an address, on a page in one of these languages."""
    language, _, path = address.removeprefix("/").partition("/")
    return from_path(path) if language in languages else None
