"""The real data with labels and texts that nobody wishes for: the same things, under the same addresses.

Every text of a source or of an editor is replaced, the addresses of the things are not: so every page of the site is
shown with markup, reordering characters, a word without end, other scripts, and links that would run programs.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, parse, serialize

from terrinclus_kg.ingest.material import Material
from terrinclus_kg.rdf.namespaces import BASE, DCT, FOAF, RDF, RDFS, SKOS, TI

MARKUP = "<script>alert(1)</script>"
TEXTS = (
    MARKUP,
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'{{ 7 * 7 }}${7*7}</title></textarea>",
    "\u202eesrever\u202c \u2066isolated\u2069 \u200fmark",
    "x" * 2000,
    "جمعية التعاون الدولي",
    "אגודה לשיתוף פעולה",
    "👩🏽‍🌾🇫🇷 e\u0301\u0301\u0301 ﷽",
    "]]>&amp;&lt;!-- -->%3Cscript%3E",
)
LINKS = ("javascript:alert(1)", "data:text/html,<script>alert(1)</script>".replace("<", "%3C").replace(">", "%3E"))
_NAMES = {SKOS["prefLabel"], SKOS["altLabel"], DCT["title"], DCT["alternative"], FOAF["name"], DCT["description"]}
_NAMES |= {TI["claimText"], SKOS["definition"]}
_FORMATS = {".trig": RdfFormat.TRIG, ".ttl": RdfFormat.TURTLE}


def material(folder: Path) -> Material:
    """The material of a hostile release, written to ``folder``."""
    ours = Material.default()
    shutil.copytree(ours.data, folder)
    for file in folder.rglob("*"):
        if syntax := _FORMATS.get(file.suffix):
            quads = list(parse(file.read_bytes(), syntax, base_iri=BASE))
            file.write_bytes(serialize([_hostile(quad) for quad in quads] + _linked(quads), format=syntax))
        elif file.name == "source.toml":
            title = json.dumps(hostile(file.parent.name), ensure_ascii=False)
            file.write_text(re.sub(r"^title\s*=.*$", lambda _, t=title: f"title = {t}", file.read_text(), flags=re.M))
    return Material(folder, ours.ontology, ours.queries)


def hostile(key: str) -> str:
    """The text that stands for all texts of something; its beginning tells it from those of others."""
    digest = hashlib.sha256(key.encode()).digest()
    return f"{digest.hex()[:4]} {TEXTS[digest[0] % len(TEXTS)]}"


def _hostile(quad: Quad) -> Quad:
    value = quad.object
    if quad.predicate not in _NAMES or not isinstance(value, Literal) or not value.language:
        return quad
    text = hostile(f"{quad.subject} {value.value}")
    return Quad(quad.subject, quad.predicate, Literal(text, language=value.language), quad.graph_name)


def _linked(quads: list[Quad]) -> list[Quad]:
    """Links of each thing that would run a program."""
    typed = [q for q in quads if q.predicate == RDF["type"] and q.graph_name != DefaultGraph()]
    return [Quad(q.subject, RDFS["seeAlso"], NamedNode(link), q.graph_name) for q in typed[:20] for link in LINKS]
