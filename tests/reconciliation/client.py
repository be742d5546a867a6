"""A client of a reconciliation service, which does what OpenRefine does, over real HTTP."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from tests.service import Response, fetch

HERE = Path(__file__).parent
BATCH = 10  # what OpenRefine sends at a time


class Row(NamedTuple):
    """A row of a labelled list: a text, the type that a user would choose, what is meant ("" for nothing of ours), and
    whether it is for tuning or held back from it."""

    text: str
    type: str
    expected: str
    part: str


class Figures(NamedTuple):
    """How a list went. ``precision``: of what was matched, how much was right; ``recall``: of what is ours, how much
    was matched rightly; ``first``: of what is ours, how much was the first candidate."""

    rows: int
    precision: float
    recall: float
    first: float


def rows(language: str) -> list[Row]:
    """The labelled list of a language."""
    with (HERE / f"{language}.csv").open(encoding="utf-8", newline="") as file:
        return [Row(**row) for row in csv.DictReader(file)]


@dataclass(frozen=True)
class Client:
    """Knows the address that a user has typed, and nothing else but what the manifest tells."""

    address: str

    def manifest(self) -> dict[str, Any]:
        return self._read(fetch(self.address, Accept="application/json"))

    def post(self, **form: object) -> Response:
        """A form, whose values are JSON."""
        body = urlencode({name: json.dumps(value) for name, value in form.items()}).encode()
        return fetch(self.address, data=body, Content_Type="application/x-www-form-urlencoded")

    def batch(self, queries: dict[str, Any]) -> dict[str, Any]:
        return self._read(self.post(queries=queries))

    def extend(self, ids: list[str], properties: list[dict[str, Any]]) -> dict[str, Any]:
        return self._read(self.post(extend={"ids": ids, "properties": properties}))

    def suggest(self, what: str, prefix: str, cursor: int = 0) -> dict[str, Any]:
        service = self.manifest()["suggest"][what]
        return self._read(
            fetch(f"{service['service_url']}{service['service_path']}?prefix={quote(prefix)}&cursor={cursor}")
        )

    def reconcile(self, some: Iterable[Row]) -> Iterator[tuple[Row, list[dict[str, Any]]]]:
        """Rows with their candidates, asked in batches."""
        left = list(some)
        for start in range(0, len(left), BATCH):
            part = {f"q{place}": row for place, row in enumerate(left[start : start + BATCH])}
            asked = {key: {"query": row.text, "type": row.type, "type_strict": "any"} for key, row in part.items()}
            found = self.batch(asked)
            yield from ((row, found[key]["result"]) for key, row in part.items())

    @staticmethod
    def _read(answer: Response) -> dict[str, Any]:
        assert answer.status == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        found: dict[str, Any] = json.loads(answer.text)
        return found


def figures(answered: Iterable[tuple[Row, list[dict[str, Any]]]]) -> Figures:
    """How well a list was answered."""
    matched = right = ours = first = count = 0
    for row, found in answered:
        best = found[0] if found else {"id": "", "match": False}
        same = best["id"] == row.expected
        count += 1
        matched += best["match"]
        right += best["match"] and same
        ours += bool(row.expected)
        first += same and bool(row.expected)
    return Figures(count, right / matched, right / ours, first / ours)
