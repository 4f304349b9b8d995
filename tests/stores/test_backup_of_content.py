"""A backup of one store is restored into the other, and back: nothing of it changes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from graph.audit.tokens import TokenScope
from graph.errors import BadInput
from graph.evidence.log import StatementLog
from graph.settings import PROJECT, Settings
from graph.stores.base import Store, StoreContent
from graph.stores.embedded.backup import read_backup, restore, write_backup
from graph.stores.embedded.store import FILE_NAME, EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from tests import facts
from tests.api.writers import token_of
from tests.neo4j_fixture import emptied
from tests.server import environment
from tests.stores.writer import key_of, one_claim


async def fill(store: Store, log: StatementLog) -> None:
    """With a history: a load, claims, one of them withdrawn, a refused write and a token."""
    await store.load(log)
    for number in range(3):
        await store.apply(one_claim("desk", number), reason="claim", actor="desk", import_key=key_of("desk", number))
    gone = one_claim("desk", 1).statements[0].id
    await store.apply(StatementLog.of([], []), [gone], reason="it was wrong", actor="desk")
    await token_of(store, TokenScope.EDITOR)


async def content_of(store: Store) -> tuple[object, ...]:
    """All that can be asked of it."""
    await store.verify_journal()
    assert (await store.verify()).is_whole
    log = await store.log()
    entries = await store.journal()
    return log.statements, log.sources, entries, await store.versions(), await store.tokens()


async def open_neo4j(uri: str) -> Neo4jStore:
    return await Neo4jStore.open(Settings(neo4j_uri=uri, neo4j_timeout=30), lambda: facts.TODAY)


async def test_row_94_a_backup_of_neo4j_is_restored_into_both_stores(neo4j_uri: str, tmp_path: Path) -> None:
    log, file = facts.log_of(tmp_path), tmp_path / "backup.wattgraph"
    store = await open_neo4j(emptied(neo4j_uri))
    await fill(store, log)
    before = await content_of(store)
    write_backup(await store.content(), file)
    # into the embedded store
    restore(file, tmp_path / "data" / FILE_NAME)
    embedded = await EmbeddedStore.open(tmp_path / "data", lambda: facts.TODAY)
    assert await content_of(embedded) == before
    again = await embedded.apply(one_claim("desk", 2), reason="claim", actor="desk", import_key=key_of("desk", 2))
    assert again.repeated
    await embedded.close()
    # into another Neo4j, which holds something else
    await store.load(StatementLog.of(log.statements[:4], log.sources.values()))
    await store.apply(one_claim("other", 7), reason="claim", import_key=key_of("other", 7))
    content, summary = read_backup(file)
    assert summary.sealed
    await store.put_content(content)
    assert await content_of(store) == before
    assert (await store.apply(one_claim("desk", 2), reason="claim", import_key=key_of("desk", 2))).repeated
    await store.close()
    emptied(neo4j_uri)


async def test_row_94_the_commands_move_the_embedded_store_to_neo4j_and_back(neo4j_uri: str, tmp_path: Path) -> None:
    data, there, back = tmp_path / "data", tmp_path / "there", tmp_path / "back"
    store = await EmbeddedStore.open(data, lambda: facts.TODAY)
    await fill(store, facts.log_of(tmp_path))
    before = await content_of(store)
    await store.close()
    emptied(neo4j_uri)
    for given, *words in (
        ({}, "backup", str(there)),
        ({"WATTGRAPH_NEO4J_URI": neo4j_uri}, "restore", str(there)),
        ({"WATTGRAPH_NEO4J_URI": neo4j_uri}, "backup", str(back)),
        ({"WATTGRAPH_NEO4J_URI": neo4j_uri}, "restore", str(back), "--data", str(tmp_path / "other")),
    ):
        command = [sys.executable, "-m", "cli.main", *words]
        env = environment(data, 0, **given)
        await asyncio.to_thread(subprocess.run, command, cwd=PROJECT, env=env, check=True, capture_output=True)
    other = await EmbeddedStore.open(tmp_path / "other", lambda: facts.TODAY)
    assert await content_of(other) == before
    await other.close()
    emptied(neo4j_uri)


async def test_what_is_no_backup_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    write_backup(StoreContent(facts.log_of(tmp_path), (), (), ()), file)
    file.write_bytes(file.read_bytes()[:-4096] + b"\x00" * 4096)
    with pytest.raises(BadInput, match="no whole backup"):
        read_backup(file)
