"""Writing to Neo4j: lock the state, read what is stored, plan, carry out, record. It knows no driver.

A load of more rows than one transaction takes goes in parts: the state says meanwhile that the store is not ready,
every row gets its hash last, and the load after one that was cut off goes on with the rows that lack theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Protocol, TypeVar, cast
from uuid import uuid4

from graph.audit.journal import (
    EMPTY_HEAD,
    NO_EFFECT,
    Action,
    Effect,
    Entry,
    Head,
    WriteRequest,
    check_repeat,
    columns_of,
    effect_of,
    entry_for,
    verify,
)
from graph.concurrency.progress import report_progress
from graph.errors import StoreBusy
from graph.evidence.lens import DEFAULT_LENS
from graph.evidence.log import StatementLog
from graph.evidence.policy import POLICY_VERSION
from graph.evidence.projection import Graph, project, reproject
from graph.evidence.rows import SharedParts, source_of, statement_of, statement_record
from graph.evidence.statements import Statement
from graph.stores.base import (
    DataVersion,
    LogWrite,
    RecordedVersion,
    StoreCheck,
    StoreContent,
    WriteOutcome,
    altered_writes,
    repeated,
    token_columns,
)
from graph.stores.neo4j import cypher
from graph.stores.neo4j.cypher import VERSION, WITHHELD, Cypher
from graph.stores.neo4j.inspection import Contents, cleaning, read_contents, removing_twins
from graph.stores.neo4j.mapping import (
    JOURNAL,
    MAPPING_VERSION,
    STORED_LABELS,
    TOKEN,
    Hashes,
    NodeDifference,
    Nodes,
    Write,
    difference,
    differing,
    enter,
    entry_in,
    entry_of_key,
    labels_of_others,
    last_of_history,
    lock_state,
    name_history,
    nodes_again,
    nodes_of,
    put_history,
    record_version,
    removing_history,
    set_state,
    stored_hashes,
    writes,
)
from graph.stores.neo4j.reader import ROWS_PER_READ, State, damaged, decoding, not_ours, rows_of, version_of
from graph.stores.sizes import Sizes
from graph.vocabulary.model import Row

T = TypeVar("T")


class Transaction(Protocol):
    async def ask(self, statement: Cypher) -> Mapping[str, Any] | None:
        """The one record that a statement returns, or None."""


@dataclass(frozen=True, slots=True)
class Task:
    """A write, and how the store goes about it."""

    write: LogWrite
    day: date
    of_whole_store: bool = True
    """Whether it needs a store that is whole: a load also goes on where another was cut off."""
    every_row: bool = True
    """Whether it looks at every row that is stored, or only at those that it changes, where they are known."""
    checks_rows: bool = False
    """Whether it looks at what stands in the rows, and not only at the hash that they bear."""
    in_parts: bool = True
    """Whether it may be cut into several transactions, and go on from where another was cut off."""
    restored: StoreContent | None = None
    """What takes the place of all that is stored, history, journal and tokens included."""
    owner: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class KnownState:
    """What was stored at this revision of the state, and, where that is known, how it was projected."""

    revision: str
    log: StatementLog
    projected: Projected | None = None


@dataclass(frozen=True, slots=True)
class Projected:
    graph: Graph
    nodes: Nodes


@dataclass(frozen=True, slots=True)
class Plan:
    """What a write has to do, and what the store holds afterwards."""

    what: NodeDifference
    log: StatementLog
    projected: Projected
    changed: bool
    """Whether it changes statements or sources."""
    effect: Effect

    @property
    def graph(self) -> Graph:
        return self.projected.graph

    def known(self, revision: str) -> KnownState:
        return KnownState(revision, self.log, self.projected)


@dataclass(frozen=True, slots=True)
class Done:
    """What a write did, and the revision that it left."""

    outcome: WriteOutcome
    revision: str


async def check(day: date, transaction: Transaction) -> StoreCheck:
    """How what is stored compares with its statements under the default lens of a day. Raises StoreNotReady."""
    recorded = await _locked(transaction, uuid4().hex)
    state = State.of(recorded)
    contents = await read_contents(_asking(transaction))
    await transaction.ask(set_state({"lock": None}))
    return await asyncio.to_thread(_checked, state.version, contents, day)


def _checked(version: DataVersion, contents: Contents, day: date) -> StoreCheck:
    log, altered = contents.log()
    nodes = nodes_of(project(log, DEFAULT_LENS.on(day)))
    return StoreCheck(version, tuple(contents.checks(nodes)), altered, log.version == version.id, contents.strays)


async def remove_twins(transaction: Transaction) -> None:
    """Leaves one row of each key, so that constraints that were dropped can be made again. Raises StoreDamaged for a
    database that holds rows of another program and was never loaded."""
    if not _is_known(await _recovered(transaction, await _locked(transaction, uuid4().hex))):
        await _check_ours(transaction)
    for statement in removing_twins():
        await transaction.ask(statement)
    await transaction.ask(set_state({"lock": None}))


async def attempt(
    task: Task, transaction: Transaction, *, max_rows: int, known: KnownState | None
) -> tuple[Plan, Done | None] | WriteOutcome:
    """All of the task in one transaction; of a larger one only the note that it has begun, and nothing done yet. Or
    what an earlier write did that had the same import key."""
    recorded = await _recovered(transaction, await _locked(transaction, task.owner))
    if recorded.get("loading") and task.of_whole_store:
        State.of(recorded)
    earlier = await earlier_outcome(transaction.ask, task.write.request)
    if earlier is not None:
        await transaction.ask(set_state({"lock": None}))
        return earlier
    plan = await _planned(task, transaction, recorded, known)
    if plan.what.rows > max_rows and task.in_parts:
        await transaction.ask(set_state({"loading": task.owner}))
        return plan, None
    await _carry_out(transaction, writes(plan.what, committed=True))
    return plan, await _finish(transaction, recorded, plan, task)


async def _recovered(transaction: Transaction, recorded: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the state bears; of one that is new, or was deleted by hand, the ends of journal and history."""
    if "mark" in recorded or "loading" in recorded:
        return recorded
    record = await transaction.ask(last_of_history())
    return {**(record["held"] if record else {}), **recorded}


