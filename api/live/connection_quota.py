"""The quota of connections for subscriptions: in total, and per client address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from api.context.errors import TooManySubscriptions

_RETRY = {"Retry-After": "10"}


class ConnectionQuota:
    def __init__(self, max_total: int, max_per_address: int) -> None:
        self._max_total = max_total
        self._max_per_address = max_per_address
        self._in_use: Counter[str] = Counter()

    @property
    def in_use(self) -> int:
        return self._in_use.total()

    @contextmanager
    def acquire(self, address: str) -> Iterator[None]:
        """Count one connection while the block runs. Raises TooManySubscriptions."""
        if self._in_use[address] >= self._max_per_address:
            raise TooManySubscriptions(
                f"{self._max_per_address} connections for subscriptions are open from {address}.",
                remedy="Close one, or put several subscriptions on one WebSocket.",
                headers=_RETRY,
            )
        if self.in_use >= self._max_total:
            raise TooManySubscriptions(
                f"{self._max_total} connections for subscriptions are open at this service.",
                remedy="Try again later, or poll { dataVersion { id } }.",
                headers=_RETRY,
            )
        self._in_use[address] += 1
        try:
            yield
        finally:
            self._in_use[address] -= 1
            if not self._in_use[address]:
                del self._in_use[address]
