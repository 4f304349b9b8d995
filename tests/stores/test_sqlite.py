"""The file of the embedded store: real kills, real damage, real second processes."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from graph.audit.tokens import TokenScope, new_token
from graph.concurrency.progress import progress_to
from graph.errors import BadInput, StoreBusy, StoreDamaged, StoreError, StoreNotReady, StoreRefused, StoreUnavailable
from graph.evidence.log import StatementLog
from graph.evidence.policy import Verdict
from graph.evidence.rows import source_row, statement_row
from graph.seeding.reader import read_seeds
from graph.settings import PROJECT
from graph.stores.embedded import sqlite_errors
from graph.stores.embedded.database_file import log_path, recorded_base
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.query import Page, Query
from graph.vocabulary.enums import SourceReading
from graph.vocabulary.model import LABELS
from tests import facts
from tests.budgets import cases
from tests.stores import writer
from tests.stores.writer import one_claim

LOADER = """
import asyncio, sys
from pathlib import Path
from graph.seeding.reader import read_seeds
from graph.stores.embedded.store import EmbeddedStore

async def main():
    log = read_seeds(Path(sys.argv[2]))
    store = await EmbeddedStore.open(Path(sys.argv[1]))
    print("go", flush=True)
    if sys.argv[3] == "load":
        await store.load(log)
    else:
        await store.apply(log, reason="test")
    print("done", flush=True)

