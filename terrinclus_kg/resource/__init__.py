"""What we say about one thing, and according to whom.

`describe` gathers a page: the statements about a thing, each with the facts that make it; the nodes
that join it to others (a participation, a mandate, a figure), unfolded; and what links to it.
`document` is the same as RDF; `listing`, `linking` and `catalogue` name many things at once.
"""

from terrinclus_kg.resource.document import check, document
from terrinclus_kg.resource.listing import catalogue, linking, listing
from terrinclus_kg.resource.model import Group, Incoming, Labels, Mark, Page, Statement, Term, is_node
from terrinclus_kg.resource.order import FIRST_CELLS
from terrinclus_kg.resource.page import describe
from terrinclus_kg.resource.walk import stretch, stretches

__all__ = [
    "FIRST_CELLS",
    "Group",
    "Incoming",
    "Labels",
    "Mark",
    "Page",
    "Statement",
    "Term",
    "catalogue",
    "check",
    "describe",
    "document",
    "is_node",
    "linking",
    "listing",
    "stretch",
    "stretches",
]
