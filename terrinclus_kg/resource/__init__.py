"""What we say about one thing, and according to whom.

`describe` gathers a page by one query: the statements about a thing, each with the facts that make it; the nodes
that join it to others (a participation, a mandate, a figure), unfolded; and what links to it, grouped by meaning as
`plan` has it. `document` is the same as RDF; `listing`, `linking` and `catalogue` name many things at once.
"""

from terrinclus_kg.resource.document import check, document
from terrinclus_kg.resource.listing import catalogue, linking, listing
from terrinclus_kg.resource.model import Cell, Group, Labels, Link, Mark, Page, Statement, Term, is_node
from terrinclus_kg.resource.page import describe
from terrinclus_kg.resource.plan import inverse_labels, plans
from terrinclus_kg.resource.tables import Line, Table, common
from terrinclus_kg.resource.walk import stretch, stretches

__all__ = [
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
    "catalogue",
    "check",
    "common",
    "describe",
    "document",
    "inverse_labels",
    "is_node",
    "linking",
    "listing",
    "plans",
    "stretch",
    "stretches",
]
