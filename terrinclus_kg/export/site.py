"""The whole: what the sitemap lists and what that leads to is written, every link followed, the copy put in place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

from terrinclus_kg import __version__
from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ConfigurationError, ExportFailed
from terrinclus_kg.export import places
from terrinclus_kg.export.checking import Broken, linking
from terrinclus_kg.export.copying import Copied, Fault
from terrinclus_kg.export.folder import draft, put
from terrinclus_kg.export.places import SITEMAP
from terrinclus_kg.export.pool import Hands, Pool, Work, processes
from terrinclus_kg.export.rewriting import Site
from terrinclus_kg.rdf import namespaces
from terrinclus_kg.store.releases import layout
from terrinclus_kg.store.releases.layout import Release

# What programs ask for by its name alone. An application may lack any of them.
_BY_NAME = ("/.well-known/void", "/.well-known/sparql-examples", "/llms.txt", "/catalog", "/linkset", "/prefixes",
            "/feed.atom", f"/{namespaces.DATASET.value.removeprefix(namespaces.BASE)}")  # fmt: skip
_BATCH = 32  # pages, or files whose links are followed
_ERROR_PAGE = "404.html"

Progress = Callable[[str, int, int], None]  # the name of a step, how far it is, and how far it goes (0: nobody knows)


@dataclass(slots=True)
class Exported:
    """What lies in the folder now."""

    release: str
    files: int = 0
    bytes: int = 0
    links_of: int = 0  # files whose links were followed


def export(
    settings: Settings,
    folder: Path,
    app: str,
    *,
    base: str = "",
    without: Collection[str] = (),
    progress: Progress,
) -> Exported:
    """Writes the current release, as the application shows it, to a folder.

    Args:
        settings: those of the service; ``public_url``, if set, is where copies lead for what they lack.
        folder: a new or empty one, or an earlier export, which is replaced.
        app: ``module:function`` that makes the WSGI application of settings.
        base: the address under which the folder will be served, without ``/`` at the end; "" if nobody knows.
        without: suffixes of documents to leave out.

    Raises:
        ExportFailed: something has no file, or a link leads nowhere: the folder is as it was before.
        NoRelease: nothing has been built yet.
        ConfigurationError: another engine holds the data.
    """
    if settings.store == "remote":
        raise ConfigurationError("an export is made of a release of this machine: set store to embedded")
    folder, release = folder.resolve(), layout.current(settings.releases)
    site = Site(base, settings.public_url, namespaces.BASE.rstrip("/"), frozenset(without))
    with draft(folder) as beside:
        with processes(Work(app, settings, beside, site)) as pool:
            done = _Run(settings, release, beside, site, pool, progress).run()
        about = asdict(done) | {"built_at": release.built_at.isoformat(), "base": base, "version": __version__}
        put(beside, folder, about)
    return done


@dataclass(slots=True)
class _Run:
    settings: Settings
    release: Release
    folder: Path
    site: Site
    pool: Pool
    progress: Progress
    faults: list[Fault] = field(default_factory=list)

    def run(self) -> Exported:
        done = Exported(self.release.id)
        parts = self._listed("")
        total = sum(len(self._listed(part)) for part in parts)
        self._copy(_copied, self._seeds(parts), done, total)
        self._copy(_lacking, [[address] for address in _BY_NAME], done)
        self._alone(done)
        if broken := self._check(done):
            self._copy(
                _lacking, _batches(dict.fromkeys(filter(None, (places.address(b.target) for b in broken)))), done
            )
            broken = self._check(done)
        self._judge(broken)
        return done

    def _listed(self, part: str) -> list[str]:
        ((_, found),) = self.pool.each(_listed, [[part]])
        return found

    def _seeds(self, parts: list[str]) -> Iterator[list[str]]:
        """Batches: what leads to all that stands alone, then things, so many at a time."""
        yield ["/"]
        if self.site.base:
            yield [SITEMAP, *parts]
        for part in parts:
            yield from _batches(self._listed(part))

    def _copy(
        self, do: Callable[[Hands, list[str]], Copied], batches: Iterable[list[str]], done: Exported, total: int = 0
    ) -> None:
        pages = 0
        for number, copied in self.pool.each(do, batches):
            pages += number
            done.files += copied.files
            done.bytes += copied.bytes
            self.faults += copied.faults
            self.progress("copy", min(pages, total) if total else done.files, total)
            if layout.current_id(self.settings.releases) != self.release.id:
                raise ExportFailed("another release has come into service meanwhile: export again")

    def _alone(self, done: Exported) -> None:
        """What no page leads to: for crawlers, for lost visitors, for hosts that would leave out ``.well-known``."""
        sitemap = f"\nSitemap: {self.site.base}{SITEMAP}\n" if self.site.base else ""
        (self.folder / "robots.txt").write_text(f"User-agent: *\nDisallow:\n{sitemap}")
        (self.folder / ".nojekyll").touch()
        list(self.pool.each(_error_page, [[_ERROR_PAGE]]))
        done.files += 3

    def _check(self, done: Exported) -> list[Broken]:
        done.links_of, broken = 0, list[Broken]()
        total = sum(1 for _ in linking(self.folder, self.site.told))
        for number, found in self.pool.each(_broken, _batches(linking(self.folder, self.site.told))):
            done.links_of += number
            broken += found
            self.progress("links", done.links_of, total)
        return broken

    def _judge(self, broken: list[Broken]) -> None:
        known = {fault.address for fault in self.faults}
        told = [str(fault) for fault in self.faults]
        told += [str(one) for one in broken if places.address(one.target) not in known]
        if told:
            raise ExportFailed(f"{len(told)} links lead to nothing that could be copied", tuple(told))


def _batches(items: Iterable[str]) -> Iterator[list[str]]:
    source = iter(items)
    while batch := list(islice(source, _BATCH)):
        yield batch


def _listed(hands: Hands, batch: list[str]) -> list[str]:
    return hands.copyist.listed(batch[0])


def _copied(hands: Hands, batch: list[str]) -> Copied:
    return hands.copyist.copy(batch)


def _lacking(hands: Hands, batch: list[str]) -> Copied:
    """As `_copied`, also of things that no list has. These addresses may have nothing: what links to them tells."""
    done = hands.copyist.copy(batch, listed_too=True)
    done.faults = [fault for fault in done.faults if fault.page]
    return done


def _error_page(hands: Hands, batch: list[str]) -> None:
    hands.copyist.error_page(batch[0])


def _broken(hands: Hands, batch: list[str]) -> list[Broken]:
    return hands.checker.broken(batch)
