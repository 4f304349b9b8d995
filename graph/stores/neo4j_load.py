"""Writing to Neo4j: lock the state, read what is stored, plan, carry out, record. It knows no driver.

A load of more rows than one transaction takes goes in parts: a mark on the state says that the store is not ready,
every row gets its hash last, and the load after one that was cut off goes on with the rows that lack theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Protocol, cast
from uuid import uuid4

from graph.errors import StoreBusy
from graph.evidence_rows import source_of, statement_of
from graph.lens import DEFAULT_LENS
from graph.model import Row
from graph.projection import Graph, project
from graph.statements import POLICY_VERSION, Entered, StatementLog
from graph.stores import cypher
from graph.stores.base import Change, Progress, silent
from graph.stores.cypher import WITHHELD, Cypher
from graph.stores.neo4j_reader import ROWS_PER_READ, State, damaged, rows_of, version_of
from graph.stores.neo4j_shape import (
    SHAPE_VERSION,
    STORED_LABELS,
    Difference,
    Hashes,
    Write,
    counts,
    difference,
    lock_state,
    nodes_of,
    record_version,
    set_state,
    stored_hashes,
    writes,
)


class Transaction(Protocol):
    async def ask(self, statement: Cypher) -> Mapping[str, Any] | None:
        """The one record that a statement returns, or None."""


@dataclass(frozen=True, slots=True)
class Task:
    """A write: what it makes of the stored statements, and how it goes about it."""

    change: Callable[[StatementLog], StatementLog]
    reason: str
    day: date
    progress: Progress = silent
    of_all: bool = True
    """Whether `change` needs all statements, or only those that came by the API."""
    in_parts: bool = True
    """Whether it may be cut into several transactions, and go on from where another was cut off."""
    owner: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a write has to do, and what the store's state is afterwards."""

    what: Difference
    counts: Mapping[str, Mapping[str, int]]
    log: StatementLog
    graph: Graph


@dataclass(frozen=True, slots=True)
class Done:
    """What a write did, and the mark that it left."""

    change: Change
    mark: str


async def attempt(
    task: Task, transaction: Transaction, *, most_rows: int, kept: tuple[str, StatementLog] | None
) -> tuple[Plan, Done | None]:
    """All of the task in one transaction; of a larger one only the mark that it has begun, and nothing done yet.

    `kept`: a mark, and the statements that were stored when the state had it."""
    held = await _locked(transaction, task.owner)
    if held.get("loading") and task.of_all:
        State.of(held)
    hashes = await _hashes(transaction)
    plan = await asyncio.to_thread(_plan, task, await _stored(task, transaction, held, kept), hashes)
    if plan.what.rows > most_rows and task.in_parts:
        await transaction.ask(set_state({"loading": task.owner}))
        return plan, None
    await _carry_out(transaction, writes(plan.what, sealed=True), task.progress)
    return plan, await _finish(transaction, held, plan, task)


async def _stored(
    task: Task, transaction: Transaction, held: Mapping[str, Any], kept: tuple[str, StatementLog] | None
) -> StatementLog:
    """The statements that the task starts from."""
    if kept and kept[0] == held.get("mark") and not held.get("loading"):
        return kept[1]

    async def ask(statement: Cypher) -> Any:
        record = await transaction.ask(statement)
        return record["answer"] if record else []

    return await read_log(ask, None if task.of_all else Entered.API)


Ask = Callable[[Cypher], Awaitable[Any]]
"""Gives the answer of a statement."""


async def read_log(ask: Ask, entered: Entered | None = None) -> StatementLog:
    """All sources, and all statements or those that came in by one way."""
    statements, sources = await _read_rows(ask, "Statement", entered), await _read_rows(ask, "Source")
    try:
        return StatementLog.of(map(statement_of, statements), map(source_of, sources))
    except (KeyError, TypeError, ValueError):
        raise damaged("a statement or source is not whole") from None


async def _read_rows(ask: Ask, shown: str, entered: Entered | None = None) -> list[Row]:
    """The rows of a label, those that are withheld included."""
    found: list[Row] = []
    for label in (shown, WITHHELD[shown]):
        after: str | None = ""
        while after is not None:
            answer = await ask(cypher.batch(label, after, ROWS_PER_READ, entered and str(entered)))
            found += rows_of(shown, answer)
            after = found[-1].key if len(answer) == ROWS_PER_READ else None
    return found


async def _locked(transaction: Transaction, owner: str) -> Mapping[str, Any]:
    record = await transaction.ask(lock_state(owner))
    return cast(Mapping[str, Any], record["held"]) if record else {}


async def _hashes(transaction: Transaction) -> Hashes:
    record = await transaction.ask(stored_hashes())
    lists = record.values() if record else []
    return {label: dict(pairs) for label, pairs in zip(STORED_LABELS, lists, strict=True)}


def _plan(task: Task, stored: StatementLog, hashes: Hashes) -> Plan:
    """Blocks for as long as projecting takes."""
    log = task.change(stored)
    graph = project(log, DEFAULT_LENS.on(task.day))
    nodes = nodes_of(graph)
    return Plan(difference(hashes, nodes), counts(hashes, nodes), log, graph)


async def _carry_out(transaction: Transaction, part: Iterable[Write], progress: Progress) -> None:
    for write in part:
        await transaction.ask(write.cypher)
        progress(write.what, write.done, write.of)


async def _finish(transaction: Transaction, held: Mapping[str, Any], plan: Plan, task: Task) -> Done:
    """Record what is stored now. The history grows only by another version."""
    version = {name: held.get(name) for name in ("version", "recorded_at", "statements", "reason", "number")}
    if version["version"] != plan.log.version:
        version = {
            "version": plan.log.version,
            "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "statements": len(plan.log.statements),
            "reason": task.reason,
            "number": (held.get("number") or 0) + 1,
        }
        await transaction.ask(record_version(version))
    same = not plan.what.rows and held.get("version") == plan.log.version and "mark" in held
    mark = held["mark"] if same else task.owner
    await transaction.ask(set_state(version | _projected(plan.graph, task.day) | {"mark": mark}))
    return Done(Change(version_of(version), **plan.counts), mark)


def _projected(graph: Graph, day: date) -> dict[str, Any]:
    """What the state says of the projection; lock and mark of a load go."""
    return {
        "projected_for": day.isoformat(),
        "next_flip": graph.next_flip and graph.next_flip.isoformat(),
        "data_through": graph.data_through and graph.data_through.isoformat(),
        "shape": SHAPE_VERSION,
        "policy": POLICY_VERSION,
        "loading": None,
        "lock": None,
    }


def parts(all_writes: Iterable[Write], most_rows: int) -> Iterator[list[Write]]:
    part: list[Write] = []
    for write in all_writes:
        if part and sum(one.rows for one in part) + write.rows > most_rows:
            yield part
            part = []
        part.append(write)
    if part:
        yield part


async def write_part(task: Task, part: Sequence[Write], transaction: Transaction) -> None:
    await _own_mark(task, transaction)
    await _carry_out(transaction, part, task.progress)


async def end_parts(task: Task, plan: Plan, transaction: Transaction) -> Done:
    return await _finish(transaction, await _own_mark(task, transaction), plan, task)


async def _own_mark(task: Task, transaction: Transaction) -> Mapping[str, Any]:
    """What the state bears, locked. Raises StoreBusy when another load has taken over."""
    held = await _locked(transaction, task.owner)
    if held.get("loading") != task.owner:
        raise StoreBusy("Another load has taken over.", remedy="Wait until it is done.")
    return held
