"""The queries, in three mixes. Parameters are drawn by seed; all engines get the same requests in the same order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

from tests.bench.data import COUNTRIES, SHOP, Shop, V

_PROLOGUE = f"""\
PREFIX v: <{V}>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


@dataclass(frozen=True)
class Ask:
    """One request: the name of its query, its text, and whether a graph comes back."""

    name: str
    query: str
    graph: bool = False


# %product% is drawn once in a query; %feature2% is another one; %n500% is a number from 1 to 500.
_HOLE = re.compile(r"%([a-z]+)(\d*)%")

_LOOKUPS = {
    "star": "SELECT ?property ?value { %product% ?property ?value }",
    "two-hops": "SELECT ?offer ?country { ?offer v:product %product% ; v:vendor/v:country ?country }",
    "ask": "ASK { %product% v:feature %feature% }",
    "describe": "DESCRIBE %product%",
    "construct": """
        CONSTRUCT { %product% rdfs:label ?label ; v:producer ?producer . ?producer rdfs:label ?by }
        { %product% rdfs:label ?label ; v:producer ?producer . ?producer rdfs:label ?by }""",
}

_EXPLORE = {
    "find": """
        SELECT DISTINCT ?product ?label { ?product rdfs:label ?label ; a %type% ; v:feature %feature% ; v:number0 ?n
        FILTER(?n > %n500%) } ORDER BY ?label LIMIT 10""",
    "details": """
        SELECT ?label ?comment ?by ?feature ?n0 ?t0 ?n4 ?t4 { %product% rdfs:label ?label ; rdfs:comment ?comment ;
        v:producer/rdfs:label ?by ; v:feature/rdfs:label ?feature ; v:number0 ?n0 ; v:text0 ?t0
        OPTIONAL { %product% v:number4 ?n4 } OPTIONAL { %product% v:text4 ?t4 } }""",
    "without": """
        SELECT ?product ?label { ?product rdfs:label ?label ; a %type% ; v:feature %feature% ; v:number1 ?n
        FILTER(?n > %n900%) FILTER NOT EXISTS { ?product v:feature %feature2% } } ORDER BY ?label LIMIT 10""",
    "either": """
        SELECT DISTINCT ?product ?label { ?product rdfs:label ?label ; a %type%
        { ?product v:feature %feature% ; v:number0 ?n FILTER(?n > 500) } UNION
        { ?product v:feature %feature2% ; v:number1 ?n FILTER(?n > 500) } } ORDER BY ?label LIMIT 10""",
    "similar": """
        SELECT DISTINCT ?other ?label { %product% v:feature ?f ; v:number0 ?a .
        ?other v:feature ?f ; rdfs:label ?label ; v:number0 ?b
        FILTER(?other != %product% && ?b < ?a + 120 && ?b > ?a - 120) } ORDER BY ?label LIMIT 5""",
    "offers-and-reviews": """
        SELECT ?label ?price ?vendor ?title ?by ?r0 { %product% rdfs:label ?label
        OPTIONAL { ?offer v:product %product% ; v:price ?price ; v:vendor ?seller .
          ?seller rdfs:label ?vendor ; v:country %country% }
        OPTIONAL { ?review v:reviewOf %product% ; v:title ?title ; v:reviewer/v:name ?by
          OPTIONAL { ?review v:rating0 ?r0 } } }""",
    "recent-reviews": """
        SELECT ?title ?text ?date ?by { ?review v:reviewOf %product% ; v:title ?title ; v:text ?text ;
        v:reviewDate ?date ; v:reviewer/v:name ?by FILTER(LANGMATCHES(LANG(?text), "fr")) }
        ORDER BY DESC(?date) LIMIT 20""",
    "describe-reviewer": "DESCRIBE ?person { %review% v:reviewer ?person }",
    "cheap-offers": """
        SELECT DISTINCT ?offer ?price { ?offer v:product %product% ; v:vendor/v:country ?country ;
        v:deliveryDays ?days ; v:price ?price ; v:validTo ?until
        FILTER(?days <= 12 && ?until > "2025-08-01"^^xsd:date) } ORDER BY ?price ?offer LIMIT 10""",
    "all-of-an-offer": """
        SELECT ?property ?value { { %offer% ?property ?value } UNION { ?value ?property %offer% } }""",
    "export-offer": """
        CONSTRUCT { %offer% v:about ?label ; v:seller ?seller ; v:price ?price }
        { %offer% v:product/rdfs:label ?label ; v:vendor/rdfs:label ?seller ; v:price ?price }""",
}

_SCANS = {
    "aggregate": """
        SELECT ?country (COUNT(?offer) AS ?offers) (AVG(?price) AS ?mean)
        { ?offer v:vendor/v:country ?country ; v:price ?price ; v:deliveryDays %n21% } GROUP BY ?country""",
    "label-search": """
        SELECT ?product ?label { ?product a v:Product ; rdfs:label ?label
        FILTER(CONTAINS(LCASE(?label), "aba") || CONTAINS(?label, "%n9%")) } LIMIT 50""",
    "586-rows": "SELECT ?offer ?price { ?offer v:vendor %vendor% ; v:price ?price } LIMIT 586",
    "count": "SELECT (COUNT(?person) AS ?n) { ?person a v:Person ; v:country %country% }",
    "many-rows": "SELECT ?offer ?price { ?offer v:price ?price } LIMIT 10000%n9%",
}

MIXES = ("lookups", "explore", "scans")
_ALL = {"lookups": (_LOOKUPS, 20), "explore": (_EXPLORE, 10), "scans": (_SCANS, 1)}
_GRAPHS = ("DESCRIBE", "CONSTRUCT")


def asks(mix: str, shop: Shop, seed: int = 7) -> list[Ask]:
    """The requests of a mix, in the order in which they are asked."""
    templates, instances = _ALL[mix]
    random = Random(seed)
    found = [(name, _filled(text, shop, random)) for _ in range(instances) for name, text in templates.items()]
    return [Ask(name, _PROLOGUE + text, text.lstrip().startswith(_GRAPHS)) for name, text in found]


def _filled(text: str, shop: Shop, random: Random) -> str:
    drawn: dict[str, str] = {}
    for hole in _HOLE.finditer(text):
        drawn.setdefault(hole[0], _drawn(hole[1], hole[2], shop, random))
    return _HOLE.sub(lambda hole: drawn[hole[0]], text)


def _drawn(kind: str, number: str, shop: Shop, random: Random) -> str:
    if kind == "n":
        return str(random.randint(1, int(number)))
    if kind == "country":
        return f"<{SHOP}country/{random.choice(COUNTRIES)}>"
    first = 1 if kind == "type" else 0  # nothing is of the topmost type only
    return f"<{SHOP}{kind}/{random.randrange(first, getattr(shop, kind + 's'))}>"
