"""The hub of subscriptions: what the connections of an app share, whichever protocol they speak."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from starlette.requests import HTTPConnection

from api.context.change_feed import ChangeFeed
from api.context.errors import GoingAway
from api.context.store_provider import StoreProvider
from api.live.connection_quota import ConnectionQuota
from graph.settings import Settings

MAX_QUEUED_CHANGES = 100
"""Changes that a slow client has not read yet before they are replaced by one event."""
_SHUTDOWN_SECONDS = 5.0
"""How long the service waits for its connections when it stops."""


class SubscriptionHub:
    """The change feed, the quota of connections, and their orderly end when the service stops."""

    def __init__(self, settings: Settings, provider: StoreProvider) -> None:
        self.settings = settings
        self.provider = provider
        self.change_feed = ChangeFeed(provider, settings.live_poll_seconds, MAX_QUEUED_CHANGES)
        self.quota = ConnectionQuota(settings.live_connections, settings.live_connections_per_client)
        self._leave_callbacks: set[Callable[[], None]] = set()
        self._empty = asyncio.Event()
        self._is_closed = False

    @contextmanager
    def connection(self, client: HTTPConnection, leave: Callable[[], None]) -> Iterator[None]:
        """Count a connection while the block runs; `leave` is called when the service stops. Raises BadRequest."""
        if self._is_closed:
            raise GoingAway("The service is going away.", remedy="Connect again in a moment.")
        with self.quota.acquire(client.client.host if client.client else ""):
            self._leave_callbacks.add(leave)
            self._empty.clear()
            try:
                yield
            finally:
                self._leave_callbacks.discard(leave)
                if not self._leave_callbacks:
                    self._empty.set()

    async def close(self) -> None:
        """Refuse new connections, ask the open ones to end, and wait until they have ended."""
        self._is_closed = True
        for leave in tuple(self._leave_callbacks):
            leave()
        if self._leave_callbacks:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), _SHUTDOWN_SECONDS)
