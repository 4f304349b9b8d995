"""Cooperative yielding on the event loop: long work in one coroutine lets the others run at its checkpoints."""

from __future__ import annotations

import asyncio
import time

SLICE_SECONDS = 0.02
"""How long coroutines may keep one iteration of the loop before a checkpoint yields: the latency of a health probe."""


class _Iteration:
    """The current iteration of the event loop."""

    began = 0.0
    requested_on: asyncio.AbstractEventLoop | None = None
    """The loop on which the next iteration has been requested."""

    def begin(self) -> None:
        self.began, self.requested_on = time.perf_counter(), None


_iteration = _Iteration()


async def checkpoint() -> None:
    """Yields to the loop when the current iteration has lasted for a slice. Of many coroutines that yield, as many
    continue in the next iteration as fit into its slice."""
    while time.perf_counter() - _iteration.began > SLICE_SECONDS:
        loop = asyncio.get_running_loop()
        if _iteration.requested_on is not loop:  # once for all that wait, else each of them would start a fresh slice
            _iteration.requested_on = loop
            loop.call_soon(_iteration.begin)
        await asyncio.sleep(0)
