"""The state of a search, which is its address: words, filters, order, page; and the addresses that lead on from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from terrinclus_kg.errors import ParameterError
from terrinclus_kg.resource import facets
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.operations import Parameter, Schema, array, choice
from terrinclus_kg.store.search.asking import LONGEST
from terrinclus_kg.store.search.model import KIND, YEARS, Search, Sort

MOST = 40  # values of a facet in one search
_FROM, _TO = "-min", "-max"
_YEAR = range(10_000)
Filters = dict[str, tuple[str, ...]]
Years = dict[str, tuple[int | None, int | None]]


@dataclass(frozen=True, slots=True)
class State:
    """A search as its address tells it. ``kind``: the kind that a list is of, "" on the page of searches.

    ``sort``: as asked, None for what is usual. ``whole``: the facet that is shown with all its values, or "".
    """

    path: str
    language: str
    kind: str = ""
    text: str = ""
    filters: Filters | None = None
    years: Years | None = None
    sort: Sort | None = None
    whole: str = ""

    @classmethod
    def of(cls, path: str, language: str, given: MultiDict[str, str], kind: str = "") -> State:
        """What an address asks for; what it knows nothing of is passed over.

        Raises:
            ParameterError: too long, too many values, a year that is none, an unknown order.
        """
        text = " ".join(given.get("q", "").split())
        if len(text) > LONGEST:
            raise ParameterError(f"q: at most {LONGEST} characters are read", extra={"parameter": "q"})
        known = [slug for slug in (KIND, *facets()) if slug != KIND or not kind]
        filters = {slug: tuple(dict.fromkeys(given.getlist(slug))) for slug in known if given.get(slug)}
        for slug, values in filters.items():
            if len(values) > MOST:
                raise ParameterError(f"{slug}: at most {MOST} values can be chosen", extra={"parameter": slug})
        return cls(path, language, kind, text, filters, _years(given), _sort(given), given.get("all", ""))

    @property
    def order(self) -> Sort:
        """The order of the results."""
        return self.sort or (Sort.RELEVANCE if self.text or not self.kind else Sort.LABEL)

    @property
    def narrowed(self) -> bool:
        """Whether there are filters."""
        return bool(self.filters or self.years)

    def search(self, offset: int, size: int) -> Search:
        """The question to the index."""
        filters = {**(self.filters or {}), **({KIND: (self.kind,)} if self.kind else {})}
        return Search(self.text, filters, self.years or {}, self.order, self.language, offset, size)

    def address(self, page: int = 1, form: str = "") -> str:
        """Where this is answered."""
        given = [("q", self.text)] if self.text else []
        given += self.fields
        given += [("sort", self.sort.value)] if self.sort else []
        given += [("all", self.whole)] if self.whole else []
        given += [("page", str(page))] if page > 1 else []
        given += [("format", form)] if form else []
        return self.path + (f"?{urlencode(given)}" if given else "")

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The filters as the fields of a form, sorted."""
        chosen = [(slug, key) for slug, keys in (self.filters or {}).items() for key in keys]
        return sorted(chosen) + self.year_fields

    @property
    def year_fields(self) -> list[tuple[str, str]]:
        """The years as the fields of a form."""
        ends = [
            (slug, end, year)
            for slug, pair in (self.years or {}).items()
            for end, year in zip((_FROM, _TO), pair, strict=True)
        ]
        return [(slug + end, str(year)) for slug, end, year in ends if year is not None]

    def having(self, slug: str, key: str) -> bool:
        """Whether a value is chosen."""
        return key in (self.filters or {}).get(slug, ())

    def adding(self, slug: str, key: str) -> State:
        """With one value more."""
        filters = self.filters or {}
        return replace(self, filters={**filters, slug: (*filters.get(slug, ()), key)}, whole="")

    def removing(self, slug: str, key: str) -> State:
        """Without a value."""
        filters = {
            name: tuple(one for one in keys if (name, one) != (slug, key))
            for name, keys in (self.filters or {}).items()
        }
        return replace(self, filters={name: keys for name, keys in filters.items() if keys})

    def through(self, slug: str) -> State:
        """Without the years of a facet."""
        return replace(self, years={name: pair for name, pair in (self.years or {}).items() if name != slug})

    def of_year(self, slug: str, year: str) -> State:
        """With one year of a facet alone."""
        return replace(self, years={**(self.years or {}), slug: (int(year), int(year))}, whole="")

    def showing(self, slug: str) -> State:
        """With all values of a facet."""
        return replace(self, whole=slug)

    def saying(self, text: str) -> State:
        """With other words."""
        return replace(self, text=text)

    def free(self) -> State:
        """Without any filter."""
        return replace(self, filters={}, years={}, whole="")


def names(kind: str = "") -> tuple[str, ...]:
    """The parameters that a search knows, or a list of a kind: words, facets, first and last years, order."""
    years = tuple(slug + end for slug, one in facets().items() if one.view == YEARS for end in (_FROM, _TO))
    return ("q", *(() if kind else (KIND,)), *facets(), *years, "sort")


def _years(given: MultiDict[str, str]) -> Years:
    slugs = [slug for slug, query in facets().items() if query.view == YEARS]
    found = {slug: (_year(given, slug + _FROM), _year(given, slug + _TO)) for slug in slugs}
    return {slug: pair for slug, pair in found.items() if pair != (None, None)}


def _year(given: MultiDict[str, str], name: str) -> int | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) in _YEAR):
        raise ParameterError(f"{name}: write a year in digits, such as 2015", extra={"parameter": name})
    return int(text)


def orders() -> tuple[Sort, ...]:
    """The orders that results can have: by year, if a facet tells the years of things."""
    dated = any(one.view == YEARS for one in facets().values())
    return tuple(order for order in Sort if dated or order is not Sort.YEAR)


def _sort(given: MultiDict[str, str]) -> Sort | None:
    wanted = given.get("sort", "")
    if wanted and wanted not in orders():
        raise ParameterError(f"sort: there is {', '.join(orders())}", extra={"parameter": "sort"})
    return Sort(wanted) if wanted else None


_YEARS: Schema = {"type": "integer", "minimum": 0, "maximum": 9999}


def _several(facet: str) -> Schema:
    """Values of a facet: they are those of the release, told with each answer."""
    return {**array({"type": "string", "minLength": 1, "format": f"facet:{facet}"}), "maxItems": MOST}


def parameters(kind: str = "") -> tuple[Parameter, ...]:
    """What programs are told of the parameters, as `names`."""
    words = Parameter("q", N_("Words that are looked for."), {"type": "string", "maxLength": LONGEST})
    order = Parameter("sort", N_("The order of the results."), choice(*orders()))
    found = [words, *(() if kind else (Parameter(KIND, N_("A kind of thing."), _several(KIND)),))]
    found += [Parameter(slug, one.title, _several(slug)) for slug, one in facets().items()]
    for slug, one in facets().items():
        found += [Parameter(slug + end, one.title, _YEARS) for end in (_FROM, _TO) if one.view == YEARS]
    return (*found, order)
