"""The queue of requests: so many are worked on at once, and next comes the client that has spent least."""

from __future__ import annotations

import asyncio
from collections import Counter, deque

from api.fairness.budgets import Account


class FairQueue:
    """Places for requests that are worked on. Not for several threads."""

    def __init__(self, places: int, places_per_client: int) -> None:
        self._free = places
        self._places_per_client = places_per_client
        self._in_work: Counter[Account] = Counter()
        self._waiting: dict[Account, deque[asyncio.Future[None]]] = {}

    @property
    def waiting(self) -> int:
        """Requests that wait."""
        return sum(map(len, self._waiting.values()))

    @property
    def in_work(self) -> int:
        return self._in_work.total()

    def waiting_of(self, account: Account) -> int:
        return len(self._waiting.get(account, ()))

    def enter_now(self, account: Account) -> bool:
        """Take a place, where there is one and nobody waits."""
        may = not self._waiting and self._has_place_for(account)
        if may:
            self._take(account)
        return may

    async def enter(self, account: Account) -> None:
        """Take a place, as soon as it is the client's turn."""
        if self.enter_now(account):
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(account, deque()).append(turn)
        self._call_next()
        try:
            await turn
        except BaseException:
            self._forget(account, turn)
            raise

    def leave(self, account: Account) -> None:
        """Give the place back."""
        self._free += 1
        self._in_work[account] -= 1
        if not self._in_work[account]:
            del self._in_work[account]
        self._call_next()

    def _has_place_for(self, account: Account) -> bool:
        return self._free > 0 and self._in_work[account] < self._places_per_client

    def _take(self, account: Account) -> None:
        self._free -= 1
        self._in_work[account] += 1

    def _call_next(self) -> None:
        while called := [account for account in self._waiting if self._has_place_for(account)]:
            account = min(called, key=lambda one: one.spent)
            turn = self._waiting[account].popleft()
            if not self._waiting[account]:
                del self._waiting[account]
            if not turn.done():
                self._take(account)
                turn.set_result(None)

    def _forget(self, account: Account, turn: asyncio.Future[None]) -> None:
        """The request waits no more; a place that it was called to in the same moment is free again."""
        if turn.done() and not turn.cancelled():
            self.leave(account)
        elif turn in (waiting := self._waiting.get(account, deque())):
            waiting.remove(turn)
            if not waiting:
                del self._waiting[account]
