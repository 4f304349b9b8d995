"""Operations whose answers come one after another, whichever transport carries them, and what the transports share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Any, cast

from graphql import ExecutionResult, subscribe
from graphql import OperationType as Operation
from starlette.requests import HTTPConnection
from strawberry.utils.await_maybe import await_maybe

from api.context.auth import Caller
from api.context.change_feed import Changes
from api.context.errors import GoingAway, overdue
from api.context.holder import StoreHolder
from api.context.limits import Limits
from api.execution.execute import Answer, Request, Sound, Unsound, checked, cost_of, refused, run, told_errors
from api.live.places import Places
from api.schema.schema import schema
from api.schema.subscription import LiveContext, Subscription
from graph.settings import Settings

MOST_WAITING = 100
"""Changes that wait for a slow client before they are put into one."""
_LEAVE_SECONDS = 5.0
"""How long the service waits for its connections when it goes away."""


Who = Callable[[], Awaitable[Caller]]
"""Tells who listens, each time anew: a token may be revoked meanwhile. Raises Unauthenticated, StoreError."""


class Live:
    """What the connections of one app share: the changes, the places, and the end of the service."""

    def __init__(self, settings: Settings, holder: StoreHolder) -> None:
        self.settings = settings
        self.holder = holder
        self.changes = Changes(holder, settings.live_poll_seconds, MOST_WAITING)
        self.places = Places(settings.live_connections, settings.live_connections_per_client)
        self._open: set[Callable[[], None]] = set()
        self._ended = asyncio.Event()
        self._closed = False

    @contextmanager
    def connection(self, client: HTTPConnection, leave: Callable[[], None]) -> Iterator[None]:
        """A place for a connection; `leave` is called when the service goes away. Raises BadRequest."""
        if self._closed:
            raise GoingAway("The service is going away.", remedy="Connect again in a moment.")
        with self.places.place(client.client.host if client.client else ""):
            self._open.add(leave)
            self._ended.clear()
            try:
                yield
            finally:
                self._open.discard(leave)
                if not self._open:
                    self._ended.set()

    async def close(self) -> None:
        """Take no connection any more, end the ones there are, and wait until they have ended."""
        self._closed = True
        for leave in tuple(self._open):
            leave()
        if self._open:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), _LEAVE_SECONDS)


async def stream(live: Live, request: Request, who: Who, listening: asyncio.Event) -> AsyncGenerator[Answer]:
    """The answer of a query, or the answers of a subscription as they come about. What goes wrong is an answer too.

    Who listens is asked before each answer. `listening` is set when a subscription has begun: what is written from
    then on is told."""
    limits = Limits.of(live.settings)
    try:
        sound = checked(request, (Operation.QUERY, Operation.SUBSCRIPTION), limits)
        if sound.kind is Operation.QUERY:
            async with asyncio.timeout(live.settings.deadline):
                yield await run(live.holder, sound, limits, await who())
            return
        async with aclosing(_told(live, sound, who, listening)) as answers:
            async for one in answers:
                yield one
    except Unsound as problem:
        yield await refused(live.holder, problem, limits)
    except TimeoutError:
        yield await refused(live.holder, Unsound([overdue(live.settings.deadline)]), limits)
    except Exception as problem:  # noqa: BLE001 (what is not expected is logged where it is told)
        yield await refused(live.holder, Unsound([problem]), limits)


async def _told(live: Live, sound: Sound, who: Who, listening: asyncio.Event) -> AsyncGenerator[Answer]:
    limits = Limits.of(live.settings)
    context = LiveContext(live.holder, await who(), live.changes, listening)
    results = await await_maybe(
        subscribe(
            schema.core,
            sound.document,
            root_value=Subscription(context),
            context_value=context,
            variable_values=dict(sound.request.variables or {}),
            operation_name=sound.request.operation,
            hide_suggestions=not limits.introspection,
        )
    )
    if isinstance(results, ExecutionResult):
        raise Unsound(results.errors or (), sound.figures)
    async with aclosing(cast("AsyncGenerator[ExecutionResult]", results)) as told_of:
        async for result in told_of:
            await who()
            yield await _answer_of(result, context, sound, limits)


async def _answer_of(result: ExecutionResult, context: LiveContext, sound: Sound, limits: Limits) -> Answer:
    body: dict[str, Any] = {"errors": told_errors(result.errors, limits)} if result.errors else {}
    extensions = await context.told(reached_store=False, cost=cost_of(sound.figures, limits))
    told_of = {"dataVersion": context.version.id} if context.version else {}
    return Answer({**body, "data": result.data, "extensions": extensions | told_of}, ran=True)
