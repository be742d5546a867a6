"""Asks a SPARQL endpoint elsewhere, as any client does: one query, one answer (SPARQL 1.1 Protocol §2.1.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic

import urllib3
from urllib3.exceptions import HTTPError, ReadTimeoutError

from terrinclus_kg import __version__
from terrinclus_kg.errors import RemoteFailed

_CONNECT = 10.0  # seconds
_PART = 64 * 1024  # bytes
_TOLD = 64 * 1024  # bytes of a refusal that are read
_WORDS = 500  # characters of one that are repeated
_WRAPPING = re.compile(r"^<?HTTPS?Connection[^:]*?\([^)]*\)(?: object at \w+>)?: |\[Errno -?\d+\] ")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer under way.

    ``release`` is what the endpoint calls the state of its data, "" if it does not say. ``chunks`` raise RemoteFailed
    when the answer breaks off. Close it, or read it to the end.
    """

    media_type: str
    release: str
    chunks: Iterator[bytes]
    close: Callable[[], None]


def ask(url: str, text: str, accept: str, *, timeout: float, explain: bool = False) -> Reply:
    """Sends a query by POST.

    Args:
        url: address of the endpoint.
        accept: value of the ``Accept`` header.
        timeout: seconds until the last byte must be there.
        explain: asks for an explanation instead of the answer; endpoints that are not ours pass over it.

    Raises:
        RemoteFailed: the endpoint cannot be reached, or refuses.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise RemoteFailed(f"{_plain(url)} is no address of an endpoint: write http:// or https:// before it")
    fields = {"query": text} | ({"explain": "true"} if explain else {})
    headers = {"Accept": accept, "Accept-Encoding": "gzip", "User-Agent": f"terrinclus-kg/{__version__}"}
    until = monotonic() + timeout
    http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=min(_CONNECT, timeout), read=timeout))
    try:
        response = http.request(
            "POST", url, fields=fields, encode_multipart=False, headers=headers, preload_content=False, redirect=False
        )
    except HTTPError as error:
        raise _unreachable(url, error, timeout) from None
    if response.status != HTTPStatus.OK:
        raise _refusal(url, response)
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Reply(
        media_type, response.headers.get("Terrinclus-Release", ""), _parts(response, until, timeout), response.close
    )


def _parts(response: urllib3.BaseHTTPResponse, until: float, timeout: float) -> Iterator[bytes]:
    try:
        for part in response.stream(_PART, decode_content=True):  # by default, chunks stay coded
            if monotonic() > until:
                raise _late(timeout)
            yield part
    except ReadTimeoutError:
        raise _late(timeout) from None
    except HTTPError:
        raise RemoteFailed("the endpoint broke the answer off: it is not whole") from None
    finally:
        response.close()


def _late(timeout: float) -> RemoteFailed:
    return RemoteFailed(f"the answer is not whole: the endpoint took longer than {timeout:g} seconds")


def _unreachable(url: str, error: HTTPError, timeout: float) -> RemoteFailed:
    if isinstance(error, ReadTimeoutError):
        return RemoteFailed(f"{url} does not answer within {timeout:g} seconds")
    reason = _WRAPPING.sub("", str(getattr(error, "reason", None) or error))
    return RemoteFailed(f"{url} cannot be reached: {_plain(reason)}")


def _refusal(url: str, response: urllib3.BaseHTTPResponse) -> RemoteFailed:
    """What an answer that is not 200 says, in words."""
    try:
        body = response.read(_TOLD, decode_content=True)
    except HTTPError:
        body = b""
    finally:
        response.close()
    said = f"{url} answers {response.status}"
    if target := response.headers.get("Location"):
        return RemoteFailed(f"{said}: it has moved to {_plain(target)}; ask there")
    if words := _words(response.headers.get("Content-Type", ""), body):
        said += f": {words.removeprefix(f'{response.status} ')}"
    if pause := response.headers.get("Retry-After"):
        said += f" (come back in {_plain(pause)} seconds)"
    return RemoteFailed(said)


def _words(media_type: str, body: bytes) -> str:
    """The detail of a problem document (RFC 9457), or the first line of a text."""
    text = body.decode("utf-8", "replace")
    if "json" in media_type:
        try:
            members = json.loads(text)
            text = str(members.get("detail") or members.get("title") or "")
        except (ValueError, AttributeError):
            return ""
    elif "html" in media_type:
        return ""
    return _plain(text.strip().partition("\n")[0])


def _plain(text: str) -> str:
    """A text of strangers, without what could command a terminal."""
    return "".join(c if c.isprintable() else " " for c in text[:_WORDS]).strip()
