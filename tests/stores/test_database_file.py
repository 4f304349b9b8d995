"""The file of the embedded store: moved, deleted, overwritten and restored, and beside the log of a killed process."""

from __future__ import annotations

import logging
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.audit.journal import Head
from graph.concurrency.progress import progress_to
from graph.errors import BadInput, OutcomeUnknown, StoreDamaged, StoreError, StoreUnavailable
from graph.settings import PROJECT
from graph.stores.embedded import backup as backups
from graph.stores.embedded.database_file import staged_path
from graph.stores.embedded.sqlite_log import SqliteLog
from graph.stores.embedded.store import FILE_NAME, EmbeddedStore
from tests import facts
from tests.budgets import cases
from tests.command import run_command
from tests.facts import TODAY
from tests.stores import writer
from tests.stores.writer import one_claim

pytestmark = pytest.mark.slow

Content = tuple[str | None, Head]
"""Data version and the head of the journal, which hashes all entries."""


async def _open(data: Path) -> EmbeddedStore:
    return await EmbeddedStore.open(data, lambda: TODAY)


async def _claim(store: EmbeddedStore, number: int) -> None:
    await store.apply(one_claim("desk", number), reason="claim", import_key=f"desk-{number}")


def _content(data: Path) -> Content:
    """Of a store that is whole."""
    file = SqliteLog.open(data / FILE_NAME)
    try:
        head, versions = file.verify_journal(), file.versions()
        return versions[0].id if versions else None, head
    finally:
        file.close()


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A store with the small world, which no process has open."""
    store = await _open(tmp_path / "data")
    await store.load(facts.log_of(tmp_path))
    await store.close()
    return tmp_path / "data"


@pytest.fixture
def backup(data: Path, tmp_path: Path) -> Path:
    backups.back_up(data / FILE_NAME, tmp_path / "backup")
    return tmp_path / "backup"


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.stores.writer import one_claim
from graph.stores.embedded.store import EmbeddedStore

async def main():
    store = await EmbeddedStore.open(Path(sys.argv[1]))
    for number in range(int(sys.argv[2])):
        await store.apply(one_claim("killed", number), reason="claim")
    if sys.argv[3:]:
        store._file._connection.execute("UPDATE head SET base = NULL")  # as a checkpoint begins
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def _write_and_die(data: Path, claims: int = 2, *checkpoint: str) -> None:
    """A process that is killed: what it wrote stands in its log."""
    command = [sys.executable, "-c", KILLED, str(data), str(claims), *checkpoint]
    assert subprocess.run(command, cwd=PROJECT, check=False).returncode == -signal.SIGKILL
    assert (data / f"{FILE_NAME}-wal").stat().st_size > 0


def _bytes(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in data.iterdir() if not path.name.endswith("-shm")}


# ---- the log of a killed process


@pytest.mark.parametrize("checkpoint", [(), ("checkpoint",)])
def test_what_a_killed_process_wrote_is_there(checkpoint: tuple[str, ...], data: Path) -> None:
    _write_and_die(data, 2, *checkpoint)
    _, head = _content(data)
    assert head.number == 3  # the load and two claims


def test_its_log_is_not_applied_to_a_backup_that_was_copied_over_the_file(data: Path, tmp_path: Path) -> None:
    """Also where the backup is, to the byte, what the file was when the log began."""
    shutil.copy(data / FILE_NAME, tmp_path / "copy")
    _write_and_die(data)
    shutil.copy(tmp_path / "copy", data / FILE_NAME)
    before = _bytes(data)
    with pytest.raises(StoreDamaged, match="log of the file before"):
        SqliteLog.open(data / FILE_NAME)
    assert _bytes(data) == before


def test_a_file_and_a_log_that_fit_are_taken_together_when_one_says_so(data: Path, tmp_path: Path) -> None:
    """`cp -r` of the folder of a killed process changes the time of the file."""
    _write_and_die(data)
    shutil.copytree(data, tmp_path / "other", copy_function=shutil.copyfile)
    with pytest.raises(StoreDamaged):
        SqliteLog.open(tmp_path / "other" / FILE_NAME)
    backups.restore(tmp_path / "other" / FILE_NAME, tmp_path / "other" / FILE_NAME)
    assert _content(tmp_path / "other") == _content(data)


def test_a_file_that_is_missing_beside_its_log_is_not_made_anew(data: Path, tmp_path: Path) -> None:
    _write_and_die(data)
    (data / FILE_NAME).rename(tmp_path / "moved")
    with pytest.raises(StoreDamaged, match="missing"):
        SqliteLog.open(data / FILE_NAME)
    (tmp_path / "moved").rename(data / FILE_NAME)
    assert _content(data)[1].number == 3


# ---- a file that goes away under a running store


async def test_a_file_that_is_moved_away_takes_and_answers_nothing_until_it_is_back(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = await _open(data)
    await _claim(store, 1)
    (data / FILE_NAME).rename(data / "moved")
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="moved or deleted"):
            await _claim(store, 2)
    with pytest.raises(StoreUnavailable, match="moved or deleted"):
        await store.reader()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    (data / "moved").rename(data / FILE_NAME)
    await _claim(store, 2)
    await store.close()
    assert _content(data)[1].number == 3


async def test_a_deleted_file_is_not_made_anew_by_a_running_store(data: Path) -> None:
    store = await _open(data)
    (data / FILE_NAME).unlink()
    with pytest.raises(StoreUnavailable, match="moved or deleted"):
        await _claim(store, 1)
    await store.close()
    assert not (data / FILE_NAME).exists()


async def test_a_file_that_was_moved_from_a_running_store_is_made_anew_by_no_other_process(data: Path) -> None:
    """A new file would take over the log of the other, empty as it is, and delete it."""
    store = await _open(data)
    await store.reader()
    (data / FILE_NAME).rename(data / "moved")
    with pytest.raises(StoreDamaged, match="is missing, and its log lies in its folder"):
        await _open(data)
    assert not (data / FILE_NAME).exists()
    (data / "moved").rename(data / FILE_NAME)
    await _claim(store, 1)
    await store.close()


async def test_a_file_that_is_emptied_is_said_until_another_is_put_in_its_place(data: Path, backup: Path) -> None:
    store = await _open(data)
    version = (await store.reader()).version
    (data / FILE_NAME).write_bytes(b"")
    for _ in range(2):
        with pytest.raises(StoreDamaged, match="was emptied while it was in use"):
            await store.reader()
    with pytest.raises(StoreDamaged, match="was emptied while it was in use"):
        await _claim(store, 1)
    backups.restore(backup, data / FILE_NAME)
    assert (await store.reader()).version.id == version.id
    await _claim(store, 1)
    await store.close()


async def test_a_write_whose_file_goes_meanwhile_is_not_acknowledged(data: Path) -> None:
    store = await _open(data)
    steps = iter([lambda: (data / FILE_NAME).rename(data / "moved")])
    moving = progress_to(lambda *_: next(steps, lambda: None)())
    with moving, pytest.raises(OutcomeUnknown, match="moved, deleted or replaced"):
        await store.apply(one_claim("desk", 1), reason="claim", import_key="one")
    (data / "moved").rename(data / FILE_NAME)
    assert (await store.apply(one_claim("desk", 1), reason="claim", import_key="one")).repeated
    await store.close()


async def test_a_log_that_is_deleted_is_said(data: Path) -> None:
    store = await _open(data)
    await _claim(store, 1)
    (data / f"{FILE_NAME}-wal").unlink()
    with pytest.raises(StoreUnavailable, match="wal was moved or deleted"):
        await _claim(store, 2)
    await store.close()


async def test_a_file_that_is_overwritten_under_a_running_store_is_damaged_by_no_log(
    data: Path, tmp_path: Path
) -> None:
    shutil.copy(data / FILE_NAME, tmp_path / "copy")
    store = await _open(data)
    await _claim(store, 1)
    shutil.copy(tmp_path / "copy", data / FILE_NAME)
    with pytest.raises(StoreDamaged, match="replaced"):
        await _claim(store, 2)
    with pytest.raises(StoreDamaged, match="replaced"):
        await store.reader()
    await store.close()
    assert (data / FILE_NAME).read_bytes() == (tmp_path / "copy").read_bytes()


async def test_a_file_that_is_overwritten_while_its_log_is_empty_is_read_anew(data: Path, tmp_path: Path) -> None:
    shutil.copy(data / FILE_NAME, tmp_path / "copy")
    store = await _open(data)
    await _claim(store, 1)
    await store.close()
    store = await _open(data)
    assert (await store.reader()).version.statements == 23
    shutil.copy(tmp_path / "copy", data / FILE_NAME)
    assert (await store.reader()).version.statements == 22
    await _claim(store, 2)
    await store.close()
    assert _content(data)[1].number == 2


async def test_two_stores_on_one_file_take_each_other_s_checkpoints_for_no_change_of_the_file(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.stores.embedded.connections.MAX_LOG_BYTES", 1)
    stores = [await _open(data) for _ in range(2)]
    for number in range(6):
        await _claim(stores[number % 2], number)
        versions = [(await store.reader()).version for store in stores]
        assert versions[0] == versions[1]
    for store in stores:
        await store.close()
    assert _content(data)[1].number == 7


# ---- backup and restore


async def test_a_store_that_is_restored_under_a_running_one_is_what_it_answers_from(data: Path, backup: Path) -> None:
    store = await _open(data)
    before = (await store.reader()).version
    await _claim(store, 1)
    assert (await store.reader()).version != before
    backups.restore(backup, data / FILE_NAME)
    assert (await store.reader()).version == before
    await _claim(store, 2)
    assert [entry.number for entry in await store.journal()] == [1, 2]
    await store.close()
    assert _content(data)[1].number == 2


async def test_a_backup_is_made_while_another_process_writes(data: Path, tmp_path: Path) -> None:
    with writer.start(str(data), "other", 1, 20) as process:
        assert process.stdout is not None
        process.stdout.readline()
        summary = backups.back_up(data / FILE_NAME, tmp_path / "backup")
        process.communicate()
    backups.restore(tmp_path / "backup", tmp_path / "elsewhere" / FILE_NAME)
    assert summary.version is not None
    assert _content(tmp_path / "elsewhere") == (summary.version.id, summary.head)
    assert 2 <= summary.head.number <= 21


def _empty(data: Path) -> None:
    for path in data.iterdir():
        path.unlink()


def _overwrite(content: bytes) -> Callable[[Path], None]:
    return lambda data: (data / FILE_NAME).write_bytes(content) and None


def _killed_and(then: Callable[[Path], object]) -> Callable[[Path], None]:
    def prepare(data: Path) -> None:
        _write_and_die(data)
        then(data)

    return prepare


def _cut(name: str) -> Callable[[Path], None]:
    return lambda data: os.truncate(data / name, (data / name).stat().st_size // 2)


STATES: dict[str, Callable[[Path], object]] = {
    "as it was": lambda data: None,
    "no folder": shutil.rmtree,
    "an empty folder": _empty,
    "an empty file": _overwrite(b""),
    "half a file": _cut(FILE_NAME),
    "no database": _overwrite(b"text that somebody put here" * 400),
    "zeros": _overwrite(b"\0" * 9_000),
    "a link to nowhere": lambda data: ((data / FILE_NAME).unlink(), (data / FILE_NAME).symlink_to("nowhere")),
    "read-only": lambda data: (data / FILE_NAME).chmod(0o400),
    "a log of nothing": lambda data: (data / f"{FILE_NAME}-wal").write_bytes(b""),
    "a log of noise": lambda data: (data / f"{FILE_NAME}-wal").write_bytes(random.Random(1).randbytes(50_000)),
    "a restore cut off in its copy": lambda data: (data / f"{FILE_NAME}.restoring.part").write_bytes(b"half"),
    "a restore cut off before its end": lambda data: shutil.copy(data / FILE_NAME, staged_path(data / FILE_NAME)),
    "a file of another program": lambda data: (
        (data / FILE_NAME).unlink(),
        sqlite3.connect(data / FILE_NAME).execute("CREATE TABLE other (a)"),
    ),
    "killed": _write_and_die,
    "killed, no index of the log": _killed_and(lambda data: (data / f"{FILE_NAME}-shm").unlink()),
    "killed, half a log": _killed_and(_cut(f"{FILE_NAME}-wal")),
    "killed, the log alone": _killed_and(lambda data: (data / FILE_NAME).unlink()),
    "killed, half a file": _killed_and(_cut(FILE_NAME)),
    "killed, another file": _killed_and(_overwrite(b"no database" * 900)),
}


@pytest.mark.parametrize("state", STATES)
def test_a_restore_is_equal_whatever_lies_in_the_folder(state: str, data: Path, backup: Path) -> None:
    whole = _content(data)
    STATES[state](data)
    done = run_command(data, "restore", str(backup), "--data", str(data))
    assert (done.returncode, done.stderr.count("22 statements, 1 entries")) == (0, 1)
    assert _content(data) == whole
    assert not [path.name for path in data.iterdir() if path.name != FILE_NAME]


def test_a_restore_that_was_cut_off_before_its_end_is_ended_by_the_next_to_open_the_store(
    data: Path, backup: Path
) -> None:
    whole = _content(data)
    _write_and_die(data)
    shutil.copy(backup, staged_path(data / FILE_NAME))
    assert _content(data) == whole


@pytest.mark.audited
def test_a_backup_with_a_flipped_bit_is_refused_or_harmless(data: Path, backup: Path, tmp_path: Path) -> None:
    whole, content = _content(data), backup.read_bytes()
    chance, refused = random.Random(5), 0
    count = cases(25, 1_000)
    for _ in range(count):
        damaged = bytearray(content)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        backup.write_bytes(damaged)
        other = tmp_path / "other" / FILE_NAME
        try:
            backups.restore(backup, other)
        except (BadInput, StoreError):
            refused += 1
            assert not other.exists()
        else:
            assert _content(other.parent) == whole
            other.unlink()
    assert refused > count / 10


@pytest.mark.parametrize("content", [b"", b"no database", b"\0" * 9_000], ids=["nothing", "text", "zeros"])
def test_what_is_no_backup_is_refused_and_the_store_stays(content: bytes, data: Path, tmp_path: Path) -> None:
    whole = _content(data)
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(BadInput, match=r"file is no whole backup: file cannot be trusted: .*; the store is as it was"):
        backups.restore(tmp_path / "file", data / FILE_NAME)
    assert _content(data) == whole
    assert [path.name for path in data.iterdir()] == [FILE_NAME]


def test_a_restore_that_cannot_take_the_place_does_not_take_it_later(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "other" / FILE_NAME).mkdir(parents=True)
    with pytest.raises(StoreUnavailable, match="Is a directory"):
        backups.restore(backup, tmp_path / "other" / FILE_NAME)
    assert [path.name for path in (tmp_path / "other").iterdir()] == [FILE_NAME]


def test_a_copy_that_was_made_by_other_means_is_restored_and_has_no_hash(data: Path, tmp_path: Path) -> None:
    shutil.copy(data / FILE_NAME, tmp_path / "copy")
    summary = backups.restore(tmp_path / "copy", tmp_path / "other" / FILE_NAME)
    assert not summary.sealed
    assert _content(tmp_path / "other") == _content(data)


def test_a_backup_takes_the_place_of_no_file(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    done = run_command(data, "backup", str(tmp_path / "file"), "--data", str(data))
    assert (done.returncode, done.stderr) == (1, f"wattgraph: {tmp_path / 'file'} exists. Name a new file.\n")
    assert (tmp_path / "file").read_text() == "precious"


def test_backup_and_restore_say_what_they_did(data: Path, tmp_path: Path) -> None:
    version, _ = _content(data)
    held = f"data version {version}, 22 statements, 1 entries in the journal"
    made = run_command(data, "backup", str(tmp_path / "b"), "--data", str(data))
    put = run_command(data, "restore", str(tmp_path / "b"), "--data", str(tmp_path / "new"))
    assert made.stderr == f"Wrote {tmp_path / 'b'}: {held}.\n"
    assert put.stderr == f"{tmp_path / 'new' / FILE_NAME} holds {tmp_path / 'b'}: {held}.\n"


def test_where_neo4j_does_not_answer_a_backup_says_so_and_writes_nothing(data: Path, tmp_path: Path) -> None:
    done = run_command(data, "backup", str(tmp_path / "b"), WATTGRAPH_NEO4J_URI="bolt://localhost:1")
    assert done.returncode == 3
    assert "WATTGRAPH_NEO4J_URI" in done.stderr
    assert list(tmp_path.glob("b*")) == []
