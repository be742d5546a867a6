"""How long work tells how far it is: a function of the step's name and a count."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int], None]


def silent(_step: str, _done: int) -> None:
    """Progress that is told to nobody."""
