"""Long work on the event loop lets others in."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

from graph.concurrency.cooperative import SLICE_SECONDS, checkpoint


async def _work(pieces: int, ran: list[int], name: int) -> None:
    for _ in range(pieces):
        end = time.perf_counter() + SLICE_SECONDS / 4
        while time.perf_counter() < end:
            pass
        ran.append(name)
        await checkpoint()


async def test_somebody_else_runs_between_the_pieces_of_many_workers() -> None:
    """Ten workers of eight pieces, four or five of which fill a slice: without checkpoints none but them would run."""
    ran: list[int] = []
    others: list[int] = []
    working = asyncio.gather(*(_work(8, ran, name) for name in range(10)))
    while not working.done():
        others.append(len(ran))
        await asyncio.sleep(0)
    await working
    between = [after - before for before, after in pairwise(others)]
    # A checkpoint long before leaves no slice: each worker yields after one piece. One a moment ago leaves a slice.
    assert max(between) <= 10 + 5
    assert len(ran) == 80


def test_a_loop_that_ended_in_the_middle_does_not_stop_the_next() -> None:
    async def leaves() -> None:
        waiting = asyncio.gather(*(_work(3, [], 0) for _ in range(5)))
        await asyncio.sleep(0)
        waiting.cancel()

    for _ in range(3):
        asyncio.run(leaves())
    asyncio.run(asyncio.wait_for(_work(5, [], 0), 30))
