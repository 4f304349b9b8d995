"""What the file of the embedded store keeps: statements in columns, a checksum over all, the projection of a day."""

from __future__ import annotations

import random
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest

from graph.errors import StoreDamaged, StoreError
from graph.evidence.lens import DEFAULT_LENS
from graph.evidence.log import StatementLog
from graph.evidence.policy import Verdict
from graph.evidence.projection import Graph, project
from graph.evidence.rows import LazyRows, statement_of, statement_record, statement_row, statements_of_records
from graph.evidence.statements import Entered
from graph.stores.embedded import statement_table
from graph.stores.embedded.kept_projection import fingerprint
from graph.stores.embedded.sqlite_log import SqliteLog
from graph.stores.embedded.statement_table import checksum, read_rows
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.query import Page, Query
from graph.vocabulary.values import Money
from tests import facts
from tests.facts import TODAY
from tests.stores.random_queries import random_log
from tests.stores.writer import one_claim

LEASE_THAT_ENDS = facts.LEASE.replace("term_years: 10", "effective_to: '2026-12-31'")


async def _stored(data: Path, log: StatementLog, day: date = TODAY) -> None:
    store = await EmbeddedStore.open(data, lambda: day)
    await store.load(log)
    await store.close()


def _sql(data: Path, text: str, *values: object) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(data / "wattgraph.sqlite")
    try:
        rows = connection.execute(text, values).fetchall()
        connection.commit()
        return rows
    finally:
        connection.close()


def _is_kept(data: Path, day: date = TODAY) -> bool:
    file = SqliteLog.open(data / "wattgraph.sqlite")
    try:
        return file.read_projection(day) is not None
    finally:
        file.close()


async def _graph(data: Path, day: date = TODAY) -> Graph:
    store = await EmbeddedStore.open(data, lambda: day)
    try:
        return (await store.reader()).graph  # type: ignore[attr-defined]  # of the embedded reader
    finally:
        await store.close()


# ---- the projection


def _decode_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a large store."""
    monkeypatch.setattr(statement_table, "_DECODED_AT_ONCE", 0)


@pytest.mark.parametrize("seed", range(12))
async def test_what_is_kept_is_what_would_be_projected(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if seed % 2:
        _decode_at_once(monkeypatch)
    log, days = random_log(seed), random.Random(seed)
    day = TODAY - timedelta(days=days.randrange(400))
    await _stored(tmp_path, log, day)
    kept = await _graph(tmp_path, day)
    file = SqliteLog.open(tmp_path / "wattgraph.sqlite")
    read = file.read_projection(day)
    assert read is not None
    assert read[:3] == (kept, file.revision(), file.versions()[0])
    file.close()
    assert kept == project(log, DEFAULT_LENS.on(day))
    assert [list(rows) for rows in kept.rows.values()] == [sorted(rows) for rows in kept.rows.values()]
    assert kept.withheld["Statement"] or seed != 0


@pytest.mark.slow
async def test_the_facts_are_kept_as_they_are_projected(seeds_copy: Path, seeds_graph: Graph) -> None:
    await _graph(seeds_copy)
    assert _is_kept(seeds_copy)
    assert await _graph(seeds_copy) == seeds_graph


async def test_opening_decodes_statements_only_when_they_are_needed(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    await _stored(tmp_path / "data", log)
    store = await EmbeddedStore.open(tmp_path / "data", lambda: TODAY)
    assert (await (await store.reader()).find(Query("Link"), Page())).total == 1
    assert store._published is not None
    assert store._published.known is None
    earlier = facts.lens(known_on="2026-01-11")
    reader = await store.reader(earlier)
    assert reader.graph == project(log, earlier.on(TODAY))  # type: ignore[attr-defined]
    assert await store.log() == log
    await store.close()


async def test_a_write_to_a_store_that_was_only_opened(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    await _stored(tmp_path / "data", log)
    store = await EmbeddedStore.open(tmp_path / "data", lambda: TODAY)
    await store.reader()
    outcome = await store.apply(one_claim("desk", 1), reason="claim")
    assert outcome.added == {"Source": 1, "Statement": 1}
    assert outcome.changed == {"Organization": 1}
    graph = (await store.reader()).graph  # type: ignore[attr-defined]
    assert graph == project(await store.log(), DEFAULT_LENS.on(TODAY))
    await store.close()
    assert _is_kept(tmp_path / "data")
    assert await _graph(tmp_path / "data") == graph


async def test_a_reader_of_another_lens_sees_what_another_process_wrote_since(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await _stored(data, facts.log_of(tmp_path))
    store, other = [await EmbeddedStore.open(data, lambda: TODAY) for _ in range(2)]
    before = await store.reader()
    await other.apply(one_claim("desk", 1), reason="claim")
    reader = await store.reader(facts.lens(known_on="2026-11-22"))
    assert reader.version == (await other.reader()).version != before.version
    await store.close()
    await other.close()


async def test_another_process_that_wrote_since_is_not_overwritten(tmp_path: Path) -> None:
    """The first to close has seen nothing of the second one's write; what it kept would be of another state."""
    data = tmp_path / "data"
    first, second = [await EmbeddedStore.open(data, lambda: TODAY) for _ in range(2)]
    await first.load(facts.log_of(tmp_path))
    await second.apply(one_claim("desk", 1), reason="claim")
    await first.close()
    assert not _is_kept(data)
    await second.close()
    assert _is_kept(data)