async def _check_ours(transaction: Transaction) -> None:
    """Raises StoreDamaged for a database that holds rows of another program under labels of the store."""
    record = await transaction.ask(labels_of_others())
    if record and record["labels"]:
        raise not_ours(record["labels"])


def _is_known(recorded: Mapping[str, Any]) -> bool:
    """Whether the store was ever written to; of a new one, no row can be."""
    return any(name in recorded for name in ("mark", "loading", "journal_number"))


async def _planned(task: Task, transaction: Transaction, recorded: Mapping[str, Any], known: KnownState | None) -> Plan:
    if known is None or known.revision != recorded.get("mark") or recorded.get("loading") or task.checks_rows:
        known = None
    if known and known.projected and known.projected.graph.lens == DEFAULT_LENS.on(task.day) and not task.every_row:
        return await asyncio.to_thread(_plan_again, task, known.log, known.projected)
    hashes, contents = await _hashes(transaction), await _contents(task, transaction)
    if contents and not (contents.is_empty or _is_known(recorded)):
        await _check_ours(transaction)
    stored = known.log if known else await _stored(task, transaction, contents)
    log, projected = await asyncio.to_thread(_project, task, stored)
    if contents:
        hashes = await asyncio.to_thread(contents.distrusted, hashes, projected.nodes)
        for statement in cleaning(contents.loose(projected.nodes)):
            await transaction.ask(statement)
    plan = await asyncio.to_thread(_plan, task, stored, log, projected, hashes)
    # what a load that was cut off had done before is not counted
    return replace(plan, effect=replace(plan.effect, more=True)) if recorded.get("loading") else plan


async def _contents(task: Task, transaction: Transaction) -> Contents | None:
    return await read_contents(_asking(transaction)) if task.checks_rows else None


async def _stored(task: Task, transaction: Transaction, contents: Contents | None) -> StatementLog:
    """The statements that the task starts from; of rows that were looked at, those that can be trusted. A load raises
    StoreDamaged where others came over the API, which it cannot bring back."""
    if contents:
        trusted, altered = await asyncio.to_thread(contents.log)
        if task.write.request.action is Action.LOAD and contents.has_altered_writes(altered):
            raise altered_writes()
        return trusted
    return await read_log(_asking(transaction))


def _asking(transaction: Transaction) -> Ask:
    async def ask(statement: Cypher) -> Any:
        record = await transaction.ask(statement)
        return record["answer"] if record else []

    return ask


Ask = Callable[[Cypher], Awaitable[Any]]
"""Gives the answer of a statement."""


async def read_log(ask: Ask) -> StatementLog:
    """All statements and sources."""
    parts = SharedParts()
    statements = await _read_rows(ask, "Statement", lambda row: parts.shared(statement_of(row)))
    return StatementLog.of(statements, await _read_rows(ask, "Source", source_of))


async def _read_rows(ask: Ask, shown: str, read: Callable[[Row], T]) -> list[T]:
    """What rows of a label say, those that are withheld included. Rows are let go batch by batch."""
    said: list[T] = []
    for label in (shown, WITHHELD[shown]):
        after: str | None = ""
        while after is not None:
            answer = await ask(cypher.batch(label, after, ROWS_PER_READ))
            rows = rows_of(shown, answer)
            with decoding("a statement or source"):
                said += map(read, rows)
            after = rows[-1].key if len(answer) == ROWS_PER_READ else None
    return said


