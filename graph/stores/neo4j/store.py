"""The store in Neo4j (5.26 and later), and the only module that knows the driver.

The projection under the default lens stands in the database, with all statements (`mapping.py` has the picture),
and is queried there (`cypher.py`, `reader.py`). Any other lens is the embedded reader over the statements, read back.
Writers wait for each other at one node, the state (`load.py`).
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import neo4j
from neo4j import exceptions as driver_errors

from graph.audit.journal import Action, Entry, Head, WriteRequest, action_of
from graph.audit.tokens import Token
from graph.concurrency.cache_use import CacheUse
from graph.errors import (
    BadQuery,
    BadSettings,
    OutcomeUnknown,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreRefused,
    StoreTimeout,
    StoreUnavailable,
    WattgraphError,
)
from graph.evidence.lens import DEFAULT_LENS, Lens, today
from graph.evidence.log import StatementLog
from graph.evidence.statements import Entered
from graph.seeding.overlay_files import NO_OVERLAY, Overlay
from graph.seeding.scenario_files import NO_SCENARIOS, Scenarios
from graph.settings import Settings
from graph.stores.base import (
    DataVersion,
    Reader,
    RecordedVersion,
    StoreCheck,
    StoreContent,
    WriteOutcome,
    change_of,
    load_of,
    token_columns,
    token_of,
    written_anew,
)
from graph.stores.embedded.lenses import LensReaders
from graph.stores.neo4j import cypher
from graph.stores.neo4j.cypher import Cypher
from graph.stores.neo4j.load import (
    Done,
    KnownState,
    Plan,
    Task,
    attempt,
    check,
    earlier_outcome,
    end_parts,
    head_of,
    note,
    parts,
    read_log,
    remove_twins,
    restoring,
    verified,
    write_part,
)
from graph.stores.neo4j.mapping import (
    entries_after,
    entry_in,
    labels_of_others,
    put_token,
    recorded_versions,
    release_commit_lock,
    set_state,
    stored_state,
    stored_tokens,
    take_commit_lock,
    writes,
)
from graph.stores.neo4j.outage import Outage
from graph.stores.neo4j.reader import (
    ATTEMPTS,
    Neo4jReader,
    SnapshotChanged,
    State,
    answer_of,
    decoding,
    not_ours,
    read_state,
    version_of,
)
from graph.stores.neo4j.schema import make_schema
from graph.stores.neo4j.vigil import Vigil
from graph.stores.neo4j.watch import StateWatch
from graph.stores.sizes import Sizes

OLDEST_SERVER = (5, 26)
COLD_SECONDS = 20.0
"""What the first answer of a server may take that has just been started, however short the time of others is."""
PATIENCE = 0.8
"""The part of the time of a read after which a call to a database that answers nobody ends, a write too."""
KNOCK_SECONDS = 5.0
"""How long a knock waits for an answer, once it is connected."""
USUAL_SECONDS = 5.0
"""The least time of a read of which that is a part: a short one does not bound a write."""
MORE_CONNECTIONS = 12
"""Beyond one for each request that is worked on: for what a request reads at the same time, and for work without one.
Where a connection is free again, the driver wakes all who wait for one."""
MAX_ROWS_PER_TRANSACTION = 100_000
"""Rows that one transaction may write: 10,000 links with nine statements each. A load of more goes in parts, since at a
heap of 2 GB Neo4j's transaction memory was exhausted by 36,000 links with ten statements each."""
ROWS_PER_PART = 10_000
"""Rows of one of many transactions: two of these are in memory at once, one that is written and one that is made."""
T = TypeVar("T")

# Else a program that does not log prints on the console whatever the driver tries again.
logging.getLogger("neo4j").addHandler(logging.NullHandler())


# ---- errors


@dataclass(frozen=True, slots=True)
class Translated:
    """The error of the project that an error of the driver or the database becomes. The driver never retries a `final`
    one."""

    error: type[WattgraphError]
    message: str
    remedy: str
    final: bool = False


class Contradiction(StoreDamaged):
    """A constraint does not hold; whether rows of another program are in the way is to be looked up."""


_ASK_AGAIN = "Try again in a moment; if it stays so, look at the server."
_IS_IT_THERE = "Start Neo4j, or set WATTGRAPH_NEO4J_URI to where it listens."
_REPORT = "This is a defect of Wattgraph: report it with the steps that led here."
_SMALLER = "Ask for less at a time, or give Neo4j more memory (server.memory.heap.max_size)."

_CONTRADICTION = Translated(
    Contradiction,
    "Rows of the database contradict a constraint of the store ({code}).",
    "See which with `wattgraph store verify`; with `--repair` they are written anew.",
)
_MADE_MEANWHILE = Translated(
    StoreBusy, "Another process is making constraints and indexes.", "Try again when it is done."
)

