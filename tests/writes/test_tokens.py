"""Tokens: what the settings may hold, and who is let in."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import pytest

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import ConfigurationError, Unauthorized
from terrinclus_kg.ingest.tokens import Tokens, read_tokens
from terrinclus_kg.server import security, writes
from tests.writes.clauses import clause
from tests.writing import SECRET, TOKEN, Site

OTHER = "another-secret-of-good-length"


def tokens(tmp_path: Path, token: str = "", lines: str = "", mode: int = 0o600) -> Tokens:
    file = tmp_path / "tokens"
    file.write_text(lines)
    file.chmod(mode)
    return read_tokens(Settings(home=tmp_path, token=token, token_file=file))  # type: ignore[arg-type]


@clause("bearer 2.1")
def test_names(tmp_path: Path) -> None:
    known = tokens(tmp_path, f"anna {SECRET}", f"# who\n\n  {OTHER}  \nben.b@example.org   {OTHER}x\n")
    assert known.holder(f"Bearer {SECRET}") == "anna"
    assert known.holder(f"bearer  {OTHER}") == "token"
    assert known.holder(f"BEARER {OTHER}x ") == "ben.b@example.org"


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", f"Basic {SECRET}", SECRET, f"Bearer {SECRET}x", f"Bearer {SECRET[:-1]}",
     f"Bearer é{SECRET}", f"Bearer {SECRET} {SECRET}", f"Bearer anna {SECRET}", f"Bearer {SECRET}\0",
     "Bearer " + "x" * 100_000],
)  # fmt: skip
def test_what_is_no_token(tmp_path: Path, header: str) -> None:
    with pytest.raises(Unauthorized):
        tokens(tmp_path, f"anna {SECRET}").holder(header)


def test_no_token_at_all(tmp_path: Path) -> None:
    known = tokens(tmp_path)
    assert not known
    with pytest.raises(Unauthorized):
        known.holder("Bearer ")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o700, 0o644])
def test_a_file_that_others_may_use(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ConfigurationError, match=f"{mode:04o}"):
        tokens(tmp_path, lines=SECRET, mode=mode)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_our_own(tmp_path: Path, mode: int) -> None:
    assert tokens(tmp_path, lines=SECRET, mode=mode).holder(f"Bearer {SECRET}") == "token"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="token_file"):
        read_tokens(Settings(home=tmp_path, token_file=tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="token_file"):
        read_tokens(Settings(home=tmp_path, token_file=tmp_path))
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(ConfigurationError, match="token_file"):  # and not: waits for somebody to write
        read_tokens(Settings(home=tmp_path, token_file=tmp_path / "pipe"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(SECRET)
    file.chmod(0o600)
    os.chown(file, 12345, 12345)
    with pytest.raises(ConfigurationError, match="somebody else"):
        read_tokens(Settings(home=tmp_path, token_file=file))


@pytest.mark.parametrize("token", ["short", "anna short", "an!na " + SECRET, f"{SECRET}é", f"anna {SECRET} x y"])
def test_a_token_that_is_not_fit(tmp_path: Path, token: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        tokens(tmp_path, token)
    assert SECRET not in str(error.value)


def test_a_secret_stays_one(here: Site, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    assert SECRET not in repr(tokens(tmp_path, f"anna {SECRET}"))
    assert SECRET not in json.dumps(here.settings.model_dump(mode="json"))
    here.update("INSERT DATA { <http://e/s> <http://e/p> 1 }")
    here.client.post("/update", headers={"Authorization": f"Bearer {OTHER}"})
    assert here.client.post(f"/update?token={SECRET}").status_code == 401
    assert SECRET not in caplog.text
    assert OTHER not in caplog.text


def test_only_holders_may_send_large_bodies(here: Site) -> None:
    known = Tokens(read_tokens(here.settings).known)
    limit = security.body_limit(here.settings.write_size)
    for path in ("/update", "/graph-store", "/graph/x"):
        assert writes.larger(known, here.settings, path, TOKEN["Authorization"]) == limit
        assert writes.larger(known, here.settings, path, f"Bearer {OTHER}") == 0
        assert writes.larger(known, here.settings, path, "") == 0
    assert writes.larger(known, here.settings, "/sparql", TOKEN["Authorization"]) == 0
