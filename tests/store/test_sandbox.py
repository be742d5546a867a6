"""The walls, from inside: each script runs in a process of its own and says what it met."""

from __future__ import annotations

import subprocess
import sys

import pytest

from terrinclus_kg.store.children import sandbox

pytestmark = pytest.mark.skipif(not sandbox.network_wall(), reason="this system has no seccomp")


def inside(script: str) -> str:
    """What a script prints that has entered the sandbox with 64 MiB."""
    start = "import resource, socket\nfrom terrinclus_kg.store.children import sandbox\n"
    code = start + "parent, child = socket.socketpair()\nsandbox.enter(64 * 2**20)\n" + script
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket()",
        "socket.socket(socket.AF_UNIX)",
        "socket.socket(type=socket.SOCK_DGRAM)",
        "socket.create_connection(('127.0.0.1', 9))",
        "parent.connect('/tmp/x')",
    ],
)
def test_no_socket_can_be_made(attempt: str) -> None:
    script = f"try:\n    {attempt}\nexcept PermissionError:\n    print('refused')"
    assert inside(script) == "refused"


def test_open_sockets_go_on() -> None:
    assert inside("child.sendall(b'hello'); print(parent.recv(9).decode())") == "hello"


def test_memory_is_capped() -> None:
    assert inside("try:\n    bytes(65 * 2**20)\nexcept MemoryError:\n    print('refused')") == "refused"


def test_no_core() -> None:
    assert inside("print(resource.getrlimit(resource.RLIMIT_CORE))") == "(0, 0)"


def test_children_are_closed_in_as_well() -> None:
    script = (
        "import subprocess, sys\n"
        "run = subprocess.run([sys.executable, '-c', 'import socket; socket.socket()'], stderr=subprocess.PIPE)\n"
        "print(b'PermissionError' in run.stderr)"
    )
    assert inside(script) == "True"


def test_a_process_whose_parent_is_gone_ends() -> None:
    code = "from terrinclus_kg.store.children import sandbox\nsandbox.die_with_parent(1)\nprint('alive')"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (1, "")
