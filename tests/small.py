"""A small graph that the tests of building and publishing make of their own: two sources, three facts."""

from __future__ import annotations

import shutil
from pathlib import Path

from terrinclus_kg import resources
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.store.releases import dataset
from terrinclus_kg.store.releases.layout import Release

PREFIXES = """\
@prefix acteur: <https://w3id.org/terrinclus/id/acteur/> .
@prefix c-statut: <https://w3id.org/terrinclus/concept/statut/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix fait: <https://w3id.org/terrinclus/id/fait/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix ti: <https://w3id.org/terrinclus/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

SOURCE = """\
title = "Le journal"
publisher = "acteur/journal"
address = "https://example.org/journal"
language = "fr"
issued = "2020-05"
"""

FACTS = (
    PREFIXES
    + """
fait:Z01 ti:locator "page 1"@fr ; ti:status c-statut:enonce ;
  dct:description "Le journal est une organisation"@fr , "The journal is an organisation"@en .
fait:Z01 { acteur:journal a org:Organization ; skos:prefLabel "Journal"@fr , "Journal"@en . }

fait:Z02 ti:locator "page 2"@fr ; ti:status c-statut:enonce ;
  dct:description "Le journal a une page"@fr , "The journal has a page"@en .
fait:Z02 { acteur:journal foaf:homepage <https://example.org/> . }
"""
)

EDITORS = """\
title = "Notes de l’équipe"
publisher = "acteur/terrinclus-kg"
address = "https://example.org/notes"
language = "fr"

[defaults]
status = "infere"
locator = "notre lecture"
description = { fr = "Lien posé par nous", en = "Link made by us" }
"""

LINKS = (
    PREFIXES
    + """
fait:lien-1 { acteur:terrinclus-kg a org:Organization ; skos:prefLabel "L’équipe"@fr , "The editors"@en .
  acteur:journal foaf:homepage <https://example.org/> . }
"""
)

RULE = """\
#: [title]
#: fr = "Tout ce qui a une page est dit par quelqu’un"
#: en = "All that has a page"
CONSTRUCT { ?thing rdfs:label ?name . ?thing skos:prefLabel ?name }
WHERE { ?thing foaf:homepage ?page ; skos:prefLabel ?name }
"""


def material(folder: Path, *, real_ontology: bool = False) -> Material:
    """The small sources with the real shapes and concepts, or with next to none, which is quicker."""
    made = Material(folder / "data", folder / "ontology", folder / "queries")
    write(made.data / "sources/journal", SOURCE, FACTS)
    write(made.data / "editors/notes", EDITORS, LINKS)
    if real_ontology:
        shutil.copytree(resources.root("ontology"), made.ontology)
    else:
        shapes = made.ontology / "shapes"
        shapes.mkdir(parents=True)
        (shapes / "required.ttl").write_text("")
        (shapes / "recommended.ttl").write_text("")
    (made.queries / "rules").mkdir(parents=True)
    (made.queries / "checks").mkdir()
    for name in ("index", "facets"):
        shutil.copytree(resources.root("queries") / name, made.queries / name)
    (made.queries / "rules" / "10-label.rq").write_text(RULE)
    return made


def write(folder: Path, source: str | bytes = SOURCE, facts: str = FACTS, name: str = "facts.trig") -> Path:
    """One source folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.toml").write_bytes(source if isinstance(source, bytes) else source.encode())
    (folder / name).write_text(facts)
    return folder


def quads(release: Release) -> list[bytes]:
    """The lines of the dump of a release."""
    return list(dataset.read(release.path / "dataset.nq.gz"))
