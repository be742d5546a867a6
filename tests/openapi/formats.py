"""What Schemathesis makes values of a format from; loaded by it as its hooks."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

_QUERIES = ["SELECT * { ?s ?p ?o } LIMIT 3", "ASK {}", "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 2", "DESCRIBE <http://e/x>"]

schemathesis.openapi.format("sparql-query", st.sampled_from(_QUERIES))
schemathesis.openapi.format("reconciliation-queries", st.just('{"q0": {"query": "Aude", "limit": 3}}'))
schemathesis.openapi.format("reconciliation-query", st.sampled_from(["Aude", '{"query": "Aude", "limit": 3}']))
schemathesis.openapi.format("reconciliation-extend", st.just('{"ids": ["acteur/adf"], "properties": [{"id": "iri"}]}'))
