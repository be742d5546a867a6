"""What we say about one thing, and according to whom.

`describe` gathers a page by one query: the statements about a thing, each with the facts that make it; the nodes
that join it to others (a participation, a mandate, a figure), unfolded; and what links to it, grouped by meaning as
`plan` has it. `document` is the same as RDF, `record` as plain JSON; `linking` names what links to a thing by one
property, `suggest` what may be meant by the beginning of a name, and `counts` how many things there are.
"""

from terrinclus_kg.resource.as_query import as_query, facets
from terrinclus_kg.resource.document import document
from terrinclus_kg.resource.finding import SORTED, counts, linking, listed, suggest
from terrinclus_kg.resource.framed import record
from terrinclus_kg.resource.model import Cell, Group, Labels, Link, Mark, Page, Statement, Term, is_node
from terrinclus_kg.resource.page import describe
from terrinclus_kg.resource.plan import inverse_labels, plans
from terrinclus_kg.resource.tables import Line, Table, common
from terrinclus_kg.resource.tombstone import check, remains, replaced
from terrinclus_kg.resource.walk import alike, stretch, stretches

__all__ = [
    "SORTED",
    "Cell",
    "Group",
    "Labels",
    "Line",
    "Link",
    "Mark",
    "Page",
    "Statement",
    "Table",
    "Term",
    "alike",
    "as_query",
    "check",
    "common",
    "counts",
    "describe",
    "document",
    "facets",
    "inverse_labels",
    "is_node",
    "linking",
    "listed",
    "plans",
    "record",
    "remains",
    "replaced",
    "stretch",
    "stretches",
    "suggest",
]
