"""Where an answer is shown, and under which addresses it is shown otherwise: another view, order, page, format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from terrinclus_kg.errors import ParameterError
from terrinclus_kg.results import VIEWS, Table

STATE = ("view", "sort", "page", "embed")  # the parameters that say how an answer is shown
_FALLING = "-"


@dataclass(frozen=True, slots=True)
class State:
    """How an answer is shown. ``view``: "" for the first that fits; ``sort``: a column, after "-" if falling."""

    view: str = ""
    sort: str = ""
    page: int = 1
    embed: bool = False

    @property
    def column(self) -> str:
        """The column by which rows are in order, "" for the order of the answer."""
        return self.sort.removeprefix(_FALLING)

    @property
    def falling(self) -> bool:
        """Whether the order is turned round."""
        return self.sort.startswith(_FALLING)

    def check(self, table: Table, pages: int) -> None:
        """Raises ParameterError: no such column or page."""
        if self.column and self.column not in table.columns:
            raise _wrong("sort", self.sort, "a column of the answer, after a minus to turn the order round")
        if not 1 <= self.page <= pages:
            raise _wrong("page", str(self.page), f"a number from 1 to {pages}")


def state(values: Mapping[str, str]) -> State:
    """The state that parameters tell.

    Raises:
        ParameterError: one has a value that it cannot have.
    """
    view, page, embed = values.get("view", ""), values.get("page", "1"), values.get("embed", "")
    if view and view not in VIEWS:
        raise _wrong("view", view, "one of " + ", ".join(VIEWS))
    if not (page.isascii() and page.isdigit() and len(page) < 7):
        raise _wrong("page", page, "a number from 1 on")
    if embed not in ("", "0", "1"):
        raise _wrong("embed", embed, "1 or nothing")
    return State(view, values.get("sort", ""), int(page), embed == "1")


@dataclass(frozen=True, slots=True)
class Place:
    """An address at which an answer is shown.

    ``asked``: the parameters that say what is asked, in the order of the address. ``data``: the path at which the
    same is to be had in formats. ``posted``: what does not fit in an address, and is sent as a form by POST; then
    links become buttons.
    """

    path: str
    asked: tuple[tuple[str, str], ...]
    data: str
    state: State = field(default_factory=State)
    posted: tuple[tuple[str, str], ...] = ()

    def href(self, **changed: object) -> str:
        """The address with a state changed; a page is that of its order, so another order begins at the first."""
        values: dict[str, object] = {"view": self.state.view, "sort": self.state.sort, "page": self.state.page}
        values |= {"page": 1, **changed} if "sort" in changed else changed
        usual = {"page": 1, "view": "", "sort": "", "embed": ""}
        shown = [(name, str(values[name])) for name in STATE if values.get(name, usual[name]) != usual[name]]
        return _address(self.path, [*self.asked, *shown])

    def sorted_by(self, column: str) -> str:
        """The address of the order by a column; turned round where it is in that order already."""
        turned = self.state.column == column and not self.state.falling
        return self.href(sort=(_FALLING if turned else "") + column)

    def download(self, format_: str) -> str:
        """The address of the whole answer in a format."""
        return _address(self.data, [*self.asked, ("format", format_)])

    def elsewhere(self, path: str) -> str:
        """The same view at another path."""
        return Place(path, self.asked, self.data, self.state).href()

    def switch(self, language: str) -> str:
        """The address of the same in another language, told by the parameter ``lang`` or the path."""
        told = [(name, language if name == "lang" else value) for name, value in self.asked]
        first, _, rest = self.path.removeprefix("/").partition("/")
        path = f"/{language}/{rest}" if first in ("fr", "en") else self.path
        return Place(path, tuple(told), self.data, self.state, self.posted).href()


def _address(path: str, values: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(values)}" if values else path


def _wrong(name: str, value: str, wanted: str) -> ParameterError:
    return ParameterError(f"the parameter {name} is {wanted}, not {value[:100]!r}", extra={"parameter": name})
