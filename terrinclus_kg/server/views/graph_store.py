"""``/graph-store`` and ``/graph/…``: the SPARQL 1.1 Graph Store HTTP Protocol. All may read, who holds a token may
write.

A graph is named by ``?graph=`` and ``?default`` (§4.2), or by its own address (§4.1): ``/graph/x`` is that of the graph
``{base}graph/x``. Its ETag changes when a write touches it, and with each build and load, so that
``If-Match`` keeps two editors from overwriting each other.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode

from terrinclus_kg.errors import BadRequest, NotFound, PreconditionFailed, UnsupportedMediaType
from terrinclus_kg.ingest import changes
from terrinclus_kg.ingest.order import Order
from terrinclus_kg.rdf.formats import RDF_FORMATS, RDF_XML, TURTLE, Format
from terrinclus_kg.rdf.iri import absolute
from terrinclus_kg.rdf.namespaces import BASE, GRAPH
from terrinclus_kg.server import negotiate, writes
from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812
from terrinclus_kg.server.client import client
from terrinclus_kg.server.context import address, chosen, reader, service
from terrinclus_kg.server.operations import AS_RDF, ENGINE, TEXT, Operation, Parameter, form
from terrinclus_kg.server.protocol import UPDATE, check_utf8
from terrinclus_kg.server.respond import Representation, represent, stream
from terrinclus_kg.store.releases import layout

blueprint = Blueprint("graph_store", __name__)
_OFFERED = negotiate.variants(RDF_FORMATS)
_FORM = "multipart/form-data"
_PLAIN = ("", "identity")
_SUFFIXES = {kind: f.suffix for f in RDF_FORMATS for kind in (f.media_type, *f.aliases) if kind != "text/plain"}


@blueprint.after_request
def _finish(response: Response) -> Response:
    """Names what a PATCH may hold (RFC 5789 §3.1)."""
    response.headers["Accept-Patch"] = UPDATE
    return response


@blueprint.get("/graph-store")
def read() -> Response:
    """The graph that the parameters name (§5.2)."""
    return _read(_named())


@blueprint.get("/graph/<path:path>")
def read_direct(path: str) -> Response:
    """The graph whose address this is."""
    return _read(_direct(path))


@blueprint.route("/graph-store", methods=["PUT", "POST", "DELETE", "PATCH"])
def write() -> Response:
    """Replaces, adds to, removes or changes a graph (§5.3 to §5.7); a POST that names none makes one."""
    agent = writes.agent()
    if request.method == "POST" and not {"graph", "default"} & set(request.args):
        path = f"depot/{uuid4().hex}"
        return _write(agent, GRAPH[path].value, location=f"/graph/{path}")
    return _write(agent, _named())


@blueprint.route("/graph/<path:path>", methods=["PUT", "POST", "DELETE", "PATCH"])
def write_direct(path: str) -> Response:
    """As `write`, for the graph whose address this is."""
    return _write(writes.agent(), _direct(path))


def _named() -> str:
    """IRI of the graph that the parameters name; "" for the default graph."""
    check_utf8(request, request.args)
    given = request.args.getlist("graph")
    if len(given) + ("default" in request.args) != 1:
        raise BadRequest("name one graph: ?default, or ?graph= with an IRI")
    return absolute(given[0], "the graph").value if given else ""


def _direct(path: str) -> str:
    if request.args.keys() & {"graph", "default"}:
        raise BadRequest("this address names a graph already: leave out ?graph= and ?default")
    return absolute(f"{BASE}graph/{path}", "the graph").value


def _read(graph: str) -> Response:
    if graph and not reader().ask(f"ASK {{ GRAPH {NamedNode(graph)} {{ ?s ?p ?o }} }}"):
        raise NotFound("there is no such graph")
    variant = chosen(_OFFERED)
    known = changes.version(reader().release, graph)
    what = Representation(variant.content_type, exact=True, version=known)
    return represent(what, lambda: _bytes(graph, variant.format or TURTLE, variant.content_type))


def _bytes(graph: str, form: Format, content_type: str) -> Response:
    pattern = f"GRAPH {NamedNode(graph)} {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
    query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}"
    return stream(reader().query(query, form, client=client()), content_type)


def _write(agent: str, graph: str, location: str = "") -> Response:
    version, exists = _preconditions(graph)
    method = request.method
    if method == "DELETE":
        done = writes.submit(Order(method, agent, graph=graph, version=version, exists=exists))
    elif method == "PATCH":
        if request.mimetype != UPDATE:
            raise UnsupportedMediaType(f"a PATCH is sent as {UPDATE}", extra={"accepted": [UPDATE]})
        done = writes.submit(Order(method, agent, writes.text(), graph=graph, version=version, exists=exists))
    else:
        with tempfile.TemporaryDirectory(prefix="terrinclus-body-") as folder:
            files = _bodies(Path(folder))
            order = Order(method, agent, graph=graph, bodies=files, version=version, exists=exists)
            try:
                done = writes.submit(order)
            except BadRequest as error:
                raise error if request.mimetype else _untyped(error) from None
    response = writes.answered(done, 201 if done.created else 204)
    if done.created and location:
        response.headers["Location"] = address(location)
    else:  # what was made or changed is what the request names (RFC 9110 §15.3.2)
        response.headers.pop("Location", None)
    return response


def _bodies(folder: Path) -> tuple[str, ...]:
    """Writes the RDF of this request to files whose names tell its format; the parts of a form are merged (§5.5)."""
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if request.mimetype == _FORM and coding in _PLAIN:
        writes.check_size()
        parts = [(part.mimetype, part.read()) for _, part in request.files.items(multi=True)]
        if not parts or request.form:
            raise BadRequest("each part of the form is a file: with a filename and the Content-Type of its RDF")
    else:
        parts = [(request.mimetype, writes.body())]
    files = [folder / f"body-{number}.{_suffix(kind, coding)}" for number, (kind, _) in enumerate(parts)]
    for file, (_, content) in zip(files, parts, strict=True):
        file.write_bytes(content)
    return tuple(map(str, files))


def _untyped(error: BadRequest) -> BadRequest:
    """The error of a body whose author has perhaps forgotten its type."""
    return BadRequest(f"{error.message}; without Content-Type a graph is read as RDF/XML", extra=error.extra)


def _suffix(kind: str, coding: str) -> str:
    """What a file with a body of a media type, in a coding, would be called after the dot. Without a type it is read as
    RDF/XML (§5)."""
    kind = kind or RDF_XML.media_type
    if kind not in _SUFFIXES:
        accepted = [f.media_type for f in RDF_FORMATS]
        raise UnsupportedMediaType(f"a graph is sent as one of {', '.join(accepted)}", extra={"accepted": accepted})
    if coding not in (*_PLAIN, "gzip", "x-gzip"):
        raise UnsupportedMediaType("a graph is sent as it is, or with Content-Encoding: gzip")
    return _SUFFIXES[kind] if coding in _PLAIN else f"{_SUFFIXES[kind]}.gz"


def _preconditions(graph: str) -> tuple[str, bool | None]:
    """The version that the graph must have ("" any), and whether it must exist (RFC 9110 §13.1.1, §13.1.2).

    The validators of all formats and codings of a graph begin with its version. The writer looks again, when it is
    this write's turn.
    """
    known = changes.version(layout.current(service().settings.releases), graph)
    match, none = request.if_match, request.if_none_match
    if match and not match.star_tag and not any(tag.startswith(f"{known}.") for tag in match.as_set()):
        raise PreconditionFailed("the graph has changed since you read it: read it again (If-Match)")
    if none and not none.star_tag and any(tag.startswith(f"{known}.") for tag in none.as_set(include_weak=True)):
        raise PreconditionFailed("the graph is the one that you have (If-None-Match)")
    exists = True if match and match.star_tag else False if none and none.star_tag else None
    return known if match and not match.star_tag else "", exists


def operations() -> Iterator[Operation]:
    """A graph: read, replaced, added to, removed, changed."""
    group, path = N_("Writing"), "/graph-store"
    told = N_("The IRI of the graph. The default graph is ?default instead.")
    graph = Parameter(
        "graph", told, {"type": "string", "format": "iri"}, required=True, example=GRAPH["ontologie"].value
    )
    told, formats = N_("A graph (SPARQL 1.1 Graph Store Protocol)"), form(*(one.slug for one in RDF_FORMATS))
    yield Operation("graph", group, path, told, AS_RDF, (graph, formats), (BadRequest, NotFound, *ENGINE))
    for method, told, status, body in (
        ("put", N_("Replaces a graph"), 204, AS_RDF),
        ("post", N_("Adds to a graph"), 204, AS_RDF),
        ("delete", N_("Removes a graph"), 204, {}),
        ("patch", N_("Changes a graph by an update of which it is the default graph"), 204, {UPDATE: TEXT}),
    ):
        fails = (NotFound, PreconditionFailed)
        name, made = f"graph-{method}", {201: N_("The graph is new.")} if method in ("put", "post") else {}
        yield Operation(name, group, path, told, {}, (graph,), fails, "", method, status, body, made, secured=True)
