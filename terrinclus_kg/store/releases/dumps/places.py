"""What has a place, as GeoJSON (RFC 7946): only positions that the data themselves state.

A thing has the position that it states (``dcat:centroid``, ``geo:asWKT`` or ``locn:geometry`` as a WKT point, or
latitude and longitude of WGS 84 or schema.org), else those of the places that it names by ``dct:spatial``. A place
(``dct:Location``) without a position is an unlocated feature: its geometry is null (§3.2), its codes join it to maps.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode

from terrinclus_kg.rdf.labels import LANGUAGES
from terrinclus_kg.rdf.namespaces import DCAT, DCT, RDF, SCHEMA, SKOS, compact
from terrinclus_kg.store.releases.dumps.packing import described, packed
from terrinclus_kg.store.releases.dumps.things import Names, Thing, Values, names, things

NAME, MEDIA_TYPE = "places.geojson.gz", "application/geo+json"
Position = tuple[float, float]  # longitude, latitude (§3.1.1)
_WKT = (DCAT["centroid"].value, "http://www.opengis.net/ont/geosparql#asWKT", "http://www.w3.org/ns/locn#geometry")
_WGS84 = "http://www.w3.org/2003/01/geo/wgs84_pos#"
_PAIRS = ((f"{_WGS84}long", f"{_WGS84}lat"), (SCHEMA["longitude"].value, SCHEMA["latitude"].value))
# A literal without a system of reference is in CRS84, longitude first (GeoSPARQL 1.1 §8.5.1); others are passed over.
_POINT = re.compile(
    r"\s*(?:<http://www\.opengis\.net/def/crs/OGC/1\.3/CRS84>\s*)?POINT\s*\(\s*(\S{1,40})\s+(\S{1,40})\s*\)\s*", re.I
)
_CODES = (DCT["identifier"].value, SKOS["notation"].value)
_SPATIAL, _LOCATION = DCT["spatial"].value, DCT["Location"]


def write(folder: Path) -> list[dict[str, Any]]:
    """Writes what has a place in the dump in a folder.

    Returns:
        What a list of files says of it; nothing, if nothing has a place.
    """
    with closing(sqlite3.connect("")) as table:  # in a file of its own, which nobody else sees, when it is large
        table.execute("CREATE TABLE place (iri TEXT PRIMARY KEY, longitude REAL, latitude REAL) WITHOUT ROWID")
        stated = ((it.name.iri, position(it.values)) for it in things(folder))
        table.executemany("INSERT INTO place VALUES (?, ?, ?)", ((iri, *at) for iri, at in stated if at))
        with names(folder) as known:
            count = _collection(folder / NAME, _features(folder, table, known))
    if count:
        return [described(folder / NAME, MEDIA_TYPE)]
    (folder / NAME).unlink()
    return []


def position(values: Values) -> Position | None:
    """The position that a thing states; None: none, or nothing that is one."""
    for predicate in _WKT:
        for value in values.get(predicate, ()):
            if found := _POINT.fullmatch(value.value[:300]):
                return _checked(found[1], found[2])
    for east, north in _PAIRS:
        if east in values and north in values:
            return _checked(values[east][0].value, values[north][0].value)
    return None


def _checked(longitude: str, latitude: str) -> Position | None:
    try:
        east, north = float(longitude), float(latitude)
    except ValueError:
        return None
    return (east, north) if math.fabs(east) <= 180 and math.fabs(north) <= 90 else None


def _features(folder: Path, table: sqlite3.Connection, known: Names) -> Iterator[dict[str, Any]]:
    for thing in things(folder):
        places = [term.value for term in thing.values.get(_SPATIAL, ()) if isinstance(term, NamedNode)]
        found = _positions([thing.name.iri], table) or _positions(places, table)
        if found or _LOCATION in thing.values.get(RDF["type"].value, ()):
            yield _feature(thing, found, places, known)


def _positions(places: list[str], table: sqlite3.Connection) -> list[Position]:
    asked = "SELECT DISTINCT longitude, latitude FROM place WHERE iri IN (SELECT value FROM json_each(?)) ORDER BY 1, 2"
    return [*table.execute(asked, [json.dumps(places)])]


def _feature(thing: Thing, found: list[Position], places: list[str], known: Names) -> dict[str, Any]:
    iri = thing.name.iri
    said: dict[str, Any] = {"iri": iri, "kind": thing.name.kind}
    said |= {f"label_{lang}": label for lang in LANGUAGES if (label := known.label(iri, lang))}
    said["types"] = [compact(term.value) for term in thing.values.get(RDF["type"].value, ())]
    for predicate in _CODES:
        if codes := [term.value for term in thing.values.get(predicate, ()) if isinstance(term, Literal)]:
            said[compact(predicate)] = codes
    if places:
        said[compact(_SPATIAL)] = places
    return {"type": "Feature", "id": iri, "geometry": _geometry(found), "properties": said}


def _geometry(found: list[Position]) -> dict[str, Any] | None:
    if len(found) > 1:
        return {"type": "MultiPoint", "coordinates": found}
    return {"type": "Point", "coordinates": found[0]} if found else None


def _collection(file: Path, features: Iterator[dict[str, Any]]) -> int:
    """A FeatureCollection, a feature a line. Returns their number."""
    count = 0
    with packed(file) as out:
        out.write(b'{"type": "FeatureCollection", "features": [')
        for count, feature in enumerate(features, 1):
            text = json.dumps(feature, ensure_ascii=False, allow_nan=False)
            out.write((",\n" if count > 1 else "\n").encode() + text.encode())
        out.write(b"\n]}\n")
    return count
