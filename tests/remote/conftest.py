"""The real release, published into two engines that are not ours, and the same service over each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from terrinclus_kg.config import Settings
from terrinclus_kg.store.releases.layout import Release
from terrinclus_kg.store.remote import publication
from tests.remote import engines
from tests.remote.engines import Engine
from tests.service import Service, running

LIMITS: dict[str, object] = {
    "public_deadline": 8,
    "trusted_deadline": 30,
    "answer_size": 1_500_000,
    "public_workers": 2,
    "trusted_workers": 2,
    "client_queries": 8,
    "client_seconds": 100_000,
    "client_errors": 100_000,
}
KINDS = ("embedded", "oxigraph", "virtuoso")

Serve = Callable[[str], Service]


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory, home: Path, release: Release) -> Iterator[Callable[[str], Engine]]:
    """``engine("virtuoso")``: a running engine that holds the real release. One of each a test process."""
    running_engines: dict[str, Engine] = {}
    with ExitStack() as stack:

        def start(name: str) -> Engine:
            if name not in running_engines:
                folder = tmp_path_factory.mktemp(name) / "store"
                found: Engine = stack.enter_context(getattr(engines, name)(folder))
                publication.publish(Settings(home=home, **found.settings()), release)  # type: ignore[arg-type]
                running_engines[name] = found
            return running_engines[name]

        yield start


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory, home: Path, engine: Callable[[str], Engine]) -> Iterator[Serve]:
    """``serve("oxigraph")``: the service over an engine. Over a remote one it has no release of its own."""
    services: dict[str, Service] = {}
    with ExitStack() as stack:

        def start(kind: str) -> Service:
            if kind not in services:
                if kind == "embedded":
                    made = running(home, **LIMITS)
                else:
                    empty = tmp_path_factory.mktemp("empty")
                    made = running(empty, **engine(kind).settings(store="remote", **LIMITS))
                services[kind] = stack.enter_context(made)
            return services[kind]

        yield start


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, serve: Serve) -> Service:
    """The service over our own engine, and over each of the others."""
    return serve(request.param)


@pytest.fixture
def embedded(serve: Serve) -> Service:
    """The service over our own engine, to compare with."""
    return serve("embedded")


@pytest.fixture(params=KINDS[1:])
def elsewhere(request: pytest.FixtureRequest, serve: Serve) -> Service:
    """The service over each engine that is not ours."""
    return serve(request.param)
