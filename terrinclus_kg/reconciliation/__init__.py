"""Names of others matched with things of the graph: what the Reconciliation Service API 0.2 asks for.

`reading` reads names and `asked` queries, `likeness` compares names, `scoring` makes candidates of what the index
finds, `batch` answers queries; `types` are what they may ask for, `properties` what is said of things, `extension`
tables of it, `identifiers` what clients call things.
"""

from terrinclus_kg.reconciliation.asked import Constraint, Query, parse_batch
from terrinclus_kg.reconciliation.batch import MOST_QUERIES, answers
from terrinclus_kg.reconciliation.extension import Extension, extended, parse_extension, proposed
from terrinclus_kg.reconciliation.identifiers import identifier, resolved
from terrinclus_kg.reconciliation.properties import Property, identified, known_properties
from terrinclus_kg.reconciliation.scoring import Candidate, called
from terrinclus_kg.reconciliation.types import Type, constrained, types, types_of

__all__ = [
    "MOST_QUERIES",
    "Candidate",
    "Constraint",
    "Extension",
    "Property",
    "Query",
    "Type",
    "answers",
    "called",
    "constrained",
    "extended",
    "identified",
    "identifier",
    "known_properties",
    "parse_batch",
    "parse_extension",
    "proposed",
    "resolved",
    "types",
    "types_of",
]
