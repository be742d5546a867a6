"""What Schemathesis makes values of a format from; loaded by it as its hooks."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

_QUERIES = ["SELECT * { ?s ?p ?o } LIMIT 3", "ASK {}", "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 2", "DESCRIBE <http://e/x>"]

schemathesis.openapi.format("sparql-query", st.sampled_from(_QUERIES))
schemathesis.openapi.format("reconciliation-queries", st.just('{"q0": {"query": "Aude", "limit": 3}}'))
schemathesis.openapi.format("reconciliation-query", st.sampled_from(["Aude", '{"query": "Aude", "limit": 3}']))
schemathesis.openapi.format("reconciliation-extend", st.just('{"ids": ["acteur/adf"], "properties": [{"id": "iri"}]}'))

_THINGS = {
    "projet": ["projet/terrinclus", "projet:terrinclus", "https://w3id.org/terrinclus/id/projet/terrinclus"],
    "evenement": ["evenement/restitution-2017-03-27"],
    "personne": ["personne/andre-viola"],
    "publication": ["publication/agir-en-cooperation-2015"],
    "concept": ["concept/theme/evaluation"],
    "acteur": ["acteur/adf", "acteur/daect"],
    "acteur:personne": ["acteur/terrinclus-promoteurs"],
    "partenariat:projet": ["partenariat/savoie-bignona", "projet/terrinclus"],
}
schemathesis.openapi.format("thing", st.sampled_from(["projet/terrinclus", "http://rdf.insee.fr/def/geo#Pays"]))
for kinds, names in _THINGS.items():
    schemathesis.openapi.format(f"thing:{kinds}", st.sampled_from(names))

_VALUES = {
    "kind": ["projet", "acteur"],
    "role": ["role/membre"],
    "odd": ["10", "17"],
    "pays": ["pays-ma", "pays-tn"],
    "departement": ["departement-11"],
    "annee": ["2018"],
    "source": ["noms"],
}
for facet, keys in _VALUES.items():
    schemathesis.openapi.format(f"facet:{facet}", st.sampled_from(keys))

_TERMS = ["", "?x", "rdf:type", "http://rdf.insee.fr/def/geo#Pays", "<http://e/a>", '"eau"@fr', '"1"^^xsd:integer']
schemathesis.openapi.format("term", st.sampled_from(_TERMS))


@schemathesis.serializer("application/sparql-update")
def update(_: object, value: object) -> object:
    """An update is sent as it is."""
    return value if isinstance(value, bytes) else str(value).encode()
