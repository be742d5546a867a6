"""A real browser on the real service. Without Chromium these tests are skipped loudly, and fail under CI."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.checks import TOOLS
from tests.service import Service, running

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """The browser of the system."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def service(home: Path) -> Iterator[Service]:
    """The service on the real release."""
    with running(home) as service:
        yield service


@pytest.fixture(scope="session")
def tools() -> None:
    """What the pages are checked with, and built scripts: `make lint` brings them."""
    if not (TOOLS / "axe-core").is_dir() or not (TOOLS.parent / "static" / "dist" / "manifest.json").is_file():
        reason = "the tools that check pages are missing: run `python web/build.py --dev` (it needs npm)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, the one of the system."""
    executable = chromium()
    if executable is None:
        reason = "Chromium is missing: install it (apt install chromium) to run the browser tests"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()