DAMAGES = {
    "content": "UPDATE projection SET content = zeroblob(length(content))",
    "flip": "UPDATE projection SET next_flip = '2999-01-01'",
    "day": "UPDATE projection SET day = '2000-01-01'",
    "checksum": "UPDATE projection SET checksum = checksum + 1",
    "program": "UPDATE projection SET fingerprint = 'another'",
    "number": "UPDATE projection SET number = number - 1",
    "none": "DELETE FROM projection",
}


@pytest.mark.parametrize("text", DAMAGES.values(), ids=DAMAGES)
async def test_what_does_not_fit_is_projected_anew_and_kept(text: str, tmp_path: Path) -> None:
    data, log = tmp_path / "data", facts.log_of(tmp_path, links_provides_capacity=LEASE_THAT_ENDS)
    await _stored(data, log)
    assert _is_kept(data)
    _sql(data, text)
    assert not _is_kept(data)
    assert await _graph(data) == project(log, DEFAULT_LENS.on(TODAY))
    assert _is_kept(data)


async def test_it_holds_until_an_interval_ends_and_not_before_its_day(tmp_path: Path) -> None:
    data, log = tmp_path / "data", facts.log_of(tmp_path, links_provides_capacity=LEASE_THAT_ENDS)
    await _stored(data, log)
    # retrieved on 2026-11-01; the lease's last day is 2026-12-31, on which an interval of days may end
    days = [date(2026, 11, 22), TODAY, date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1)]
    assert [_is_kept(data, day) for day in days] == [False, True, True, False, False]
    for day in days:
        assert await _graph(data, day) == project(log, DEFAULT_LENS.on(day))


