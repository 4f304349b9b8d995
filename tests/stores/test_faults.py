"""Faults of the machine under a store: each ends in a right answer, or in an error that names the remedy.

Full disk, damaged, truncated, deleted and moved files stand in test_sqlite.py and test_database_file.py."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from graph.errors import StoreUnavailable, WattgraphError
from graph.evidence.log import StatementLog
from graph.stores.base import Store
from graph.stores.embedded.store import FILE_NAME, EmbeddedStore
from graph.stores.query import Page, Query
from tests import facts
from tests.stores.conftest import OpenStore

NOBODY = 65534


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Within the block neither the folder nor its files can be written, by root neither."""
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)
        for path in folder.iterdir():
            path.chmod(0o644)


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that others may look into, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


async def keys_of(store: Store) -> list[str]:
    reader = await store.reader()
    return [row.key for row in (await reader.find(Query("Link"), Page(100))).rows]


async def test_row_77_a_folder_that_cannot_be_written_is_told_and_nothing_is_lost(folder: Path, tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    store = await EmbeddedStore.open(folder, lambda: facts.TODAY)
    await store.load(log)
    before = await keys_of(store)
    await store.close()
    content = (folder / FILE_NAME).read_bytes()
    with read_only(folder):
        with pytest.raises(WattgraphError) as told:
            await (await EmbeddedStore.open(folder, lambda: facts.TODAY)).load(
                StatementLog.of(log.statements[1:], log.sources.values())
            )
        assert isinstance(told.value, StoreUnavailable), told.value
        assert FILE_NAME in told.value.message or str(folder) in told.value.message
        assert told.value.remedy
    assert (folder / FILE_NAME).read_bytes() == content
    store = await EmbeddedStore.open(folder, lambda: facts.TODAY)
    assert await keys_of(store) == before
    await store.close()


async def test_row_77_a_folder_that_becomes_unwritable_under_a_store_refuses_writes_and_answers(
    folder: Path, tmp_path: Path
) -> None:
    log = facts.log_of(tmp_path)
    store = await EmbeddedStore.open(folder, lambda: facts.TODAY)
    await store.load(log)
    before = await keys_of(store)
    with read_only(folder):
        assert await keys_of(store) == before
    await store.load(StatementLog.of(log.statements[1:], log.sources.values()))  # it goes on
    await store.close()


async def test_row_77_a_clock_that_goes_forth_and_back_leaves_what_was_shown(
    open_store: OpenStore, tmp_path: Path
) -> None:
    """A write while the clock is ten years ahead is recorded; back at home, the lens of the day shows what it did."""
    log, days = facts.log_of(tmp_path), [facts.TODAY]
    store = await open_store(lambda: days[0])
    await store.load(log)
    before, version = await keys_of(store), (await store.reader()).version
    days[0] = facts.TODAY + timedelta(days=3653)
    ahead = await store.reader()
    assert ahead.lens.valid_on == date(2036, 11, 30)
    said = next(one for one in log.statements if one.subject == "lease")
    await store.apply(StatementLog.of([], []), [said.id], reason="withdrawn in the future")
    days[0] = facts.TODAY
    back = await store.reader()
    assert back.lens.valid_on == facts.TODAY
    assert await keys_of(store) == before
    assert [one.id for one in await store.versions()].count(version.id) == 1
    await store.verify_journal()
    assert (await store.verify()).is_whole
