"""What docs/publishers.md has one write is a dataset that passes its own checks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "publishers.md"


def written(folder: Path) -> set[str]:
    """Writes the files of the guide; returns their names."""
    names = set()
    for part in re.split(r"\n(?=`[a-z]|\*\*)", GUIDE.read_text(encoding="utf-8")):
        block = re.search(r"```\w+\n(.*?)```", part, re.DOTALL)
        name = re.search(r"`((?:ontology|data|queries|web)/[\w./-]+\.\w+)`", part)
        if block and name:
            file = folder / name[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block[1], encoding="utf-8")
            names.add(name[1])
    return names


def test_the_guide_makes_a_dataset(tmp_path: Path) -> None:
    names = written(tmp_path / "garden")
    assert {"ontology/dataset.toml", "data/sources/catalogue/facts.trig", "web/site.toml", "web/pages.toml"} <= names
    assert {f"queries/{name}" for name in ("questions/columns.toml", "facets/10-year.rq")} <= names
    given = {"TERRINCLUS_DATASET": str(tmp_path / "garden"), "TERRINCLUS_HOME": str(tmp_path / "home")}
    for command, told in (
        (["build"], "3 facts from 1 sources"),
        (["question", "planted", "--param", "from=2010"], "2020"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "terrinclus_kg", *command], env=os.environ | given, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert told in done.stdout + done.stderr
