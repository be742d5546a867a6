"""One real service on the real release for all journeys of a test process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service import Service, running


@pytest.fixture(scope="session")
def service(home: Path) -> Iterator[Service]:
    """The service, with limits low enough to be met in a test."""
    with running(home, public_deadline=2, public_workers=2, slow_workers=2) as service:
        yield service