async def _locked(transaction: Transaction, owner: str) -> Mapping[str, Any]:
    record = await transaction.ask(lock_state(owner))
    return cast(Mapping[str, Any], record["held"]) if record else {}


async def _hashes(transaction: Transaction) -> Hashes:
    record = await transaction.ask(stored_hashes())
    lists = record.values() if record else []
    return {label: dict(pairs) for label, pairs in zip(STORED_LABELS, lists, strict=True)}


def _project(task: Task, stored: StatementLog) -> tuple[StatementLog, Projected]:
    """Blocks for as long as projecting takes."""
    log = task.write.change(stored)
    graph = project(log, DEFAULT_LENS.on(task.day))
    return log, Projected(graph, nodes_of(graph))


def _plan(task: Task, before: StatementLog, log: StatementLog, projected: Projected, hashes: Hashes) -> Plan:
    changes = log.since(_as_stated(before, log))
    what = difference(hashes, projected.nodes)
    return Plan(what, log, projected, changes.has_changes, effect_of(task.write.brought, changes))


def _as_stated(before: StatementLog, log: StatementLog) -> StatementLog:
    """`before` with the objects of `log` where both are stored alike: a list comes back as a tuple."""

    def same(then: Statement) -> Statement:
        now = log.by_id.get(then.id)
        return now if now and now != then and statement_record(now) == statement_record(then) else then

    return StatementLog(tuple(map(same, before.statements)), before.sources)


def _plan_again(task: Task, stored: StatementLog, projected: Projected) -> Plan:
    """The plan of a write to what is known to be stored: what it does not concern is not looked at."""
    log = task.write.change(stored)
    changes = log.since(stored)
    graph = reproject(projected.graph, log, changes)
    nodes = nodes_again(projected.nodes, projected.graph, graph)
    hashes, wanted = differing(projected.nodes, nodes)
    effect = effect_of(task.write.brought, changes)
    again = Projected(graph, nodes)
    return Plan(difference(hashes, wanted), log, again, changes.has_changes, effect)


async def _carry_out(transaction: Transaction, part: Iterable[Write]) -> None:
    for write in part:
        await transaction.ask(write.cypher)
        report_progress(write.what, write.done, write.of)


def restoring(content: StoreContent, day: date) -> Task:
    """Puts it in place of all that is stored."""
    request = WriteRequest(Action.REPAIR, reason="restored")  # it makes no entry: the journal is that of the content
    write = LogWrite(lambda _: content.log, request, content.log)
    return Task(write, day, of_whole_store=False, checks_rows=True, restored=content)


async def _finish_restored(transaction: Transaction, plan: Plan, task: Task, content: StoreContent) -> Done:
    """Put history, journal and tokens in place of those that are stored."""
    for removal in removing_history(ROWS_PER_READ):
        while (record := await transaction.ask(removal)) and record["answer"]:
            pass
    versions = [_version_properties(one) for one in content.versions]
    for label, rows in (
        (VERSION, versions),
        (JOURNAL, [columns_of(entry) for entry in content.entries]),
        (TOKEN, [token_columns(token) for token in content.tokens]),
    ):
        for start in range(0, len(rows), ROWS_PER_READ):
            await transaction.ask(put_history(label, rows[start : start + ROWS_PER_READ]))
    newest = versions[-1] if versions else dict.fromkeys(("version", "recorded_at", "statements", "reason", "number"))
    policy = content.newest.policy if content.newest else POLICY_VERSION
    journal = {"journal_number": content.head.number, "journal_hash": content.head.hash}
    more = {"mark": task.owner, "policy": policy, "sizes": Sizes.of(plan.log).dump()}
    await transaction.ask(set_state(newest | journal | _projected(plan.graph, task.day) | more))
    version = content.newest.version if content.newest else DataVersion("", "", 0, "")
    return Done(_outcome(version, plan), task.owner)


def _version_properties(one: RecordedVersion) -> dict[str, Any]:
    version = one.version
    return {
        "version": version.id,
        "recorded_at": version.recorded_at,
        "statements": version.statements,
        "reason": version.reason,
        "number": one.number,
    }