asyncio.run(main())
"""


_LEASE_OF_ANOTHER = facts.LEASE.replace("id: lease", "id: another")


def _start(data: Path, seeds: Path, what: str = "load") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LOADER, str(data), str(seeds), what]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT)


def _grown(tmp_path: Path, leases: int = 700) -> Path:
    """Many leases more than the small world has, so that a write takes a while."""
    text = "".join(facts.LEASE.replace("id: lease", f"id: lease-{number}") for number in range(leases))
    return facts.write(tmp_path / "grown", links_provides_capacity=facts.LEASE + text)


async def _content(data: Path) -> tuple[str, int]:
    """The journal tells of no other data."""
    store = await EmbeddedStore.open(data)
    try:
        reader = await store.reader()
        entries = await store.journal()
        assert entries[-1].version == reader.version.id
        assert await store.verify_journal() == entries[-1].head
        return reader.version.id, len((await store.log()).statements)
    finally:
        await store.close()


async def _content_or_error(data: Path) -> tuple[str, int] | StoreError:
    try:
        return await _content(data)
    except StoreError as error:
        return error


@pytest.mark.parametrize("what", ["load", "apply"])
@pytest.mark.slow
@pytest.mark.audited
async def test_kill_9_during_a_write_leaves_the_state_before_or_after(what: str, tmp_path: Path) -> None:
    small, grown = facts.write(tmp_path / "small"), _grown(tmp_path)
    before, data = tmp_path / "before", tmp_path / "data"
    store = await EmbeddedStore.open(before)
    await store.load(read_seeds(small))
    await store.close()
    old = await _content(before)
    took = _write_once(before, data, grown, what)
    new = await _content(data)
    assert new[1] > old[1]
    seen, chance = set[tuple[str, int]](), random.Random(1)
    moments = [0.0, *(chance.uniform(0, took) for _ in range(cases(2, 60)))]
    for moment in moments:
        _copy(before, data)
        process = _start(data, grown, what)
        assert process.stdout is not None
        assert process.stdout.readline() == "go\n"
        await asyncio.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        seen.add(await _content(data))
    assert seen <= {old, new}
    assert old in seen


async def test_only_a_move_that_was_announced_changes_the_database_file(tmp_path: Path) -> None:
    """A kill in the middle of one that was not would leave a log that fits no file."""
    before, data = tmp_path / "before", tmp_path / "data"
    store = await EmbeddedStore.open(before)
    await store.load(facts.log_of(tmp_path))
    await store.close()
    file = data / "wattgraph.sqlite"
    _write_once(before, data, _grown(tmp_path, leases=1), "load")  # it ends without closing the store
    assert file.read_bytes() == (before / file.name).read_bytes()
    assert log_path(file).stat().st_size
    reader = await EmbeddedStore.open(data)
    assert (await (await reader.reader()).find(Query("Link"), Page())).total == 2
    await reader.close()
    assert not log_path(file).exists()
    with closing(sqlite3.connect(file)) as connection:
        assert recorded_base(connection) is None


def _write_once(before: Path, data: Path, seeds: Path, what: str) -> float:
    _copy(before, data)
    process = _start(data, seeds, what)
    assert process.stdout is not None
    assert process.stdout.readline() == "go\n"
    began = time.monotonic()
    assert process.stdout.readline() == "done\n"
    process.wait()
    process.stdout.close()
    return time.monotonic() - began


def _copy(before: Path, data: Path) -> None:
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(before, data)


@pytest.fixture
async def store(tmp_path: Path):
    opened = await EmbeddedStore.open(tmp_path / "data")
    yield opened
    await opened.close()


async def test_an_empty_store_says_how_to_fill_it(store: EmbeddedStore) -> None:
    with pytest.raises(StoreNotReady, match="wattgraph load"):
        await store.reader()


async def test_a_second_process_sees_what_the_first_wrote(store: EmbeddedStore, tmp_path: Path) -> None:
    await store.load(facts.log_of(tmp_path))
    other = await EmbeddedStore.open(tmp_path / "data")
    assert (await (await other.reader()).find(Query("Link"), Page())).total == 1
    text = facts.LEASE + facts.LEASE.replace("id: lease", "id: another")
    await store.load(facts.log_of(tmp_path, links_provides_capacity=text))
    assert (await (await other.reader()).find(Query("Link"), Page())).total == 2
    await other.close()


async def test_a_reader_keeps_its_graph_while_others_write(store: EmbeddedStore, tmp_path: Path) -> None:
    await store.load(facts.log_of(tmp_path))
    reader = await store.reader()
    await store.load(facts.log_of(tmp_path, links_provides_capacity=""))
    assert (await reader.find(Query("Link"), Page())).total == 1
    assert (await (await store.reader()).find(Query("Link"), Page())).total == 0


@pytest.mark.slow
async def test_two_processes_that_load_at_once_both_succeed(tmp_path: Path) -> None:
    folder = _grown(tmp_path, 500)
    loaders = [_start(tmp_path / "data", folder) for _ in range(2)]
    assert [loader.communicate()[0] for loader in loaders] == ["go\ndone\n"] * 2
    store = await EmbeddedStore.open(tmp_path / "data")
    assert len(await store.versions()) == 1
    await store.close()


async def test_a_writer_that_holds_the_file_too_long_is_told(
    store: EmbeddedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_errors, "WAIT_SECONDS", 0.1)
    impatient = await EmbeddedStore.open(tmp_path / "data")
    holder = sqlite3.connect(tmp_path / "data" / "wattgraph.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="Another process"):
        await impatient.load(facts.log_of(tmp_path))
    holder.close()
    await impatient.close()


async def test_a_writer_that_holds_the_file_keeps_no_reader_waiting(store: EmbeddedStore, tmp_path: Path) -> None:
    """The loop looks the number up itself: it would stand still for as long as the file is held."""
    await store.load(facts.log_of(tmp_path))
    holder = sqlite3.connect(tmp_path / "data" / "wattgraph.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("UPDATE head SET number = number + 1")
    before = await store.reader()
    assert (await store.reader()).version == before.version
    holder.execute("ROLLBACK")
    holder.close()


@pytest.mark.audited
async def test_a_flipped_bit_is_noticed_or_harmless(tmp_path: Path) -> None:
    data = tmp_path / "data"
    store = await EmbeddedStore.open(data)
    await store.load(facts.log_of(tmp_path))
    await store.close()
    whole = (data / "wattgraph.sqlite").read_bytes()
    expected = await _content(data)
    chance = random.Random(7)
    noticed = 0
    for _ in range(cases(50, 2_000)):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        for path in data.iterdir():
            path.unlink()
        (data / "wattgraph.sqlite").write_bytes(damaged)
        found = await _content_or_error(data)
        assert isinstance(found, StoreError) or found == expected
        noticed += isinstance(found, StoreError)
    assert noticed > 3


@pytest.mark.parametrize(
    "content", [b"no database at all, just text that somebody put here by mistake" * 20, b"\x00" * 5000]
)
async def test_a_file_that_is_no_database_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "wattgraph.sqlite").write_bytes(content)
    with pytest.raises(StoreDamaged, match="cannot be trusted"):
        await EmbeddedStore.open(tmp_path)


async def test_a_truncated_file_is_told(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path)
    await store.load(facts.log_of(tmp_path))
    await store.close()
    path = tmp_path / "wattgraph.sqlite"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(StoreDamaged):
        await _content(tmp_path)


async def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "wattgraph.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreRefused, match="newer Wattgraph"):
        await EmbeddedStore.open(tmp_path)


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="WATTGRAPH_DATA"):
        await EmbeddedStore.open(tmp_path / "file" / "data")


@pytest.mark.slow
async def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path / "data")
    await store.load(facts.log_of(tmp_path))
    await store.close()
    before = await _content(tmp_path / "data")
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n{LOADER}"
    command = [sys.executable, "-c", limited, str(tmp_path / "data"), str(_grown(tmp_path)), "load"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, cwd=PROJECT, env=environment)
    assert ended.returncode != 0
    assert await _content(tmp_path / "data") == before


async def test_a_disk_that_gets_full_in_a_write_is_said_and_the_store_goes_on(
    store: EmbeddedStore, tmp_path: Path
) -> None:
    """SQLite ends the transaction itself."""
    await store.load(facts.log_of(tmp_path))
    before, connection = (await store.reader()).version, store._file._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(StoreUnavailable, match="The disk is full"):
        await store.load(read_seeds(_grown(tmp_path)))
    assert (await store.reader()).version == before
    connection.execute("PRAGMA max_page_count = 100000")
    await store.apply(one_claim("desk", 1), reason="claim")


@pytest.mark.parametrize("failure", [KeyError("x"), ValueError("x"), TypeError("x"), OSError(5, "x")])
async def test_a_failure_that_is_not_the_file_s_is_not_said_of_the_file(
    failure: Exception, store: EmbeddedStore, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise failure

    with progress_to(fail), pytest.raises(type(failure), match="x"):
        await store.load(facts.log_of(tmp_path))
    assert (await store.load(facts.log_of(tmp_path))).has_changes


async def test_a_row_that_cannot_be_read_is_said_of_the_file(store: EmbeddedStore, tmp_path: Path) -> None:
    await store.load(facts.log_of(tmp_path))
    await store.put_token(new_token("desk", TokenScope.EDITOR, None, now=datetime(2026, 6, 1, tzinfo=UTC))[0])
    _rows(tmp_path / "data", "UPDATE tokens SET columns = '{}'")
    with pytest.raises(StoreDamaged, match="a row cannot be read"):
        await store.tokens()


def test_every_error_of_sqlite_is_the_project_s_own_or_a_defect() -> None:
    codes = {f"SQLITE_{name}" for name in _ERROR_CODES.split()}
    assert {name for name in sqlite_errors.ERRORS if "_" not in name.removeprefix("SQLITE_")} == codes
    assert all(hasattr(sqlite3, name) for name in sqlite_errors.ERRORS)


def test_a_store_that_is_opened_on_a_full_disk_says_so() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    for name, told in (("SQLITE_IOERR_SHMSIZE", "The disk is full."), ("SQLITE_IOERR_READ", "disk I/O error")):
        error.sqlite_errorname = name
        assert told in str(sqlite_errors.translate(error, Path("wattgraph.sqlite")))


_ERROR_CODES = """ABORT AUTH BUSY CANTOPEN CONSTRAINT CORRUPT EMPTY ERROR FORMAT FULL INTERNAL INTERRUPT IOERR LOCKED
    MISMATCH MISUSE NOLFS NOMEM NOTADB NOTFOUND PERM PROTOCOL RANGE READONLY SCHEMA TOOBIG"""
"""The primary result codes of https://sqlite.org/rescode.html that are errors."""


