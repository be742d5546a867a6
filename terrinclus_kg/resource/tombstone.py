"""Things that are not there any more: withdrawn or merged, as the data say, or held by a former release only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from pyoxigraph import Literal, NamedNode, Triple

from terrinclus_kg.errors import Gone, Merged, NotFound, ReleaseDamaged
from terrinclus_kg.rdf.iri import Name
from terrinclus_kg.rdf.namespaces import DCT, OWL, PROV, RDFS, XSD
from terrinclus_kg.rdf.queries import query
from terrinclus_kg.store.reader import Reader, Row
from terrinclus_kg.store.releases import difference, history

_LEADING = ("successor", "same")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{8,15}(Z|[+-][0-9:]{5})?)?\Z")
_WITHDRAWN = "this resource was withdrawn"


def check(reader: Reader, name: Name) -> None:
    """Whether the thing is there.

    Raises:
        Merged: it is another (``owl:deprecated true``, ``owl:sameAs``), which the error names.
        Gone: it was withdrawn (``owl:deprecated true``), or an earlier release held it; the error tells its labels, and
            where it is known what replaced it (``successor``), when (``withdrawn``), and the ``release`` that withdrew
            it, or is the first one without it.
        NotFound: nothing is said of it, nor was in an earlier release.
    """
    rows = reader.rows(query("pages", "state").bind(thing=NamedNode(name.iri)))
    if not rows:
        raise _former(reader, name) or NotFound("nothing is known under this address")
    if "deprecated" in rows[0] and rows[0]["deprecated"].value in ("true", "1"):
        raise _stated(reader, name, rows)


def replaced(reader: Reader, things: Iterable[str]) -> dict[str, dict[str, str]]:
    """Of things that the data withdraw, what they were merged with (``merged``) or replaced by (``successor``)."""
    nodes = [NamedNode(iri) for iri in things]
    rows = reader.rows(query("pages", "replaced").bind(thing=list(nodes))) if nodes else []
    told = ("merged", "successor")
    return {row["thing"].value: {name: row[name].value for name in told if name in row} for row in rows}


def remains(name: Name, error: Gone) -> Iterator[Triple]:
    """What `check` tells of a thing that was withdrawn, as RDF."""
    thing, told = NamedNode(name.iri), error.extra
    yield Triple(thing, OWL["deprecated"], Literal(True))
    for language, label in dict[str, str](told["labels"]).items():  # type: ignore[call-overload]  # of our making
        yield Triple(thing, RDFS["label"], Literal(label, language=language or None))
    if "successor" in told:
        yield Triple(thing, DCT["isReplacedBy"], NamedNode(str(told["successor"])))
    if when := str(told.get("withdrawn", "")):
        kind = XSD["dateTime"] if "T" in when else XSD["date"]
        yield Triple(thing, PROV["invalidatedAtTime"], Literal(when, datatype=kind))


def _stated(reader: Reader, name: Name, rows: Sequence[Row]) -> Gone:
    first = {name: rows[0][name].value for name in _LEADING if isinstance(rows[0].get(name), NamedNode)}
    labels = {_tag(row["label"]): row["label"].value for row in rows if "label" in row}
    told: dict[str, object] = {"thing": name.iri, "labels": labels}
    if known := difference.withdrawn(reader.release, name.iri):
        told["release"] = known.release
    if "when" in rows[0] and _DATE.match(rows[0]["when"].value):
        told["withdrawn"] = rows[0]["when"].value
    if "same" in first:
        return Merged(
            "this resource is one with another", extra={**told, "successor": first["same"], "path": name.path}
        )
    return Gone(_WITHDRAWN, extra=told | ({"successor": first["successor"]} if "successor" in first else {}))


def _tag(term: object) -> str:
    return (term.language or "").lower() if isinstance(term, Literal) else ""


def _former(reader: Reader, name: Name) -> Gone | None:
    release = reader.release
    gone = difference.withdrawn(release, name.iri)
    if gone is None:
        return None
    told: dict[str, object] = {"thing": name.iri, "labels": gone.labels, "release": gone.release}
    with suppress(NotFound, ReleaseDamaged):  # nothing was kept of it
        told["withdrawn"] = history.find(release.path.parent, gone.release).built_at.isoformat(timespec="seconds")
    return Gone(_WITHDRAWN, extra=told)
