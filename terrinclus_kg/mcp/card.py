"""The schema card: the classes and properties that a release really has, a line each, or all of one class."""

from __future__ import annotations

import json
from typing import Any

from terrinclus_kg.errors import NotFound
from terrinclus_kg.mcp.told import Told
from terrinclus_kg.rdf.iri import kinds
from terrinclus_kg.rdf.namespaces import TI, compact, expand, prefixes
from terrinclus_kg.store.releases import completion
from terrinclus_kg.store.releases.layout import Release

CLASSES, PROPERTIES = 40, 12  # that are told, and of each of them; of one class that is asked for, all
_GRAPHS = (
    "The default graph merges all facts, each triple once. GRAPH ?fact { … } asks facts, and "
    "?fact dct:source ?source ; ti:locator ?where ; ti:status ?status tells where each comes from."
)


def card(release: Release, of: str, language: str) -> tuple[Told, str]:
    """What is needed to write queries: classes with their properties, prefixes, kinds; and what is left out, in words.

    ``of``: one class, by IRI or ``prefix:name``, of which all is told, with definitions; "" for a line on each.

    Raises:
        NotFound: nothing has the class, or the release does not tell its terms.
    """
    known = _known(release)
    if of:
        wanted = expand(of) if of.partition(":")[0] in prefixes() else of
        found = [_class(each, known, language) for each in known["classes"] if each["iri"] == wanted]
        if not found:
            raise NotFound(f"no thing of this release has the class {of[:200]}")
        return {**found[0], "sources": [str(TI).rstrip("#")]}, ""
    lines = [_line(each, known, language) for each in known["classes"][:CLASSES]]
    told = {
        "classes": lines,
        "prefixes": {prefix: iri for prefix, iri in prefixes().items() if any(f"{prefix}:" in line for line in lines)},
        "kinds": {slug: kind.labels[language] for slug, kind in kinds().items()},
        "graphs": _GRAPHS,
        "sources": [str(TI).rstrip("#")],
    }
    left = len(known["classes"][CLASSES:]) + known["left_out"]["classes"]
    rest = f"{left} rarer classes are left out: ask for them with sparql. " if left else ""
    most = f"Of each class {PROPERTIES} properties at most, the most frequent"
    return told, f"{rest}{most}: `of` tells all of one class, with definitions."


def _line(members: dict[str, Any], known: dict[str, Any], language: str) -> str:
    """``ti:Fact (586, fact): dct:source 586, ti:locator 500``."""
    label = known["terms"].get(members["iri"], {}).get("label", {}).get(language)
    counts = list(members["properties"].items())[:PROPERTIES]
    properties = ", ".join(f"{compact(iri)} {count}" for iri, count in counts)
    return f"{compact(members['iri'])} ({members['count']}{f', {label}' if label else ''}): {properties}"


def _known(release: Release) -> dict[str, Any]:
    file = completion.path(release)
    if file is None:
        raise NotFound("this release does not tell its terms: ask for them with sparql")
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def _class(members: dict[str, Any], known: dict[str, Any], language: str) -> Told:
    counts = members["properties"].items()
    properties = [{**_term(iri, known, language), "count": count} for iri, count in counts]
    return {**_term(members["iri"], known, language), "count": members["count"], "properties": properties}


def _term(iri: str, known: dict[str, Any], language: str) -> Told:
    texts = known["terms"].get(iri, {})
    told = {name: text for name in ("label", "definition") if (text := texts.get(name, {}).get(language))}
    return {"iri": iri, "name": compact(iri), **told}
