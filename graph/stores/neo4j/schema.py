"""The schema of the database: constraints and indexes, and how processes make them one after another.

Where several clients make the same constraint at once, Neo4j 5.26 may leave its index behind without it; from then on
`SHOW INDEXES` fails for everybody. So one process at a time makes what is missing, while it holds the schema lock, and
an index that stands without its constraint is dropped.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from graph.concurrency.progress import report_progress
from graph.errors import StoreBusy, StoreUnavailable
from graph.stores.neo4j.cypher import (
    COMMIT_LOCK,
    ENTITY,
    KEY,
    NAME,
    SCHEMA_LOCK,
    STATE,
    VERSION,
    Cypher,
    properties_of,
    quoted,
)
from graph.stores.neo4j.figures import stored_name
from graph.stores.neo4j.load import Transaction
from graph.stores.neo4j.mapping import JOURNAL, STORED_LABELS, TOKEN
from graph.vocabulary.model import LABELS, LINKS, TYPE_COLUMN, Property
from graph.vocabulary.types import (
    Capacities,
    Choice,
    MoneyType,
    Number,
    PartialDay,
    Ref,
    TerminationType,
    Text,
    Whole,
    mw_column,
)
from graph.vocabulary.values import CapacityBasis

logger = logging.getLogger(__name__)

ATTEMPTS = 3
"""How often the schema is made at most where a process of an earlier release, which takes no lock, makes it too."""
_PREFIX = "wattgraph_"
_ORPHAN = re.compile(r"IndexProxy\[.*\bname='([^']+)'.*\] is ONLINE", re.DOTALL)
"""The message of `SHOW INDEXES` that meets an index without its constraint."""


# ---- what there is to be


def constraints() -> Mapping[str, Cypher]:
    """By name: keys are unique."""
    labels = (*STORED_LABELS, STATE, COMMIT_LOCK)
    statements = {f"{_PREFIX}{label}_key": _unique(f"(n:{quoted(label)})", "n", KEY) for label in labels}
    for label, name in ((VERSION, "number"), (JOURNAL, "number"), (JOURNAL, "import_key"), (TOKEN, "id")):
        statements[f"{_PREFIX}{label}_{name}"] = _unique(f"(n:{label})", "n", name)
    statements |= {
        f"{_PREFIX}{link_type}_key": _unique(f"()-[r:{quoted(link_type)}]-()", "r", KEY) for link_type in LINKS
    }
    return _creating(statements)


def indexes() -> Mapping[str, Cypher]:
    """By name: filters and relations need no scan."""
    statements = {f"{_PREFIX}{ENTITY}_key": f"INDEX {{name}} IF NOT EXISTS FOR (n:{ENTITY}) ON (n.{KEY})"}
    for label in LABELS:
        for column in _indexed(label):
            kind = "TEXT INDEX" if column.endswith("_fold") else "INDEX"
            stored = stored_name(label, column)
            statements[f"{_PREFIX}{label}_{stored}"] = (
                f"{kind} {{name}} IF NOT EXISTS FOR (n:{quoted(label)}) ON (n.{quoted(stored)})"
            )
    return _creating(statements)


def schema() -> Mapping[str, Cypher]:
    return {**constraints(), **indexes()}


def _creating(statements: Mapping[str, str]) -> Mapping[str, Cypher]:
    return {name: Cypher(f"CREATE {text.format(name=quoted(name))}") for name, text in statements.items()}


def _unique(pattern: str, variable: str, name: str) -> str:
    return f"CONSTRAINT {{name}} IF NOT EXISTS FOR {pattern} REQUIRE {variable}.{name} IS UNIQUE"


def _indexed(label: str) -> tuple[str, ...]:
    columns = [column for prop in properties_of(label).values() for column in _indexed_columns(prop)]
    subject = ["subject", "source"] if label == "Statement" else []
    return tuple(dict.fromkeys((*columns, *([TYPE_COLUMN] if label == "Link" else []), *subject)))


def _indexed_columns(prop: Property) -> tuple[str, ...]:
    """Columns of a property that an index serves. Flags and lists are not among them: it would not select."""
    if not (prop.filtered or prop.ordered):
        return ()
    match prop.type:
        case Text(folded=folded):
            return (prop.name, f"{prop.name}_fold") if folded else (prop.name,)
        case PartialDay():
            return (f"{prop.name}_earliest", f"{prop.name}_latest")
        case MoneyType():
            return (f"{prop.name}_usd",)
        case Capacities():
            return tuple(mw_column(basis) for basis in CapacityBasis)
        case TerminationType():
            return (f"{prop.name}_party",)
        case Choice() | Number() | Whole() | Ref():
            return (prop.name,)
        case _:
            return ()


# ---- what there is


@dataclass(frozen=True, slots=True)
class StoredSchema:
    """Names of the constraints and indexes that there are; `orphans` are indexes of constraints that are not there."""

    names: frozenset[str] = frozenset()
    orphans: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        return not self.orphans and self.names >= schema().keys()

    def missing(self, statements: Mapping[str, Cypher]) -> Mapping[str, Cypher]:
        return {name: one for name, one in statements.items() if name not in self.names}


class SchemaConnection(Protocol):
    """What making the schema needs of a connection to the database."""

    async def read_to_write(self, statement: Cypher) -> Mapping[str, Any] | None: ...

    async def write(self, work: Callable[[Transaction], Awaitable[None]]) -> None: ...


async def stored_schema(connection: SchemaConnection) -> StoredSchema:
    """What there is; of what cannot be shown because an orphan stands among it, that orphan alone."""
    text = """SHOW INDEXES YIELD name, owningConstraint
