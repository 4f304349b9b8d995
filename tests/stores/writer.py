"""A process that writes claims one by one, each under an import key of its own, and says so; tests kill it.

    python -m tests.stores.writer FOLDER_OR_BOLT_URI NAME FIRST LAST

Prints the number of each claim once it is acknowledged, with whether that was a repeat."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

from graph.evidence.log import StatementLog
from graph.evidence.statements import Source, Statement
from graph.settings import PROJECT, Settings
from graph.stores.base import Store
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from graph.vocabulary.enums import Confidence, Nature, SourceKind
from tests.facts import TODAY

MEMO = Source("memo", "https://example.org/memo", "Desk", SourceKind.FILING, "memo")


def one_claim(name: str, number: int) -> StatementLog:
    """An alias of the lab that nobody else gives."""
    said = Statement(
        *("lab", "Organization", "aliases", (f"{name}-{number}",), "memo"),
        *(Confidence.HIGH, Nature.STATED, None, date(2026, 3, 1)),
    )
    return StatementLog.of([said], [MEMO])


def key_of(name: str, number: int) -> str:
    return f"{name}-{number}"


async def open_store(place: str) -> Store:
    if place.startswith("bolt:"):
        return await Neo4jStore.open(Settings(neo4j_uri=place, neo4j_timeout=30), lambda: TODAY)
    return await EmbeddedStore.open(Path(place), lambda: TODAY)


async def write(place: str, name: str, first: int, last: int) -> None:
    store = await open_store(place)
    for number in range(first, last + 1):
        done = await store.apply(one_claim(name, number), reason="claim", actor=name, import_key=key_of(name, number))
        print(number, done.repeated, flush=True)
    await store.close()


def start(place: str, name: str, first: int, last: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.stores.writer", place, name, str(first), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT)


def write_and_kill(place: str, first: int, last: int, chance: random.Random) -> list[int]:
    """The numbers that were acknowledged before a kill in the middle of one of the next writes."""
    with start(place, "killed", first, last) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(chance.randint(1, 6))]
        if chance.random() < 0.7:
            # somewhere in the write that goes on now
            asyncio.run(asyncio.sleep(chance.uniform(0, 0.03)))
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    return [int(line.split()[0]) for line in lines if line.endswith("\n")]


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
