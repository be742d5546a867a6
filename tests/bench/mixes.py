"""The queries, in three mixes. Parameters are drawn by seed; all engines get the same requests in the same order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.bench.data import COUNTRIES, SHOP, Shop, V

_PROLOGUE = f"PREFIX v: <{V}>\nPREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
_XSD = "http://www.w3.org/2001/XMLSchema#"
ROWS = 100_000  # of the largest answer, where there are so many offers


@dataclass(frozen=True)
class Ask:
    """One request: the name of its query, its text, and whether a graph comes back."""

    name: str
    query: str
    graph: bool = False


Template = Callable[["_Draw"], str]


class _Draw:
    """Draws things of a shop."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self._shop, self._random = shop, Random(seed)

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def country(self) -> str:
        return f"<{SHOP}country/{self._random.choice(COUNTRIES)}>"

    def __getattr__(self, kind: str) -> str:
        """One of a kind: ``draw.product``."""
        count = getattr(self._shop, {"person": "people"}.get(kind, f"{kind}s"))
        return f"<{SHOP}{kind}/{self._random.randrange(1 if kind == 'type' else 0, count)}>"


_LOOKUPS: dict[str, Template] = {
    "star": lambda d: f"SELECT ?property ?value {{ {d.product} ?property ?value }}",
    "two-hops": lambda d: f"SELECT ?offer ?country {{ ?offer v:product {d.product} ; v:vendor/v:country ?country }}",
    "ask": lambda d: f"ASK {{ {d.product} v:feature {d.feature} }}",
    "describe": lambda d: f"DESCRIBE {d.product}",
    "construct": lambda d: (
        f"CONSTRUCT {{ ?product rdfs:label ?label ; v:producer ?producer . ?producer rdfs:label ?by }} "
        f"{{ VALUES ?product {{ {d.product} }} ?product rdfs:label ?label ; v:producer ?producer . "
        f"?producer rdfs:label ?by }}"
    ),
}

