"""What pages load: the sheet, scripts, outlines of maps; each under an address that holds a digest of its content.

The sheet is joined from ``web/src/css/*.css``, in the order of their names, and ``web/colours.css`` of the dataset,
when the service starts. All else is built by ``web/build.py`` into ``web/static/dist``, whose ``manifest.json`` tells
names, files and digests. Where
nothing was built, pages are complete all the same: they lack only what scripts and maps add.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask

from terrinclus_kg import __version__, resources

PREFIX = "/static/dist/"
_SHEET, _SCRIPT = "site.css", "site.js"
_UNBUILT = "scripts and maps were not built, so pages have none: `make serve` builds them where npm can be reached"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file that pages load: its name on the wire, what its ``integrity`` attribute says, its bytes."""

    file: str
    integrity: str
    content: bytes

    @property
    def address(self) -> str:
        """The path at which the service has it, for ever the same bytes."""
        return PREFIX + self.file


def install(app: Flask) -> None:
    """Gives the templates ``asset(name)``; tells the log if there is less than there could be."""
    if _SCRIPT not in assets():
        _log.warning(_UNBUILT)
    app.jinja_env.globals["asset"] = assets().get


@cache
def assets() -> Mapping[str, Asset]:
    """All assets by the names that templates use: ``site.css``, ``site.js``, ``maps.json``; ``icon.svg``, if
    the dataset has one."""
    icons = {file.name: _asset(file) for file in resources.files("web", "icon.svg")}
    return load(resources.product() / "web", resources.files("web", "colours.css")) | icons


@cache
def served() -> Mapping[str, Asset]:
    """All assets by the last part of their addresses."""
    return {asset.file: asset for asset in assets().values()}


@cache
def edition() -> str:
    """What tells the pages of this installation from those of another: its version, and a digest of what makes them."""
    digest = hashlib.sha256(repr(sorted(served())).encode())
    for file in _interface():
        digest.update(file.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:16]}"


def load(web: Path, more: Iterable[Path] = ()) -> dict[str, Asset]:
    """The assets of a folder ``web/``: the sheet, which ends with the files ``more``, and what was built.

    Raises:
        FileNotFoundError: there are no parts of the sheet, or a built file is missing.
    """
    return {_SHEET: _sheet(web / "src" / "css", more)} | _built(web / "static" / "dist")


def _sheet(parts: Path, more: Iterable[Path]) -> Asset:
    files = sorted(parts.glob("*.css"))
    if not files:
        raise FileNotFoundError(f"{parts} has no style sheets: install the package again")
    return _named(_SHEET, b"\n".join(file.read_bytes() for file in [*files, *more]))


def _asset(file: Path) -> Asset:
    return _named(file.name, file.read_bytes())


def _named(name: str, content: bytes) -> Asset:
    stem, _, suffix = name.rpartition(".")
    return Asset(f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}.{suffix}", integrity(content), content)


def _built(folder: Path) -> dict[str, Asset]:
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        return {}
    listed = json.loads(manifest.read_bytes())
    return {
        name: Asset(entry["file"], entry["integrity"], (folder / entry["file"]).read_bytes())
        for name, entry in listed.items()
    }


def integrity(content: bytes) -> str:
    """The value of an ``integrity`` attribute (Subresource Integrity, §3.1)."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def _interface() -> list[Path]:
    """Templates, strings and tables, from which pages are made."""
    patterns = ("*.toml", "prose/*.html", "templates/**/*.html", "translations/**/*.[mp]o")
    webs = {resources.root("web"), resources.product() / "web"}
    return sorted(file for web in webs for pattern in patterns for file in web.glob(pattern))
