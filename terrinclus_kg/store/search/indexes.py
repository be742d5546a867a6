"""The indexes of the releases that are being served."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from terrinclus_kg.errors import NoIndex, ReleaseDamaged
from terrinclus_kg.store.search.asking import answer
from terrinclus_kg.store.search.index import Index
from terrinclus_kg.store.search.model import CLASS, KIND, Found, Hit, Near, Nearby, Search
from terrinclus_kg.store.search.nearest import nearest

_KEPT = 2  # the one that serves, and the one before it, which requests under way may still ask


class Indexes:
    """Answers questions to the index of a release. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: OrderedDict[Path, Index] = OrderedDict()

    def search(self, path: Path, search: Search) -> Found:
        """The answer of an index to a question.

        Raises:
            NoIndex: there is none: the release was made before there were indexes, or somewhere else.
            ReleaseDamaged: it cannot be read.
        """
        with _reading(path):
            return answer(self._of(path), search)

    def near(self, path: Path, near: Near) -> Nearby:
        """What an index has for a name that may be misspelt. Raises as `search`."""
        with _reading(path):
            return nearest(self._of(path), near)

    def told(self, path: Path, iris: Iterable[str]) -> tuple[Hit, ...]:
        """What an index tells of things; of those that it has. Raises as `search`."""
        with _reading(path):
            index = self._of(path)
            return index.hits(index.numbers(iris))

    def classes(self, path: Path) -> dict[str, int]:
        """How many listed things there are of each class that has some. Raises as `search`."""
        with _reading(path):
            index = self._of(path)
            return {value.key: value.count for value in index.counted(CLASS, index.everything)}

    def counts(self, path: Path) -> dict[str, int]:
        """How many things there are of each kind that has some. Raises as `search`."""
        with _reading(path):
            index = self._of(path)
            return {value.key: value.count for value in index.counted(KIND, index.everything)}

    def _of(self, path: Path) -> Index:
        with self._lock:
            if path not in self._open:
                if not path.is_file():
                    raise NoIndex("the data that are served here have no index: it is made where a release is built")
                self._open[path] = Index(path)
                while len(self._open) > _KEPT:
                    self._open.popitem(last=False)
            self._open.move_to_end(path)
            return self._open[path]


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise ReleaseDamaged(f"the index of release {path.parent.name} cannot be read: {error}") from None
