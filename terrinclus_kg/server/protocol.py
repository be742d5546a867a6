"""What a request of the SPARQL Protocol asks: the query operation (SPARQL 1.1 §2.1, SPARQL 1.2 draft §2.2).

A query comes by GET, by POST of a form, or by POST of itself; the HTTP method QUERY (a safe POST) takes
both kinds of body. The parameters that go beside it may stand in the URL with every method: what
somebody says of the dataset is never passed over. Unknown parameters are. What a body must be holds for
updates too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import (
    BadRequest,
    MethodNotAllowed,
    ParameterError,
    QueryTooLarge,
    UnsupportedMediaType,
    UriTooLong,
)
from terrinclus_kg.server.negotiate import VERSIONS
from terrinclus_kg.store.queries.tokens import BYTE_ORDER_MARK, announced, tokens

FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
BODIES = (DIRECT, FORM)  # what a query may be sent as
UPDATE = "application/sparql-update"
_BESIDE = frozenset({"default-graph-uri", "named-graph-uri", "version", "timeout", "explain"})
_FORMAT_PARAMETERS = ("format", "output", "results")  # no standard has one: clients send all that they know of
_TIME = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(ms|s|m|h|)\Z", re.IGNORECASE)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_MILLISECONDS = 1000  # from here on a plain number means milliseconds, as clients of Virtuoso send it
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}

_MAKES_TRIPLE_TERMS = ("<<", "<<(", "{|", "~")

Values = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks.

    ``default_graphs``, ``named_graphs``: the dataset that replaces the query's own (§2.1.4); both empty: it does
    not. ``format``: a name for the answer's format, "" for none. ``timeout``: in seconds. ``version``: of the
    operation (1.2 §2.1), as the request announces it beside the text or the text itself does; "" for none.
    """

    text: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    format: str
    timeout: float | None
    version: str
    explain: bool


def is_bare(request: Request) -> bool:
    """Whether a GET asks nothing: the endpoint then tells what it is (SPARQL 1.1 Service Description §2)."""
    return not ({"query", "update"} | _BESIDE) & set(request.args)


def read(request: Request, settings: Settings) -> Asked:
    """Reads a request.

    Raises:
        BadRequest: not exactly one query, or none that is UTF-8; ParameterError: a parameter that is wrong.
        MethodNotAllowed: an update. UnsupportedMediaType: a body of another type. UriTooLong, QueryTooLarge.
    """
    if request.method in ("GET", "HEAD"):
        sent, values = request.args.getlist("query"), _values(request.args)
    else:
        try:
            sent, values = _body(request)
        except RequestEntityTooLarge:
            most = settings.query_size
            message = f"the body is too large: a query has at most {most} bytes (query_size)"
            raise QueryTooLarge(message, limit="query_size", value=most) from None
    _check_operation(sent, values)
    check_utf8(request, values)
    text = sent[0].removeprefix(BYTE_ORDER_MARK)
    if request.method in ("GET", "HEAD") and len(text.encode("utf-8", "replace")) > settings.query_size_get:
        raise UriTooLong(
            f"a query in a URL has at most {settings.query_size_get} bytes; send a longer one by POST",
            limit="query_size_get",
            value=settings.query_size_get,
        )
    return Asked(
        text,
        tuple(values.getlist("default-graph-uri")),
        tuple(values.getlist("named-graph-uri")),
        next((value for key in _FORMAT_PARAMETERS for value in values.getlist(key) if value), ""),
        _seconds(values.get("timeout", "")),
        _version(request, values) or announced(text),
        _truth("explain", values.get("explain", "")),
    )


def versions(asked: Asked, accept: str | None) -> tuple[str, ...]:
    """The versions of RDF that the answer may announce, the best first; "" is none.

    None is announced unless the request speaks of one, and none that could not carry what the query may make:
    our data are RDF 1.1, so only a query can bring in triple terms (1.2) or base directions (1.2-basic).
    """
    spoken = asked.version in ("1.2", "1.2-basic")
    if not spoken and "version" not in (accept or "").lower():
        return ("",)
    honest = VERSIONS[VERSIONS.index(_least(asked.text)) :]
    first = [asked.version] if spoken and asked.version in honest else []
    return tuple(dict.fromkeys([*first, "", *honest]))


