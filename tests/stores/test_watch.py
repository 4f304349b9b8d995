"""What a store on Neo4j knows of its state without a call: how old that may be, and what sets it aside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from graph.errors import StoreUnavailable
from graph.stores.base import DataVersion
from graph.stores.neo4j.reader import State
from graph.stores.neo4j.watch import WATCHED_SECONDS, StateWatch

SECONDS = 0.25
FIRST = State(DataVersion("a", "2026-11-30T00:00:00+00:00", 1, "load"), "first", None, None, None, (1, 1))
SECOND = replace(FIRST, revision="second")


class Database:
    """Holds a state; its clock stands still unless it is moved, and a read takes as long as it is told to."""

    def __init__(self) -> None:
        self.state = FIRST
        self.time = 100.0
        self.reads = 0
        self.is_down = False
        self.answers = asyncio.Event()
        self.answers.set()

    async def read(self) -> State:
        self.reads += 1
        if self.is_down:
            raise StoreUnavailable("Neo4j does not answer.", remedy="Start it.")
        state = self.state
        await self.answers.wait()
        return state


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
async def watch(database: Database) -> AsyncIterator[StateWatch]:
    watch = StateWatch(database.read, SECONDS, lambda: database.time)
    yield watch
    await watch.close()


async def test_a_state_counts_for_a_moment_and_is_then_read_again(watch: StateWatch, database: Database) -> None:
    assert await watch.current() == await watch.current() == FIRST
    assert database.reads == 1
    database.state = SECOND
    database.time += SECONDS / 2
    assert await watch.current() == FIRST
    database.time += SECONDS / 2
    assert await watch.current() == SECOND


async def test_what_this_process_writes_is_known_at_once(watch: StateWatch, database: Database) -> None:
    assert await watch.current() == FIRST
    database.state = SECOND
    watch.note_write()
    database.time += SECONDS / 100
    assert await watch.current() == SECOND


async def test_a_read_that_began_before_a_write_tells_nothing_of_it(watch: StateWatch, database: Database) -> None:
    database.answers.clear()
    early = asyncio.create_task(watch.current())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    database.state = SECOND
    database.time += SECONDS / 100
    watch.note_write()
    database.time += SECONDS / 100
    late = asyncio.create_task(watch.current())
    await asyncio.sleep(0)
    database.answers.set()
    assert (await early, await late) == (FIRST, SECOND)
    assert await watch.current() == SECOND


async def test_one_read_answers_all_who_ask_meanwhile_and_one_that_leaves_ends_it_for_nobody(
    watch: StateWatch, database: Database
) -> None:
    database.answers.clear()
    asking = [asyncio.create_task(watch.current()) for _ in range(5)]
    await asyncio.sleep(0)
    asking.pop(0).cancel()
    await asyncio.sleep(0)
    database.answers.set()
    assert await asyncio.gather(*asking) == [FIRST] * 4
    assert database.reads == 1


async def test_answers_bring_the_state_along(watch: StateWatch, database: Database) -> None:
    watch.note(FIRST, database.time)
    database.time += SECONDS / 2
    watch.note(SECOND, database.time)
    assert await watch.current() == SECOND
    assert database.reads == 0


async def test_of_two_answers_that_were_asked_for_at_once_neither_counts_as_the_later(
    watch: StateWatch, database: Database
) -> None:
    asked = database.time
    database.time += SECONDS / 4
    watch.note(SECOND, asked)
    watch.note(FIRST, asked)
    database.state = SECOND
    assert await watch.current() == SECOND
    assert database.reads == 1


async def test_without_seconds_every_request_asks(database: Database) -> None:
    watch = StateWatch(database.read, 0, lambda: database.time)
    assert await watch.current() == FIRST
    database.state = SECOND
    assert await watch.current() == SECOND
    assert database.reads == 2
    await watch.close()


async def test_a_failure_reaches_who_asks_and_the_next_one_asks_again(watch: StateWatch, database: Database) -> None:
    database.is_down = True
    with pytest.raises(StoreUnavailable):
        await watch.current()
    database.is_down = False
    assert await watch.current() == FIRST


async def test_while_requests_come_the_state_is_read_before_it_is_too_old_and_no_longer(database: Database) -> None:
    """The watch sleeps a millionth of a second at a time; only the test moves the clock."""
    watch = StateWatch(database.read, 2e-6, lambda: database.time)
    assert await watch.current() == FIRST
    database.state = SECOND
    await until(lambda: watch.seen == SECOND, database, step=1e-6)
    database.time += WATCHED_SECONDS
    await until(lambda: not watch.is_watching, database, step=0)
    reads = database.reads
    assert await watch.current() == SECOND
    assert database.reads == reads + 1
    await watch.close()


async def until(holds: Callable[[], bool], database: Database, step: float) -> None:
    for _ in range(10_000):
        if holds():
            return
        database.time += step
        await asyncio.sleep(1e-6)
    raise AssertionError("it never came")
