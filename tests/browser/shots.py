"""Pictures of every listed page, to be looked at: ``python -m tests.browser.shots FOLDER [PART OF A PATH …]``.

At both widths, in both languages and schemes, whole; only pages whose path holds one of the parts, if any is given.
The release is that of TERRINCLUS_HOME, or built from ``data/``; with ``--hostile`` it is the hostile one.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from terrinclus_kg.config import Settings, load_settings
from terrinclus_kg.ingest import pipeline
from tests.browser import hostile
from tests.browser.checks import NARROW, WIDE, Visit, visiting
from tests.browser.conftest import ARGUMENTS, chromium
from tests.browser.listed import ALL
from tests.service import running

SCHEMES: tuple[Any, ...] = ("light", "dark")


def main() -> None:
    """Builds what is to be shown, serves it, and takes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--hostile", action="store_true")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home" if asked.hostile else load_settings().home
        material = hostile.material(Path(scratch) / "data") if asked.hostile else None
        pipeline.build(Settings(home=home), material)
        with running(home) as service, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
            with visiting(browser, service.url) as visit:
                for path in (page.in_language(language) for page, language in ALL):
                    if not asked.parts or any(part in path for part in asked.parts):
                        take(visit, path, asked.folder)


def take(visit: Visit, path: str, folder: Path) -> None:
    """The pictures of one page."""
    visit.go(path)
    name = re.sub(r"\W+", "-", path).strip("-")[:60]
    for width, scheme in product((WIDE, NARROW), SCHEMES):
        visit.page.set_viewport_size({"width": width, "height": 900})
        visit.page.emulate_media(color_scheme=scheme)
        visit.page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


if __name__ == "__main__":
    main()
