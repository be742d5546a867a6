"""The walls that a process puts up around itself before it touches what strangers wrote.

`enter` cannot be undone: memory is capped, no core is dumped, no privilege can be gained, and no new
socket can be made. It is for single-threaded moments only (right after fork or exec): the filter
holds for the calling thread and all that it starts.

Linux on x86_64 and aarch64 has all walls. Elsewhere `network_wall` is False; the guard
refuses SERVICE there as well, and nothing else in a query can open a connection.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
import threading
from collections.abc import Callable
from errno import EACCES
from pathlib import Path

_STACK = 256 * 1024**2  # bytes; twice what 64 KiB of nested query need
_SET_DEATH_SIGNAL, _GET_SECCOMP, _SET_SECCOMP, _SET_NO_NEW_PRIVS = 1, 21, 22, 38  # <linux/prctl.h>
_MODE_FILTER = 2
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | EACCES  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # BPF_LD|W|ABS, BPF_JMP|…, BPF_RET
_OFFSET_NUMBER, _OFFSET_ARCH = 0, 4  # in struct seccomp_data
_X32 = 0x40000000  # x86_64 kernels answer a second set of numbers from here on

# architecture → its audit number and the numbers of socket, connect and io_uring_setup (which can do both)
_ARCHITECTURES = {
    "x86_64": (0xC000003E, (41, 42, 425)),
    "aarch64": (0xC00000B7, (198, 203, 425)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def run_inside(memory: int, work: Callable[..., None], *arguments: object) -> None:
    """Closes this process in, then does the work in a thread with a deep stack: what parses strangers' text recurses.

    Args:
        memory: bytes that the process may map beyond what it has mapped now and the stack.
        work: what to do, and its arguments.
    """
    enter(_STACK + memory)
    threading.stack_size(_STACK)
    thread = threading.Thread(target=work, args=arguments)
    thread.start()
    thread.join()


def enter(memory: int) -> None:
    """Closes this process in. Call it before any thread starts.

    Args:
        memory: bytes that the process may map beyond what it has mapped now.

    Raises:
        OSError: a wall that this system has could not be put up.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        limit = _mapped() + memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        _prctl(_SET_NO_NEW_PRIVS, 1)
        if network_wall():
            _deny_sockets()


def cap(memory: int) -> None:
    """Caps the memory of this process alone, which trusts itself: its children may have other caps.

    Args:
        memory: bytes that it may map beyond what it has mapped now.
    """
    if sys.platform == "linux":
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_mapped() + memory, most))


def network_wall() -> bool:
    """Whether a process that entered can open no connection (seccomp).

    False on macOS, on other processors and on kernels without seccomp: there only the guard keeps
    queries off the network.
    """
    known = sys.platform == "linux" and platform.machine() in _ARCHITECTURES
    return known and _library().prctl(_GET_SECCOMP, 0, 0, 0, 0) >= 0


def die_with_parent(parent: int) -> None:
    """This process gets SIGKILL when the thread that started it ends; at once if that has happened.

    Args:
        parent: process id of the one that started it.
    """
    if sys.platform == "linux":
        _prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _mapped() -> int:
    """Bytes of address space this process has mapped."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int, pointer: object = None) -> None:
    if _library().prctl(option, ctypes.c_ulong(value), pointer, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")


def _deny_sockets() -> None:
    code = _filter(*_ARCHITECTURES[platform.machine()])
    _prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.byref(_Program(len(code) // 8, code)))


def _filter(architecture: int, denied: tuple[int, ...]) -> bytes:
    """A classic BPF program (seccomp(2)): a foreign architecture and the denied numbers get EACCES."""
    tests = [(_JUMP_EQUAL, number) for number in denied] + [(_JUMP_AT_LEAST, _X32)]
    count = len(tests)
    program = [
        (_LOAD, 0, 0, _OFFSET_ARCH),
        (_JUMP_EQUAL, 0, count + 2, architecture),  # another architecture: jump to the denial
        (_LOAD, 0, 0, _OFFSET_NUMBER),
        *((test, count - place, 0, value) for place, (test, value) in enumerate(tests)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)
