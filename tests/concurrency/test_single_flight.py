"""What takes long is done once for many waiters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from graph.concurrency.single_flight import MAX_PENDING, SingleFlightCache
from graph.errors import StoreBusy


class _Maker:
    """Makes its name, when it may, and counts."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.go = asyncio.Event()
        self.busy = 0
        self.most_busy = 0

    def of(self, name: str) -> Callable[[], Awaitable[str]]:
        async def make() -> str:
            self.busy += 1
            self.most_busy = max(self.most_busy, self.busy)
            await self.go.wait()
            self.busy -= 1
            self.made.append(name)
            return name

        return make


async def test_many_waiters_have_it_made_once() -> None:
    kept: SingleFlightCache[str, str] = SingleFlightCache(2)
    maker = _Maker()
    waiting = [asyncio.create_task(kept.get("a", maker.of("a"))) for _ in range(5)]
    await asyncio.sleep(0)
    maker.go.set()
    assert await asyncio.gather(*waiting) == ["a"] * 5
    assert maker.made == ["a"]


async def test_results_are_made_one_at_a_time() -> None:
    kept: SingleFlightCache[str, str] = SingleFlightCache(9)
    maker = _Maker()
    waiting = [asyncio.create_task(kept.get(name, maker.of(name))) for name in "abc"]
    await asyncio.sleep(0)
    maker.go.set()
    assert await asyncio.gather(*waiting) == ["a", "b", "c"]
    assert maker.most_busy == 1


async def test_the_one_used_longest_ago_is_forgotten() -> None:
    kept: SingleFlightCache[str, str] = SingleFlightCache(2)
    maker = _Maker()
    maker.go.set()
    for name in "abacab":
        await kept.get(name, maker.of(name))
    # c took the place of b, so that b is made again
    assert maker.made == ["a", "b", "c", "b"]


async def test_a_waiter_that_leaves_takes_it_from_nobody() -> None:
    kept: SingleFlightCache[str, str] = SingleFlightCache(2)
    maker = _Maker()
    leaving = asyncio.create_task(kept.get("a", maker.of("a")))
    staying = asyncio.create_task(kept.get("a", maker.of("a")))
    await asyncio.sleep(0)
    leaving.cancel()
    maker.go.set()
    assert await staying == "a"
    assert maker.made == ["a"]


async def test_what_failed_is_tried_again() -> None:
    kept: SingleFlightCache[str, str] = SingleFlightCache(2)

    async def fail() -> str:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 (it has no message)
        await kept.get("a", fail)
    maker = _Maker()
    maker.go.set()
    assert await kept.get("a", maker.of("a")) == "a"


async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    kept: SingleFlightCache[str, str] = SingleFlightCache(9)
    maker = _Maker()
    begun, waiting = (asyncio.create_task(kept.get(name, maker.of(name))) for name in "ab")
    await asyncio.sleep(0.01)
    for left in (begun, waiting):
        left.cancel()
    await asyncio.gather(begun, waiting, return_exceptions=True)
    maker.go.set()
    assert await kept.get("c", maker.of("c")) == "c"
    assert maker.made == ["a", "c"]  # "a" had begun, and is kept
    assert await kept.get("a", maker.of("a")) == "a"
    assert maker.made == ["a", "c"]


async def test_only_so_many_results_are_waited_for_at_once() -> None:
    kept: SingleFlightCache[int, str] = SingleFlightCache(9)
    maker = _Maker()
    waiting = [asyncio.create_task(kept.get(number, maker.of(str(number)))) for number in range(MAX_PENDING)]
    await asyncio.sleep(0)
    with pytest.raises(StoreBusy):
        await kept.get(-1, maker.of("one too many"))
    assert maker.made == []
    maker.go.set()
    assert len(await asyncio.gather(*waiting)) == MAX_PENDING
    assert await kept.get(-1, maker.of("later")) == "later"


async def test_one_that_stops_is_cancelled_when_its_last_waiter_leaves() -> None:
    kept: SingleFlightCache[str, str] = SingleFlightCache(9, cancel_running=True)
    maker = _Maker()
    first, second = (asyncio.create_task(kept.get("a", maker.of("a"))) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert len(kept) == 1
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    assert len(kept) == 0
    maker.go.set()
    assert await kept.get("b", maker.of("b")) == "b"
    assert maker.made == ["b"]
