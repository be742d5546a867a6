"""The bench itself: its data, its client, and a quick run to the end."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pyoxigraph import RdfFormat, Store

from tests.bench import mixes, report
from tests.bench.data import Shop, write
from tests.bench.measure import quantile

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a quick run has written."""
    out = tmp_path_factory.mktemp("bench")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--out", out, "--scratch", out],
        env=environment, check=True, timeout=900, cwd=ROOT, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return out


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_same_seed_gives_the_same_data(tmp_path: Path) -> None:
    one, two, other = (tmp_path / name for name in ("one", "two", "other"))
    assert write(one, Shop(30)) == write(two, Shop(30))
    write(other, Shop(30), seed=2)
    assert sha256(one) == sha256(two) != sha256(other)


@pytest.mark.parametrize("size", [10_000, 100_000, 300_000])
def test_the_data_have_the_size_that_was_asked_for(tmp_path: Path, size: int) -> None:
    file = tmp_path / "shop.nt"
    count = write(file, Shop.of(size))
    assert count == pytest.approx(size, rel=0.04)
    assert len(set(file.read_bytes().splitlines())) == count


def test_each_query_finds_something_in_the_data(tmp_path: Path) -> None:
    """And is written correctly; some instances of a query may find nothing, but not all."""
    shop, store = Shop.of(30_000), Store()
    write(tmp_path / "shop.nt", shop)
    store.bulk_load(path=tmp_path / "shop.nt", format=RdfFormat.N_TRIPLES)
    found: dict[str, int] = {}
    for mix in mixes.MIXES:
        for ask in mixes.asks(mix, shop):
            answer = store.query(ask.query)
            rows = int(bool(answer)) if ask.name == "ask" else len(list(answer))  # type: ignore[arg-type]
            found[ask.name] = found.get(ask.name, 0) + rows
    assert [name for name, rows in found.items() if not rows and name != "ask"] == []
    assert len(found) == 21
    assert mixes.asks("explore", shop) == mixes.asks("explore", shop)


def test_quantiles() -> None:
    assert [quantile([1.0, 2.0, 3.0, 4.0], share) for share in (0.0, 0.5, 0.99)] == [1.0, 3.0, 4.0]
    assert report.geomean([2.0, 8.0]) == pytest.approx(4.0)
    assert [report.weight(seconds) for seconds in (0.004, 0.02, 0.5)] == ["small", "medium", "large"]


def test_a_quick_run_ends_and_writes_a_report(quick: Path) -> None:
    text = (quick / "benchmarks.md").read_text(encoding="utf-8")
    assert "its numbers say nothing" in text
    assert re.findall(r"^## (.*)$", text, re.MULTILINE)[0] == "In short"
    assert all(re.search(rf"^\| 10,\d+ \| {mix} \| 1 \| terrinclus-kg \|", text, re.MULTILINE) for mix in mixes.MIXES)
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1
    notes = text.rpartition("## Notes of this run")[2]
    assert "terrinclus-kg" not in notes, notes  # no fault of ours
    if "oxigraph is not installed" not in notes:
        assert "oxigraph serve" in text


def test_a_quick_run_draws_its_curves(quick: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib (of the extra bench) is not installed")
    named = re.findall(r"\((img/.*?\.svg)\)", (quick / "benchmarks.md").read_text(encoding="utf-8"))
    assert len(named) == 4
    for name in named:
        assert (quick / name).stat().st_size < 40_000
        assert ElementTree.parse(quick / name).getroot().tag.endswith("svg")


def test_a_quick_run_leaves_nothing_behind(quick: Path) -> None:
    assert {entry.name for entry in quick.iterdir()} == {"benchmarks.md", "img"}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            assert str(quick) not in (folder / "cmdline").read_text()
            assert str(quick) not in (folder / "environ").read_text()
        except OSError:
            continue
