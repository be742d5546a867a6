"""``/fr/reseau``: what is linked to a thing, and what these are linked to."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template

from terrinclus_kg import drawing, resource
from terrinclus_kg.drawing import Link, Network, Node
from terrinclus_kg.errors import NotFound
from terrinclus_kg.rdf.iri import Name, from_iri
from terrinclus_kg.resource.overview import network
from terrinclus_kg.resource.overview.network import Around
from terrinclus_kg.server import choices, exports, render, sketches
from terrinclus_kg.server.context import reader
from terrinclus_kg.server.negotiate import Variant
from terrinclus_kg.server.render import Shown
from terrinclus_kg.server.respond import Representation, attachment, link, represent

blueprint = Blueprint("network", __name__)
_FORMS = exports.FORMS | {"json": Variant("application/json"), "graphml": Variant("application/graphml+xml")}


@dataclass(frozen=True, slots=True)
class Asked:
    """A network, how it was asked for, and how its things are called."""

    centre: Name
    depth: int
    kinds: tuple[str, ...]
    around: Around
    shown: Shown
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]

    def path(self, name: Name, **more: object) -> str:
        """The address of the same choices around another thing."""
        kinds = [("kind", kind) for kind in self.kinds] if len(self.kinds) < len(network.KINDS) else []
        fields = [("centre", name.path), ("profondeur", self.depth), *kinds, *more.items()]
        return f"/{self.shown.language}/reseau?{urlencode(fields, safe='/')}"

    def drawn(self) -> Network:
        """Its drawing."""
        return drawing.network(self.nodes, self.links, self.centre.iri)


@blueprint.get("/<any(fr, en):lang>/reseau")
def index(lang: str) -> Response:
    """The page; the network as SVG, CSV, GraphML or JSON."""
    form = exports.asked(_FORMS)
    what = Representation(_FORMS[form].content_type, lang)
    return represent(what, lambda: _made(lang, form), [link(f"/{lang}/reseau", "canonical")])


def _made(lang: str, form: str) -> Response:
    wanted = choices.text("centre")
    iri = network.named(reader(), wanted) if wanted else network.start()
    name = from_iri(iri)
    if name is None or not (wanted or _is_there(name)):
        return _page(lang, None, reader().labels(network.participants(reader())), wanted)
    resource.check(reader(), name)
    asked = _asked(lang, name)
    if form == "html":
        labels = asked.shown.labels | reader().labels(network.participants(reader()))
        return _page(lang, asked, labels, asked.shown.label(iri).text)
    return {"svg": _svg, "csv": _csv, "graphml": _graphml, "json": _json}[form](asked)


def _is_there(name: Name) -> bool:
    """Whether the data know a thing: other data may lack the usual centre."""
    try:
        resource.check(reader(), name)
    except NotFound:
        return False
    return True


def _asked(lang: str, name: Name) -> Asked:
    depth, kinds = int(choices.one("profondeur", ("1", "2"))), choices.some("kind", network.KINDS)
    around = network.around(reader(), name.iri, depth, kinds)
    shown = Shown(lang, reader().labels([*around.nodes, *(one.relation for one in around.links)]))
    nodes = tuple(sketches.node(shown, iri) for iri in around.nodes)
    links = tuple(Link(one.source, one.target, shown.label(one.relation).text) for one in around.links)
    return Asked(name, depth, kinds, around, shown, nodes, links)


def _page(lang: str, asked: Asked | None, labels: dict[str, dict[str, str]], wanted: str) -> Response:
    return render.page(
        "network.html",
        lang,
        labels=labels,
        canonical=f"/{lang}/reseau",
        here="reseau",
        asked=asked,
        wanted=wanted,
        known=network.KINDS,
        most=network.MOST,
        numbers=Counter(node.kind for node in asked.nodes) if asked else {},
        degrees=_degrees(asked) if asked else {},
        suggested=network.participants(reader()),
        query_text=network.text([asked.centre.iri]) if asked else "",
        name_of=from_iri,
    )


def _degrees(asked: Asked) -> Counter[str]:
    return Counter(end for one in asked.links for end in (one.source, one.target))


def _file(asked: Asked) -> str:
    return f"reseau-{asked.centre.kind}-{asked.centre.key}"


def _svg(asked: Asked) -> Response:
    label = asked.shown.label(asked.centre.iri).text
    return exports.svg(asked.shown, "draw_network", asked.drawn(), label, _file(asked))


def _csv(asked: Asked) -> Response:
    label = {node.key: node.label for node in asked.nodes}
    rows = ([one.source, label[one.source], told.label, one.relation, one.target, label[one.target]]
            for one, told in zip(asked.around.links, asked.links, strict=True))  # fmt: skip
    headings = ["source", "source_label", "relation", "relation_iri", "target", "target_label"]
    return exports.table(headings, rows, _file(asked))


def _graphml(asked: Asked) -> Response:
    text = exports.xml_text(render_template("graphml.xml", nodes=asked.nodes, links=asked.links))
    content_type = f"{_FORMS['graphml'].media_type}; charset=utf-8"
    return attachment(Response(text, content_type=content_type), f"{_file(asked)}.graphml")


def _json(asked: Asked) -> Response:
    """What the explorer draws: things with the address of their page and of their own neighbourhood."""
    nodes = [_described(asked, node) for node in asked.nodes]
    links = [{"source": one.source, "target": one.target, "label": one.label} for one in asked.links]
    whole = asked.around.whole and not asked.around.left_out
    text = json.dumps({"centre": asked.centre.iri, "whole": whole, "nodes": nodes, "links": links}, ensure_ascii=False)
    return Response(text + "\n", content_type="application/json")


def _described(asked: Asked, node: Node) -> dict[str, str]:
    name = from_iri(node.key)
    return {
        "id": node.key,
        "label": node.label,
        "language": node.language,
        "kind": node.kind,
        "page": asked.shown.href(node.key),
        "around": asked.path(name, format="json") if name else "",
    }
