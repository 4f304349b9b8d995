"""How many connections may be open for subscriptions: in all, and from one client address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from api.context.errors import TooManySubscriptions

_RETRY = {"Retry-After": "10"}


class ConnectionQuota:
    def __init__(self, in_all: int, per_address: int) -> None:
        self._in_all = in_all
        self._per_address = per_address
        self._taken: Counter[str] = Counter()

    @property
    def in_use(self) -> int:
        return self._taken.total()

    @contextmanager
    def acquire(self, address: str) -> Iterator[None]:
        """A place for one connection. Raises TooManySubscriptions."""
        if self._taken[address] >= self._per_address:
            raise TooManySubscriptions(
                f"{self._per_address} connections for subscriptions are open from {address}.",
                remedy="Close one, or put several subscriptions on one WebSocket.",
                headers=_RETRY,
            )
        if self.in_use >= self._in_all:
            raise TooManySubscriptions(
                f"{self._in_all} connections for subscriptions are open at this service.",
                remedy="Try again later, or poll { dataVersion { id } }.",
                headers=_RETRY,
            )
        self._taken[address] += 1
        try:
            yield
        finally:
            self._taken[address] -= 1
            if not self._taken[address]:
                del self._taken[address]
