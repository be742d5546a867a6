"""The clauses of the specifications that this folder tests, in our own words.

A test names the clauses it is about: ``@clause("protocol 2.1.4 c")``. `test_clauses` sees to it that none is lost.
The specifications: SPARQL 1.1 Protocol, SPARQL 1.2 Protocol (draft), SPARQL 1.1 Service Description, SPARQL 1.1
Query Results JSON, Query Results XML (second edition), Query Results CSV and TSV, RDF 1.1 XML Syntax,
RFC 9110 §12 and §13.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., None])

CLAUSES = {
    "protocol 2.1 a": "a query is sent by GET or by POST",
    "protocol 2.1 b": "a request holds exactly one query",
    "protocol 2.1 c": "a request may name any number of default and named graphs",
    "protocol 2.1 d": "the format of the answer follows the form of the query and content negotiation",
    "protocol 2.1.1 a": "by GET the parameters are percent-encoded in the URL",
    "protocol 2.1.1 b": "the parameters stand in any order, between ampersands",
    "protocol 2.1.1 c": "a GET has no body: one that is sent says nothing",
    "protocol 2.1.2 a": "by POST the parameters may be a form in the body",
    "protocol 2.1.2 b": "the type of a form is application/x-www-form-urlencoded, whatever its parameters",
    "protocol 2.1.2 c": "a body of another type is not taken",
    "protocol 2.1.3 a": "by POST the query itself may be the body, as application/sparql-query",
    "protocol 2.1.3 b": "with a direct POST the dataset stands in the URL",
    "protocol 2.1.3 c": "UTF-8 is the only charset of a direct POST",
    "protocol 2.1.4 a": "the dataset is that of the protocol, if the request names one",
    "protocol 2.1.4 b": "the dataset is that of FROM and FROM NAMED, if only the query names one",
    "protocol 2.1.4 c": "the dataset of the protocol wins over that of the query",
    "protocol 2.1.4 d": "without a dataset in either, the service has one of its own",
    "protocol 2.1.4 e": "a dataset that cannot be is answered with 400",
    "protocol 2.1.5 a": "clients ask for formats by content negotiation",
    "protocol 2.1.6 a": "a query that succeeds is answered with 2xx",
    "protocol 2.1.6 b": "SELECT and ASK are answered with a results document, CONSTRUCT and DESCRIBE with a graph",
    "protocol 2.1.6 c": "the Content-Type of an answer is that of its format",
    "protocol 2.1.7 a": "a text that is no query is answered with 400",
    "protocol 2.1.7 b": "a query that is refused or fails is answered with 4xx or 5xx",
    "protocol 2.1.7 c": "the body of a failure says what is wrong, in a format that the client can read",
    "protocol 2.2 a": "an update is no query: the query address does not take it",
    "protocol 2.2 b": "an update never comes by GET",
    "protocol 2.3 a": "a relative IRI is resolved against BASE, and without one against a base of the service",
    "protocol 4 a": "who asks decides how much is done: limits are told when they are met",
    "protocol-1.2 2.1 a": "a request may announce its version by a parameter, at most once",
    "protocol-1.2 2.1 b": "the version of a direct POST is a parameter of its media type",
    "protocol-1.2 2.1 c": "when the version in the text is another one, the parameter wins",
    "protocol-1.2 2.1 d": "an answer may announce its own version",
    "protocol-1.2 2.2 a": "the method QUERY is a POST that is safe",
    "description 2 a": "a GET without parameters is answered with the service description",
    "description 2 b": "the description is there in RDF",
    "description 2 c": "its format follows content negotiation",
    "description 3.4 endpoint": "sd:endpoint is the address that answers queries",
    "description 3.4 supportedLanguage": "sd:supportedLanguage names the languages that are spoken, and no other",
    "description 3.4 resultFormat": "each sd:resultFormat can be had",
    "description 3.4 inputFormat": "sd:inputFormat is told where something can be put in, and only there",
    "description 3.4 feature": "each sd:feature is so, and what is not so is not told",
    "description 3.4 extensionFunction": "each sd:extensionFunction can be called",
    "description 3.4 defaultDataset": "sd:defaultDataset is the dataset of a query that names none",
    "description 3.4 defaultGraph": "sd:defaultGraph describes the graph that such a query sees",
    "description 3.4 namedGraph": "each sd:namedGraph has its name, and is there",
    "description-1.2 supportedVersion": "sd:supportedVersion names versions that are answered",
    "json 3.1.1": "head has the names of the variables, in the order of the query",
    "json 3.2.1": "results has bindings, one object for each solution, in order",
    "json 3.2.2 unbound": "an unbound variable is left out of its solution",
    "json 3.2.2 iri": "an IRI is type uri",
    "json 3.2.2 literal": "a literal is type literal, with xml:lang or datatype if it has one",
    "json 3.2.2 bnode": "a blank node is type bnode, the same label for the same node",
    "json 3.3": "the answer to ASK has boolean, and no results",
    "json 4": "all characters of a literal come through",
    "json-1.2": "a triple term is type triple, a base direction its:dir",
    "xml 2.1": "the document element is sparql in its namespace, with a head",
    "xml 2.2": "head has a variable element for each variable, in order",
    "xml 2.3.1": "results has a result for each solution, with a binding for each bound variable",
    "xml 2.3.1 terms": "uri, literal, xml:lang, datatype, bnode",
    "xml 2.3.2": "the answer to ASK has boolean, and no results",
    "xml 1.0": "the document is well-formed, and says what the literal says; else it is refused",
    "rdf-xml 6.1": "a property or class that RDF/XML has no name for, or keeps its name to itself, is refused",
    "csv-tsv 2": "the charset is told; CSV lines end with CRLF, TSV lines with LF",
    "csv-tsv 3.1": "the first line of CSV names the variables, also when there is no solution",
    "csv-tsv 3.2": "CSV values are quoted as RFC 4180 says",
    "csv-tsv 3.3": "IRIs, literals and blank nodes as strings, unbound as nothing",
    "csv-tsv 4.1": "the first line of TSV names the variables, with question marks",
    "csv-tsv 4.2": "TSV terms are those of Turtle, tabs and line feeds escaped, unbound as nothing",
    "csv-tsv 1": "CSV and TSV are for SELECT: a boolean is answered in another format, or refused",
    "http 12.5.1 a": "a media range may have wildcards, the closest range gives the weight",
    "http 12.5.1 b": "weights decide, weight 0 rules out",
    "http 12.5.1 c": "without Accept anything goes",
    "http 15.5.7": "406 lists what there is",
    "http 9.3.2": "HEAD has the headers of GET, and no body",
    "http 9.3.7": "OPTIONS tells the methods; a preflight may ask for QUERY",
    "http 13.1.2": "If-None-Match with the tag of the answer is 304",
    "http 15.5.6": "a method that is not taken is 405, with Allow",
}


def clause(*ids: str) -> Callable[[Test], Test]:
    """Says which clauses a test is about. Raises KeyError for one that is not in the table."""
    for one in ids:
        CLAUSES[one]
    return lambda test: test
