"""Every link of a copy, followed: to a file that is there. Reads nothing but the files, as a server would.

Links of pages; and where it is known under which address the copy will stand, all addresses that begin so, in whatever
text (RDF, Atom, JSON, Markdown), unless identifiers begin so too: see `Site.told`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from terrinclus_kg.export.rewriting import under

_LINKS = ("href", "src", "action")
_BYTES = (".gz", ".ico", ".png")  # suffixes of what is no text
_KNOWN = 100_000  # files that are remembered to be there


@dataclass(frozen=True, slots=True)
class Broken:
    """A link to a file that is not there: the file it stands in, the link, the file it means."""

    page: str
    link: str
    target: str

    def __str__(self) -> str:
        return f"{self.page}: {self.link} leads to no file"


def linking(folder: Path, told: str) -> Iterator[str]:
    """The files that may hold links, relative to the folder; ``told`` as `Checker` has it."""
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".html") or (told and not name.endswith(_BYTES)):
                yield (Path(place) / name).relative_to(folder).as_posix()


class Checker:
    """Follows the links of files. ``base``: where the copy will stand, "" if nobody knows; ``told``: what begins an
    address of the copy in any text, "" if links of pages are all that can be known."""

    def __init__(self, folder: Path, base: str, told: str) -> None:
        self._folder, self._base, self._told = folder, base, told
        self._is_there = lru_cache(_KNOWN)(lambda file: (folder / file).is_file())

    def broken(self, files: Iterable[str]) -> list[Broken]:
        """The links of some files that lead nowhere."""
        return [one for file in files for one in self._of(file)]

    def _of(self, file: str) -> Iterator[Broken]:
        for link in dict.fromkeys(self._links(file)):
            target = self._target(file, link)
            if target is not None and not self._served(target, link):
                yield Broken(file, link, target)

    def _served(self, target: str, link: str) -> bool:
        """Whether a server has it: to who asks for a folder it gives its ``index.html``, which a disk does not."""
        asked = urlsplit(link).scheme != ""
        return self._is_there(target) or (asked and self._is_there(f"{target.rstrip('/')}/index.html".lstrip("/")))

    def _links(self, file: str) -> Iterator[str]:
        content = (self._folder / file).read_bytes()
        if self._told and self._told.encode() in content:
            yield from (f"{self._told}/{path}" for path in under(f"{self._told}/", content.decode()))
        if not file.endswith(".html"):
            return
        for node in LexborHTMLParser(content).css(",".join(f"[{name}]" for name in (*_LINKS, "srcset"))):
            found = node.attributes
            yield from (link for name in _LINKS if (link := found.get(name)))
            yield from (one.split()[0] for one in (found.get("srcset") or "").split(",") if one.strip())

    def _target(self, file: str, link: str) -> str | None:
        """The file that a link means; None where it leads out of the copy, or nowhere else."""
        if self._base and link.startswith(f"{self._base}/"):
            return _decoded(link.removeprefix(f"{self._base}/"))
        parts = urlsplit(link)
        if parts.scheme or parts.netloc or not parts.path:
            return None
        path = parts.path if parts.path.startswith("/") else join("/", dirname(file), parts.path)
        return _decoded(normpath(path).lstrip("/"))


def _decoded(path: str) -> str:
    return unquote(path.partition("?")[0].partition("#")[0])
