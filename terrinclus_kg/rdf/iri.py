"""Paths of the service ↔ IRIs of things, and which IRIs may become links.

`kinds` are those of ``ontology/kinds.toml``. A thing of kind *projet* and key *terrinclus* has the
IRI ``…/id/projet/terrinclus``, the page ``/fr/projet/terrinclus`` and the document
``/data/projet/terrinclus.ttl``. A kind may live under a foreign base (the SDGs).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from urllib.parse import quote, urlsplit

from pyoxigraph import NamedNode

from terrinclus_kg.errors import BadRequest, ConfigurationError
from terrinclus_kg.rdf.checked import table
from terrinclus_kg.rdf.kinds import FILE, Kinds
from terrinclus_kg.rdf.namespaces import compact

_KEY = re.compile(r"[A-Za-z0-9_~.\-]+(?:/[A-Za-z0-9_~.\-]+)*\Z")
_SAFE_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
# Controls, what RFC 3987 §2.2 leaves out of IRIs, blanks, and characters that are not seen or turn the text around.
_CONTROLS = re.compile(
    r"[\x00-\x20\x7f-\xa0<>\"{}|\\^`\xad\u061c\u115f\u1160\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of thing as visitors see it. ``labels`` and ``plurals`` are by language; ``also``: other words for a
    thing of it; ``nature`` and ``mark``: as in `Entry`."""

    slug: str
    base: str
    classes: tuple[str, ...]
    labels: dict[str, str]
    plurals: dict[str, str]
    listed: bool
    nature: str = ""
    mark: str = ""
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What a thing of it is called, in any language."""
        return (*self.labels.values(), *self.also)


@dataclass(frozen=True, slots=True)
class Name:
    """A kind and a key: what is left of an IRI when the base is taken off."""

    kind: str
    key: str

    @property
    def iri(self) -> str:
        return kinds()[self.kind].base + self.key

    @property
    def path(self) -> str:
        """``projet/terrinclus``, ready to stand in a URL path."""
        return f"{self.kind}/{quote(self.key, safe='/~')}"


@cache
def kinds() -> dict[str, Kind]:
    """All kinds by slug, in display order.

    Raises:
        ConfigurationError: what is wrong in ``ontology/kinds.toml``.
    """
    return {
        entry.slug: Kind(
            slug=entry.slug,
            base=entry.iri_base,
            classes=entry.classes,
            labels=entry.label.model_dump(),
            plurals=entry.plural.model_dump(),
            listed=entry.listed,
            nature=entry.nature,
            mark=entry.mark,
            also=entry.also,
        )
        for entry in table(Kinds, FILE).kind
    }


def known(slug: str) -> str:
    """The slug itself, for what configuration says. Raises ValueError: it is that of no kind."""
    if slug not in kinds():
        raise ValueError(f"no such kind: {slug}")
    return slug


@cache
def of_nature(nature: str) -> frozenset[str]:
    """The slugs of the kinds of a nature."""
    return frozenset(kind.slug for kind in kinds().values() if kind.nature == nature)


@cache
def kinds_of(*classes: NamedNode) -> frozenset[str]:
    """The slugs of the kinds whose things are of one of these classes."""
    wanted = {each.value for each in classes}
    return frozenset(kind.slug for kind in kinds().values() if wanted & set(kind.classes))


@cache
def base_of(of: NamedNode) -> str:
    """How the IRIs of the kind of a class begin.

    Raises:
        ConfigurationError: no kind has this class.
    """
    found = next((kind.base for kind in kinds().values() if of.value in kind.classes), None)
    if found is None:
        raise ConfigurationError(f"{FILE}: a kind is needed with the class {compact(of.value)}")
    return found


def from_path(path: str) -> Name | None:
    """``projet/terrinclus`` (already percent-decoded once) → its name.

    None for an unknown kind, or a key with anything but unreserved ASCII, dot segments included.
    """
    kind, _, key = path.partition("/")
    if kind not in kinds() or not _KEY.match(key) or {".", ".."} & set(key.split("/")):
        return None
    return Name(kind, key)


@lru_cache(maxsize=65_536)
def from_iri(iri: str) -> Name | None:
    """The name of an IRI that this service has a page for, else None."""
    for kind in _by_base():
        if iri.startswith(kind.base):
            return from_path(f"{kind.slug}/{iri[len(kind.base) :]}")
    return None


@cache
def _by_base() -> list[Kind]:
    return sorted(kinds().values(), key=lambda kind: -len(kind.base))


def absolute(text: str, what: str) -> NamedNode:
    """An IRI that somebody has sent, to name ``what``. Raises BadRequest: it is none, or a relative one."""
    try:
        return NamedNode(text)
    except ValueError:
        raise BadRequest(f"{what} is named by no absolute IRI: {text[:200]!r}") from None


def is_safe_link(iri: str) -> bool:
    """Whether an IRI from the data may become the target of a link on a page.

    Only http, https, mailto and tel, with no control, blank or bidirectional character anywhere.
    """
    if _CONTROLS.search(iri):
        return False
    try:
        return urlsplit(iri).scheme.lower() in _SAFE_SCHEMES
    except ValueError:
        return False
