"""One question to one SPARQL endpoint that the operator has listed, bounded in time and size.

The name of a host is resolved once and the connection made to that very address, so that a name that changes its
mind between check and use gains nothing. Addresses that are not public are refused, unless the operator's list itself
names them as literal addresses. Redirects are not followed, proxies of the environment not used, certificates
verified by the system's authorities.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import closing, suppress
from http.client import HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import IPPROTO_TCP, SHUT_RDWR, SOCK_STREAM, create_connection, getaddrinfo, socket
from threading import Event, Thread
from time import monotonic
from urllib.parse import SplitResult, urlencode, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from terrinclus_kg import __version__
from terrinclus_kg.rdf.formats import JSON

_PORTS = {"http": 80, "https": 443}
_PART = 64 * 1024  # bytes read at a time
_LOOK = 0.25  # seconds between two looks whether somebody still waits
_TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last four bytes
_HEADERS = {
    "Accept": f"{JSON.media_type}, application/json;q=0.5",
    "Accept-Encoding": "gzip",
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": f"terrinclus-kg/{__version__}",
    "Connection": "close",
}
Address = IPv4Address | IPv6Address


class CallFailed(Exception):
    """A question was not answered. The text says why, as the end of a sentence that begins with the endpoint."""


def ask(endpoint: str, query: str, *, seconds: float, size: int, gone: Callable[[], bool] = lambda: False) -> bytes:
    """Asks a query by POST (SPARQL 1.1 Protocol §2.1.2).

    Args:
        endpoint: its address, http or https, as the operator has listed it.
        query: a SELECT.
        seconds: longest time for all of it, looking up the name included.
        size: largest answer in bytes, after inflation.
        gone: tells whether nobody waits for the answer any more; the call is broken off then.

    Returns:
        SPARQL 1.1 Query Results JSON, if the endpoint does as it should.

    Raises:
        CallFailed: anything else.
    """
    until = monotonic() + seconds
    line = _line(urlsplit(endpoint), until)
    twin = line.dup()  # survives the wrapping of the other one for TLS
    over = Event()
    watchdog = Thread(target=_watch, args=[twin, until, gone, over], daemon=True)
    watchdog.start()
    try:
        return _exchange(line, urlsplit(endpoint), query, until, size)
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise CallFailed(_reason(error, until)) from None
    finally:
        over.set()
        watchdog.join()
        twin.close()
        line.close()


def _watch(line: socket, until: float, gone: Callable[[], bool], over: Event) -> None:
    """Breaks a call off when its time is over, or nobody waits for it."""
    while not over.wait(min(_LOOK, max(until - monotonic(), 0))):
        if monotonic() >= until or gone():
            with suppress(OSError):  # it has ended by itself meanwhile
                line.shutdown(SHUT_RDWR)
            return


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, and not a private one in disguise."""
    inner: Address | None = None
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
    return is_public(inner) if inner else address.is_global and not address.is_multicast


class _Plain(HTTPConnection):
    """An HTTP connection over a line that is there already."""

    line: socket

    def _new_conn(self) -> socket:
        return self.line


class _Secure(HTTPSConnection):
    """The same with TLS; the certificate must be that of the host's name."""

    line: socket

    def _new_conn(self) -> socket:
        return self.line


def _exchange(line: socket, address: SplitResult, query: str, until: float, size: int) -> bytes:
    host, port = address.hostname or "", _port(address)
    connection: _Plain | _Secure = (
        _Secure(host, port, ssl_context=ssl.create_default_context())
        if address.scheme == "https"
        else _Plain(host, port)
    )
    connection.line = line
    line.settimeout(max(until - monotonic(), 0.001))
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    body = urlencode({"query": query}).encode()
    try:
        connection.request("POST", target, body=body, headers=_HEADERS, preload_content=False)
        with closing(connection.getresponse()) as response:
            return _body(response, until, size)
    finally:
        connection.close()


def _body(response: BaseHTTPResponse, until: float, size: int) -> bytes:
    if 300 <= response.status < 400:
        raise CallFailed("answered with a redirect, which is not followed")
    if response.status != 200:
        raise CallFailed(f"answered with status {response.status}")
    body = bytearray()
    for part in response.stream(_PART, decode_content=True):
        body += part
        if len(body) > size:
            raise CallFailed(f"answered with more than {size} bytes, the limit (service_size) for a query")
    if monotonic() >= until:
        raise TimeoutError
    return bytes(body)


def _line(address: SplitResult, until: float) -> socket:
    """A connection to the first address of the host that takes one."""
    for host in _addresses(address, until):
        left = until - monotonic()
        try:
            return create_connection((host, _port(address)), timeout=max(left, 0.001))
        except OSError:
            continue
    raise CallFailed("could not be reached")


def _addresses(address: SplitResult, until: float) -> list[str]:
    host = address.hostname or ""
    try:
        return [str(ip_address(host))]  # the operator's own word
    except ValueError:
        found = _resolved(host, _port(address), until)
    public = [each for each in found if is_public(ip_address(each.partition("%")[0]))]
    if not public:
        raise CallFailed("has no public address")
    return public


def _resolved(host: str, port: int, until: float) -> list[str]:
    """The addresses of a name. The system's resolver cannot be hurried, so it is left behind when time is over."""
    found: list[str] = []

    def look_up() -> None:
        try:
            found.extend(str(entry[4][0]) for entry in getaddrinfo(host, port, type=SOCK_STREAM, proto=IPPROTO_TCP))
        except (OSError, UnicodeError):
            return

    thread = Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(max(until - monotonic(), 0))
    if not found:
        raise CallFailed("has a name that could not be resolved")
    return found


def _port(address: SplitResult) -> int:
    return address.port or _PORTS[address.scheme]


def _reason(error: Exception, until: float) -> str:
    """Why a call failed, without anything about our own network."""
    if monotonic() >= until or isinstance(error, TimeoutError):
        return "did not answer in time (service_deadline)"
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return "has no certificate that can be trusted"
    return "broke the connection, or does not speak HTTP"
