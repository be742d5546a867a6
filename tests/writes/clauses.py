"""The clauses on writing that this folder tests, in our own words.

A test names the clauses it is about: ``@clause("update 2.2.3 a")``. `test_clauses` sees to it that none is lost. The
specifications: SPARQL 1.1 Protocol ("update"), SPARQL 1.1 Graph Store HTTP Protocol ("store"), RFC 9110 and RFC 6750.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., None])

CLAUSES = {
    "update 2.2 a": "an update is sent by POST, and by nothing else",
    "update 2.2 b": "a request holds exactly one update, and no query",
    "update 2.2 c": "an update request may hold a sequence of operations",
    "update 2.2.1 a": "the update may be a parameter of a form in the body",
    "update 2.2.1 b": "the dataset of a form stands in the form",
    "update 2.2.2 a": "the update itself may be the body, as application/sparql-update",
    "update 2.2.2 b": "with a direct POST the dataset stands in the URL",
    "update 2.2.2 c": "UTF-8 is the only charset of a direct POST",
    "update 2.2.3 a": "using-graph-uri, any number of them, are the default graph of each WHERE",
    "update 2.2.3 b": "using-named-graph-uri are the named graphs of each WHERE",
    "update 2.2.3 c": "a dataset in the request and USING, USING NAMED or WITH in the update: 400",
    "update 2.2.4 a": "an update that succeeds is answered with 2xx",
    "update 2.2.5 a": "a text that is no update is answered with 400",
    "update 2.2.5 b": "an update that is refused or fails is answered with 4xx or 5xx, and has changed nothing",
    "update 2.2.5 c": "a body of another type is not taken",
    "update 2.3 a": "a relative IRI is resolved against BASE, and without one against a base of the service",
    "update 4 a": "an update needs leave; LOAD and SERVICE reach nothing",
    "store 4.1 a": "a graph may be named by the address of the request",
    "store 4.2 a": "a graph may be named by ?graph= with an absolute IRI",
    "store 4.2 b": "?default names the default graph",
    "store 4.2 c": "anything but one of both is 400",
    "store 5 a": "a body without a type is read as RDF/XML",
    "store 5.1 a": "a body that does not parse as its type says is 400",
    "store 5.1 b": "a write without leave is 401 or 403",
    "store 5.1 c": "a type that is not understood is 415",
    "store 5.1 d": "relative IRIs in a body are resolved against the IRI of the graph",
    "store 5.2 a": "GET answers with the graph, in the format negotiated",
    "store 5.2 b": "a GET of a graph that is not there is 404",
    "store 5.2 c": "406 when no format fits",
    "store 5.3 a": "PUT makes the graph what the body says",
    "store 5.3 b": "a PUT that makes a graph is 201, one that replaces is 200 or 204",
    "store 5.4 a": "DELETE removes the graph: 200 or 204",
    "store 5.4 b": "a DELETE of a graph that is not there is 404",
    "store 5.5 a": "POST merges the body into the graph; blank nodes stay apart",
    "store 5.5 b": "a POST that names no graph makes a new one: 201 with its Location",
    "store 5.5 c": "the files of multipart/form-data are merged",
    "store 5.6 a": "HEAD is GET without the body",
    "store 5.7 a": "PATCH with application/sparql-update changes the graph",
    "store 5.7 b": "a PATCH that would change other graphs is refused",
    "store 5.7 c": "a PATCH of a type that is not understood is 415",
    "http 13.1.1": "If-Match that does not hold is 412, and compares strongly",
    "http 13.1.2": "If-None-Match: * writes only what is not there",
    "http 15.3.2": "201 names what was made by Location, else it is what the request names",
    "http 15.5.2": "401 has WWW-Authenticate",
    "http 15.5.6": "405 has Allow",
    "http 15.5.14": "a body over the limit is 413",
    "http 10.2.3": "503 says when to come back",
    "patch 3.1": "Accept-Patch tells what a PATCH may hold",
    "bearer 2.1": "the token is sent as Authorization: Bearer, the scheme in any case",
}


def clause(*ids: str) -> Callable[[Test], Test]:
    """Says which clauses a test is about. Raises KeyError for one that is not in the table."""
    for one in ids:
        CLAUSES[one]
    return lambda test: test
