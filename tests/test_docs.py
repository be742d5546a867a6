"""Everything that a person can set, type or ask for is described in ``docs/``."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from terrinclus_kg import errors
from terrinclus_kg.cli import group
from terrinclus_kg.config import Settings
from terrinclus_kg.server import create_app

DOCS = Path(__file__).parent.parent / "docs"


def doc(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def commands(command: click.Command, path: str) -> list[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        return [leaf for name, sub in command.commands.items() for leaf in commands(sub, f"{path} {name}")]
    return [(path, command)]


def routes() -> list[str]:
    app = create_app(Settings(home=Path("unused")))
    return sorted({rule.rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"})


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_each_setting_is_described_with_its_default(name: str) -> None:
    row = re.search(rf"^\| `{name}` \| (.+?) \| (.+?) \|$", doc("settings.md"), re.MULTILINE)
    assert row, f"docs/settings.md has no row for {name}"
    field = Settings.model_fields[name]
    assert row[2] == field.description
    if isinstance(field.default, (int, float)):
        assert f"`{field.default:g}`" in row[1] or f"`{field.default}`" in row[1]


@pytest.mark.parametrize("path", [path for path, _ in commands(group, "terrinclus-kg")])
def test_each_command_is_described(path: str) -> None:
    assert f"| `{path}" in doc("commands.md")


@pytest.mark.parametrize(("path", "command"), commands(group, "terrinclus-kg"))
def test_each_option_is_described(path: str, command: click.Command) -> None:
    (row,) = [line for line in doc("commands.md").splitlines() if re.match(rf"\| `{path}[ `]", line)]
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in row, f"{path} {parameter.opts[0]}"
            assert parameter.help


@pytest.mark.parametrize("rule", routes())
def test_each_route_is_described(rule: str) -> None:
    assert f"`{rule}`" in doc("http.md")


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.TerrinclusError) and "slug" in vars(kind)
    ],
    ids=lambda kind: kind.slug,
)
def test_each_error_that_http_tells_is_described(kind: type[errors.TerrinclusError]) -> None:
    if not issubclass(kind, errors.IngestError | errors.ConfigurationError | errors.ExportFailed):
        assert f"`{kind.slug}`" in doc("http.md")


def test_each_page_of_docs_is_reachable_from_the_readme() -> None:
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    reachable = set(re.findall(r"docs/([a-z\-]+\.md)", readme))
    assert {file.name for file in DOCS.glob("*.md")} <= reachable
