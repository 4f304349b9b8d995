"""What comes over the connection of a client, who may be slow, or leave before the answer is there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.datastructures import Headers
from starlette.types import Receive

from api.context.errors import BodyTooLarge, RequestTimeout, deadline_exceeded

T = TypeVar("T")
UNWATCHED_SECONDS = 0.02
"""Whether the client leaves is watched from then on: most queries are answered before."""


class ClientDisconnected(Exception):
    """The client closed the connection before the response was ready."""


async def read_body(headers: Headers, receive: Receive, max_bytes: int, seconds: float) -> bytes:
    """The body of a request. Raises BodyTooLarge, RequestTimeout, ClientDisconnected."""
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise _too_large(max_bytes)
    body, more = bytearray(), True
    try:
        async with asyncio.timeout(seconds):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnected
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > max_bytes:
                    raise _too_large(max_bytes)
    except TimeoutError:
        raise RequestTimeout(f"The body did not arrive within {seconds:g} s.", remedy="Send it in one go.") from None
    return bytes(body)


def _too_large(max_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body is larger than {max_bytes:,} bytes, the limit.", remedy="Send less at a time.")


async def run_while_connected(receive: Receive, work: Coroutine[Any, Any, T], seconds: float) -> T:
    """The result of `work`, which is cancelled at its next await when the client leaves or the deadline passes. The
    whole body of the request has been received.

    Raises ClientDisconnected, DeadlineExceeded."""
    working = asyncio.create_task(work)
    try:
        done, _ = await asyncio.wait({working}, timeout=min(UNWATCHED_SECONDS, seconds))
    except asyncio.CancelledError:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        raise
    return working.result() if done else await _watched(receive, working, seconds - UNWATCHED_SECONDS, seconds)


async def _watched(receive: Receive, working: asyncio.Task[T], left: float, seconds: float) -> T:
    leaving = asyncio.ensure_future(receive())
    try:
        await asyncio.wait({working, leaving}, timeout=max(left, 0), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        if leaving.done():
            raise ClientDisconnected
        raise deadline_exceeded(seconds)
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)
