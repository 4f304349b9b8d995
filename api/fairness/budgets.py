"""The budget of each client: the processor time that it may spend at once, and what it earns back."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

Clock = Callable[[], float]
"""Seconds that never go back."""
MAX_ACCOUNTS = 10_000
ALONE_SECONDS = 10
"""A client is alone once nobody else has asked for so long."""


@dataclass(frozen=True, slots=True)
class Budget:
    """`seconds` of processor time may be spent at once; `per_minute` seconds are earned back each minute. A budget of 0
    seconds limits nobody."""

    seconds: float
    per_minute: float

    @property
    def per_second(self) -> float:
        return self.per_minute / 60

    @property
    def window(self) -> float:
        """Seconds until a spent budget is whole again."""
        return self.seconds / self.per_second


class Account:
    """What one client has spent, less what it has earned back since."""

    def __init__(self, budget: Budget, clock: Clock = monotonic) -> None:
        self._budget, self._clock = budget, clock
        self._lock = threading.Lock()
        self._spent, self._at = 0.0, clock()
        self.asked = self._at
        """When the client last asked."""

    def charge(self, seconds: float) -> None:
        with self._lock:
            now = self._clock()
            self._spent, self._at = self._spent_at(now) + seconds, now

    @property
    def spent(self) -> float:
        """Seconds of processor time."""
        return self._spent_at(self._clock())

    @property
    def left(self) -> float:
        """Seconds of processor time; none below 0."""
        return max(0.0, self._budget.seconds - self.spent)

    @property
    def is_empty(self) -> bool:
        """Whether the whole budget is spent."""
        return self._budget.seconds > 0 and self.spent >= self._budget.seconds

    @property
    def seconds_until_more(self) -> float:
        """Until something may be spent again."""
        return max(0.0, self.spent - self._budget.seconds) / self._budget.per_second

    @property
    def seconds_until_whole(self) -> float:
        return self.spent / self._budget.per_second

    def _spent_at(self, now: float) -> float:
        return max(0.0, self._spent - (now - self._at) * self._budget.per_second)


class Accounts:
    """The accounts of the clients that asked lately; the one that has not asked for longest is forgotten first."""

    def __init__(self, budget: Budget, clock: Clock = monotonic) -> None:
        self.budget, self._clock = budget, clock
        self._accounts: OrderedDict[str, Account] = OrderedDict()

    def __len__(self) -> int:
        return len(self._accounts)

    def of(self, client: str) -> Account:
        account = self._accounts.get(client)
        if account is None:
            account = self._accounts[client] = Account(self.budget, self._clock)
            if len(self._accounts) > MAX_ACCOUNTS:
                self._accounts.popitem(last=False)
        self._accounts.move_to_end(client)
        account.asked = self._clock()
        return account

    def is_alone(self, account: Account) -> bool:
        """Whether no other client has asked within the last seconds."""
        latest = (one for one in itertools.islice(reversed(self._accounts.values()), 2) if one is not account)
        return all(self._clock() - one.asked > ALONE_SECONDS for one in latest)
