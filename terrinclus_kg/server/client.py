"""Who asks: the address that a client is counted by, and whether it is still there.

Behind proxies the address comes from ``X-Forwarded-For``, to which each of them adds the one it saw: with ``proxies``
= n the n-th from the right was written by our outermost proxy, and all before it by the client as it liked.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from flask import request

from terrinclus_kg.server import tokens
from terrinclus_kg.server.context import service
from terrinclus_kg.server.gateway import CONNECTION
from terrinclus_kg.store.reader import Client

UNKNOWN = "unknown"  # all whose address nobody knows count as one
_SITE = 64  # bits of an IPv6 address that a subscriber cannot choose
_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([\d.]+):\d+")


def client() -> Client:
    """The client of the current request. Raises Unauthorized: it shows a token that is not valid."""
    authorised = bool(tokens.holder(request))
    connection = request.environ.get(CONNECTION)
    if connection:
        connection.find()
    return Client(name(), authorised, connection.gone if connection else None)


def name() -> str:
    """What the client of the current request is counted by: its IPv4 address, or the /64 network of its IPv6 one."""
    direct = request.environ.get("REMOTE_ADDR", "")
    forwarded = request.environ.get("HTTP_X_FORWARDED_FOR", "")
    proxies = service().settings.proxies
    if proxies and forwarded:
        entries = forwarded.split(",")
        return _group(entries[max(0, len(entries) - proxies)]) or _group(direct) or UNKNOWN
    return _group(direct) or UNKNOWN


def _group(text: str) -> str:
    """The name of the group that an address belongs to; "" for what is no address."""
    text = text.strip()
    if found := _WITH_PORT.fullmatch(text):
        text = found[1] or found[2] or ""
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Network((int(address), _SITE), strict=False))
    return str(address)
