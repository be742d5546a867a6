"""What clients have spent: seconds of processing and errors, regained as time goes by.

Each client has two buckets. What it is charged may overdraw one, since a cost is known only afterwards; then
its queries are refused until the bucket is positive again. What a client has cost lately is remembered for longer
than its buckets take to fill: who is served first depends on it. Only clients that have spent something are in the
table, which has a fixed size: those that have regained all go first, then those not seen for longest.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from terrinclus_kg.config import Settings
from terrinclus_kg.errors import BudgetSpent

CLIENTS = 10_000  # in the table, at most
LATELY = 60.0  # seconds after which a cost counts half


@dataclass(slots=True)
class _Account:
    """What a client had spent and not regained at the time ``at``; ``lately``: what it had cost, in budgets."""

    seconds: float
    errors: float
    lately: float
    at: float


class Budgets:
    """The accounts of all clients, by name. Not for several threads at a time.

    Args:
        settings: how much a client may spend, and how fast it regains it.
        clock: seconds that never go back.
        clients: size of the table.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = monotonic, *, clients: int = CLIENTS) -> None:
        self._settings, self._clock, self._clients = settings, clock, clients
        self._accounts: OrderedDict[str, _Account] = OrderedDict()  # least recently seen first
        self._new = 0  # accounts since the table was last cleared of those that have regained all

    def __len__(self) -> int:
        return len(self._accounts)

    def check(self, client: str) -> None:
        """Raises BudgetSpent if a budget of the client is overdrawn. Costs the client nothing."""
        account = self._account(client, self._clock())
        if account is None:
            return
        self._accounts.move_to_end(client)
        s = self._settings
        seconds = _wait(account.seconds - s.client_seconds, s.client_seconds_refill)
        errors = _wait(account.errors - s.client_errors, s.client_errors_refill)
        if seconds or errors:
            raise self._spent("client_seconds" if seconds >= errors else "client_errors", max(seconds, errors))

    def charge(self, client: str, *, seconds: float = 0.0, errors: float = 0.0) -> None:
        """Takes what a query has cost from the client's budgets."""
        account = self._account(client, self._clock())
        if account is None:
            account = self._open(client)
        account.seconds += seconds
        account.errors += errors
        account.lately += seconds / self._settings.client_seconds + errors / self._settings.client_errors
        self._accounts.move_to_end(client)

    def lately(self, client: str, now: float, seconds: float = 0.0) -> float:
        """What a client has cost lately, as a part of its budgets: 1 is all its seconds, or all its errors.

        ``now``: by the clock; at one time the cost is the same however often it is asked for, so that equals stay
        equal. ``seconds``: spent beside, and not charged yet.
        """
        account = self._account(client, now)
        return (account.lately if account else 0.0) + seconds / self._settings.client_seconds

    def _account(self, client: str, now: float) -> _Account | None:
        """The account as it stands now."""
        account = self._accounts.get(client)
        if account and now > account.at:
            past, account.at = now - account.at, now
            account.seconds = max(0.0, account.seconds - past * self._settings.client_seconds_refill)
            account.errors = max(0.0, account.errors - past * self._settings.client_errors_refill)
            account.lately *= 0.5 ** (past / LATELY)
        return account

    def _open(self, client: str) -> _Account:
        if len(self._accounts) >= self._clients:
            self._make_room()
        self._new += 1
        account = self._accounts[client] = _Account(0.0, 0.0, 0.0, self._clock())
        return account

    def _make_room(self) -> None:
        """Looking through the whole table is worth it now and then only: strangers decide how often we come here."""
        if self._new * 8 >= self._clients:
            self._new = 0
            for client in list(self._accounts):
                account = self._account(client, self._clock())
                if account and not account.seconds and not account.errors:
                    del self._accounts[client]
        while len(self._accounts) >= self._clients:
            self._accounts.popitem(last=False)

    def _spent(self, limit: str, seconds: int) -> BudgetSpent:
        value = getattr(self._settings, limit)
        what = "seconds of processing" if limit == "client_seconds" else "errors"
        return BudgetSpent(
            f"this client has had its {value:g} {what} in a row ({limit}); ask again in {seconds} s",
            limit=limit,
            value=value,
            retry_after=seconds,
        )


def _wait(excess: float, refill: float) -> int:
    """Whole seconds until a bucket is positive again; 0: it is. ``excess``: what was spent beyond its size."""
    return math.floor(excess / refill + 1e-6) + 1 if excess >= 0 else 0