ERRORS: Mapping[type[BaseException] | str, Translated] = {
    # by code of the database: the longest that begins the code
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError": Translated(
        StoreRefused, "Neo4j has not enough memory for this.", _SMALLER, final=True
    ),
    "Neo.TransientError.General.OutOfMemoryError": Translated(
        StoreRefused, "Neo4j has not enough memory for this.", _SMALLER, final=True
    ),
    "Neo.TransientError.General.StackOverFlowError": Translated(
        StoreRefused, "The query is nested too deeply for Neo4j.", "Nest it less deeply.", final=True
    ),
    "Neo.TransientError.General.TransactionMemoryLimit": Translated(
        StoreRefused, "Neo4j allows a transaction less memory than this needs.", _SMALLER, final=True
    ),
    "Neo.TransientError.General.TransactionOutOfMemoryError": Translated(
        StoreRefused, "Neo4j allows a transaction less memory than this needs.", _SMALLER, final=True
    ),
    "Neo.TransientError.Transaction.LockAcquisitionTimeout": Translated(
        StoreBusy, "Another writer holds the store.", "Try again when it is done."
    ),
    "Neo.TransientError.Transaction.DeadlockDetected": Translated(
        StoreBusy, "Another writer holds the store.", "Try again when it is done."
    ),
    "Neo.ClientError.Transaction.LockClientStopped": Translated(
        StoreBusy, "Another writer holds the store.", "Try again when it is done."
    ),
    "Neo.ClientError.Transaction.TransactionTimedOut": Translated(
        StoreTimeout, "Neo4j did not answer within {seconds:g} s.", "Ask for less, or allow more time in {setting}."
    ),
    "Neo.ClientError.Transaction.Terminated": Translated(
        StoreUnavailable, "The database ended the transaction.", _ASK_AGAIN
    ),
    "Neo.ClientError.Statement.AccessMode": Translated(
        StoreRefused, "Neo4j does not write on the path of a read.", _REPORT
    ),
    "Neo.ClientError.Statement.ArgumentError": Translated(
        StoreRefused, "Neo4j refuses a value.", "Shorten long texts and lists; an index takes about 8,000 bytes."
    ),
    "Neo.ClientError.Database.DatabaseNotFound": Translated(
        BadSettings, "Neo4j has no database {database}.", "Set WATTGRAPH_NEO4J_DATABASE to one that exists."
    ),
    "Neo.ClientError.Security.CredentialsExpired": Translated(
        StoreRefused, "The first password at Neo4j has to be changed.", "Log in with Neo4j Browser once and change it."
    ),
    "Neo.ClientError.Security.AuthenticationRateLimit": Translated(
        StoreRefused, "Neo4j has seen too many wrong logins.", "Set WATTGRAPH_NEO4J_PASSWORD and wait some seconds."
    ),
    "Neo.ClientError.Security.Forbidden": Translated(
        StoreRefused, "The user may not do this at Neo4j.", "Give the user the right to read, write and make indexes."
    ),
    "Neo.ClientError.Security": Translated(
        StoreRefused, "Neo4j refuses the login.", "Set WATTGRAPH_NEO4J_USER and WATTGRAPH_NEO4J_PASSWORD."
    ),
    "Neo.ClientError.Schema.ConstraintValidationFailed": _CONTRADICTION,
    "Neo.ClientError.Schema.ConstraintViolation": _CONTRADICTION,
    "Neo.DatabaseError.Schema.ConstraintCreationFailed": _CONTRADICTION,
    "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists": _MADE_MEANWHILE,
    "Neo.ClientError.Schema.ConstraintAlreadyExists": _MADE_MEANWHILE,
    "Neo.ClientError.Schema.ConstraintWithNameAlreadyExists": _MADE_MEANWHILE,
    "Neo.ClientError.Schema.IndexAlreadyExists": _MADE_MEANWHILE,
    "Neo.ClientError.Schema.IndexWithNameAlreadyExists": _MADE_MEANWHILE,
    # by class: the nearest
    driver_errors.TokenExpired: Translated(
        StoreRefused, "The login at Neo4j has expired.", "Set WATTGRAPH_NEO4J_PASSWORD anew."
    ),
    driver_errors.AuthError: Translated(
        StoreRefused, "Neo4j refuses the login.", "Set WATTGRAPH_NEO4J_USER and WATTGRAPH_NEO4J_PASSWORD."
    ),
    driver_errors.Forbidden: Translated(
        StoreRefused, "The user may not do this at Neo4j.", "Give the user the right to read, write and make indexes."
    ),
    driver_errors.ConstraintError: _CONTRADICTION,
    driver_errors.CypherSyntaxError: Translated(
        StoreRefused, "This Neo4j does not understand the query.", "Use Neo4j 5.26 or later."
    ),
    driver_errors.CypherTypeError: Translated(
        StoreRefused, "Neo4j cannot compare these values.", "Compare values of one type."
    ),
    driver_errors.ClientError: Translated(StoreRefused, "Neo4j refuses this ({code}).", _REPORT),
    driver_errors.DatabaseUnavailable: Translated(
        StoreUnavailable, "The database {database} is not available.", _ASK_AGAIN
    ),
    driver_errors.NotALeader: Translated(
        StoreUnavailable, "This server does not take writes.", "Use an address that begins with neo4j://."
    ),
    driver_errors.ForbiddenOnReadOnlyDatabase: Translated(
        StoreUnavailable, "The database {database} is read-only.", "Make it writable, or use another."
    ),
    driver_errors.TransientError: Translated(StoreUnavailable, "Neo4j cannot do this now ({code}).", _ASK_AGAIN),
    driver_errors.DatabaseError: Translated(StoreUnavailable, "Neo4j failed ({code}).", "Look into the log of Neo4j."),
    driver_errors.Neo4jError: Translated(StoreUnavailable, "Neo4j failed ({code}).", "Look into the log of Neo4j."),
    driver_errors.IncompleteCommit: Translated(
        OutcomeUnknown,
        "The answer of Neo4j to the commit was lost: the write may have happened.",
        "Do the same again: what is there already is not written twice.",
        final=True,
    ),
    driver_errors.RoutingServiceUnavailable: Translated(
        StoreUnavailable, "{address} names no server of the cluster.", "Look whether the database runs; " + _IS_IT_THERE
    ),
    driver_errors.WriteServiceUnavailable: Translated(StoreUnavailable, "The cluster has no leader now.", _ASK_AGAIN),
    driver_errors.ReadServiceUnavailable: Translated(StoreUnavailable, "The cluster has no reader now.", _ASK_AGAIN),
    driver_errors.ServiceUnavailable: Translated(StoreUnavailable, "Neo4j does not answer at {address}.", _IS_IT_THERE),
    driver_errors.SessionExpired: Translated(StoreUnavailable, "The connection to {address} broke.", _ASK_AGAIN),
    driver_errors.ConnectionPoolError: Translated(StoreUnavailable, "No connection to {address} is free.", _ASK_AGAIN),
    driver_errors.BrokenRecordError: Translated(
        StoreDamaged, "Neo4j sent a value that cannot be read.", "Use a database of its own (WATTGRAPH_NEO4J_DATABASE)."
    ),
    driver_errors.UnsupportedServerProduct: Translated(
        BadSettings, "What listens at {address} is no Neo4j.", "Set WATTGRAPH_NEO4J_URI to a Neo4j of 5.26 or later."
    ),
    driver_errors.ConfigurationError: Translated(
        BadSettings, "Neo4j cannot be reached as it is set up.", "Look at WATTGRAPH_NEO4J_URI and the login."
    ),
    driver_errors.DriverError: Translated(StoreError, "The driver of Neo4j was used wrongly.", _REPORT),
    driver_errors.GqlError: Translated(StoreUnavailable, "Neo4j failed.", "Look into the log of Neo4j."),
    TimeoutError: Translated(
        StoreTimeout, "Neo4j did not answer within {seconds:g} s.", "Ask for less, or allow more time in {setting}."
    ),
    OSError: Translated(StoreUnavailable, "{address} cannot be reached.", _IS_IT_THERE),
    # of the packing of values: these mean this only where a statement is sent
    OverflowError: Translated(BadQuery, "A number is too large.", "Give numbers of at most 64 bits.", final=True),
    UnicodeEncodeError: Translated(BadQuery, "A text holds half a character.", "Give whole characters.", final=True),
    ValueError: Translated(
        BadQuery, "Neo4j takes no such value.", "Give text, numbers, truth values or lists.", final=True
    ),
}
"""Every error of the driver, of the database and of the packing of values as the project's own: by the code, else by
the class or what it derives from."""
_PACKING = (OverflowError, ValueError)
_UNREACHABLE = (
    driver_errors.ServiceUnavailable,
    driver_errors.SessionExpired,
    driver_errors.DatabaseUnavailable,
    OSError,
)


