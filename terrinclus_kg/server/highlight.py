"""A query in colours, made by the server: its tokens, each with the class of its kind."""

from __future__ import annotations

from collections.abc import Iterator

from terrinclus_kg.store.queries.tokens import token_at

_CLASSES = {"iri": "name", "string": "string", "variable": "variable", "tag": "string", "prefixed": "name",
            "number": "numeral", "word": "word"}  # fmt: skip


def highlighted(query: str) -> Iterator[tuple[str, str]]:
    """The pieces of a query with their classes, "" for those that need none; together they are the query."""
    position = 0
    while token := token_at(query, position):
        kind = "comment" if token[0].startswith("#") else _CLASSES.get(token.lastgroup or "", "")
        yield kind, token[0]
        position = token.end()
