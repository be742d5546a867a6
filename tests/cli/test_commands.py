"""The command line: what it prints, on which stream, and how it ends."""

from __future__ import annotations

import errno
import socket
import sqlite3
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from terrinclus_kg import cli
from terrinclus_kg.cli import progress
from terrinclus_kg.cli.progress import StepProgress
from terrinclus_kg.config import Settings, load_settings
from terrinclus_kg.errors import ConfigurationError, NotFound, ParameterError
from terrinclus_kg.ingest import pipeline
from terrinclus_kg.ingest.material import Material
from terrinclus_kg.store.releases import layout
from tests import small


@pytest.fixture
def material(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Material:
    made = small.material(tmp_path)
    monkeypatch.setattr(Material, "default", classmethod(lambda cls: made))
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def run(settings: Settings, *arguments: str | Path, text: str | None = None) -> Result:
    return CliRunner().invoke(cli.group, list(map(str, arguments)), obj=settings, input=text)


def main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["terrinclus-kg", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


def test_build_and_build_again(settings: Settings, material: Material) -> None:
    first = run(settings, "build")
    assert first.exit_code == 0
    release = layout.current(settings.releases)
    assert first.stdout.startswith(f"Release {release.id}: 3 facts from 2 sources, ")
    assert run(settings, "build").stdout == f"Release {release.id} is up to date.\n"
    assert run(settings, "build", "--force").stdout.startswith("Release ")
    assert len(layout.all_releases(settings.releases)) == 2


def test_build_from_another_folder(settings: Settings, material: Material, tmp_path: Path) -> None:
    other = small.material(tmp_path / "other")
    small.write(other.data / "sources/journal", facts=small.FACTS.split("fait:Z02")[0])
    assert "2 facts from 2 sources" in run(settings, "build", "--data", other.data).stdout
    assert run(settings, "build", "--data", tmp_path / "nowhere").exit_code == 2


def test_load(settings: Settings, material: Material, tmp_path: Path) -> None:
    file = tmp_path / "a.ttl"
    file.write_text("<http://e/s> <http://e/p> 1 .")
    assert run(settings, "load", file, "--source", "journal").exit_code == 0
    assert layout.current(settings.releases).manifest["loads"][0]["source"] == "journal"
    assert run(settings, "load", tmp_path / "missing.ttl").exit_code == 2
    assert run(settings, "load").exit_code == 2


def test_a_faulty_file_in_one_line(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.ttl").write_text("\n\noops")
    assert main(monkeypatch, "load", str(tmp_path / "x.ttl")) == 1
    told = capsys.readouterr()
    lines = told.err.strip().splitlines()  # a slow machine has shown progress before, and has cleared it
    assert lines[0].startswith("terrinclus-kg: x.ttl:3: Parser error at line 3")
    assert (len(lines), told.out) == (1, "")


def test_validate(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = small.material(tmp_path, real_ontology=True)
    monkeypatch.setattr(Material, "default", classmethod(lambda cls: made))
    assert "All required shapes and checks pass; " in run(settings, "validate").stdout
    small.write(made.data / "sources/journal", facts=small.FACTS.replace('ti:locator "page 2"@fr ; ', ""))
    assert main(monkeypatch, "validate") == 1
    told = capsys.readouterr().err
    assert told.startswith("✗ fait:Z02 ti:locator\n    Un fait dit où")
    assert "A fact tells where" in told
    assert "in graph:source/journal" in told
    assert told.endswith("terrinclus-kg: 1 required constraint not met; nothing was published\n")
    assert not settings.releases.exists()


def test_wrong_settings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.setenv("TERRINCLUS_PORT", "web")
    assert main(monkeypatch, "release", "list") == 1
    assert capsys.readouterr().err.startswith("terrinclus-kg: settings: port: Input should be a valid integer")
    monkeypatch.delenv("TERRINCLUS_PORT")
    file = tmp_path / "terrinclus.toml"
    monkeypatch.setenv("TERRINCLUS_CONFIG", str(file))
    assert main(monkeypatch, "release", "list") == 1
    assert capsys.readouterr().err.startswith(f"terrinclus-kg: settings file: there is no file {file}")
    file.mkdir()
    assert main(monkeypatch, "release", "list") == 1
    assert "there is no file" in capsys.readouterr().err
    file.rmdir()
    file.write_text("prot = 1")
    assert main(monkeypatch, "release", "list") == 1
    assert "prot" in capsys.readouterr().err
    file.write_text("port =")
    assert main(monkeypatch, "release", "list") == 1
    assert capsys.readouterr().err.startswith("terrinclus-kg: settings file: ")


def test_unknown_settings_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERRINCLUS_FAULT", "")
    assert main(monkeypatch, "release", "list") == 0
    monkeypatch.setenv("TERRINCLUS_PORTT", "8080")
    monkeypatch.setenv("TERRINCLUS_KG_SERVICE_HOST", "10.0.0.1")
    assert main(monkeypatch, "release", "list") == 1
    assert capsys.readouterr().err.endswith("what is no setting: TERRINCLUS_PORTT\n")


@pytest.mark.parametrize("url", ["", "https://e.org", "http://127.0.0.1:8000/", "https://[::1]:8443"])
def test_public_urls(url: str) -> None:
    assert load_settings(public_url=url).public_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    ["e.org", "ftp://e.org", "https://", "https://e.org/x", "https://e.org?x", "https://e.org#x", "https://e .org",
     "https://e.org:web", "https://me@e.org", "https://e.org\n"],
)  # fmt: skip
def test_wrong_public_urls(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"public_url: .*without path"):
        load_settings(public_url=url)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError("IO error: No space left on device: While appending to file"),
        sqlite3.OperationalError("database or disk is full"),
    ],
)
def test_a_full_disk(
    material: Material, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("terrinclus_kg.store.releases.writer.Draft.write_labels", fail)
    assert main(monkeypatch, "build") == 1
    home = load_settings().home
    # A busy machine may have begun to show how far it is, and ends that line first.
    assert capsys.readouterr().err.lstrip() == (
        f"terrinclus-kg: no space is left on the disk of {home}: free some and try again\n"
    )
    assert list((home / "releases").iterdir()) == []


# Serving


@pytest.mark.parametrize("options", [[], [socket.SO_REUSEPORT]])
def test_a_port_that_is_taken(settings: Settings, material: Material, options: list[int]) -> None:
    run(settings, "build")
    with socket.socket() as other:
        for option in options:
            other.setsockopt(socket.SOL_SOCKET, option, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = run(settings, "serve", "--host", "127.0.0.1", "--port", str(port)).exception
    assert isinstance(refused, ConfigurationError)
    assert refused.message == f"port {port} on 127.0.0.1 is taken"


@pytest.mark.parametrize("host", ["nobody.invalid", "", "192.0.2.1", "2001:db8::1"])
def test_a_host_that_is_not_here(settings: Settings, material: Material, host: str) -> None:
    run(settings, "build")
    refused = run(settings, "serve", "--host", host, "--port", "0").exception
    assert isinstance(refused, ConfigurationError)
    assert refused.message.startswith(f"{host} cannot be listened on")


def test_a_home_that_cannot_be_used(
    material: Material, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TERRINCLUS_HOME", str(tmp_path / "file" / "home"))
    assert main(monkeypatch, "build") == 1
    assert capsys.readouterr().err.startswith("terrinclus-kg: [Errno 20] Not a directory")


def test_no_release_yet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["release", "show"], ["serve"], ["release", "verify"]):
        assert main(monkeypatch, *arguments) == 1
        assert capsys.readouterr().err == "terrinclus-kg: no release has been built yet: run `terrinclus-kg build`\n"


def test_question(settings: Settings) -> None:
    listed = run(settings, "question").stdout.splitlines()
    assert len(listed) >= 25
    assert all(len(line.split(None, 1)) == 2 for line in listed)
    assert isinstance(run(settings, "question", listed[0].split()[0], "--param", "x").exception, ParameterError)


def test_the_beginning_of_a_question(settings: Settings, material: Material) -> None:
    run(settings, "build")
    whole, short = (run(settings, "question", name).stdout for name in ("q03-debut-de-terrinclus", "q03"))
    assert whole == short != ""
    unknown = run(settings, "question", "q99").exception
    assert isinstance(unknown, NotFound)
    assert unknown.message == "no question q99; `terrinclus-kg question` lists them"
    several = run(settings, "question", "q0").exception
    assert isinstance(several, NotFound)
    assert several.message.startswith("several questions begin with q0: q01-")


def test_doctor_without_a_release(settings: Settings) -> None:
    result = run(settings, "doctor")
    assert result.exit_code == 1
    assert "FAIL release: no release has been built yet" in result.stdout
    assert "ok   folders" in result.stdout


# Progress


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 0.1)


@pytest.mark.usefixtures("impatient")
def test_a_step_that_tells_nothing_is_shown_too() -> None:
    with StepProgress() as told:
        told("validate", 1000)
        assert not told._bar.live.is_started
        time.sleep(0.3)
        assert told._bar.live.is_started
        told("lines", 100_000)
        assert told._bar.tasks[0].description == "Preparing the store"
        assert told._bar.tasks[0].fields["count"].startswith("100,000")
    assert not told._bar.live.is_started


def test_quick_work_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with StepProgress() as told:
        told("read", 0)
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("impatient")
def test_an_error_ends_the_progress() -> None:
    shown = StepProgress()

    def work() -> None:
        with shown:
            time.sleep(0.2)
            raise ParameterError("x")

    with pytest.raises(ParameterError):
        work()
    assert not shown._bar.live.is_started


def test_every_step_has_words(settings: Settings, material: Material, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text("<http://e/s> <http://e/p> <http://e/o> .\n" * 60_000)
    steps: set[str] = set()
    pipeline.load([tmp_path / "a.nt"], settings, progress=lambda step, done: steps.add(step))
    assert {"read", "parse", "sort"} < steps <= progress._STEPS.keys()
