"""Drawings as geometry: values in, places and texts out.

Nothing here knows the graph, the language or the page: a caller brings labels, and the macros of
``web/templates/drawings.html`` make SVG of what comes out. The same values give the same drawing, all
of it within ``width`` × ``height``. A drawing that cannot take all it was given says how many it
``left_out``, for the page to tell.

    bars([Row("France", (3, 1))])                           → Bars: stacked horizontal bars
    timeline([Item("Étude", "2013", "2015-06")])            → Timeline: dated items on an axis of years
    neighbourhood(Node("adf", "ADF", "acteur"), [Group(…)]) → Neighbourhood: one thing and what is around it
    network(nodes, links, centre="adf")                     → Network: rings around a centre
    choropleth(sheet, {"departement-35": 4})                → Map: outlines of a sprite, classes, numbers
    mark("diamond")                                         → the outline of a mark
"""

from terrinclus_kg.drawing.bars import Bars, Row, bars
from terrinclus_kg.drawing.maps import Map, Sheet, choropleth
from terrinclus_kg.drawing.model import Group, Link, Node, Spot
from terrinclus_kg.drawing.neighbourhood import Neighbourhood, neighbourhood
from terrinclus_kg.drawing.network import Network, network
from terrinclus_kg.drawing.shapes import mark
from terrinclus_kg.drawing.timeline import Item, Timeline, timeline

__all__ = [
    "Bars",
    "Group",
    "Item",
    "Link",
    "Map",
    "Neighbourhood",
    "Network",
    "Node",
    "Row",
    "Sheet",
    "Spot",
    "Timeline",
    "bars",
    "choropleth",
    "mark",
    "neighbourhood",
    "network",
    "timeline",
]
