"""Asks an endpoint in every way that the protocol knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.service import Response, fetch

FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
WAYS = ("get", "post form", "post direct", "query form", "query direct")


@dataclass(frozen=True)
class Endpoint:
    """An address that answers queries."""

    url: str

    def ask(
        self,
        query: str,
        accept: str | None = None,
        *,
        way: str = "get",
        parameters: Sequence[tuple[str, str]] = (),
        **headers: str,
    ) -> Response:
        """One query. The parameters go where the way has them."""
        if accept is not None:
            headers["Accept"] = accept
        if way == "get":
            return self.get([("query", query), *parameters], **headers)
        method, kind = way.upper().split(" ")
        if kind == "FORM":
            return self.send(urlencode([("query", query), *parameters]).encode(), FORM, method=method, **headers)
        return self.send(query.encode(), DIRECT, method=method, parameters=parameters, **headers)

    def get(self, parameters: Sequence[tuple[str, str]], **headers: str) -> Response:
        """A GET with these parameters."""
        return fetch(f"{self.url}?{urlencode(parameters)}" if parameters else self.url, **headers)

    def send(
        self,
        body: bytes,
        content_type: str,
        *,
        method: str = "POST",
        parameters: Sequence[tuple[str, str]] = (),
        **headers: str,
    ) -> Response:
        """A body of some type, with parameters in the URL."""
        url = f"{self.url}?{urlencode(parameters)}" if parameters else self.url
        return fetch(url, data=body, method=method, Content_Type=content_type, **headers)
