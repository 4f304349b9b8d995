"""The root type `Mutation`: adding and retracting statements, each write once under its import key."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import date

import strawberry
from strawberry import ID

from api.context.fields import add_fields, argument, mutation, output_type
from api.context.request_context import RequestContext
from api.schema.data_versions import DataVersionObject
from api.schema.ids import key_for
from api.schema.root_fields import LensRoot
from api.schema.scalars import JSON
from graph.audit.journal import digest_of
from graph.audit.tokens import TokenScope
from graph.errors import BadInput, BadValue, ImportKeyReused, RecordErrors
from graph.evidence.lens import DEFAULT_NATURES
from graph.evidence.log import StatementLog, how_to_restore
from graph.evidence.policy import day_of
from graph.seeding.reader import read_records
from graph.stores.base import Store, WriteOutcome
from graph.vocabulary.parsing import read_text
from graph.vocabulary.values import canonical

MAX_RECORDS = 1_000
"""Records of one write. A write blocks other writers, and is projected before the response."""
MAX_KEY_LENGTH = 200
EMPTY_LOG = StatementLog.of((), ())


class MutationRoot:
    pass


@strawberry.input(description="Records to add, all of them or none.")
class AddStatementsInput:
    import_key: str = strawberry.field(
        description="A name for this write, such as a UUID. Sent again with the same records, it does nothing more"
        " and gets the same answer."
    )
    records: list[JSON] = strawberry.field(
        description="Records in the format of the seeds, each with its kind or link type as `type`: sources, entities,"
        f" links, observations and their claims. At most {MAX_RECORDS}."
    )


@strawberry.type(description="What a write did.")
class WriteResult:
    data_version: DataVersionObject = strawberry.field(description="The state of the data that resulted.")
    added: int = strawberry.field(description="Statements that are new.")
    unchanged: int = strawberry.field(description="Statements that were there already.")
    retracted: int = strawberry.field(description="Statements that no longer count from today on.")
    still_retracted: int = strawberry.field(
        description="Of the unchanged ones those that were retracted: they stay so. `extensions.notes` says how to"
        " bring them back."
    )
    not_shown: int = strawberry.field(
        description="Statements of the request that the default lens does not show: estimates."
    )


async def _add_statements(self: LensRoot, input: AddStatementsInput) -> WriteResult:
    store, count = self.context.store, len(input.records)
    if not 1 <= count <= MAX_RECORDS:
        raise BadInput(f"{count:,} records.", remedy=f"Send 1 to {MAX_RECORDS:,} in one write.")
    key = _text("importKey", input.import_key, MAX_KEY_LENGTH)
    digest = hashlib.sha256(canonical(input.records).encode()).hexdigest()
    earlier = await _earlier(store, key, digest, input.records)  # before they are parsed: they may be invalid today
    try:
        added = await _statements_of(store, input.records)
    except RecordErrors:
        if earlier is None:
            raise
        return _result(earlier)
    change = earlier or await store.apply(
        added, reason="addStatements", actor=_actor(self.context), import_key=key, digest=digest
    )
    return await _added_result(self.context, change, added)


async def _added_result(context: RequestContext, change: WriteOutcome, added: StatementLog) -> WriteResult:
    """The result, with notes on what is not shown of what was added."""
    retracted = (await context.store.log()).still_withdrawn(added)
    day = await _day(context.store)
    for one in retracted:
        text = f"What was retracted on {one.withdrawn} stays so; {how_to_restore(one, day)}"
        context.notes.add(text, f"{one.property} of {one.subject}")
    estimates = [one for one in added.statements if one.nature not in DEFAULT_NATURES]
    for one in estimates:
        context.notes.add(
            f"The default lens shows no estimates; a lens whose natures have {one.nature} too does", one.subject
        )
    return _result(change, still_retracted=len(retracted), not_shown=len(estimates))


async def _statements_of(store: Store, records: list[JSON]) -> StatementLog:
    return await asyncio.to_thread(read_records, records, await store.log(), await _day(store))


async def _day(store: Store) -> date:
    """Today, as the store has it."""
    return day_of((await store.reader()).lens.known_on)


async def _earlier(store: Store, key: str, digest: str, records: list[JSON]) -> WriteOutcome | None:
    """The outcome of the write that had this key. The journal has it by a hash of its records; the first versions
    entered one of its statements. Raises ImportKeyReused for one of other content."""
    try:
        return await store.earlier(key, digest)
    except ImportKeyReused as problem:
        try:
            return await store.earlier(key, digest_of(await _statements_of(store, records), ()))
        except BadInput:
            raise problem from None


async def _retract_statement(self: LensRoot, id: str, reason: str, import_key: str) -> WriteResult:
    statement = key_for(id, "Statement")
    if statement is None:
        raise BadInput("The id is not one of a statement.", remedy="Take ids from the field statements.")
    text, key = _text("reason", reason), _text("importKey", import_key, MAX_KEY_LENGTH)
    before = (await self.context.store.log()).by_id.get(statement)
    change = await self.context.store.apply(
        EMPTY_LOG, [statement], reason=text, actor=_actor(self.context), import_key=key
    )
    if before and before.withdrawn and not change.retracted_statements:
        self.context.notes.add(f"It was retracted on {before.withdrawn} already")
    return _result(change)


def _text(name: str, text: str, max_length: int = 2_000) -> str:
    try:
        return read_text(text, max_length)
    except BadValue as problem:
        raise BadInput(f"{name}: {problem.message}.", remedy=f"{problem.remedy.capitalize()}.") from None


def _actor(context: RequestContext) -> str:
    return context.caller.actor


def _result(outcome: WriteOutcome, *, still_retracted: int = 0, not_shown: int = 0) -> WriteResult:
    version = outcome.version
    return WriteResult(
        data_version=DataVersionObject(
            id=version.id,
            recorded_at=version.recorded_at,
            statements=version.statements,
            reason=version.reason,
        ),
        added=outcome.added_statements,
        unchanged=outcome.unchanged_statements,
        retracted=outcome.retracted_statements,
        still_retracted=still_retracted,
        not_shown=not_shown,
    )


add_fields(
    MutationRoot,
    [
        mutation(
            "add_statements",
            WriteResult,
            _add_statements,
            "Add what sources say. Needs the scope editor.",
            [argument("input", AddStatementsInput, "The records to add, and the import key.")],
            scope=TokenScope.EDITOR,
        ),
        mutation(
            "retract_statement",
            WriteResult,
            _retract_statement,
            "Withdraw a statement as of today; it stays in the history. Needs the scope editor.",
            [
                argument("id", ID, "Global id or key of the statement."),
                argument("reason", str, "Why; stands in the journal."),
                argument("import_key", str, "A name for this write, as for addStatements."),
            ],
            scope=TokenScope.EDITOR,
        ),
    ],
)
output_type(MutationRoot, "Mutation", "Writes. Each needs a token; see docs/writing.md.")
