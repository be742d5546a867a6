"""Strings of the interface that are chosen by a name: of a limit, a unit, an error, a graph, a kind of change."""

from __future__ import annotations

from terrinclus_kg.server.catalogue import mark as N_  # noqa: N812  # names that `make catalogue` knows
from terrinclus_kg.server.catalogue import pmark as NP_  # noqa: N812

UNITS = {
    "bytes": N_("bytes"),
    "seconds": N_("s"),
    "per-second": N_("per second"),
    "statements": N_("statements"),
    "levels": N_("levels"),
    "operators": N_("operators"),
    "queries": N_("queries"),
    "rows": N_("rows"),
    "clauses": N_("clauses"),
    "connections": N_("connections"),
    "errors": N_("errors"),
    "releases": N_("releases"),
}

LIMITS = {
    "query_size": N_("Length of a query"),
    "query_size_get": N_("Length of a query in a URL (beyond: POST)"),
    "query_depth": N_("Depth of nesting in a query"),
    "query_operators": N_("Operators and patterns in a query"),
    "public_deadline": N_("Time of a query, the delivery of its answer included"),
    "token_deadline": N_("Time of a query that is sent with a token"),
    "trusted_deadline": N_("Time of a query of our own pages"),
    "worker_memory": N_("Memory of a query"),
    "answer_size": N_("Size of an answer"),
    "page_rows": N_("Rows of an answer that a page reads; downloads have all of them"),
    "page_size": N_("Size of what a page reads of an answer"),
    "public_workers": N_("Public queries that run at a time"),
    "slow_workers": N_("Long queries that go on at a time"),
    "demote_after": N_("Time after which a query goes after others"),
    "queue_length": N_("Queries that may wait"),
    "queue_wait": N_("Wait of a query"),
    "client_queries": N_("Queries of one client that run at a time"),
    "client_seconds": N_("Seconds of processing that a client may spend in a row"),
    "client_seconds_refill": N_("Seconds of processing given back to a client"),
    "client_errors": N_("Errors that a client may cause in a row"),
    "client_errors_refill": N_("Errors allowed to a client again"),
    "open_releases": N_("Former releases that are queried at a time"),
    "keep_releases": N_("Releases of the data that are kept"),
    "remote_connections": N_("Connections to the remote engine, of all queries together"),
    "service_clauses": N_("SERVICE clauses in a query"),
    "service_queries": N_("Queries that call other endpoints at a time"),
    "service_deadline": N_("Wait for all SERVICE calls of a query"),
    "service_size": N_("Size of the answers to all SERVICE clauses of a query"),
    "write_size": N_("Size of a write"),
    "write_statements": N_("Statements changed by a write"),
    "load_memory": N_("Memory of a write"),
    "write_deadline": N_("Time of a write"),
    "write_wait": N_("Wait of a write"),
}

GRAPHS = {
    "ontologie": N_("The ontology"),
    "concepts": N_("The concepts"),
    "libelles": N_("The labels"),
    "infere": N_("What our rules derive"),
    "publication": N_("The release of the data"),
}

CHANGES = {
    "update": N_("SPARQL update"),
    "undo": N_("undo"),
    "PUT": N_("replacement of a graph"),
    "POST": N_("addition to a graph"),
    "DELETE": N_("removal of a graph"),
    "PATCH": N_("amendment of a graph"),
}

ERRORS = {
    "400": N_("The request is not correct."),
    "401": N_("This operation needs a valid token."),
    "403": N_("This feature is refused here."),
    "404": N_("There is nothing at this address."),
    "405": N_("This method is not answered here."),
    "406": N_("This resource does not exist in the format asked for."),
    "410": N_("This resource was withdrawn."),
    "412": N_("A condition of the request no longer holds."),
    "413": N_("What was sent is too large."),
    "414": N_("The address is too long."),
    "415": N_("This type of content is not read here."),
    "422": N_("These data do not meet the rules of the graph. Nothing has been changed."),
    "429": N_("Too many queries just now. Try again in a moment."),
    "budget-spent": N_("One client may not spend more processing, nor cause more errors, for now. Try again later."),
    "query-syntax": N_("This query is not written as SPARQL asks."),
    "query-too-deep": N_("This query is too complex for this service."),
    "query-timeout": N_("The time granted to this request has passed without an answer."),
    "query-memory": N_("The query needs more memory than this service grants."),
    "answer-too-large": N_("The answer is larger than this service allows."),
    "no-release": N_("This service has no data yet."),
    "no-index": N_(
        "These data have no index here: there is no search, and there are no lists. Pages and SPARQL answer."
    ),
    "writer-busy": N_("Other writes are under way. Try again in a moment."),
    "500": N_("Something went wrong on our side."),
    "502": N_("A service that the answer depends on did not answer."),
    "503": N_("The answer exceeds a limit of the service, or the service is not ready."),
}

# What keeps a query from being read (`faults`): how it is said there, and to people.
SYNTAX = {
    r"the prefix (?P<name>\S+) is not declared": N_("the prefix %(name)s is not declared"),
    r"(?P<name>\S+) closes nothing": N_("%(name)s closes nothing"),
    r"(?P<name>\S+) is not closed": N_("%(name)s is not closed"),
    r"(?P<name>\S+) does not close the (?P<other>\S+) of line (?P<line>\d+), column (?P<column>\d+)": N_(
        "%(name)s does not close the %(other)s of line %(line)s, column %(column)s"
    ),
    r"(?P<name>\S+) is no word of SPARQL": N_("%(name)s is no word of SPARQL"),
    "this quotation mark is not closed": N_("this quotation mark is not closed"),
    "this is no IRI|IRI parsing failed": N_("this is no IRI"),
    "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not .*": N_(
        "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE"
    ),
}

# What looks like a slip in a query (`remarks`).
REMARKS = {
    "unknown-property": N_("No statement of this release has the property %(name)s."),
    "unknown-class": N_("Nothing in this release is of the class %(name)s."),
    "unbound": N_("Nothing gives %(name)s a value."),
    "once": N_("%(name)s stands in one place only."),
}

# How the ends of a period read. French has another preposition before a day, and elides one before a vowel.
SINCE = {"": NP_("year", "since %(date)s"), "day": NP_("day", "since %(date)s")}
UNTIL = {"": NP_("year", "until %(date)s"), "day": NP_("day", "until %(date)s")}
FROM = {"": NP_("year", "from %(date)s"), "day": NP_("day", "from %(date)s"), "vowel": NP_("vowel", "from %(date)s")}
TO = {"": NP_("year", "to %(date)s"), "day": NP_("day", "to %(date)s")}