def translate(error: BaseException) -> Translated | None:
    code = getattr(error, "code", None) or ""
    known = [key for key in ERRORS if isinstance(key, str) and code.startswith(key)]
    if known:
        return ERRORS[max(known, key=len)]
    return next((ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS), None)


# ---- the connection


@dataclass(slots=True)
class _Deadline:
    """Seconds that a call may take, where they are set, whether the commit has been sent, and how it ended."""

    seconds: float
    setting: str
    committing: bool = False
    given_up: bool = False
    """Whether it ended early, since the database answered nobody."""


@dataclass(slots=True)
class _DriverTransaction:
    """Takes nothing but compiled statements."""

    raw: neo4j.AsyncManagedTransaction
    failure: Exception | None = None
    """The last error of the driver, of the database or of the packing of values."""

    async def ask(self, statement: Cypher) -> neo4j.Record | None:
        """The one record that it returns, or None."""
        try:
            result = await self.raw.run(statement.text, dict(statement.parameters))
            return await result.single()
        except Exception as raised:
            self.failure = error = _retryable(raised)
            known = translate(error)
            if known and known.final:
                raise _Final(error) from raised
            if error is raised:
                raise
            raise error from raised


SCHEMA_CHANGES = "due to insanely frequent schema changes"
"""Of the message of a query that could not be planned while indexes were made; 5.26 has no code for it."""


