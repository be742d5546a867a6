"""Who may write: those who hold a token.

A token comes from the setting ``token`` or the file ``token_file``, as ``name secret`` or ``secret``. Only its digest
is kept, and all are compared, in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ConfigurationError, Unauthorized

_SHORTEST = 20  # characters of a secret
_NAMELESS = "token"
_BEARER = re.compile(r"bearer +([A-Za-z0-9\-._~+/]+=*) *\Z", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@\-]{0,63}\Z")


@dataclass(frozen=True, slots=True)
class Tokens:
    """All tokens of an application: name and SHA-256 of the secret."""

    known: tuple[tuple[str, bytes], ...] = field(repr=False)

    def __bool__(self) -> bool:
        return bool(self.known)

    def holder(self, authorization: str) -> str:
        """The name of the holder of the token in an ``Authorization`` header.

        Raises:
            Unauthorized: it holds no token that we know.
        """
        match = _BEARER.match(authorization)
        shown = hashlib.sha256(match[1].encode() if match else b"").digest()
        found = [name for name, digest in self.known if hmac.compare_digest(shown, digest)]
        if not match or not found:
            raise Unauthorized("the token is not valid; send it as Authorization: Bearer TOKEN")
        return found[0]


def read_tokens(settings: Settings) -> Tokens:
    """The tokens that the settings name.

    Raises:
        ConfigurationError: one is too short or has a strange name, or the file can be read by others.
    """
    lines = [settings.token.get_secret_value().strip()]
    if settings.token_file:
        lines += _lines(settings.token_file)
    return Tokens(tuple(_token(line) for line in lines if line))


def _lines(file: Path) -> list[str]:
    """The lines of a token file but empty ones and comments. It is checked and read by one descriptor."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)  # else nobody would come out of a pipe
        with open(descriptor, encoding="utf-8", errors="replace") as content:
            state = os.fstat(descriptor)
            if state.st_mode & 0o177 or not stat.S_ISREG(state.st_mode):
                mode = stat.S_IMODE(state.st_mode)
                raise ConfigurationError(f"token_file: {file} has mode {mode:04o}; others may use it: chmod 600 it")
            if state.st_uid not in (0, os.geteuid()):
                raise ConfigurationError(f"token_file: {file} belongs to somebody else")
            return [line.strip() for line in content if line.strip() and not line.lstrip().startswith("#")]
    except OSError as error:
        raise ConfigurationError(f"token_file: {file} cannot be read: {error.strerror}") from None


def _token(line: str) -> tuple[str, bytes]:
    name, blank, secret = line.partition(" ")
    name, secret = (name, secret.strip()) if blank else (_NAMELESS, name)
    if not _NAME.match(name):
        raise ConfigurationError("token: the name of a token has letters, digits, - . _ @ (at most 64)")
    if len(secret) < _SHORTEST or not _BEARER.match(f"bearer {secret}"):
        raise ConfigurationError(
            f"token: the secret of {name} needs {_SHORTEST} characters or more, out of letters, digits, - . _ ~ + /"
        )
    return name, hashlib.sha256(secret.encode()).digest()
