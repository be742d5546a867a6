"""The connection that a request came over, as the kernel knows it.

HTTP servers for Python hand an application a request and keep the socket. Three things need it:
whether the client is still there while its query runs, how much of an answer it has taken, and
cutting it off, so that an answer that breaks under way is never taken for a whole one. The socket
is one of our own descriptors: it is found by the address and port of its other end.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import socket
import struct
import sys

_OPEN_FILES = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
_SOCKADDR_SIZE = 16
_HANGUP: int = getattr(select, "POLLRDHUP", 0)  # Linux; what ended or failed is told unasked
_KNOWN = 1024  # connections whose descriptor is remembered
_TCP_INFO_SIZE, _BYTES_ACKED = 192, 120  # struct tcp_info of linux/tcp.h: tcpi_bytes_acked, a u64


class Connection:
    """One connection. One that `find` does not find is never gone.

    Args:
        peer: address and port of the client, as ``203.0.113.7:40000`` or ``[2001:db8::7]:40000``.
    """

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self._socket: socket.socket | None = None

    def find(self) -> None:
        """Takes hold of the connection. To be called while the client is surely there: the server may
        close its end as soon as the client does, and then there is nothing left to find."""
        if self._socket is None:
            self._socket = _find(self.peer)

    def gone(self) -> bool:
        """Whether the client has closed its end. Bytes that it sent before, of another request, do not hide that."""
        if (line := self._socket) is None:
            return False
        try:
            if _HANGUP:
                watch = select.poll()
                watch.register(line, _HANGUP)
                return bool(watch.poll(0))
            return line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True
        except ValueError:  # let go of meanwhile
            return False

    def acknowledged(self) -> int | None:
        """Bytes that the client's side has confirmed since it connected; None where unknown."""
        if self._socket is None or sys.platform != "linux":
            return None
        with contextlib.suppress(OSError, struct.error):
            info = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
            return int(struct.unpack_from("=Q", info, _BYTES_ACKED)[0])
        return None

    def cut(self) -> None:
        """Ends the connection at once, in the middle of what it carries.

        By a reset where that is known: to one who speaks HTTP/1.0, as many proxies do, the end of a connection is
        the good end of an answer without length (RFC 9112 §6.3).
        """
        if self._socket is not None:
            with contextlib.suppress(OSError):
                _reset(self._socket)
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Lets go of the connection, which lives on."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _reset(connection: socket.socket) -> None:
    """Linux: connecting to no address (AF_UNSPEC) drops what is unsent and resets; connect(2). Elsewhere nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).connect(connection.fileno(), bytes(_SOCKADDR_SIZE), _SOCKADDR_SIZE)


_last_seen: dict[str, int] = {}  # peer → the descriptor it had; to look through all of them costs a request dearly


def _find(peer: str) -> socket.socket | None:
    if (known := _last_seen.get(peer)) is not None and (found := _hold(peer, known)):
        return found
    for name in sorted(os.listdir(_OPEN_FILES), key=int, reverse=True):  # noqa: PTH208 (half the time of Path)
        if found := _hold(peer, int(name)):
            if len(_last_seen) >= _KNOWN:
                _last_seen.clear()
            _last_seen[peer] = int(name)
            return found
    return None


def _hold(peer: str, descriptor: int) -> socket.socket | None:
    """The connection under a descriptor, held by one of our own, if it is the one with that peer."""
    if _peer(descriptor) == peer:
        with contextlib.suppress(OSError):
            found = socket.socket(fileno=os.dup(descriptor))
            if _peer(found.fileno()) == peer:  # and not a newer one under the same number
                return found
            found.close()
    return None


def _peer(descriptor: int) -> str:
    """Address and port at the other end; "" for what is no connection over IP."""
    try:
        borrowed = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, 0, descriptor)  # has room for both families
    except OSError:  # not a socket, or closed meanwhile
        return ""
    try:
        address = borrowed.getpeername()
    except OSError:  # a socket that listens
        return ""
    finally:
        borrowed.detach()
    if not isinstance(address, tuple) or len(address) not in (2, 4):  # a local socket
        return ""
    return f"[{address[0]}]:{address[1]}" if ":" in address[0] else f"{address[0]}:{address[1]}"
