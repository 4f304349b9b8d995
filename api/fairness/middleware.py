"""Middleware that shares the processor among clients: each request is charged with the processor time that it takes,
waits behind those of clients that have spent less, and is refused where its client has spent its budget.

The headers follow draft-ietf-httpapi-ratelimit-headers-10."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from math import ceil
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context.connection import ClientDisconnected
from api.context.errors import BadRequest, BudgetSpent, TooManyRequests
from api.fairness.budgets import Account, Accounts, Budget
from api.fairness.clients import Clients
from api.fairness.forwarding import FORWARD_DOCUMENT, forward, forward_document, is_long, may_be_forwarded
from api.fairness.processor_time import SPENDER
from api.fairness.queue import FairQueue
from api.fairness.workers import WorkerAnswer, WorkerPool
from api.telemetry.request_record import note_client_left
from graph.settings import Settings

Refuse = Callable[[Scope, BadRequest], Awaitable[ASGIApp]]
"""Makes the response to a request that is refused."""
FREE = frozenset({"/healthz", "/readyz"})
"""Addresses that are neither charged nor made to wait: an operator has to see a service that is busy."""
_WAITING_PER_CLIENT = 100
_MUCH_SECONDS = 0.25
"""Of processor time, what a client earns back in a second: one that has spent more lately is served by workers, where
there are others that it would hold up."""
_EVENTS = "text/event-stream"
"""The media type of an answer that lasts as long as its client likes; it needs no place."""
_POLICY = '"processor"'


class Fairness:
    """The budgets of the clients of a service, and the queue of their requests."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        clients: Clients,
        queue: FairQueue,
        refuse: Refuse,
        workers: WorkerPool | None = None,
    ) -> None:
        self._app, self._clients, self._refuse, self._workers = app, clients, refuse, workers
        self._settings = settings
        self.accounts = Accounts(Budget(settings.budget_seconds, settings.budget_per_minute))
        self.queue = queue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in FREE:
            await self._app(scope, receive, send)
            return
        account = self.accounts.of(self._clients.name(scope))
        SPENDER.set(account)
        try:
            if account.is_empty:
                raise BudgetSpent(account.spent, max(1, ceil(account.seconds_until_more)))
            if scope["type"] == "websocket":  # held for hours: its operations are charged, and have quotas
                await self._app(scope, receive, send)
            elif self._workers and self._workers.is_up and self._is_for_workers(account, scope):
                _check_waiting(self._workers.queue, account)
                respond = await forward(self._workers, account, scope, receive, self._settings)
                await respond(scope, receive, _with_headers(account, self.accounts.budget, send))
            else:
                await self._run_queued(account, scope, receive, _with_headers(account, self.accounts.budget, send))
        except ClientDisconnected:
            note_client_left()
        except BadRequest as problem:
            response = await self._refuse(scope, problem)
            await response(scope, receive, _with_headers(account, self.accounts.budget, send))

    def _is_for_workers(self, account: Account, scope: Scope) -> bool:
        has_spent_much = account.spent > _MUCH_SECONDS and not self.accounts.is_alone(account)
        return may_be_forwarded(scope) and (is_long(scope) or has_spent_much)

    async def _run_queued(self, account: Account, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises TooManyRequests, before the application has begun."""
        _check_waiting(self.queue, account)
        place = _Place(self.queue, account)
        try:
            if not place.take_now():
                async with asyncio.timeout(self._settings.deadline):
                    await place.take()
        except TimeoutError:
            what = f"The service was busy with requests of others for {self._settings.deadline:g} s."
            raise TooManyRequests(what, remedy="Ask again later.", headers=_RETRY) from None
        try:
            self._let_forward(account, scope, place)
            await self._app(scope, place.receiving(scope, receive), place.sending(send))
        finally:
            place.give_back()

    def _let_forward(self, account: Account, scope: Scope, place: _Place) -> None:
        """Put into the scope what has a worker answer the request after all."""
        workers = self._workers
        if workers is None or not workers.is_up:
            return

        async def forward_begun(parameters: Mapping[str, Any]) -> WorkerAnswer:
            _check_waiting(workers.queue, account)
            place.give_back()
            return await forward_document(workers, account, scope, parameters)

        scope[FORWARD_DOCUMENT] = forward_begun


_RETRY = {"Retry-After": "10"}


def _check_waiting(queue: FairQueue, account: Account) -> None:
    """Raises TooManyRequests where as many requests of the client wait as may."""
    if queue.waiting_of(account) >= _WAITING_PER_CLIENT:
        what = f"{_WAITING_PER_CLIENT} requests of this client wait already."
        raise TooManyRequests(what, remedy="Wait for answers before you ask more.", headers=_RETRY)


class _Place:
    """A place in work. It is given back while the client sends its body or reads the answer, at whatever pace."""

    def __init__(self, queue: FairQueue, account: Account) -> None:
        self._queue, self._account = queue, account
        self._is_taken = False

    def take_now(self) -> bool:
        self._is_taken = self._queue.enter_now(self._account)
        return self._is_taken

    async def take(self) -> None:
        await self._queue.enter(self._account)
        self._is_taken = True

    def give_back(self) -> None:
        if self._is_taken:
            self._is_taken = False
            self._queue.leave(self._account)

    def receiving(self, scope: Scope, receive: Receive) -> Receive:
        headers = Headers(scope=scope)
        is_whole = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers

        async def receive_body() -> Message:
            nonlocal is_whole
            if is_whole:  # what is awaited now is that the client leaves
                return await receive()
            self.give_back()
            message = await receive()
            if not message.get("more_body"):
                is_whole = True
                await self.take()
            return message

        return receive_body

    def sending(self, send: Send) -> Send:
        is_live = False

        async def send_part(message: Message) -> None:
            nonlocal is_live
            if message["type"] == "http.response.start":
                is_live = Headers(raw=message["headers"]).get("content-type", "").startswith(_EVENTS)
            else:
                self.give_back()
            await send(message)
            if message.get("more_body") and not is_live:
                await self.take()

        return send_part


def _with_headers(account: Account, budget: Budget, send: Send) -> Send:
    """`send`, which tells what is left of the budget."""
    if not budget.seconds:
        return send
    policy = f"{_POLICY};q={budget.seconds:.0f};w={budget.window:.0f}"

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["RateLimit-Policy"] = policy
            headers["RateLimit"] = f"{_POLICY};r={int(account.left)};t={ceil(account.seconds_until_whole)}"
        await send(message)

    return send_with_headers