async def test_an_unknown_statement_cannot_be_withdrawn_and_nothing_is_written(
    store: EmbeddedStore, tmp_path: Path
) -> None:
    await store.load(facts.log_of(tmp_path))
    before = (await store.reader()).version
    with pytest.raises(BadInput, match="No statement"):
        await store.apply(StatementLog.of([], []), ["0" * 24], reason="test")
    assert (await store.reader()).version == before


async def test_what_came_by_the_api_survives_a_load_of_the_seeds(store: EmbeddedStore, tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    await store.load(log)
    added = log.by_subject["lease"][0].but(note="told by an editor")
    await store.apply(StatementLog.of([added], []), reason="an editor")
    await store.load(facts.log_of(tmp_path, links_provides_capacity=""))
    assert added.id in (await store.log()).by_id


async def test_a_retraction_survives_a_load_of_the_seeds(store: EmbeddedStore, tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    await store.load(log)
    wrong = next(one for one in log.by_subject["lease"] if one.property == "term_years")
    await store.apply(StatementLog.of([], []), [wrong.id], reason="an editor")
    await store.load(log)
    assert (await store.log()).by_id[wrong.id].withdrawn is not None


async def test_a_write_that_nobody_waits_for_is_still_seen(store: EmbeddedStore, tmp_path: Path) -> None:
    await store.load(facts.log_of(tmp_path))
    other, begun = facts.log_of(tmp_path, links_provides_capacity=_LEASE_OF_ANOTHER), threading.Event()
    with progress_to(lambda *_: begun.set()):
        left = asyncio.create_task(store.load(other))
    await asyncio.to_thread(begun.wait)
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    for _ in range(100):
        reader = await store.reader()
        if (await reader.get("Link", ["another"]))[0]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the write is on disk, and readers see the graph from before")


async def test_a_new_day_projects_again_when_an_interval_ends(tmp_path: Path) -> None:
    days = [date(2026, 5, 31)]
    text = facts.LEASE.replace("term_years: 10", "effective_to: '2026-05-31'")
    store = await EmbeddedStore.open(tmp_path / "data", clock=lambda: days[0])
    await store.load(facts.log_of(tmp_path, links_provides_capacity=text))
    [last] = await (await store.reader()).get("Link", ["lease"])
    days[0] = date(2026, 6, 1)
    [ended] = await (await store.reader()).get("Link", ["lease"])
    assert last is not None
    assert ended is not None
    assert (last["in_force"], ended["in_force"]) == (True, False)
    await store.close()


async def test_many_waiters_for_one_lens_share_one_projection(store: EmbeddedStore, tmp_path: Path) -> None:
    await store.load(facts.log_of(tmp_path))
    wanted = facts.lens(known_on="2026-03-01")
    readers = await asyncio.gather(*(store.reader(wanted) for _ in range(20)))
    assert len({id(reader) for reader in readers}) == 1


async def test_loading_tells_what_it_did_and_doing_it_again_does_nothing(store: EmbeddedStore, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    with progress_to(lambda *step: told.append(step)):
        first = await store.load(facts.log_of(tmp_path))
    again = await store.load(facts.log_of(tmp_path))
    gone = await store.load(facts.log_of(tmp_path, links_provides_capacity=""))
    # 13 about organizations and the site; 9 about the lease: 6 that its claim says, and its two ends and its site
    assert first.added == {"Organization": 4, "Site": 1, "Link": 1, "Source": 6, "Statement": 22}
    assert told
    assert not again.has_changes
    assert gone.removed == {"Link": 1, "Statement": 9}
    assert gone.changed == {"Organization": 2, "Site": 1}  # the link counts of its ends and its site
    assert set(first.added) <= set(LABELS)


# ---- the journal and import keys


def _rows(data: Path, text: str) -> list[tuple[object, ...]]:
    """What another program reads or writes."""
    connection = sqlite3.connect(data / "wattgraph.sqlite")
    try:
        found = connection.execute(text).fetchall()
        connection.commit()
        return found
    finally:
        connection.close()


@pytest.mark.parametrize("text", ["DELETE FROM journal", "UPDATE journal SET entry = '{}' WHERE number = 1"])
async def test_the_file_lets_nobody_alter_the_journal(text: str, store: EmbeddedStore, tmp_path: Path) -> None:
    await store.load(facts.log_of(tmp_path))
    with pytest.raises(sqlite3.IntegrityError, match="append only"):
        _rows(tmp_path / "data", text)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("UPDATE journal SET entry = json_set(entry, '$.actor', 'nobody') WHERE number = 2", 2),
        ("UPDATE journal SET entry = json_set(entry, '$.import_key', 'none') WHERE number = 3", 3),
        ("DELETE FROM journal WHERE number = 2", 2),
        ("DELETE FROM journal WHERE number = 4", 4),
        ("DELETE FROM journal", 1),
    ],
)
async def test_whoever_alters_it_nevertheless_is_found(
    text: str, first: int, store: EmbeddedStore, tmp_path: Path
) -> None:
    await store.load(facts.log_of(tmp_path))
    for number in range(3):
        await store.apply(one_claim("desk", number), reason="claim", import_key=f"key-{number}")
    assert (await store.verify_journal()).number == 4
    _rows(tmp_path / "data", "DROP TRIGGER journal_keeps_entries")
    _rows(tmp_path / "data", "DROP TRIGGER journal_keeps_their_text")
    _rows(tmp_path / "data", text)
    with pytest.raises(StoreDamaged, match=f"from entry {first} on"):
        await store.verify_journal()


async def test_a_history_that_tells_of_other_data_is_found(store: EmbeddedStore, tmp_path: Path) -> None:
    await store.load(facts.log_of(tmp_path))
    _rows(tmp_path / "data", "UPDATE versions SET id = 'another'")
    with pytest.raises(StoreDamaged, match="another version of the data"):
        await store.verify_journal()


async def test_a_write_touches_only_its_rows_and_reads_nothing_again(store: EmbeddedStore, tmp_path: Path) -> None:
    """Written are a source, a statement, a version, an entry and the head."""
    await store.load(facts.log_of(tmp_path))
    asked: list[str] = []
    connection = store._file._connection
    connection.set_trace_callback(asked.append)
    before = connection.total_changes
    await store.apply(one_claim("desk", 1), reason="claim", import_key="one")
    assert connection.total_changes - before == 5
    reader = await store.reader()
    assert (await reader.get("Organization", ["lab"]))[0]["aliases"] == ("desk-1",)
    assert not any("FROM statements" in text for text in asked)


async def test_two_stores_that_write_in_turn_read_and_project_only_what_the_other_wrote(
    store: EmbeddedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.load(facts.log_of(tmp_path))
    await store.close()
    store, other = [await EmbeddedStore.open(tmp_path / "data") for _ in range(2)]
    before = [await one.reader() for one in (store, other)]
    monkeypatch.setattr("graph.stores.embedded.store.project", None)
    await other.apply(one_claim("other", 0), reason="claim")
    assert (await store.reader()).version != before[0].version
    asked: list[str] = []
    for one in (store, other):
        one._file._connection.set_trace_callback(asked.append)
    for number in range(1, 5):
        await store.apply(one_claim("store", number), reason="claim")
        await other.apply(one_claim("other", number), reason="claim")
    for one in (store, other):
        reader = await one.reader()
        assert reader.version.statements == 31  # 22 and nine claims
        assert len((await reader.get("Organization", ["lab"]))[0]["aliases"]) == 9
    assert not any("FROM statements" in text and "WHERE subject IN" not in text for text in asked)
    assert await store.log() == await other.log()
    await other.close()
    await store.close()


async def test_what_the_journal_does_not_name_is_read_with_all(store: EmbeddedStore, tmp_path: Path) -> None:
    await store.load(facts.log_of(tmp_path))
    await store.apply(one_claim("store", 1), reason="claim")
    other = await EmbeddedStore.open(tmp_path / "data")
    await other.apply(one_claim("other", 1), reason="claim")
    await other.close()
    _rows(tmp_path / "data", "UPDATE statements SET note = 'by hand' WHERE subject = 'campus'")
    _rows(tmp_path / "data", "UPDATE head SET checksum = checksum + 1")
    with pytest.raises(StoreDamaged, match="checksum"):
        await store.reader()


@pytest.mark.slow
async def test_two_processes_lose_and_double_nothing(tmp_path: Path) -> None:
    """Each writes its own hundred; a third repeats some of the first one's at the same time."""
    data = tmp_path / "data"
    store = await EmbeddedStore.open(data)
    await store.load(facts.log_of(tmp_path))
    before = len((await store.log()).statements)
    ranges = [("one", 1, 100), ("two", 1, 100), ("one", 40, 60)]
    writers = [writer.start(str(data), *each) for each in ranges]
    outputs = await asyncio.gather(*(asyncio.to_thread(one.communicate) for one in writers))
    said = [(name, line) for (name, _, _), (text, _) in zip(ranges, outputs, strict=True) for line in text.splitlines()]
    assert len(said) == 221
    assert sum(line.endswith("False") for _, line in said) == 200
    assert len((await store.log()).statements) == before + 200
    entries = await store.journal()
    assert len({entry.import_key for entry in entries}) == len(entries) == 201
    assert (await store.verify_journal()).number == 201
    assert entries[-1].version == (await store.reader()).version.id
    await store.close()


@pytest.mark.slow
async def test_kills_lose_no_acknowledged_claim_and_double_none(tmp_path: Path) -> None:
    """Whoever does not know what became of a claim writes it again under its key."""
    data, chance, acknowledged = tmp_path / "data", random.Random(5), list[int]()
    store = await EmbeddedStore.open(data)
    await store.load(facts.log_of(tmp_path))
    before = len((await store.log()).statements)
    for _ in range(6):
        first = len(acknowledged) + 1
        acknowledged += await asyncio.to_thread(writer.write_and_kill, str(data), first, first + 500, chance)
        names = {entry.import_key for entry in await store.journal(1)}
        assert {writer.key_of("killed", number) for number in acknowledged} <= names
        assert len((await store.log()).statements) == before + len(names)
        await store.verify_journal()
    assert acknowledged == list(range(1, len(acknowledged) + 1))
    await store.close()


# ---- files of earlier formats


FORMAT_4 = (Path(__file__).parent / "format_4.sql").read_text(encoding="utf-8")
BY_HAND = "UPDATE statements SET note = 'by hand' WHERE subject = 'host';"
TO_FORMAT_3 = """
DROP INDEX statements_by_subject;
ALTER TABLE head DROP COLUMN base;
PRAGMA user_version = 3;
"""


def _write_format_4(data: Path, alter: str = "") -> None:
    data.mkdir()
    connection = sqlite3.connect(data / "wattgraph.sqlite")
    connection.executescript(FORMAT_4 + alter)
    connection.close()


@pytest.mark.parametrize("alter", ["", TO_FORMAT_3], ids=["4", "3"])
async def test_a_file_of_an_earlier_format_with_columns_is_taken_over(alter: str, tmp_path: Path) -> None:
    _write_format_4(tmp_path / "data", alter)
    store = await EmbeddedStore.open(tmp_path / "data")
    log = await store.log()
    assert [(one.id[:4], one.locator, one.last_verified) for one in log.statements] == [
        (id, None, None) for id in ("0502", "0b4f", "18fa", "3b65", "7df0", "9404", "b8fd", "e2d3")
    ]
    assert {source.read for source in log.sources.values()} == {SourceReading.UNKNOWN}
    assert (await store.verify_journal()).number == 2
    said = next(one for one in log.statements if one.property == "kinds")
    looked = said.but(locator="p. 3", last_verified=date(2026, 11, 30))
    await store.apply(StatementLog.of([looked], []), reason="looked up", import_key="look")
    await store.close()
    again = await EmbeddedStore.open(tmp_path / "data")
    assert (await again.log()).by_id[said.id].but(entered=looked.entered) == looked
    assert (await again.verify_journal()).number == 3
    await again.close()


@pytest.mark.parametrize("alter", ["", TO_FORMAT_3], ids=["4", "3"])
async def test_a_damaged_file_of_an_earlier_format_is_not_taken_for_whole(alter: str, tmp_path: Path) -> None:
    _write_format_4(tmp_path / "data", BY_HAND + alter)
    with pytest.raises(StoreDamaged, match="checksum"):
        await _content(tmp_path / "data")


# ---- a file of format 1

_FORMAT_1 = """
CREATE TABLE sources (id TEXT PRIMARY KEY, columns TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE statements (id TEXT PRIMARY KEY, columns TEXT NOT NULL, source TEXT NOT NULL
    REFERENCES sources (id) DEFERRABLE INITIALLY DEFERRED) STRICT, WITHOUT ROWID;
CREATE INDEX statements_by_source ON statements (source);
CREATE TABLE versions (number INTEGER PRIMARY KEY, id TEXT NOT NULL, recorded_at TEXT NOT NULL,
    statements INTEGER NOT NULL, reason TEXT NOT NULL, policy INTEGER NOT NULL) STRICT;
PRAGMA user_version = 1;
"""


def _write_format_1(data: Path, log: StatementLog) -> None:
    data.mkdir()
    connection = sqlite3.connect(data / "wattgraph.sqlite")
    connection.executescript(_FORMAT_1)
    sources = [(key, json.dumps(source_row(one).columns)) for key, one in log.sources.items()]
    connection.executemany("INSERT INTO sources VALUES (?, ?)", sources)
    statements = [
        (one.id, json.dumps(statement_row(one, Verdict(True, True, "", "")).columns), one.source)
        for one in log.statements
    ]
    connection.executemany("INSERT INTO statements VALUES (?, ?, ?)", statements)
    versions = [
        (1, "older", "2026-01-01T00:00:00+00:00", 3, "first", 1),
        (2, log.version_under(1), "2026-02-01T00:00:00+00:00", len(log.statements), "load of seeds", 1),
    ]
    connection.executemany("INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?)", versions)
    connection.commit()
    connection.close()


async def test_a_file_of_format_1_is_taken_over_with_its_history(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    _write_format_1(tmp_path / "data", log)
    store = await EmbeddedStore.open(tmp_path / "data")
    assert await store.log() == log
    assert [version.reason for version in await store.versions()] == ["load of seeds", "first"]
    entries = await store.journal()
    assert [(entry.at[:7], entry.reason, entry.statements, entry.version) for entry in entries] == [
        ("2026-01", "first", 3, "older"),
        ("2026-02", "load of seeds", 22, log.version_under(1)),
    ]
    assert await store.verify_journal() == entries[-1].head
    assert not (await store.apply(one_claim("desk", 1), reason="claim", import_key="one")).repeated
    assert (await store.verify_journal()).number == 3
    await store.close()


async def test_a_file_of_format_1_is_taken_over_once(tmp_path: Path) -> None:
    _write_format_1(tmp_path / "data", facts.log_of(tmp_path))
    stores = await asyncio.gather(*(EmbeddedStore.open(tmp_path / "data") for _ in range(4)))
    assert {(await store.verify_journal()).number for store in stores} == {2}
    for store in stores:
        await store.close()
