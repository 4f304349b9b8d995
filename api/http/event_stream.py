"""GraphQL over server-sent events, in its distinct connections mode: one request, one stream.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.context.errors import BadRequest
from api.execution.validation import GraphQLRequest
from api.http.errors import error_response
from api.http.negotiation import EVENTS
from api.live.hub import SubscriptionHub
from api.live.response_stream import Authenticator, stream_responses

_LISTENING, _ALIVE = b": listening\n\n", b": alive\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"


class EventStream(Response):
    """The responses of an operation as events, until it completes, the client leaves or the service stops."""

    def __init__(self, hub: SubscriptionHub, request: GraphQLRequest, authenticate: Authenticator) -> None:
        # no-transform and X-Accel-Buffering: a proxy that buffers or compresses would delay events
        headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
        super().__init__(headers=headers, media_type=EVENTS)
        del self.headers["content-length"]
        self._hub = hub
        self._request = request
        self._authenticate = authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        leaving = asyncio.Event()
        try:
            with self._hub.connection(HTTPConnection(scope), leaving.set):
                await self._serve(receive, send, leaving)
        except BadRequest as problem:
            await error_response(problem)(scope, receive, send)

    async def _serve(self, receive: Receive, send: Send, leaving: asyncio.Event) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        subscribed = asyncio.Event()
        ends = (self._send_responses(send, subscribed), _wait_for_disconnect(receive), leaving.wait())
        ending = [asyncio.ensure_future(one) for one in ends]
        comments = [asyncio.ensure_future(one) for one in (_announce(send, subscribed), self._keep_alive(send))]
        try:
            await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*ending, *comments):
                task.cancel()
            await asyncio.gather(*ending, *comments, return_exceptions=True)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_responses(self, send: Send, subscribed: asyncio.Event) -> None:
        async with aclosing(stream_responses(self._hub, self._request, self._authenticate, subscribed)) as responses:
            async for response in responses:
                await _send(send, b"event: next\ndata: " + response.json + b"\n\n")
        await _send(send, _COMPLETE)

    async def _keep_alive(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._hub.settings.live_keep_alive_seconds)
            await _send(send, _ALIVE)


async def _announce(send: Send, subscribed: asyncio.Event) -> None:
    """Send a comment as soon as the subscription receives all later changes."""
    await subscribed.wait()
    await _send(send, _LISTENING)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, event: bytes) -> None:
    await send({"type": "http.response.body", "body": event, "more_body": True})
