"""When the service gives itself up: not as long as there is hope."""

from __future__ import annotations

import time

from terrinclus_kg.cli.serve import _DEATHS, _Births


def young(births: _Births) -> bool:
    """Whether granian would find that a process has died too early, and end: it asks like this."""
    births[0] = time.monotonic()
    return time.monotonic() - births.get(0, 0) <= 5.5


def test_a_process_that_dies_young_now_and_then_is_replaced() -> None:
    births = _Births()
    assert not any(young(births) for _ in range(_DEATHS - 1))


def test_one_that_cannot_live_ends_the_service() -> None:
    births = _Births()
    assert [young(births) for _ in range(_DEATHS)][-1]