async def test_a_writer_that_holds_the_file_does_not_keep_close_waiting(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path, lambda: TODAY)
    await store.load(facts.log_of(tmp_path / "facts"))
    holder = sqlite3.connect(tmp_path / "wattgraph.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    await store.close()
    holder.execute("ROLLBACK")
    holder.close()
    assert not _is_kept(tmp_path)


def test_the_fingerprint_is_of_the_code() -> None:
    assert fingerprint() == fingerprint()
    assert len(fingerprint()) == 16


async def test_a_row_of_a_statement_is_made_once(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    await _stored(tmp_path / "data", log)
    rows = (await _graph(tmp_path / "data")).rows["Statement"]
    id = log.statements[0].id
    assert isinstance(rows, LazyRows)
    assert rows[id] is rows[id]
    assert (id in rows, "none" in rows, rows.get("none"), len(rows)) == (True, False, None, len(log.statements))
    assert list(rows) == [one.id for one in log.statements]
    with pytest.raises(KeyError):
        rows["none"]


# ---- statements


@pytest.mark.parametrize("seed", range(12))
def test_statements_are_decoded_as_if_they_were_made_anew(seed: int) -> None:
    log = random_log(seed)
    statements = [statement_of(statement_row(one, Verdict(True, True, "", ""))) for one in log.statements]
    decoded = list(statements_of_records(map(statement_record, log.statements)))
    assert decoded == statements
    assert [(one.id, one.text, one.dated) for one in decoded] == [(one.id, one.text, one.dated) for one in statements]
    assert [one.but().id for one in decoded] == [one.id for one in statements]


def test_equal_values_are_one_object(tmp_path: Path) -> None:
    said = facts.log_of(tmp_path).by_subject["lease"]
    value = next(one for one in said if one.property == "value")
    first, second = statements_of_records([statement_record(value), statement_record(value.but(note="again"))])
    assert first.value is second.value


ALTERATIONS = {
    "note": "UPDATE statements SET note = 'altered' WHERE property = 'name' AND subject = 'host'",
    "value": "UPDATE statements SET value = '\"Most Corp\"' WHERE property = 'name' AND subject = 'host'",
    "gone": "DELETE FROM statements WHERE property = 'name' AND subject = 'host'",
    "source": "UPDATE sources SET columns = replace(columns, 'Regulator', 'Nobody') WHERE id = 'filing'",
    "version": "UPDATE versions SET reason = 'nothing'",
    "checksum": "UPDATE head SET checksum = checksum - 1",
}


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("text", ALTERATIONS.values(), ids=ALTERATIONS)
async def test_opening_notices_what_was_altered(
    text: str, large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:
        _decode_at_once(monkeypatch)
    await _stored(tmp_path / "data", facts.log_of(tmp_path))
    _sql(tmp_path / "data", text)
    with pytest.raises(StoreDamaged, match="does not match its checksum"):
        await _graph(tmp_path / "data")


async def test_verify_finds_what_was_forged_with_its_checksum(tmp_path: Path) -> None:
    """A checksum can be computed by whoever alters the file; ids and versions are hashes that the journal seals."""
    data = tmp_path / "data"
    await _stored(data, facts.log_of(tmp_path))
    _sql(data, ALTERATIONS["value"])
    file = SqliteLog.open(data / "wattgraph.sqlite")
    rows = read_rows(file._connection)
    forged = next(record for record in rows.statements if record[4] == '"Most Corp"')
    honest = (*forged[:4], '"Host Corp"', *forged[5:])
    moved = checksum([forged]) - checksum([honest])
    _sql(data, "UPDATE head SET checksum = checksum + ?", moved)
    assert file.read()[0].log.statements
    with pytest.raises(StoreDamaged, match="another version of the data"):
        file.verify_journal()
    file.close()


@pytest.mark.parametrize("seed", range(4))
async def test_every_write_moves_the_checksum_as_reading_computes_it(seed: int, tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path, lambda: TODAY)
    for log in (random_log(seed), random_log(seed + 50), random_log(seed)):
        await store.load(log)
        await store.apply(one_claim("desk", seed), reason="claim")
        statement = (await store.log()).statements[seed]
        await store.apply(StatementLog.of([], []), [statement.id], reason="wrong")
        other = await EmbeddedStore.open(tmp_path, lambda: TODAY)
        assert [*map(statement_record, (await other.log()).statements)] == [
            *map(statement_record, (await store.log()).statements)
        ]
        await other.verify_journal()
        await other.close()
    await store.close()


# ---- a file of format 2, as Wattgraph wrote it before

FORMAT_2 = (Path(__file__).parent / "format_2.sql").read_text(encoding="utf-8")


def _write_format_2(data: Path, alter: str = "") -> None:
    data.mkdir()
    connection = sqlite3.connect(data / "wattgraph.sqlite")
    connection.executescript(FORMAT_2 + alter)
    connection.close()


async def test_a_file_of_format_2_is_converted_when_it_is_opened(tmp_path: Path) -> None:
    _write_format_2(tmp_path / "data")
    store = await EmbeddedStore.open(tmp_path / "data", lambda: date(2026, 12, 1))
    statements = (await store.log()).statements
    assert [one.id[:4] for one in statements] == ["0502", "0b4f", "18fa", "3b65", "7df0", "9404", "b8fd", "e2d3"]
    assert [one.but() for one in statements] == list(statements)
    withdrawn = next(one for one in statements if one.withdrawn)
    assert (withdrawn.value, withdrawn.entered, withdrawn.withdrawn) == (
        Money(1_500_000_000.0),
        Entered.API,
        date(2026, 11, 30),
    )
    log = await store.log()
    assert (await store.reader()).version.id == log.version
    assert log.version_under(1) == "d55dc6bf0bfb89d1"
    assert [(entry.number, entry.actor, entry.reason) for entry in await store.journal()] == [
        (1, "desk", "load of seeds"),
        (2, "desk", "wrong"),
    ]
    assert (await store.verify_journal()).number == 2
    repeated = await store.earlier("k1", "492d8ab0a902b64f5296269bbb6411533a6f50cc68b3388058022fed0d3f2fc7")
    assert repeated is not None
    assert repeated.version.id == "d55dc6bf0bfb89d1"
    # the version of the file is that of an older policy: the projection is kept from the next write on
    await store.apply(StatementLog.of([], []), [statements[0].id], reason="wrong too")
    await store.close()
    assert _is_kept(tmp_path / "data", date(2026, 12, 1))


@pytest.mark.parametrize(
    "altered",
    [
        "UPDATE statements SET columns = replace(columns, 'Host Corp', 'Most Corp');",
        "UPDATE statements SET columns = json_remove(columns, '$.property') WHERE id LIKE '18fa%';",
        "DELETE FROM statements WHERE id LIKE '18fa%';",
    ],
)
async def test_a_damaged_file_of_format_2_is_refused_and_left_as_it_is(altered: str, tmp_path: Path) -> None:
    _write_format_2(tmp_path / "data", altered)
    with pytest.raises(StoreError):
        await EmbeddedStore.open(tmp_path / "data")
    assert _sql(tmp_path / "data", "PRAGMA user_version") == [(2,)]
    assert _sql(tmp_path / "data", "SELECT count(*) FROM sqlite_master WHERE name = 'projection'") == [(0,)]
    assert _sql(tmp_path / "data", "SELECT count(columns) > 6 FROM statements") == [(1,)]
