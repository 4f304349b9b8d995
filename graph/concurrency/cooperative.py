"""Taking turns on the event loop: long work in one coroutine lets the others run in between."""

from __future__ import annotations

import asyncio
import time

SLICE_SECONDS = 0.02
"""How long one turn of the loop may last before it is handed on: a probe of health is not kept waiting for longer."""


class _Turn:
    """The turn that the event loop is in."""

    began = 0.0
    next_on: asyncio.AbstractEventLoop | None = None
    """The loop on which the next one has been asked for."""

    def begin(self) -> None:
        self.began, self.next_on = time.perf_counter(), None


_turn = _Turn()


async def turn() -> None:
    """Wait for the next turn of the loop if this one has lasted for a slice. Of many who wait, so many go on in the
    next one as fit into it."""
    while time.perf_counter() - _turn.began > SLICE_SECONDS:
        loop = asyncio.get_running_loop()
        if _turn.next_on is not loop:  # once for all who wait, else each of them would find a fresh turn
            _turn.next_on = loop
            loop.call_soon(_turn.begin)
        await asyncio.sleep(0)
