"""One service over the real release for all that is asked here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reconciliation.client import Client
from tests.service import Service, running


@pytest.fixture(scope="package")
def service(home: Path) -> Iterator[Service]:
    with running(home) as found:
        yield found


@pytest.fixture(scope="module")
def french(service: Service) -> Client:
    return Client(f"{service.url}/reconcile/fr")


@pytest.fixture(scope="module")
def english(service: Service) -> Client:
    return Client(f"{service.url}/reconcile/en")
