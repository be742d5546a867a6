"""``/fr/chemin?de=…&a=…``: how two things are linked, as chains of links with their sources."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from terrinclus_kg.rdf.iri import from_iri, from_path
from terrinclus_kg.resource.evidence import evidence
from terrinclus_kg.resource.path import DEFAULT, KINDS, Bound, Paths, find
from terrinclus_kg.server import negotiate, render
from terrinclus_kg.server.choosing import Choice, meant
from terrinclus_kg.server.context import reader
from terrinclus_kg.server.negotiate import HTML
from terrinclus_kg.server.respond import Representation, link, represent

blueprint = Blueprint("path", __name__)
_MOST = 20  # things that may be left out


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked, and the addresses at which the same is asked with a difference."""

    address: str
    start: Choice
    end: Choice
    without: tuple[str, ...]

    def choosing(self, field: str, iri: str) -> str:
        """With a thing for ``de`` or ``a``."""
        return self._at(self.without, **{field: _key(iri)})

    def turned(self) -> str:
        """From the other end."""
        return self._at(self.without, de=_told(self.end), a=_told(self.start))

    def without_too(self, iri: str) -> str:
        """Not through one more thing."""
        return self._at((*self.without, iri))

    def with_again(self, iri: str) -> str:
        """Through a thing that was left out, too."""
        return self._at(tuple(one for one in self.without if one != iri))

    def _at(self, without: tuple[str, ...], **ends: str) -> str:
        given = {"de": _told(self.start), "a": _told(self.end)} | ends
        return f"{self.address}?{urlencode([*given.items(), *(('sans', _key(iri)) for iri in without)])}"


@blueprint.get("/<any(fr, en):lang>/chemin")
def path(lang: str) -> Response:
    """The shortest chains from ``de=`` to ``a=`` (identifiers, or names as people type them), not through ``sans=``."""
    negotiate.choose(request.headers.get("Accept"), [HTML])
    address = f"/{lang}/chemin"
    late: list[bool] = []
    make = lambda: _page(lang, address, late)  # noqa: E731
    response = represent(Representation(HTML.content_type, lang), make, [link(address, "canonical")])
    if late:  # another run may find more
        response.headers["Cache-Control"] = "no-store"
        del response.headers["ETag"], response.headers["Last-Modified"]
    return response


def _page(lang: str, address: str, late: list[bool]) -> Response:
    start, end = (meant(request.args.get(name, ""), lang, KINDS) for name in ("de", "a"))
    without = [name.iri for text in request.args.getlist("sans")[:_MOST] if (name := from_path(text))]
    both = start.iri and end.iri
    paths = find(reader(), start.iri, end.iri, without, DEFAULT) if both else Paths((), {}, False, frozenset(), ())
    late += [True] if Bound.SECONDS in paths.met else []
    named = {start.iri, end.iri, *start.among, *end.among, *without} - {""}
    found = evidence(reader(), paths, named)
    asked = _Asked(address, start, end, tuple(without))
    return render.page(
        "path.html",
        lang,
        labels=found.labels,
        canonical=address,
        paths=paths if both else None,
        found=found,
        asked=asked,
        bounds=DEFAULT,
        here="chemin",
    )


def _told(choice: Choice) -> str:
    return _key(choice.iri) if choice.iri else choice.text


def _key(iri: str) -> str:
    name = from_iri(iri)
    return name.path if name else iri