def _retryable(error: Exception) -> Exception:
    """The error, as one that the driver tries again where it passes by itself."""
    if isinstance(error, driver_errors.DatabaseError) and SCHEMA_CHANGES in str(error):
        return driver_errors.TransientError(str(error))
    return error


class _Carried(Exception):
    """Carries an error past the driver."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class _Final(_Carried):
    """One of the driver that it would try again."""


class _Passing(Exception):
    """A read failed in a way that passes by itself."""


class _Foreign(_Carried):
    """One of what is done in a transaction, and not of the driver: it stays what it is."""


@dataclass
class _DeadlineDriver:
    """The driver with a deadline on every call, errors as the project's own."""

    driver: neo4j.AsyncDriver
    settings: Settings
    outage: Outage | None = None
    """Hears of it where the database cannot be reached; until it answers, reads are refused."""
    _server_checked: bool = False
    _is_warm: bool = False
    """Whether it has answered: the first answer of a server that has just been started takes long."""
    _has_answered: bool = False
    """Whether it ever has."""
    _releasing: set[asyncio.Task[None]] = field(default_factory=set)
    _knocks: set[asyncio.Task[bool]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.vigil = Vigil(self.knock, self._patience)

    @staticmethod
    def open(settings: Settings) -> _DeadlineDriver:
        return _DeadlineDriver(_open_driver(settings, settings.requests_at_once + MORE_CONNECTIONS), settings)

    async def close(self) -> None:
        await self.vigil.close()
        for task in self._releasing:
            task.cancel()
        await asyncio.gather(*self._releasing, *self._knocks, return_exceptions=True)
        await self.driver.close()

    def _patience(self) -> float:
        """Seconds after which a call ends where nobody answers: more for a server that has just been started."""
        patience = max(self.settings.neo4j_timeout, USUAL_SECONDS) * PATIENCE
        return patience if self._has_answered else max(patience, COLD_SECONDS)

    def knock(self) -> asyncio.Task[bool]:
        """Begins to find out whether the database answers. Nobody should cancel it: the driver leaves a socket behind
        that it was connecting."""
        task = asyncio.create_task(self._knock())
        self._knocks.add(task)
        task.add_done_callback(self._knocks.discard)
        return task

    async def _knock(self) -> bool:
        """Whether the database answers on a new connection: one that was kept may have died unseen, and the check of
        it is what would wait."""
        statement = cypher.state()  # what readers ask first is planned then, too
        try:
            async with (
                _open_driver(self.settings, 1) as driver,
                driver.session(database=self.settings.neo4j_database) as session,
                asyncio.timeout(KNOCK_SECONDS),
            ):
                await (await session.run(neo4j.Query(statement.text), dict(statement.parameters))).consume()
        except (*_UNREACHABLE, driver_errors.ConnectionPoolError):
            return False
        except (driver_errors.DriverError, driver_errors.Neo4jError):
            return True  # an answer, if no good one
        return True

    async def read(self, statement: Cypher) -> neo4j.Record | None:
        """The record of one statement; tried again when the connection breaks."""
        if self.outage:
            self.outage.check()
        record = await self._read_at_once(statement, self._warm_limit())
        self._is_warm = self._has_answered = True
        return record

    async def read_to_write(self, statement: Cypher) -> neo4j.Record | None:
        """As `read`, in the time of a write that needs it."""
        return await self._read(statement, self._write_limit())

    def _warm_limit(self) -> _Deadline:
        limit = _Deadline(self.settings.neo4j_timeout, "WATTGRAPH_NEO4J_TIMEOUT")
        return limit if self._is_warm else replace(limit, seconds=max(limit.seconds, COLD_SECONDS))

    def _write_limit(self) -> _Deadline:
        return _Deadline(self.settings.neo4j_write_timeout, "WATTGRAPH_NEO4J_WRITE_TIMEOUT")

    async def _read_at_once(self, statement: Cypher, limit: _Deadline) -> neo4j.Record | None:
        """In one round trip; where that fails in a way that passes by itself, as the driver tries a read again."""
        with suppress(_Passing):
            async with self._session(neo4j.READ_ACCESS, limit) as session:
                return await _at_once(session, statement, limit)
        return await self._read(statement, limit)

    async def _read(self, statement: Cypher, limit: _Deadline) -> neo4j.Record | None:

        async def work(raw: neo4j.AsyncManagedTransaction) -> neo4j.Record | None:
            return await _DriverTransaction(raw).ask(statement)

        async with self._session(neo4j.READ_ACCESS, limit) as session:
            return await session.execute_read(neo4j.unit_of_work(timeout=limit.seconds)(work))

    async def write(self, work: Callable[[_DriverTransaction], Awaitable[T]]) -> T:
        """What `work` returns, once all it did is committed; it may be called again after a deadlock."""
        return await self._write(work, self._write_limit())

    async def write_under_commit_lock(self, owner: str, work: Callable[[_DriverTransaction], Awaitable[T]]) -> T:
        """As `write`, for what readers may see: no answer is whole while it is being committed."""

        async def then_lock(transaction: _DriverTransaction) -> T:
            done = await work(transaction)
            await self._execute(take_commit_lock(owner))
            return done

        try:
            done = await self.write(then_lock)
        except (StoreUnavailable, OutcomeUnknown):  # nobody waits for what may not answer for long
            self._releasing.add(task := asyncio.create_task(self._release(owner)))
            task.add_done_callback(self._releasing.discard)
            raise
        except WattgraphError:
            await self._release(owner)
            raise
        with suppress(StoreError):  # it is written; readers release a lock that is left behind
            await self._execute(release_commit_lock(owner))
        return done

    async def _release(self, owner: str) -> None:
        with suppress(StoreError):  # readers release a lock that is left behind
            await self.release_left_lock(owner)

    async def release_left_lock(self, owner: str) -> None:
        """Release the commit lock that a writer left behind, once it has ended, however it did: until then it locks the
        state."""
        limit = _Deadline(self.settings.neo4j_timeout, "WATTGRAPH_NEO4J_TIMEOUT")

        async def wait_for_its_end(transaction: _DriverTransaction) -> None:
            await transaction.ask(set_state({"lock": owner}))
            await transaction.ask(release_commit_lock(owner))
            await transaction.ask(set_state({"lock": None}))

        await self._write(wait_for_its_end, limit)

    async def _execute(self, statement: Cypher) -> None:
        async def work(transaction: _DriverTransaction) -> None:
            await transaction.ask(statement)

        await self._write(work, self._write_limit())

    async def _write(self, work: Callable[[_DriverTransaction], Awaitable[T]], limit: _Deadline) -> T:
        async def attempt(raw: neo4j.AsyncManagedTransaction) -> T:
            limit.committing = False
            done = await _done(work, _DriverTransaction(raw))
            limit.committing = True
            return done

        async with self._session(neo4j.WRITE_ACCESS, limit) as session:
            return await session.execute_write(neo4j.unit_of_work(timeout=limit.seconds)(attempt))

    @asynccontextmanager
    async def _session(self, access: str, limit: _Deadline) -> AsyncIterator[neo4j.AsyncSession]:
        try:
            async with self._call(limit):
                await self._check_server(limit)
                async with self.driver.session(
                    database=self.settings.neo4j_database,
                    default_access_mode=access,
                    bookmark_manager=self.driver.execute_query_bookmark_manager,
                ) as session:
                    yield session
        except WattgraphError:
            raise
        except _Foreign as carried:
            raise carried.error from carried.error.__cause__
        except Exception as error:
            raise self._translated(error, limit) from error

    @asynccontextmanager
    async def _call(self, limit: _Deadline) -> AsyncIterator[None]:
        async with self.vigil.call(limit.seconds) as call:
            try:
                yield
            finally:
                limit.given_up = call.given_up

    async def _check_server(self, limit: _Deadline) -> None:
        """Once: raises StoreRefused for a server that is too old. A write too waits only so long for what may be no
        Neo4j."""
        if self._server_checked:
            return
        try:
            async with asyncio.timeout(min(limit.seconds, max(self.settings.neo4j_timeout, COLD_SECONDS))):
                info = await self.driver.get_server_info()
        except TimeoutError as error:
            raise driver_errors.ServiceUnavailable from error
        number = re.match(r"Neo4j/(\d+)\.(\d+)", info.agent)
        if number and (int(number[1]), int(number[2])) < OLDEST_SERVER:
            raise StoreRefused(f"{info.agent} is too old.", remedy="Use Neo4j 5.26 or later.")
        self._server_checked = True

    def _translated(self, error: Exception, limit: _Deadline) -> Exception:
        """The project's own error; one that is not the driver's stays as it is."""
        if isinstance(error, _Final):
            error = error.error
        elif isinstance(error, _PACKING):
            return error
        if isinstance(error, TimeoutError) and limit.committing:
            error = driver_errors.IncompleteCommit()
        elif isinstance(error, TimeoutError) and limit.given_up:
            error = driver_errors.ServiceUnavailable()
        known = translate(error)
        if known is None:
            return error
        values = {
            "address": urlsplit(self.settings.neo4j_uri or "").netloc.rpartition("@")[2],
            "database": self.settings.neo4j_database,
            "code": getattr(error, "code", None) or type(error).__name__,
            "seconds": limit.seconds,
            "setting": limit.setting,
        }
        problem = known.error(known.message.format(**values), remedy=known.remedy.format(**values))
        if isinstance(error, _UNREACHABLE) and isinstance(problem, StoreUnavailable):
            self._is_warm = False
            if self.outage:
                self.outage.begin(problem)
        return problem


async def _at_once(session: neo4j.AsyncSession, statement: Cypher, limit: _Deadline) -> neo4j.Record | None:
    """The record of a statement that is a transaction of its own. Raises _Passing for what the driver would try again,
    and _Final."""
    try:
        query = neo4j.Query(statement.text, timeout=limit.seconds)
        return await (await session.run(query, dict(statement.parameters))).single()
    except Exception as raised:
        error = _retryable(raised)
        known = translate(error)
        if known and known.final:
            raise _Final(error) from raised
        if isinstance(error, driver_errors.Neo4jError | driver_errors.DriverError) and error.is_retryable():
            raise _Passing from raised
        raise


async def _done(work: Callable[[_DriverTransaction], Awaitable[T]], transaction: _DriverTransaction) -> T:
    """Errors of the driver as they are, all others as _Foreign."""
    try:
        return await work(transaction)
    except Exception as error:
        if isinstance(error, _Final) or error is transaction.failure:
            raise
        raise _Foreign(error) from error


def _open_driver(settings: Settings, connections: int) -> neo4j.AsyncDriver:
    """Raises BadSettings."""
    password = settings.neo4j_password
    try:
        return neo4j.AsyncGraphDatabase.driver(
            settings.neo4j_uri or "",
            auth=(settings.neo4j_user, password.get_secret_value()) if password else None,
            max_connection_pool_size=connections,
            connection_acquisition_timeout=3.0,
            connection_timeout=2.0,
            # Half of the deadline: a server that is not there is reported as such, and not as a slow one.
            max_transaction_retry_time=min(5.0, settings.neo4j_timeout / 2),
            # A connection that rested may have died silently; without this a black hole holds it for minutes.
            liveness_check_timeout=10.0,
            max_connection_lifetime=300.0,
            notifications_min_severity="OFF",
            telemetry_disabled=True,
            user_agent="wattgraph",
        )
    except (driver_errors.ConfigurationError, ValueError) as error:
        raise BadSettings(
            f"WATTGRAPH_NEO4J_URI cannot be used: {_without_login(settings.neo4j_uri or '')!r}.",
            remedy="Write it like neo4j://host:7687 or neo4j+s://host.",
        ) from error


def _without_login(uri: str) -> str:
    return re.sub(r"//[^/@]*@", "//", uri)


# ---- the store


class Neo4jStore:
    """Statements, sources and their projection in one database of Neo4j."""

    def __init__(
        self,
        connection: _DeadlineDriver,
        clock: Callable[[], date],
        max_rows: int,
        lenses: LensReaders,
        spare_statements: int = 0,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._max_rows = max_rows
        self._lenses = lenses
        self._lock = asyncio.Lock()
        self._known: KnownState | None = None
        self._watch = StateWatch(self._state, connection.settings.neo4j_revision_seconds)
        self._outage = Outage(spare_statements, lenses, self._log_of, connection.knock)
        connection.outage = self._outage

    @staticmethod
    async def open(
        settings: Settings,
        clock: Callable[[], date] = today,
        max_rows: int = MAX_ROWS_PER_TRANSACTION,
        scenarios: Scenarios = NO_SCENARIOS,
        overlay: Overlay = NO_OVERLAY,
        spare_statements: int = 0,
    ) -> Neo4jStore:
        """The store at `settings.neo4j_uri`; it is reached only when it is used. Raises BadSettings.

        `max_rows`: rows that one transaction may write. `scenarios` and `overlay`: those that a lens may name.
        `spare_statements`: up to how many statements the last data version seen is kept, to be read from while the
        database does not answer."""
        lenses = LensReaders(settings.limit_lenses, scenarios, overlay)
        return Neo4jStore(_DeadlineDriver.open(settings), clock, max_rows, lenses, spare_statements)

    @property
    def scenarios(self) -> Scenarios:
        return self._lenses.scenarios

    @property
    def overlay(self) -> Overlay:
        return self._lenses.overlay

    @property
    def lens_use(self) -> CacheUse:
        return self._lenses.use

    @property
    def has_spare(self) -> bool:
        """Whether there is something kept that reads go on from in an outage."""
        return self._outage.has_spare

    async def reader(self, lens: Lens | None = None) -> Reader:
        """During an outage one of what is kept."""
        day = self._clock()
        wanted = self._lenses.resolved(lens, day)
        if self._outage.since is None:
            try:
                return await self._reader_of_now(wanted, day)
            except StoreUnavailable:
                if self._outage.since is None:
                    raise
        return await self._outage.reader(wanted)

    async def _reader_of_now(self, wanted: Lens, day: date) -> Reader:
        for _ in range(ATTEMPTS):
            state = await self._current(day)
            self._outage.renew(state, day)
            if wanted == DEFAULT_LENS.on(day):
                return Neo4jReader(self._connection, self._watch, wanted, state)
            with suppress(SnapshotChanged):
                return await self._lenses.reader(state.version, wanted, partial(self._log_of, state))
        raise SnapshotChanged

    async def last_reader(self) -> Reader:
        day, seen = self._clock(), self._watch.seen
        if seen is None or not seen.holds_on(day) or self._outage.since is not None:
            return await self.reader()
        self._outage.renew(seen, day)
        return Neo4jReader(self._connection, self._watch, DEFAULT_LENS.on(day), seen, looked=False)

    async def load(self, log: StatementLog, *, reason: str = "load", actor: str = "") -> WriteOutcome:
        """A load of more rows than one transaction takes goes in parts; cut off, the next one goes on from there."""
        return await self._write(
            Task(load_of(log, reason, actor), self._clock(), of_whole_store=False, checks_rows=True)
        )

    async def apply(
        self,
        added: StatementLog,
        retracted: Collection[str] = (),
        *,
        reason: str,
        actor: str = "",
        import_key: str | None = None,
        digest: str | None = None,
        entered: Entered = Entered.API,
    ) -> WriteOutcome:
        request = WriteRequest(action_of(added, retracted), actor, reason, import_key, digest)
        day = self._clock()
        write = change_of(added, retracted, day, entered, request)
        return await self._write(Task(write, day, every_row=False, in_parts=False))

    async def note(self, request: WriteRequest) -> Entry:
        return await self._note(request)

    async def journal(self, after: int = 0, first: int = 500) -> list[Entry]:
        record = await self._connection.read(entries_after(after, first))
        with decoding("an entry of the journal"):
            return [entry_in(one) for one in record["entries"]] if record else []

    async def journal_head(self) -> Head:
        return head_of(await self._recorded())

    async def verify_journal(self) -> Head:
        for _ in range(ATTEMPTS):
            recorded = await self._recorded()
            entries = await self._all_entries()
            with suppress(SnapshotChanged):
                log = await self._read_log(await self._state()) if recorded.get("version") else None
                if await self._recorded() == recorded:
                    return verified(entries, log, recorded)
        raise SnapshotChanged

    async def verify(self) -> StoreCheck:
        day = self._clock()
        with suppress(Contradiction):  # what is in the way of another projection is told too
            await self._current(day)
        return await self._connection.write(partial(check, day))

    async def repair(self, *, actor: str = "") -> WriteOutcome:
        request = WriteRequest(Action.REPAIR, actor, "written anew from the statements")
        return await self._write(Task(written_anew(request), self._clock(), checks_rows=True))

    async def content(self) -> StoreContent:
        """All that the store holds, of one state. Raises StoreDamaged as `verify_journal` does."""
        for _ in range(ATTEMPTS):
            recorded = await self._recorded()
            entries = await self._all_entries()
            tokens = await self.tokens()
            versions = await self._connection.read(recorded_versions())
            with suppress(SnapshotChanged):
                log = await self._read_log(await self._state()) if recorded.get("version") else None
                if await self._recorded() == recorded:
                    verified(entries, log, recorded)
                    with decoding("a data version"):
                        history = [
                            RecordedVersion(one["number"], version_of(one), recorded["policy"])
                            for one in reversed(versions["versions"] if versions else [])
                        ]
                    return StoreContent(log or StatementLog((), {}), tuple(history), tuple(entries), tuple(tokens))
        raise SnapshotChanged

    async def put_content(self, content: StoreContent) -> WriteOutcome:
        """Put it in place of all that the store holds. Of more rows than one transaction takes it goes in parts: one
        that was cut off has to be done again."""
        return await self._write(restoring(content, self._clock()))

    async def tokens(self, id: str | None = None) -> list[Token]:
        record = await self._connection.read(stored_tokens(id))
        with decoding("a token"):
            return [token_of(one) for one in record["tokens"]] if record else []

    async def put_token(self, token: Token, *, actor: str = "", reason: str = "") -> Entry:
        return await self._note(WriteRequest(Action.TOKEN, actor, reason), put_token(token_columns(token)))

    async def log(self) -> StatementLog:
        for _ in range(ATTEMPTS):
            with suppress(SnapshotChanged):
                return await self._log_of(await self._state())
        raise SnapshotChanged

    async def versions(self) -> list[DataVersion]:
        record = await self._connection.read(recorded_versions())
        with decoding("a data version"):
            return [version_of(one) for one in record["versions"]] if record else []

    async def sizes(self) -> Sizes | None:
        return Sizes.read((await self._recorded()).get("sizes"))

    async def compute(self, statement: Cypher) -> Any:
        """What the database computes itself (Graph Data Science): the statement's `answer`. Nothing is written."""
        record = await self._connection.read(statement)
        return record["answer"] if record else None

    async def close(self) -> None:
        await self._outage.close()
        await self._watch.close()
        await self._connection.close()

    # reading

    async def _state(self) -> State:
        return await read_state(self._connection)

    async def _looked_up(self) -> State:
        as_of = self._watch.now()
        state = await self._state()
        self._watch.note(state, as_of)
        return state

    async def _current(self, day: date) -> State:
        """The state of a projection that holds on `day`; when it does not, it is made again first."""
        state = await self._looked_up()
        if state.holds_on(day):
            return state
        async with self._lock:
            state = await self._looked_up()
            if not state.holds_on(day):
                await self._write(Task(written_anew(WriteRequest(Action.POLICY, reason="projected again")), day))
                state = await self._looked_up()
        return state

    async def _log_of(self, state: State) -> StatementLog:
        """All statements at the revision of a state. Raises SnapshotChanged when the store has gone on."""
        if not self._known or self._known.revision != state.revision:
            self._known = KnownState(state.revision, await self._read_log(state))
        return self._known.log

    async def _read_log(self, state: State) -> StatementLog:
        async def ask(statement: Cypher) -> Any:
            answer, now = await answer_of(self._connection, statement, state)
            if now.revision != state.revision:
                raise SnapshotChanged
            return answer

        return await read_log(ask)

    # writing

    async def earlier(self, import_key: str, digest: str) -> WriteOutcome | None:
        request = WriteRequest(Action.ADD, import_key=import_key, digest=digest)
        async with self._explaining():
            await make_schema(self._connection)
            return await earlier_outcome(self._connection.read_to_write, request)

    async def _write(self, task: Task) -> WriteOutcome:
        try:
            async with self._explaining():
                return await self._written(task)
        finally:
            self._watch.note_write()

    async def _written(self, task: Task) -> WriteOutcome:
        await (self._heal_schema() if task.checks_rows else make_schema(self._connection))
        earlier = await earlier_outcome(self._connection.read_to_write, task.write.request)
        if earlier is not None:
            return earlier
        work = partial(attempt, task, max_rows=self._max_rows, known=self._known)
        result = await self._connection.write_under_commit_lock(task.owner, work)
        if isinstance(result, WriteOutcome):
            return result
        plan, done = result
        if done is None:
            done = await self._in_parts(task, plan)
        self._known = plan.known(done.revision)
        return done.outcome

    async def _note(self, request: WriteRequest, *writes: Cypher) -> Entry:
        async with self._explaining():
            await make_schema(self._connection)
            return await self._connection.write(partial(note, request, writes))

    async def _recorded(self) -> Mapping[str, Any]:
        record = await self._connection.read(stored_state())
        return (record and record["held"]) or {}

    async def _all_entries(self) -> list[Entry]:
        entries: list[Entry] = []
        while more := await self.journal(entries[-1].number if entries else 0):
            entries += more
        return entries

    async def _in_parts(self, task: Task, plan: Plan) -> Done:
        """The writes of a plan in transactions of their own; while the database does one, the next is made."""
        every = parts(writes(plan.what, committed=False), min(self._max_rows, ROWS_PER_PART))
        part = await asyncio.to_thread(next, every, None)
        while part:
            write = self._connection.write(partial(write_part, task, part))
            part, _ = await asyncio.gather(asyncio.to_thread(next, every, None), write)
        return await self._connection.write(partial(end_parts, task, plan))

    async def _heal_schema(self) -> None:
        """The schema, also where rows were doubled after a constraint was dropped."""
        try:
            await make_schema(self._connection)
        except Contradiction:
            await self._connection.write(remove_twins)
            await make_schema(self._connection)

    @asynccontextmanager
    async def _explaining(self) -> AsyncIterator[None]:
        """Raises StoreDamaged naming the labels where rows of another program contradict a constraint."""
        try:
            yield
        except Contradiction:
            record = await self._connection.read_to_write(labels_of_others())
            if record and record["labels"]:
                raise not_ours(record["labels"]) from None
            raise