RETURN collect(name) AS names, collect(CASE WHEN owningConstraint IS NULL THEN name END) AS free"""
    try:
        record = await connection.read_to_write(Cypher(text)) or {"names": (), "free": ()}
    except StoreUnavailable as problem:
        named = _ORPHAN.search(str(problem.__cause__))
        if named is None or named[1] not in constraints():
            raise
        return StoredSchema(orphans=frozenset({named[1]}))
    orphans = frozenset(record["free"]) & constraints().keys()
    return StoredSchema(frozenset(record["names"]) - orphans, orphans)


# ---- making it


async def make_schema(connection: SchemaConnection) -> None:
    """Makes what is missing. Raises StoreBusy while a process of an earlier release makes it too, and what the store
    makes of a constraint that does not hold."""
    if (await stored_schema(connection)).is_whole:
        return
    await connection.write(_add_lock)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await connection.write(partial(_make_under_lock, connection))
        except StoreBusy:
            if attempt == ATTEMPTS:
                raise


async def _add_lock(transaction: Transaction) -> None:
    named = f"n.{NAME} = 'schema lock'"
    await transaction.ask(Cypher(f"MERGE (n:{SCHEMA_LOCK} {{key: 'store'}}) SET {named}"))


async def _make_under_lock(connection: SchemaConnection, transaction: Transaction) -> None:
    """While the transaction holds the lock, other transactions make what is missing: one for each constraint, so that
    none waits for the locks of another.

    No constraint keeps the lock from standing there twice, where two processes made it at once. Each takes all that
    there are, in one order, and made its own before it looks: so two have one in common."""
    await transaction.ask(Cypher(f"MATCH (n:{SCHEMA_LOCK}) WITH n ORDER BY elementId(n) SET n.taken = true"))
    while (stored := await stored_schema(connection)).orphans:
        for name in stored.orphans:
            logger.warning("The index %s stands without its constraint; it is dropped and the constraint made", name)
            await connection.write(partial(_ask, [Cypher(f"DROP INDEX {quoted(name)} IF EXISTS")]))
    alone = [[statement] for statement in stored.missing(constraints()).values()]
    together = [*stored.missing(indexes()).values()]
    steps = [*alone, together] if together else alone
    for done, statements in enumerate(steps, start=1):
        await connection.write(partial(_ask, statements))
        report_progress("making indexes", done, len(steps))


async def _ask(statements: Sequence[Cypher], transaction: Transaction) -> None:
    for statement in statements:
        await transaction.ask(statement)
