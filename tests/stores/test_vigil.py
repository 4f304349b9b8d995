"""Calls that wait for a database: given up where nobody is answered, and never because the database is slow."""

from __future__ import annotations

import asyncio

import pytest

from graph.stores.neo4j.vigil import Vigil

PATIENCE = 0.1
HANG_SECONDS = 60


async def wait_for_ever(vigil: Vigil) -> None:
    async with vigil.call(HANG_SECONDS):
        await asyncio.get_running_loop().create_future()


async def test_a_call_is_given_up_where_a_knock_finds_nobody() -> None:
    async def nobody() -> bool:
        return False

    vigil = Vigil(lambda: asyncio.create_task(nobody()), lambda: PATIENCE)
    with pytest.raises(TimeoutError):
        await wait_for_ever(vigil)
    await vigil.close()


async def test_a_call_is_given_up_where_a_knock_is_swallowed() -> None:
    swallowed = asyncio.create_task(asyncio.sleep(HANG_SECONDS, result=True))
    vigil = Vigil(lambda: swallowed, lambda: PATIENCE)
    with pytest.raises(TimeoutError):
        await wait_for_ever(vigil)
    assert not swallowed.done()
    swallowed.cancel()
    await vigil.close()


async def test_a_slow_call_to_a_database_that_answers_others_goes_on() -> None:
    knocks = asyncio.Semaphore(0)

    async def somebody() -> bool:
        knocks.release()
        return True

    vigil = Vigil(lambda: asyncio.create_task(somebody()), lambda: PATIENCE)
    async with vigil.call(HANG_SECONDS) as call:
        for _ in range(3):
            await knocks.acquire()
    assert not call.given_up
    await vigil.close()