_EXPLORE: dict[str, Template] = {
    "find": lambda d: (
        f"SELECT DISTINCT ?product ?label {{ ?product rdfs:label ?label ; a {d.type} ; v:feature {d.feature} ; "
        f"v:number0 ?n FILTER(?n > {d.number(1, 500)}) }} ORDER BY ?label LIMIT 10"
    ),
    "details": lambda d: (
        f"SELECT ?label ?comment ?by ?feature ?n0 ?t0 ?n4 ?t4 {{ VALUES ?product {{ {d.product} }} "
        "?product rdfs:label ?label ; rdfs:comment ?comment ; v:producer/rdfs:label ?by ; "
        "v:feature/rdfs:label ?feature ; v:number0 ?n0 ; v:text0 ?t0 "
        "OPTIONAL { ?product v:number4 ?n4 } OPTIONAL { ?product v:text4 ?t4 } }"
    ),
    "without": lambda d: (
        f"SELECT ?product ?label {{ ?product rdfs:label ?label ; a {d.type} ; v:feature {d.feature} ; v:number1 ?n "
        f"FILTER(?n > {d.number(1, 900)}) FILTER NOT EXISTS {{ ?product v:feature {d.feature} }} }} "
        "ORDER BY ?label LIMIT 10"
    ),
    "either": lambda d: (
        f"SELECT DISTINCT ?product ?label {{ ?product rdfs:label ?label ; a {d.type} "
        f"{{ ?product v:feature {d.feature} ; v:number0 ?n FILTER(?n > 500) }} UNION "
        f"{{ ?product v:feature {d.feature} ; v:number1 ?n FILTER(?n > 500) }} }} "
        "ORDER BY ?label OFFSET 5 LIMIT 10"
    ),
    "similar": lambda d: (
        f"SELECT DISTINCT ?other ?label {{ VALUES ?product {{ {d.product} }} ?product v:feature ?f ; v:number0 ?a . "
        "?other v:feature ?f ; rdfs:label ?label ; v:number0 ?b "
        "FILTER(?other != ?product && ?b < ?a + 120 && ?b > ?a - 120) } ORDER BY ?label LIMIT 5"
    ),
    "offers-and-reviews": lambda d: (
        f"SELECT ?label ?price ?vendor ?title ?by ?r0 {{ VALUES ?product {{ {d.product} }} "
        f"?product rdfs:label ?label OPTIONAL {{ ?offer v:product ?product ; v:price ?price ; v:vendor ?seller . "
        f"?seller rdfs:label ?vendor ; v:country {d.country()} }} OPTIONAL {{ ?review v:reviewOf ?product ; "
        "v:title ?title ; v:reviewer/v:name ?by OPTIONAL { ?review v:rating0 ?r0 } } }"
    ),
    "recent-reviews": lambda d: (
        f"SELECT ?title ?text ?date ?by {{ ?review v:reviewOf {d.product} ; v:title ?title ; v:text ?text ; "
        "v:reviewDate ?date ; v:reviewer/v:name ?by FILTER(LANGMATCHES(LANG(?text), 'fr')) } "
        "ORDER BY DESC(?date) LIMIT 20"
    ),
    "describe-reviewer": lambda d: f"DESCRIBE ?person {{ {d.review} v:reviewer ?person }}",
    "cheap-offers": lambda d: (
        f"SELECT DISTINCT ?offer ?price {{ ?offer v:product {d.product} ; v:vendor/v:country ?country ; "
        f"v:deliveryDays ?days ; v:price ?price ; v:validTo ?until "
        f"FILTER(?days <= 12 && ?until > '2025-08-01'^^<{_XSD}date>) }} ORDER BY ?price ?offer LIMIT 10"
    ),
    "all-of-an-offer": lambda d: (
        f"SELECT ?property ?value {{ VALUES ?offer {{ {d.offer} }} "
        "{ ?offer ?property ?value } UNION { ?value ?property ?offer } }"
    ),
    "export-offer": lambda d: (
        f"CONSTRUCT {{ ?offer v:about ?label ; v:seller ?seller ; v:price ?price }} {{ VALUES ?offer {{ {d.offer} }} "
        "?offer v:product/rdfs:label ?label ; v:vendor/rdfs:label ?seller ; v:price ?price }"
    ),
}

_SCANS: dict[str, Template] = {
    "aggregate": lambda d: (
        f"SELECT ?country (COUNT(?offer) AS ?offers) (AVG(?price) AS ?mean) {{ ?offer v:vendor/v:country ?country ; "
        f"v:price ?price ; v:deliveryDays {d.number(1, 21)} }} GROUP BY ?country"
    ),
    "label-search": lambda d: (
        "SELECT ?product ?label { ?product a v:Product ; rdfs:label ?label "
        f"FILTER(CONTAINS(LCASE(?label), '{'aeiou'[d.number(0, 4)]}ba')) }} LIMIT 50"
    ),
    "586-rows": lambda d: f"SELECT ?offer ?price {{ ?offer v:vendor {d.vendor} ; v:price ?price }} LIMIT 586",
    "count": lambda d: f"SELECT (COUNT(?person) AS ?n) {{ ?person a v:Person ; v:country {d.country()} }}",
    "many-rows": lambda d: f"SELECT ?offer ?price {{ ?offer v:price ?price }} LIMIT {ROWS - d.number(0, 9)}",
}

MIXES = ("lookups", "explore", "scans")
_ALL = {"lookups": (_LOOKUPS, 20), "explore": (_EXPLORE, 10), "scans": (_SCANS, 2)}
_GRAPHS = ("DESCRIBE", "CONSTRUCT")


def asks(mix: str, shop: Shop, seed: int = 7) -> list[Ask]:
    """The requests of a mix, in the order in which they are asked."""
    templates, instances = _ALL[mix]
    draw = _Draw(shop, seed)
    found = [(name, template(draw)) for _ in range(instances) for name, template in templates.items()]
    return [Ask(name, _PROLOGUE + text, text.startswith(_GRAPHS)) for name, text in found]