async def _finish(transaction: Transaction, recorded: Mapping[str, Any], plan: Plan, task: Task) -> Done:
    """Record what is stored now. The history grows only by another version, the journal by every request."""
    if task.restored is not None:
        return await _finish_restored(transaction, plan, task, task.restored)
    version = {name: recorded.get(name) for name in ("version", "recorded_at", "statements", "reason", "number")}
    at, another = _now(), version["version"] != plan.log.version
    if another:
        version = {
            "version": plan.log.version,
            "recorded_at": at,
            "statements": len(plan.log.statements),
            "reason": task.write.request.reason,
            "number": (recorded.get("number") or 0) + 1,
        }
        await transaction.ask(record_version(version))
    if recorded.get("shape") not in (None, MAPPING_VERSION):
        for naming in name_history():
            await transaction.ask(naming)
    if another or Sizes.read(recorded.get("sizes")) is None:
        version["sizes"] = Sizes.of(plan.log).dump()
    same = not plan.what.rows and not another and "mark" in recorded
    revision = recorded["mark"] if same else task.owner
    await transaction.ask(set_state(version | _projected(plan.graph, task.day) | {"mark": revision}))
    if another or plan.changed or task.write.request.action.always_entered:
        await _enter(transaction, {**recorded, **version}, task.write.request, plan.effect, at)
    return Done(_outcome(version_of(version), plan), revision)


def _outcome(version: DataVersion, plan: Plan) -> WriteOutcome:
    counts = plan.what.counts
    return WriteOutcome(version, counts["added"], counts["changed"], counts["removed"], plan.effect)


async def _enter(
    transaction: Transaction, recorded: Mapping[str, Any], request: WriteRequest, effect: Effect, at: str
) -> Entry:
    """Add an entry to the journal of a locked state."""
    version, statements = recorded.get("version") or "", recorded.get("statements") or 0
    entry = entry_for(request, effect, at=at, version=version, statements=statements, head=head_of(recorded))
    await transaction.ask(enter(columns_of(entry)))
    await transaction.ask(set_state({"journal_number": entry.number, "journal_hash": entry.hash}))
    return entry


def head_of(recorded: Mapping[str, Any]) -> Head:
    """The head of the journal that the state bears."""
    return Head(recorded.get("journal_number", EMPTY_HEAD.number), recorded.get("journal_hash", EMPTY_HEAD.hash))


def verified(entries: Sequence[Entry], log: StatementLog | None, recorded: Mapping[str, Any]) -> Head:
    """The head of the whole journal; `log` are the statements, None of a store without any.

    Raises StoreDamaged when it, or the data that it describes, was altered."""
    head = verify(entries, head_of(recorded))
    policy = recorded.get("policy")
    if entries and log and policy and {entries[-1].version, recorded.get("version")} != {log.version_under(policy)}:
        raise damaged("its journal describes another version of the data")
    return head


async def note(request: WriteRequest, writes: Sequence[Cypher], transaction: Transaction) -> Entry:
    """An entry about writes that change no data, with these writes."""
    recorded = await _locked(transaction, uuid4().hex)
    for write in writes:
        await transaction.ask(write)
    entry = await _enter(transaction, recorded, request, NO_EFFECT, _now())
    await transaction.ask(set_state({"lock": None}))
    return entry


async def earlier_outcome(
    ask: Callable[[Cypher], Awaitable[Mapping[str, Any] | None]], request: WriteRequest
) -> WriteOutcome | None:
    """What the write did that had the request's import key. Raises ImportKeyReused."""
    record = await ask(entry_of_key(request.import_key)) if request.import_key is not None else None
    if record is None:
        return None
    with decoding("an entry of the journal"):
        entry, version = entry_in(record["entry"]), version_of(record["version"])
    check_repeat(entry, request)
    return repeated(entry, version)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _projected(graph: Graph, day: date) -> dict[str, Any]:
    """What the state says of the projection; the lock and the note of a load go."""
    return {
        "projected_for": day.isoformat(),
        "next_flip": graph.next_flip and graph.next_flip.isoformat(),
        "data_through": graph.data_through and graph.data_through.isoformat(),
        "shape": MAPPING_VERSION,
        "policy": POLICY_VERSION,
        "loading": None,
        "lock": None,
    }


def parts(all_writes: Iterable[Write], max_rows: int) -> Iterator[list[Write]]:
    part: list[Write] = []
    for write in all_writes:
        if part and sum(one.rows for one in part) + write.rows > max_rows:
            yield part
            part = []
        part.append(write)
    if part:
        yield part


async def write_part(task: Task, part: Sequence[Write], transaction: Transaction) -> None:
    await _own_load(task, transaction)
    await _carry_out(transaction, part)


async def end_parts(task: Task, plan: Plan, transaction: Transaction) -> Done:
    return await _finish(transaction, await _own_load(task, transaction), plan, task)


async def _own_load(task: Task, transaction: Transaction) -> Mapping[str, Any]:
    """What the state bears, locked. Raises StoreBusy when another load has taken over."""
    recorded = await _locked(transaction, task.owner)
    if recorded.get("loading") != task.owner:
        raise StoreBusy("Another load has taken over.", remedy="Wait until it is done.")
    return recorded