def check_utf8(request: Request, values: Values) -> None:
    """Bytes that are no UTF-8 are left as "%E9" when parameters are read: that would be another query.

    Raises:
        BadRequest: the parameters of the request, whose ``values`` have been read, hold such bytes.
    """
    if not any("%" in value or "\ufffd" in value for _, value in values.items(multi=True)):
        return
    raw = request.query_string + (request.get_data() if request.mimetype == FORM else b"")
    try:
        unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("the parameters are not UTF-8") from None


def _values(*given: Values) -> Values:
    return MultiDict([pair for values in given for pair in values.items(multi=True)])


def _body(request: Request) -> tuple[list[str], Values]:
    """The queries that a body and its URL hold, and all parameters."""
    kind = request.mimetype
    check_plain(request, "a query")
    if kind == UPDATE:
        raise _no_updates()
    if kind not in BODIES:
        raise UnsupportedMediaType(f"a query is sent as {DIRECT} or {FORM}", extra={"accepted": list(BODIES)})
    in_url = request.args.getlist("query")
    if kind == DIRECT:
        return [decoded(request.get_data(), "the query"), *in_url], _values(request.args)
    request.get_data()  # kept, for a look at its bytes
    in_form = request.form.getlist("query")
    if in_url and not in_form:
        raise BadRequest("a query by POST is sent in the body, not in the URL")
    return in_form + in_url, _values(request.form, request.args)


def _check_operation(sent: list[str], values: Mapping[str, str]) -> None:
    if "update" in values:
        raise BadRequest("a request holds a query or an update, not both") if sent else _no_updates()
    if len(sent) != 1:
        raise BadRequest("exactly one query is needed" if sent else "the parameter query is missing")


def check_plain(request: Request, what: str) -> None:
    """Raises UnsupportedMediaType: the body, which is ``what``, is compressed, or says that it is not UTF-8."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType(f"{what} is sent as it is, without Content-Encoding")
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType(f"{what} is sent in UTF-8")


def decoded(body: bytes, what: str) -> str:
    """A body as a text. Raises BadRequest: it, which is ``what``, is not UTF-8."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest(f"{what} is not UTF-8") from None


def _seconds(text: str) -> float | None:
    """``500ms``, ``20s``, ``1m``, ``20``; a plain number from 1000 on is milliseconds. "" and 0 are no wish."""
    if not text.strip():
        return None
    found = _TIME.match(text.strip())
    if not found:
        raise _wrong("timeout", text, "a time such as 20, 20s, 500ms or 1m")
    number, unit = float(found[1]), found[2].lower()
    if not unit:
        unit = "ms" if number >= _MILLISECONDS else "s"
    return number * _UNITS[unit] or None


def _version(request: Request, values: Values) -> str:
    """The version that stands beside the text. It wins over the one in the text (SPARQL 1.2 Protocol, §2.1)."""
    named = [*values.getlist("version"), *filter(None, [request.mimetype_params.get("version")])]
    if len(set(named)) > 1:
        raise _wrong("version", ", ".join(named), "one version")
    if named and named[0] not in ("1.0", *VERSIONS):
        raise _wrong("version", named[0], "1.0, " + ", ".join(VERSIONS))
    return named[0] if named else ""


def _truth(name: str, text: str) -> bool:
    if text.strip().lower() not in _TRUTH:
        raise _wrong(name, text, "true or false")
    return _TRUTH[text.strip().lower()]


def _least(text: str) -> str:
    """The lowest version that can carry all that a query may make out of RDF 1.1 data."""
    least = "1.1"
    for token in tokens(text):
        if token[0] in _MAKES_TRIPLE_TERMS or token[0].upper() == "TRIPLE":
            return "1.2"
        if token[0].upper() == "STRLANGDIR" or (token.lastgroup == "tag" and "--" in token[0]):
            least = "1.2-basic"
    return least


def _wrong(name: str, value: str, wanted: str) -> ParameterError:
    return ParameterError(f"the parameter {name} is {wanted}, not {value[:100]!r}", extra={"parameter": name})


def _no_updates() -> MethodNotAllowed:
    return MethodNotAllowed("this address answers queries, not updates")
